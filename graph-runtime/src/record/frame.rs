//! The frame around every record.
//!
//! ```text
//! offset  size  what (all integers little-endian)
//!      0     4  magic, "GRPH"
//!      4     1  format version, 1
//!      5     1  kind: 0 full checkpoint, 1 delta, 2 entry beside a checkpoint
//!      6     2  flags, 0
//!      8     8  schema fingerprint: the wrapping sum over the fields, 0 for an entry
//!     16    16  hash of the record before this one on the thread; of the checkpoint beside which an entry lies
//!     32     8  length of the body
//!     40     …  body
//!  after    16  checksum: the first 16 bytes of BLAKE3 over everything before it; the hash of this record
//! ```
//!
//! The checksum stands at the end, so that one pass over contiguous bytes computes it, and at a place that does not
//! depend on the version, so that damage is told from a newer format.

use crate::RecordHash;

const MAGIC: [u8; 4] = *b"GRPH";
const VERSION: u8 = 1;
const HEADER: usize = 40;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A checkpoint with its whole state.
    Full = 0,
    /// A checkpoint with what has changed since the one before it.
    Delta = 1,
    Entry = 2,
}

/// Why bytes cannot be read as what they should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RecordError {
    /// The bytes are not those that were written, or lie where others were written.
    #[error("{0}")]
    Corrupt(String),
    /// The bytes are whole and this program has another schema or format.
    #[error("{0}")]
    Incompatible(String),
}

impl RecordError {
    pub(super) fn corrupt(reason: impl Into<String>) -> RecordError {
        RecordError::Corrupt(reason.into())
    }
}

/// Clears the buffer and begins a frame; the body is to be appended.
pub(super) fn begin(kind: Kind, parent: RecordHash, buffer: &mut Vec<u8>) {
    buffer.clear();
    buffer.extend_from_slice(&MAGIC);
    buffer.extend_from_slice(&[VERSION, kind as u8, 0, 0]);
    buffer.extend_from_slice(&[0; 8]);
    buffer.extend_from_slice(&parent.0);
    buffer.extend_from_slice(&[0; 8]);
}

/// Ends the frame that the buffer holds.
pub(super) fn end(schema: u64, buffer: &mut Vec<u8>) -> RecordHash {
    let body = buffer.len().saturating_sub(HEADER) as u64;
    for (place, number) in [(8, schema), (32, body)] {
        if let Some(place) = buffer.get_mut(place..place + 8) {
            place.copy_from_slice(&number.to_le_bytes());
        }
    }
    let checksum = checksum(buffer);
    buffer.extend_from_slice(&checksum.0);
    checksum
}

/// The bytes with the checksum that they would need.
#[cfg(feature = "fuzzing")]
pub(super) fn sealed(bytes: &[u8]) -> Vec<u8> {
    [bytes, &checksum(bytes).0].concat()
}

/// Makes a frame of bytes that were one: all but kind, schema and body is as it has to be.
#[cfg(feature = "fuzzing")]
pub(super) fn mend(bytes: &mut Vec<u8>, parent: RecordHash) -> RecordHash {
    let framed = bytes.len().saturating_sub(16).max(HEADER);
    bytes.resize(framed, 0);
    let length = (framed - HEADER) as u64;
    let fixed: [(usize, &[u8]); 5] =
        [(0, &MAGIC), (4, &[VERSION]), (6, &[0, 0]), (16, &parent.0), (32, &length.to_le_bytes())];
    for (at, fixed) in fixed {
        for (byte, fixed) in bytes.iter_mut().skip(at).zip(fixed) {
            *byte = *fixed;
        }
    }
    let checksum = checksum(bytes);
    bytes.extend_from_slice(&checksum.0);
    checksum
}

/// A frame whose checksum fits.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub(super) kind: Kind,
    pub(super) schema: u64,
    pub(super) parent: RecordHash,
    pub(super) hash: RecordHash,
    pub(super) body: &'a [u8],
}

/// Verifies a frame of one of these kinds, the checksum before anything else.
pub(super) fn open<'a>(kinds: &[Kind], bytes: &'a [u8]) -> Result<Frame<'a>, RecordError> {
    let (framed, stored) =
        bytes.split_last_chunk().ok_or_else(|| RecordError::corrupt("the bytes are too few for a record"))?;
    let hash = RecordHash(*stored);
    if checksum(framed) != hash {
        return Err(RecordError::corrupt("the checksum does not fit the bytes"));
    }
    let header = Header::split(framed).ok_or_else(|| RecordError::corrupt("the bytes are no record"))?;
    if header.version != VERSION || header.flags != 0 {
        return Err(RecordError::Incompatible(format!(
            "it has format {}.{} and this program reads format {VERSION}.0; use the version of the library that wrote it",
            header.version, header.flags
        )));
    }
    let Some(kind) = kinds.iter().copied().find(|kind| *kind as u8 == header.kind) else {
        let wanted: Vec<String> = kinds.iter().map(|kind| (*kind as u8).to_string()).collect();
        return Err(RecordError::corrupt(format!(
            "it is a record of kind {} where one of kind {} was stored",
            header.kind,
            wanted.join(" or ")
        )));
    };
    if header.length != header.body.len() as u64 {
        return Err(RecordError::corrupt("the length does not fit the bytes"));
    }
    Ok(Frame { kind, schema: header.schema, parent: header.parent, hash, body: header.body })
}

/// The parts of a frame without its checksum.
struct Header<'a> {
    version: u8,
    kind: u8,
    flags: u16,
    schema: u64,
    parent: RecordHash,
    length: u64,
    body: &'a [u8],
}

impl<'a> Header<'a> {
    /// Takes the bytes apart; `None` if they are too few or lack the magic.
    fn split(bytes: &'a [u8]) -> Option<Header<'a>> {
        let bytes = bytes.strip_prefix(&MAGIC)?;
        let ([version, kind], bytes) = bytes.split_first_chunk()?;
        let (flags, bytes) = bytes.split_first_chunk()?;
        let (schema, bytes) = bytes.split_first_chunk()?;
        let (parent, bytes) = bytes.split_first_chunk()?;
        let (length, body) = bytes.split_first_chunk()?;
        Some(Header {
            version: *version,
            kind: *kind,
            flags: u16::from_le_bytes(*flags),
            schema: u64::from_le_bytes(*schema),
            parent: RecordHash(*parent),
            length: u64::from_le_bytes(*length),
            body,
        })
    }
}

fn checksum(bytes: &[u8]) -> RecordHash {
    let mut checksum = RecordHash::default();
    checksum.0.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
    checksum
}
