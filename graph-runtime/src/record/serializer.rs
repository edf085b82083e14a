//! The serializer around the codec's own: it keeps the budget and refuses what could not be read back.

use super::budget::{Budget, Exceeded};
use super::elements::Elements;
use serde::ser::{Error, Serialize, Serializer};
use std::fmt::Display;

/// A serializer whose values stay within a budget.
pub(super) struct Bounded<'b, S> {
    inner: S,
    budget: &'b Budget,
    depth: u32,
    /// The value stands directly in a `Some`.
    present: bool,
}

impl<'b, S: Serializer> Bounded<'b, S> {
    pub(super) fn new(inner: S, budget: &'b Budget) -> Bounded<'b, S> {
        Bounded { inner, budget, depth: 0, present: false }
    }

    #[inline]
    fn descend(&self, elements: usize) -> Result<u32, S::Error> {
        self.budget.descend(self.depth, elements).map_err(Exceeded::writing)
    }

    /// JSON writes `Some(None)` and `Some(())` as it writes `None`.
    fn refuse_present_null(&self) -> Result<(), S::Error> {
        if self.present && self.budget.text {
            return Err(S::Error::custom("JSON cannot tell an empty value in a `Some` from `None`"));
        }
        Ok(())
    }

    /// JSON writes infinities and NaN as `null`, and reads no float from that.
    fn refuse_infinite(&self, finite: bool) -> Result<(), S::Error> {
        if self.budget.text && !finite {
            return Err(S::Error::custom("JSON has no infinite floats and no NaN"));
        }
        Ok(())
    }
}

/// A value on its way through the inner serializer, which knows nothing of the budget.
pub(super) struct Nested<'a, T: ?Sized> {
    pub(super) value: &'a T,
    pub(super) budget: &'a Budget,
    pub(super) depth: u32,
    pub(super) present: bool,
}

impl<T: Serialize + ?Sized> Serialize for Nested<'_, T> {
    #[inline]
    fn serialize<S: Serializer>(&self, inner: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(Bounded { inner, budget: self.budget, depth: self.depth, present: self.present })
    }
}

// fn serialize_u8(self, value: u8) -> … { self.inner.serialize_u8(value) }
macro_rules! forward {
    ($($method:ident($type:ty))*) => {
        $(
            #[inline]
            fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
                self.inner.$method(value)
            }
        )*
    };
}

impl<'b, S: Serializer> Serializer for Bounded<'b, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Elements<'b, S::SerializeSeq>;
    type SerializeTuple = Elements<'b, S::SerializeTuple>;
    type SerializeTupleStruct = Elements<'b, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Elements<'b, S::SerializeTupleVariant>;
    type SerializeMap = Elements<'b, S::SerializeMap>;
    type SerializeStruct = Elements<'b, S::SerializeStruct>;
    type SerializeStructVariant = Elements<'b, S::SerializeStructVariant>;

    forward! {
        serialize_bool(bool)
        serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64) serialize_i128(i128)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) serialize_u128(u128)
        serialize_char(char) serialize_str(&str) serialize_bytes(&[u8])
    }

    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        self.refuse_infinite(value.is_finite())?;
        self.inner.serialize_f32(value)
    }

    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        self.refuse_infinite(value.is_finite())?;
        self.inner.serialize_f64(value)
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.refuse_present_null()?;
        self.inner.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        let depth = self.descend(0)?;
        self.inner.serialize_some(&Nested { value, budget: self.budget, depth, present: true })
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.refuse_present_null()?;
        self.inner.serialize_unit()
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        self.refuse_present_null()?;
        self.inner.serialize_unit_struct(name)
    }

    fn serialize_unit_variant(self, name: &'static str, index: u32, variant: &'static str) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.serialize_newtype_struct(
            name,
            &Nested { value, budget: self.budget, depth: self.depth, present: self.present },
        )
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let depth = self.descend(0)?;
        let nested = Nested { value, budget: self.budget, depth, present: false };
        self.inner.serialize_newtype_variant(name, index, variant, &nested)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        let depth = self.descend(1 + length.unwrap_or(0))?;
        Ok(Elements::new(self.inner.serialize_seq(length)?, self.budget, depth))
    }

    fn serialize_tuple(self, length: usize) -> Result<Self::SerializeTuple, S::Error> {
        let depth = self.descend(1 + length)?;
        Ok(Elements::new(self.inner.serialize_tuple(length)?, self.budget, depth))
    }

    fn serialize_tuple_struct(self, name: &'static str, length: usize) -> Result<Self::SerializeTupleStruct, S::Error> {
        let depth = self.descend(1)?;
        let inner = self.inner.serialize_tuple_struct(name, length)?;
        Ok(Elements::new(inner, self.budget, depth))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        let depth = self.descend(1)?;
        let inner = self.inner.serialize_tuple_variant(name, index, variant, length)?;
        Ok(Elements::new(inner, self.budget, depth))
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        let depth = self.descend(1 + length.unwrap_or(0))?;
        Ok(Elements::new(self.inner.serialize_map(length)?, self.budget, depth))
    }

    fn serialize_struct(self, name: &'static str, length: usize) -> Result<Self::SerializeStruct, S::Error> {
        let depth = self.descend(1)?;
        let inner = self.inner.serialize_struct(name, length)?;
        Ok(Elements::new(inner, self.budget, depth))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        let depth = self.descend(1)?;
        let inner = self.inner.serialize_struct_variant(name, index, variant, length)?;
        Ok(Elements::new(inner, self.budget, depth))
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.collect_str(value)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}
