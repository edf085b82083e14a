//! Values as bytes: the only module that knows which codec does it.
//!
//! bincode 1 with integers of variable width; trailing bytes are refused. A slice bounds every length by itself, the
//! [budget](super::budget) bounds what a length limit does not.

use super::budget::{Budget, Exceeded, Free};
use super::{deserializer, serializer};
use bincode::{DefaultOptions, ErrorKind, Options};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer};
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;

/// Why a value has no bytes, or bytes have no value; lower case, without a remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct CodecError(pub(super) String);

/// Most numbers are small: lengths, places, variants of enums.
fn options() -> impl Options {
    DefaultOptions::new().with_varint_encoding().reject_trailing_bytes()
}

/// Appends the bytes of a value; on an error the buffer holds a part of them.
pub(super) fn encode<T: Serialize + ?Sized>(value: &T, buffer: &mut Vec<u8>) -> Result<(), CodecError> {
    encode_with(options(), Free::VALUE, value, buffer)
}

/// [`encode`] of one of many pieces of a value.
pub(super) fn encode_piece<T: Serialize + ?Sized>(value: &T, buffer: &mut Vec<u8>) -> Result<(), CodecError> {
    encode_with(options(), Free::PIECE, value, buffer)
}

fn encode_with<T: Serialize + ?Sized>(
    options: impl Options,
    free: Free,
    value: &T,
    buffer: &mut Vec<u8>,
) -> Result<(), CodecError> {
    let start = buffer.len();
    let budget = Budget::writing(false);
    let mut codec = bincode::Serializer::new(&mut *buffer, options);
    value.serialize(serializer::Bounded::new(&mut codec, &budget)).map_err(describe)?;
    if budget.covers(free, buffer.len() - start) { Ok(()) } else { Err(CodecError(Exceeded::Work.to_string())) }
}

/// [`encode`] with integers as wide as their types: no bytes that are stored, but such that tell widths apart.
pub(super) fn encode_fixed<T: Serialize + ?Sized>(value: &T, buffer: &mut Vec<u8>) -> Result<(), CodecError> {
    encode_with(options().with_fixint_encoding(), Free::VALUE, value, buffer)
}

/// Reads what [`encode_fixed`] has made.
pub(super) fn decode_fixed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    decode_with(options().with_fixint_encoding(), Free::VALUE, bytes)
}

/// Reads a value that takes exactly these bytes.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    decode_in_place(bytes)
}

/// [`decode`] of a value whose texts stay where they lie.
pub(super) fn decode_in_place<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, CodecError> {
    decode_with(options(), Free::VALUE, bytes)
}

/// Reads what [`encode_piece`] has made.
pub(super) fn decode_piece<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    decode_with(options(), Free::PIECE, bytes)
}

fn decode_with<'a, T: Deserialize<'a>>(options: impl Options, free: Free, bytes: &'a [u8]) -> Result<T, CodecError> {
    let budget = Budget::reading(free, bytes.len());
    options.deserialize_seed(Value(&budget, PhantomData), bytes).map_err(describe)
}

/// Asks the codec for a `T` within the budget.
struct Value<'b, T>(&'b Budget, PhantomData<T>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Value<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, codec: D) -> Result<T, D::Error> {
        T::deserialize(deserializer::Bounded::new(codec, self.0))
    }
}

#[expect(clippy::boxed_local, reason = "the codec boxes its errors")]
fn describe(error: Box<ErrorKind>) -> CodecError {
    CodecError(match *error {
        ErrorKind::Io(_) => "the bytes end before the value does".to_owned(),
        ErrorKind::DeserializeAnyNotSupported => NOT_SELF_DESCRIBING.to_owned(),
        ErrorKind::SequenceMustHaveLength => "it does not tell its length, as `#[serde(flatten)]` does not".to_owned(),
        ErrorKind::Custom(reason) => reason,
        other => other.to_string(),
    })
}

/// What is wrong with a type that asks the bytes what they hold.
pub(super) const NOT_SELF_DESCRIBING: &str =
    "its type asks the bytes what they hold (`serde_json::Value`, `untagged`, `tag`, `flatten`)";
