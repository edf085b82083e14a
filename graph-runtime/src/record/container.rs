//! The visitors of containers, which count before the elements are read.

use super::budget::{Budget, Exceeded};
use super::deserializer::Bounded;
use serde::de::{Deserializer, EnumAccess, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Whether the elements of a container are spent one by one: those of a struct are bounded by its type.
pub(super) enum Elements {
    Counted,
    Free,
}

/// The visitor of a container.
pub(super) struct Container<'b, V> {
    pub(super) visitor: V,
    pub(super) budget: &'b Budget,
    pub(super) depth: u32,
    pub(super) elements: Elements,
}

impl<'b, V> Container<'b, V> {
    #[inline]
    fn descend<D, E: serde::de::Error>(self, inner: D, elements: usize) -> Result<(V, Bounded<'b, D>), E> {
        let depth = self.budget.descend(self.depth, elements).map_err(Exceeded::reading)?;
        let inner = Bounded { inner, budget: self.budget, depth };
        Ok((self.visitor, inner))
    }

    /// What a container spends, which it claims to hold `length` elements.
    #[inline]
    fn cost(&self, length: Option<usize>) -> usize {
        match self.elements {
            Elements::Counted => length.unwrap_or(0).saturating_add(1),
            Elements::Free => 1,
        }
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Container<'_, V> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(formatter)
    }

    #[inline]
    fn visit_none<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    #[inline]
    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        let (visitor, inner) = self.descend(inner, 0)?;
        visitor.visit_some(inner)
    }

    #[inline]
    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_newtype_struct(Bounded { inner, budget: self.budget, depth: self.depth })
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let cost = self.cost(inner.size_hint());
        let (visitor, inner) = self.descend(inner, cost)?;
        visitor.visit_seq(inner)
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let cost = self.cost(inner.size_hint());
        let (visitor, inner) = self.descend(inner, cost)?;
        visitor.visit_map(inner)
    }

    #[inline]
    fn visit_enum<A: EnumAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_enum(Bounded { inner, budget: self.budget, depth: self.depth })
    }
}
