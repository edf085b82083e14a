//! The proof that a field's bytes read back.

use crate::record::codec::CodecError;

/// Reads the bytes back and writes the value again: what differs then would be lost when it is needed.
pub(in crate::record) fn proof<T>(
    bytes: &[u8],
    decode: impl FnOnce(&[u8]) -> Result<T, CodecError>,
    encode: impl FnOnce(&T, &mut Vec<u8>) -> Result<(), CodecError>,
) -> Result<(), CodecError> {
    let mut again = Vec::with_capacity(bytes.len());
    let value = decode(bytes).map_err(|error| CodecError(format!("it does not read back ({error})")))?;
    encode(&value, &mut again)?;
    if reordered(bytes, &again) { Ok(()) } else { Err(CodecError("it reads back as another value".to_owned())) }
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
