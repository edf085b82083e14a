//! A source of invented values, which notes what is asked of it.

use super::part::{Kind, LENGTHS, Slot};
use super::parts::Parts;
use super::structure::{Structure, Stuck};
use crate::panic;
use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, Visitor};
use std::any::type_name;
use std::fmt;
use std::marker::PhantomData;

/// Makes one value of the type, if it accepts what is invented for it. A type that panics refuses the value, too.
pub(super) fn trace<'de, T: Deserialize<'de>>(structure: &mut Structure) -> Option<T> {
    let Slot { part, arm, position } = Structure::ROOT;
    let mut root = Parts { structure: &mut *structure, part, arm, depth: 0, position, length: 1 };
    let value = panic::catch(|| root.next(PhantomData).ok());
    value.unwrap_or_else(|_| {
        structure.refuse(0, None);
        None
    })
}

/// A value was refused, or the pass is stuck.
#[derive(Debug)]
pub(super) struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

impl de::Error for Refused {
    fn custom<T: fmt::Display>(_: T) -> Refused {
        Refused
    }
}

impl From<Stuck> for Refused {
    fn from(_: Stuck) -> Refused {
        Refused
    }
}

/// The source of one value.
pub(super) struct Tracer<'a> {
    pub(super) structure: &'a mut Structure,
    pub(super) slot: Slot,
    pub(super) depth: usize,
    /// The part and the arm that the value took, for who must know what was refused.
    pub(super) taken: &'a mut Option<(usize, usize)>,
}

impl Tracer<'_> {
    fn leaf<T: Copy>(self, name: &'static str, candidates: &[T]) -> Result<T, Refused> {
        self.structure.enter(self.slot, "", Kind::Leaf(name), self.depth)?;
        let candidate = self.structure.candidate(self.slot, candidates.len());
        candidates.get(candidate).copied().ok_or(Refused)
    }

    /// Goes through one arm of a part.
    fn part<V, T>(self, kind: Kind, visit: impl FnOnce(Parts<'_>) -> Result<T, Refused>) -> Result<T, Refused> {
        let part = self.structure.enter(self.slot, type_name::<V>(), kind, self.depth)?;
        let arm = self.structure.choose(part);
        *self.taken = Some((part, arm));
        let outside = self.structure.go(part, arm, self.depth);
        let length = match kind {
            Kind::Tuple(length) => length,
            Kind::Struct(fields) => fields.len(),
            Kind::Sequence => LENGTHS.get(arm).copied().unwrap_or(0),
            _ => usize::from(arm == 0),
        };
        let value =
            visit(Parts { structure: &mut *self.structure, part, arm, depth: self.depth + 1, position: 0, length });
        self.structure.leave(part, arm, self.depth, outside, value.is_ok());
        value
    }

    fn asks_bytes<T>(self) -> Result<T, Refused> {
        self.structure.asks_bytes = true;
        Err(Refused)
    }
}

// fn deserialize_u8(self, visitor: V) -> … { visitor.visit_u8(self.leaf("u8", &[0, 1, 2, 100])?) }
macro_rules! leaves {
    ($($method:ident $visit:ident $name:literal $candidates:expr;)*) => {
        $(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
                visitor.$visit(self.leaf($name, $candidates)?)
            }
        )*
    };
}

const STRINGS: &[&str] = &[
    "",
    "a",
    "0",
    "1",
    "1.0",
    "1.0.0",
    "127.0.0.1",
    "127.0.0.1:80",
    "::1",
    "http://localhost/",
    "2000-01-01",
    "2000-01-01T00:00:00",
    "2000-01-01T00:00:00Z",
    "00:00:00",
    "00000000-0000-0000-0000-000000000000",
    "00000000000000000000000000000000",
    "UTC",
    "P1D",
    "1s",
    "en",
    "text/plain",
    "a@example.org",
    "#000000",
    "true",
];

/// Byte strings of the lengths that ids, addresses and hashes have.
const BYTES: &[&[u8]] = &[b"", &[0; 16], &[0; 4], &[0; 8], &[0; 12], &[0; 20], &[0; 32], &[0; 64], &[0; 1]];

impl<'de> Deserializer<'de> for Tracer<'_> {
    type Error = Refused;

    leaves! {
        deserialize_bool visit_bool "bool" &[false, true];
        deserialize_i8 visit_i8 "i8" &[0, 1, 2, 100, -1];
        deserialize_i16 visit_i16 "i16" &[0, 1, 2, 100, -1];
        deserialize_i32 visit_i32 "i32" &[0, 1, 2, 100, -1];
        deserialize_i64 visit_i64 "i64" &[0, 1, 2, 100, -1];
        deserialize_i128 visit_i128 "i128" &[0, 1, 2, 100, -1];
        deserialize_u8 visit_u8 "u8" &[0, 1, 2, 100];
        deserialize_u16 visit_u16 "u16" &[0, 1, 2, 100];
        deserialize_u32 visit_u32 "u32" &[0, 1, 2, 100];
        deserialize_u64 visit_u64 "u64" &[0, 1, 2, 100];
        deserialize_u128 visit_u128 "u128" &[0, 1, 2, 100];
        deserialize_f32 visit_f32 "f32" &[0.0, 1.0, 0.5, -1.0];
        deserialize_f64 visit_f64 "f64" &[0.0, 1.0, 0.5, -1.0];
        deserialize_char visit_char "char" &['a', 'A', '0', '\0'];
        deserialize_str visit_borrowed_str "str" STRINGS;
        deserialize_bytes visit_borrowed_bytes "bytes" BYTES;
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_string(self.leaf("str", STRINGS)?.to_owned())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_byte_buf(self.leaf("bytes", BYTES)?.to_owned())
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.leaf("unit", &[()])?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.part::<V, _>(Kind::Option, |mut parts| {
            if parts.length == 0 {
                return visitor.visit_none();
            }
            parts.next(Present(visitor))
        })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.part::<V, _>(Kind::Sequence, |parts| visitor.visit_seq(parts))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Refused> {
        self.part::<V, _>(Kind::Tuple(length), |parts| visitor.visit_seq(parts))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.part::<V, _>(Kind::Map, |parts| visitor.visit_map(parts))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.part::<V, _>(Kind::Struct(fields), |parts| visitor.visit_seq(parts))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.part::<V, _>(Kind::Enum(variants), |parts| visitor.visit_enum(parts))
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Refused> {
        self.asks_bytes()
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Refused> {
        self.asks_bytes()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Refused> {
        self.asks_bytes()
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// The value in a `Some`.
struct Present<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Present<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(source)
    }
}
