//! The second codec, for `#[state(json)]` fields: types that ask the bytes what they hold.

use super::budget::Budget;
use super::codec::CodecError;
use super::serializer::Bounded;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Appends the bytes of a value; on an error the buffer holds a part of them.
pub(super) fn encode<T: Serialize + ?Sized>(value: &T, buffer: &mut Vec<u8>) -> Result<(), CodecError> {
    let budget = Budget::writing(true);
    let mut codec = serde_json::Serializer::new(buffer);
    value.serialize(Bounded::new(&mut codec, &budget)).map_err(|error| CodecError(error.to_string()))
}

/// Reads a value that takes exactly these bytes; the codec bounds the depth by itself.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    serde_json::from_slice(bytes).map_err(|error| CodecError(error.to_string()))
}
