//! How a value is stored: sealed with a checksum, and cut into chunks.

use super::changes::Changes;
use super::engine::{Bytes, Scan};
use crate::StoreError;

/// A value with fewer further chunks has their number in one byte of its header.
const MANY: u8 = u8::MAX;
const CHECKSUM_BYTES: usize = 4;
/// How much memory is taken for a value before its chunks were found: a damaged number of them may be any.
const MOST_AHEAD: usize = 1 << 20;

/// Adds a value of any length to what a commit changes, in chunks of as many bytes as keys of that length may have: the first
/// one under the key as it is, the further ones with their number behind it.
///
/// The chunks of one value are written together, and a value that replaces a longer one names their number, so chunks that
/// are left of the longer one are never read.
pub(super) fn put<B: Bytes>(
    changes: &mut Changes<B>,
    key: &[u8],
    parts: &[&[u8]],
    chunk_bytes: impl FnOnce(usize) -> usize,
) {
    let chunk_bytes = chunk_bytes(key.len() + size_of::<u32>());
    let sealed = seal(key, parts, chunk_bytes);
    if sealed.len() <= chunk_bytes {
        return changes.put(key, sealed);
    }
    let mut chunks = sealed.chunks(chunk_bytes);
    changes.put(key, chunks.next().unwrap_or_default());
    for (index, chunk) in (1_u32..).zip(chunks) {
        changes.put(chunk_key(key, index), chunk);
    }
}

/// Adds a value that fits one chunk.
pub(super) fn put_small<B: Bytes>(changes: &mut Changes<B>, key: &[u8], value: &[u8]) {
    changes.put(key, seal(key, &[value], usize::MAX));
}

/// Reads what [`put_small`] stored.
pub(super) fn open_small<'a>(key: &[u8], sealed: &'a [u8]) -> Result<&'a [u8], StoreError> {
    match Header::split(sealed) {
        Some((header @ Header { further: 0, .. }, value)) => header.verify(key, value).map(|()| value),
        _ => Err(damaged("a value lost its header")),
    }
}

/// Reads what [`put`] stored.
pub(super) fn get(scan: &impl Scan, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    match scan.get(key)? {
        Some(first) => gather(scan, key, first.as_ref()).map(Some),
        None => Ok(None),
    }
}

/// Whether [`put`] stored a value under this key.
pub(super) fn exists(scan: &impl Scan, key: &[u8]) -> Result<bool, StoreError> {
    Ok(scan.get(key)?.is_some())
}

/// Reads a value of which the first chunk has been read.
pub(super) fn gather(scan: &impl Scan, key: &[u8], first: &[u8]) -> Result<Vec<u8>, StoreError> {
    let whole = first.len();
    let (header, first) = Header::split(first).ok_or_else(|| damaged("a value lost its header"))?;
    if header.further == 0 {
        header.verify(key, first)?;
        return Ok(first.to_vec());
    }
    let further = usize::try_from(header.further).unwrap_or(usize::MAX);
    let mut value = Vec::with_capacity(whole.saturating_mul(further.saturating_add(1)).min(MOST_AHEAD));
    value.extend_from_slice(first);
    for index in 1..=header.further {
        let chunk = scan.get(&chunk_key(key, index))?.ok_or_else(|| damaged("a value lost a chunk"))?;
        value.extend_from_slice(chunk.as_ref());
    }
    header.verify(key, &value)?;
    Ok(value)
}

/// `checksum | number of further chunks | bytes`; the number is one byte, or 255 and four.
fn seal(key: &[u8], parts: &[&[u8]], chunk_bytes: usize) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut further = Header::further(length + CHECKSUM_BYTES + 1, chunk_bytes);
    if further >= u32::from(MANY) {
        further = Header::further(length + CHECKSUM_BYTES + 5, chunk_bytes);
    }
    let checksum = checksum(key, further, parts);
    let mut sealed = Vec::with_capacity(CHECKSUM_BYTES + 5 + length);
    sealed.extend_from_slice(&checksum.to_be_bytes());
    match u8::try_from(further) {
        Ok(few) if few < MANY => sealed.push(few),
        _ => {
            sealed.push(MANY);
            sealed.extend_from_slice(&further.to_be_bytes());
        }
    }
    for part in parts {
        sealed.extend_from_slice(part);
    }
    sealed
}

struct Header {
    checksum: u32,
    /// How many chunks follow the first.
    further: u32,
}

impl Header {
    /// How many chunks follow the first of so many bytes. Limits of 1 GiB keep the number within its field.
    fn further(bytes: usize, chunk_bytes: usize) -> u32 {
        u32::try_from(bytes.saturating_sub(1) / chunk_bytes.max(1)).unwrap_or(u32::MAX)
    }

    /// Takes the header off the first chunk of a value.
    fn split(sealed: &[u8]) -> Option<(Header, &[u8])> {
        let (checksum, rest) = sealed.split_first_chunk()?;
        let checksum = u32::from_be_bytes(*checksum);
        let (few, bytes) = rest.split_first()?;
        if *few < MANY {
            return Some((Header { checksum, further: u32::from(*few) }, bytes));
        }
        let (further, bytes) = bytes.split_first_chunk()?;
        Some((Header { checksum, further: u32::from_be_bytes(*further) }, bytes))
    }

    fn verify(&self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        if self.checksum == checksum(key, self.further, &[value]) {
            return Ok(());
        }
        Err(damaged("a value is not what was written"))
    }
}

/// Of the bytes with their length and the number of chunks, and of the key, so that a value under another's key is noticed. 32
/// bits are enough beside the record's own 128.
fn checksum(key: &[u8], further: u32, parts: &[&[u8]]) -> u32 {
    let length: u64 = parts.iter().map(|part| part.len() as u64).sum();
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(key);
    hasher.update(&length.to_be_bytes());
    hasher.update(&further.to_be_bytes());
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
        let sealed = seal(b"key", &[b"some ", b"bytes"], usize::MAX);
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
        let put = |held: &mut Held, value: &[u8]| held.apply(|changes| put(changes, b"key", &[value], |_| CHUNK_BYTES));

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
        held.apply(|changes| changes.remove(&b"key"[..]));
        assert_eq!(get(&held, b"key").expect("nothing"), None);

        let many = vec![7; 400 * CHUNK_BYTES];
        put(&mut held, &many);
        assert_eq!(get(&held, b"key").expect("intact"), Some(many));
        for length in 3 * CHUNK_BYTES - 20..=3 * CHUNK_BYTES + 20 {
            put(&mut held, &value[..length.min(value.len())]);
            assert_eq!(get(&held, b"key").expect("intact").as_deref(), value.get(..length.min(value.len())));
        }
    }
}
