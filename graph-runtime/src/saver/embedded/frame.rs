//! How a value is stored: sealed with a checksum, and cut into chunks.

use super::changes::Changes;
use super::engine::{Bytes, Scan};
use crate::StoreError;

const HEADER_BYTES: usize = 8;
/// How much memory is taken for a value before its chunks were found: a damaged length may be any.
const MOST_AHEAD: usize = 1 << 20;

/// Adds a value of any length to what a commit changes, in chunks of that many bytes at most.
///
/// The chunks of one value are written together, and a value that replaces a longer one names its length, so chunks that
/// are left of the longer one are never read.
pub(super) fn put<B: Bytes>(changes: &mut Changes<B>, key: &[u8], parts: &[&[u8]], chunk_bytes: usize) {
    let sealed = seal(key, parts);
    if sealed.len() <= chunk_bytes {
        return changes.put(chunk_key(key, 0), sealed);
    }
    for (index, chunk) in (0_u32..).zip(sealed.chunks(chunk_bytes)) {
        changes.put(chunk_key(key, index), chunk);
    }
}

/// Adds a value that fits one chunk, under the key as it is.
pub(super) fn put_small<B: Bytes>(changes: &mut Changes<B>, key: &[u8], value: &[u8]) {
    changes.put(key, seal(key, &[value]));
}

/// Reads what [`put_small`] stored.
pub(super) fn open_small<'a>(key: &[u8], sealed: &'a [u8]) -> Result<&'a [u8], StoreError> {
    let (header, value) = Header::split(sealed).ok_or_else(|| damaged("a value lost its header"))?;
    header.verify(key, value)?;
    Ok(value)
}

/// Reads what [`put`] stored.
pub(super) fn get(scan: &impl Scan, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    match scan.get(&chunk_key(key, 0))? {
        Some(first) => gather(scan, key, first.as_ref()).map(Some),
        None => Ok(None),
    }
}

/// Whether [`put`] stored a value under this key.
pub(super) fn exists(scan: &impl Scan, key: &[u8]) -> Result<bool, StoreError> {
    Ok(scan.get(&chunk_key(key, 0))?.is_some())
}

/// Reads a value of which the first chunk has been read.
pub(super) fn gather(scan: &impl Scan, key: &[u8], first: &[u8]) -> Result<Vec<u8>, StoreError> {
    let (header, first) = Header::split(first).ok_or_else(|| damaged("a value lost its header"))?;
    let mut value = Vec::with_capacity(header.length.min(MOST_AHEAD));
    value.extend_from_slice(first);
    for index in 1.. {
        if value.len() >= header.length {
            break;
        }
        let chunk = scan.get(&chunk_key(key, index))?.ok_or_else(|| damaged("a value lost a chunk"))?;
        value.extend_from_slice(chunk.as_ref());
    }
    header.verify(key, &value)?;
    Ok(value)
}

/// The key of the value that a chunk belongs to, if it is the value's first.
pub(super) fn first_chunk(key: &[u8]) -> Option<&[u8]> {
    key.strip_suffix(&0_u32.to_be_bytes())
}

/// `checksum | length | bytes`. The checksum covers the key, so that a value under another's key is noticed.
fn seal(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    // Limits far below 4 GiB keep the length within its field.
    let length_bytes = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    let checksum = checksum(key, length_bytes, parts);
    let mut sealed = Vec::with_capacity(HEADER_BYTES + length);
    sealed.extend_from_slice(&checksum.to_be_bytes());
    sealed.extend_from_slice(&length_bytes);
    for part in parts {
        sealed.extend_from_slice(part);
    }
    sealed
}

struct Header {
    checksum: u32,
    length: usize,
}

impl Header {
    /// Takes the header off the first chunk of a value.
    fn split(sealed: &[u8]) -> Option<(Header, &[u8])> {
        let (checksum, rest) = sealed.split_first_chunk::<4>()?;
        let (length, bytes) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        Some((Header { checksum: u32::from_be_bytes(*checksum), length }, bytes))
    }

    fn verify(&self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        let length_bytes = u32::try_from(self.length).unwrap_or(u32::MAX).to_be_bytes();
        if self.length == value.len() && self.checksum == checksum(key, length_bytes, &[value]) {
            return Ok(());
        }
        Err(damaged("a value is not what was written"))
    }
}

/// Of the key, the length and the bytes. 32 bits are enough beside the record's own 128.
fn checksum(key: &[u8], length: [u8; 4], parts: &[&[u8]]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(key);
    hasher.update(&length);
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize()
}

fn chunk_key(key: &[u8], index: u32) -> Vec<u8> {
    let mut chunk = Vec::with_capacity(key.len() + size_of::<u32>());
    chunk.extend_from_slice(key);
    chunk.extend_from_slice(&index.to_be_bytes());
    chunk
}

pub(super) fn damaged(reason: &str) -> StoreError {
    StoreError::Corrupt { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::ops::Range;

    #[test]
    fn a_flipped_bit_a_lost_byte_and_another_key_are_noticed() {
        let sealed = seal(b"key", &[b"some ", b"bytes"]);
        assert_eq!(open_small(b"key", &sealed).expect("intact"), b"some bytes");
        assert!(open_small(b"kez", &sealed).is_err());
        for at in 0..sealed.len() {
            assert!(open_small(b"key", &sealed[..at]).is_err());
            for bit in 0..8 {
                let mut flipped = sealed.clone();
                flipped[at] ^= 1 << bit;
                assert!(open_small(b"key", &flipped).is_err());
            }
        }
    }

    /// What an engine holds, in memory.
    #[derive(Default)]
    struct Held(BTreeMap<Vec<u8>, Vec<u8>>);

    impl Held {
        fn apply(&mut self, change: impl FnOnce(&mut Changes<Vec<u8>>)) {
            let mut changes = Changes::default();
            change(&mut changes);
            for (key, value) in changes {
                match value {
                    Some(value) => self.0.insert(key, value),
                    None => self.0.remove(&key),
                };
            }
        }
    }

    impl Scan for Held {
        type Bytes = Vec<u8>;

        fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
            Ok(self.0.get(key).cloned())
        }

        fn range(
            &self,
            range: Range<Vec<u8>>,
        ) -> impl DoubleEndedIterator<Item = Result<(Vec<u8>, Vec<u8>), StoreError>> {
            self.0.range(range).map(|(key, value)| Ok((key.clone(), value.clone())))
        }
    }

    #[test]
    fn a_lost_or_exchanged_chunk_is_noticed() {
        const CHUNK_BYTES: usize = 100;
        let mut held = Held::default();
        let value: Vec<u8> = (0_u8..251).cycle().take(3 * CHUNK_BYTES).collect();
        let put = |held: &mut Held, value: &[u8]| held.apply(|changes| put(changes, b"key", &[value], CHUNK_BYTES));

        put(&mut held, &value);
        assert_eq!(held.0.len(), 4);
        assert_eq!(get(&held, b"key").expect("intact"), Some(value.clone()));
        held.apply(|changes| changes.remove(chunk_key(b"key", 2)));
        assert!(get(&held, b"key").is_err());
        put(&mut held, &value);
        held.apply(|changes| changes.put(chunk_key(b"key", 1), vec![7; CHUNK_BYTES]));
        assert!(get(&held, b"key").is_err());

        put(&mut held, b"shorter");
        assert_eq!(get(&held, b"key").expect("intact"), Some(b"shorter".to_vec()));
        held.apply(|changes| changes.remove(chunk_key(b"key", 0)));
        assert_eq!(get(&held, b"key").expect("nothing"), None);
    }
}
