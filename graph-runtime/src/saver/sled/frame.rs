//! How a value is stored: sealed with a checksum, and cut into chunks.

use super::changes::Changes;
use super::engine::Scan;
use crate::StoreError;
use ::sled::IVec;

/// The longest value that sled is given.
///
/// sled writes a page of a quarter of a segment or more to a blob file, which it never syncs, and a leaf holds up to 27
/// values. So 4 KiB go with sled's own segments of 512 KiB, 16 KiB with 2 MiB, 64 KiB with 8 MiB. Measured on ext4 with two
/// cores, one runner, synced, no blobs in any:
///
/// | chunk, segment | 300 B | 20 KB | 300 KB | disk / payload | reopen |
/// |---|---|---|---|---|---|
/// | 4 KiB, 512 KiB | 0.39 ms | 0.55 ms | 1.9 ms | 4.6, 1.9, 1.8 | 6-14 ms |
/// | 16 KiB, 2 MiB | 0.72 ms | 0.62 ms | 2.2 ms | 6.1, 2.3, 2.1 | 11-19 ms |
/// | 64 KiB, 8 MiB | 0.90 ms | 2.0 ms | 3.3 ms | 14, 3.5, 2.8 | 43-58 ms |
///
/// Only reading back gains from larger chunks: 0.2 ms against 0.06 ms for 300 KB.
pub(super) const CHUNK_BYTES: usize = 4096;

const HEADER_BYTES: usize = 8;

/// Adds a value of any length to what a commit changes.
///
/// The chunks of one value are written together, and a value that replaces a longer one names its length, so chunks that
/// are left of the longer one are never read.
pub(super) fn put(changes: &mut Changes, key: &[u8], parts: &[&[u8]]) {
    for (index, chunk) in (0_u32..).zip(seal(key, parts).chunks(CHUNK_BYTES)) {
        changes.put(chunk_key(key, index), chunk);
    }
}

/// Adds a value that fits one chunk, under the key as it is.
pub(super) fn put_small(changes: &mut Changes, key: &[u8], value: &[u8]) {
    changes.put(key, seal(key, &[value]));
}

/// Reads what [`put_small`] stored.
pub(super) fn open_small(key: &[u8], sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
    open(key, sealed.to_vec())
}

/// Reads what [`put`] stored.
pub(super) fn get(scan: &Scan<'_>, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    match scan.get(&chunk_key(key, 0))? {
        Some(first) => gather(scan, key, &first).map(Some),
        None => Ok(None),
    }
}

/// Whether [`put`] stored a value under this key.
pub(super) fn exists(scan: &Scan<'_>, key: &[u8]) -> Result<bool, StoreError> {
    Ok(scan.get(&chunk_key(key, 0))?.is_some())
}

/// Reads a value of which the first chunk has been read.
pub(super) fn gather(scan: &Scan<'_>, key: &[u8], first: &[u8]) -> Result<Vec<u8>, StoreError> {
    let total = HEADER_BYTES + header(first).ok_or_else(|| damaged("a value lost its header"))?.length;
    let mut sealed = first.to_vec();
    for index in (1..).take_while(|index| (*index as usize) * CHUNK_BYTES < total) {
        let chunk = scan.get(&chunk_key(key, index))?.ok_or_else(|| damaged("a value lost a chunk"))?;
        sealed.extend_from_slice(&chunk);
    }
    open(key, sealed)
}

/// The key of the value that a chunk belongs to, if it is the value's first.
pub(super) fn first_chunk(key: &IVec) -> Option<&[u8]> {
    key.strip_suffix(&0_u32.to_be_bytes())
}

/// `checksum | length | bytes`. The checksum covers the key, so that a value under another's key is noticed.
fn seal(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut sealed = Vec::with_capacity(HEADER_BYTES + length);
    sealed.extend_from_slice(&[0; 4]);
    // Limits far below 4 GiB keep the length within its field.
    sealed.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    for part in parts {
        sealed.extend_from_slice(part);
    }
    let checksum = checksum(key, &sealed);
    sealed.splice(..4, checksum.to_be_bytes());
    sealed
}

fn open(key: &[u8], mut sealed: Vec<u8>) -> Result<Vec<u8>, StoreError> {
    match header(&sealed) {
        Some(header) if header.length + HEADER_BYTES == sealed.len() && header.checksum == checksum(key, &sealed) => {
            sealed.drain(..HEADER_BYTES);
            Ok(sealed)
        }
        _ => Err(damaged("a value is not what was written")),
    }
}

struct Header {
    checksum: u32,
    length: usize,
}

fn header(sealed: &[u8]) -> Option<Header> {
    let (checksum, rest) = sealed.split_first_chunk::<4>()?;
    let length = rest.first_chunk::<4>()?;
    Some(Header { checksum: u32::from_be_bytes(*checksum), length: usize::try_from(u32::from_be_bytes(*length)).ok()? })
}

/// Of the key, the length and the bytes. 32 bits are enough beside the record's own 128.
fn checksum(key: &[u8], sealed: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(key);
    hasher.update(sealed.get(4..).unwrap_or_default());
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
    use crate::saver::sled::engine::Engine;

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

    #[test]
    fn a_lost_or_exchanged_chunk_is_noticed() {
        let directory = tempfile::tempdir().expect("a directory");
        let engine = Engine::open(&directory.path().join("sled"), 1 << 20, None).expect("a new store");
        let apply = |change: &dyn Fn(&mut Changes)| {
            let mut changes = Changes::default();
            change(&mut changes);
            engine.apply(changes).expect("a healthy store");
        };
        let value: Vec<u8> = (0_u8..251).cycle().take(3 * CHUNK_BYTES).collect();
        let read = || engine.read(|scan| get(scan, b"key"));

        apply(&|changes| put(changes, b"key", &[&value]));
        assert_eq!(read().expect("intact"), Some(value.clone()));
        apply(&|changes| changes.remove(chunk_key(b"key", 2)));
        assert!(read().is_err());
        apply(&|changes| put(changes, b"key", &[&value]));
        apply(&|changes| changes.put(chunk_key(b"key", 1), vec![7; CHUNK_BYTES]));
        assert!(read().is_err());

        apply(&|changes| put(changes, b"key", &[b"shorter"]));
        assert_eq!(read().expect("intact"), Some(b"shorter".to_vec()));
        apply(&|changes| changes.remove(chunk_key(b"key", 0)));
        assert_eq!(read().expect("nothing"), None);
    }
}
