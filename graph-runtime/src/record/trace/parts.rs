//! The parts below one arm of a type, invented one after the other.

use super::part::{Content, Slot};
use super::structure::Structure;
use super::tracer::{Refused, Tracer};
use serde::de::value::U32Deserializer;
use serde::de::{DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor};

/// The parts below one arm, one after the other.
pub(super) struct Parts<'a> {
    pub(super) structure: &'a mut Structure,
    pub(super) part: usize,
    pub(super) arm: usize,
    pub(super) depth: usize,
    pub(super) position: usize,
    pub(super) length: usize,
}

impl Parts<'_> {
    pub(super) fn next<'de, T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Refused> {
        let slot = Slot { part: self.part, arm: self.arm, position: self.position };
        self.position += 1;
        let leaves = self.structure.leaves();
        let mut taken = None;
        let value =
            seed.deserialize(Tracer { structure: &mut *self.structure, slot, depth: self.depth, taken: &mut taken });
        if value.is_err() {
            self.structure.refuse(leaves, taken);
        }
        value
    }
}

impl<'de> SeqAccess<'de> for Parts<'_> {
    type Error = Refused;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Refused> {
        if self.position == self.length {
            return Ok(None);
        }
        self.next(seed).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.length - self.position)
    }
}

impl<'de> MapAccess<'de> for Parts<'_> {
    type Error = Refused;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refused> {
        if self.position == 2 * self.length {
            return Ok(None);
        }
        self.next(seed).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Refused> {
        self.next(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.length)
    }
}

impl<'de> EnumAccess<'de> for Parts<'_> {
    type Error = Refused;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Refused> {
        let index = u32::try_from(self.arm).map_err(|_| Refused)?;
        let index: U32Deserializer<Refused> = index.into_deserializer();
        Ok((seed.deserialize(index)?, self))
    }
}

impl<'de> VariantAccess<'de> for Parts<'_> {
    type Error = Refused;

    fn unit_variant(self) -> Result<(), Refused> {
        self.structure.note(self.part, self.arm, Content::Unit);
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(mut self, seed: T) -> Result<T::Value, Refused> {
        self.structure.note(self.part, self.arm, Content::Newtype);
        self.next(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(mut self, length: usize, visitor: V) -> Result<V::Value, Refused> {
        self.structure.note(self.part, self.arm, Content::Tuple(length));
        self.length = length;
        visitor.visit_seq(self)
    }

    fn struct_variant<V: Visitor<'de>>(
        mut self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.structure.note(self.part, self.arm, Content::Struct(fields));
        self.length = fields.len();
        visitor.visit_seq(self)
    }
}
