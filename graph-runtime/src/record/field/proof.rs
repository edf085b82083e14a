//! The proof that a field's bytes read back.

use super::FieldCodec;
use crate::record::codec::{self, CodecError};
use serde::{Serialize, de::DeserializeOwned};

/// Reads the bytes of a value back, which will be read as an `R`: what differs then would be lost when it is needed.
pub(in crate::record) fn proof<R: Serialize + DeserializeOwned>(
    codec: FieldCodec,
    value: &(impl Serialize + ?Sized),
    bytes: &[u8],
) -> Result<(), CodecError> {
    if reads_back::<R>(codec, value, bytes)? {
        Ok(())
    } else {
        Err(CodecError("it reads back as another value".to_owned()))
    }
}

/// Reads the bytes of a value back as an `R`, and says whether that is written as the value was.
pub(in crate::record) fn reads_back<R: Serialize + DeserializeOwned>(
    codec: FieldCodec,
    value: &(impl Serialize + ?Sized),
    bytes: &[u8],
) -> Result<bool, CodecError> {
    let same = round::<R>(bytes, |bytes| codec.decode(bytes), |value, buffer| codec.encode(value, buffer))?;
    if !same || codec != FieldCodec::Bincode {
        return Ok(same);
    }
    // A small number is the same byte in every width, and a greater one would not be read as a narrower type.
    let mut fixed = Vec::new();
    codec::encode_fixed(value, &mut fixed)?;
    round::<R>(&fixed, codec::decode_fixed, codec::encode_fixed)
}

fn round<R>(
    bytes: &[u8],
    decode: impl FnOnce(&[u8]) -> Result<R, CodecError>,
    encode: impl FnOnce(&R, &mut Vec<u8>) -> Result<(), CodecError>,
) -> Result<bool, CodecError> {
    let mut again = Vec::with_capacity(bytes.len());
    let value = decode(bytes).map_err(|error| CodecError(format!("it does not read back ({error})")))?;
    encode(&value, &mut again)?;
    Ok(reordered(bytes, &again))
}

/// Whether two encodings hold the same bytes in any order: a hash map may come back in another one.
pub(in crate::record) fn reordered(one: &[u8], other: &[u8]) -> bool {
    let count = |bytes: &[u8]| {
        let mut counts = [0usize; 256];
        for byte in bytes {
            counts[usize::from(*byte)] += 1;
        }
        counts
    };
    one == other || (one.len() == other.len() && count(one) == count(other))
}
