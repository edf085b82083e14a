//! The elements of containers on their way out.

use super::budget::Budget;
use super::serializer::Nested;
use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

/// The elements of a container, each one level below it.
pub(super) struct Elements<'b, C> {
    inner: C,
    budget: &'b Budget,
    depth: u32,
}

impl<'b, C> Elements<'b, C> {
    pub(super) fn new(inner: C, budget: &'b Budget, depth: u32) -> Elements<'b, C> {
        Elements { inner, budget, depth }
    }

    #[inline]
    fn nest<'a, T: ?Sized>(&self, value: &'a T) -> Nested<'a, T>
    where
        'b: 'a,
    {
        Nested { value, budget: self.budget, depth: self.depth, present: false }
    }

    /// A codec that stores values by place alone reads the next field where the one left out is expected.
    fn refuse_skip<E: Error>(&self) -> Result<(), E> {
        if self.budget.text {
            return Ok(());
        }
        Err(E::custom("`skip_serializing_if` leaves out a field that is expected when it is read"))
    }
}

// impl SerializeSeq for Elements: `serialize_element` hands the element on with the budget, `end` ends the inner one.
macro_rules! forward_elements {
    ($($trait:ident: $($method:ident)*;)*) => {
        $(
            impl<C: $trait> $trait for Elements<'_, C> {
                type Ok = C::Ok;
                type Error = C::Error;

                $(
                    #[inline]
                    fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
                        let nested = self.nest(value);
                        self.inner.$method(&nested)
                    }
                )*

                #[inline]
                fn end(self) -> Result<C::Ok, C::Error> {
                    self.inner.end()
                }
            }
        )*
    };
}

forward_elements! {
    SerializeSeq: serialize_element;
    SerializeTuple: serialize_element;
    SerializeTupleStruct: serialize_field;
    SerializeTupleVariant: serialize_field;
    SerializeMap: serialize_key serialize_value;
}

// impl SerializeStruct for Elements, in the same way with the name of each field.
macro_rules! forward_fields {
    ($($trait:ident)*) => {
        $(
            impl<C: $trait> $trait for Elements<'_, C> {
                type Ok = C::Ok;
                type Error = C::Error;

                #[inline]
                fn serialize_field<T: Serialize + ?Sized>(
                    &mut self,
                    name: &'static str,
                    value: &T,
                ) -> Result<(), C::Error> {
                    let nested = self.nest(value);
                    self.inner.serialize_field(name, &nested)
                }

                fn skip_field(&mut self, name: &'static str) -> Result<(), C::Error> {
                    self.refuse_skip()?;
                    self.inner.skip_field(name)
                }

                #[inline]
                fn end(self) -> Result<C::Ok, C::Error> {
                    self.inner.end()
                }
            }
        )*
    };
}

forward_fields! { SerializeStruct SerializeStructVariant }
