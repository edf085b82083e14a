//! The frame around every record.
//!
//! ```text
//! offset  size  what (all integers little-endian)
//!      0     2  magic, "GR"
//!      2     1  format version, 1
//!      3     1  kind: 0 full checkpoint, 1 delta, 2 entry beside a checkpoint, 3 leap; flags in the upper four bits, 0
//!      4    16  hash of the record before this one on the thread; of the checkpoint beside which an entry lies
//!     20     …  body; before that of a full checkpoint, 8 bytes: the schema fingerprint, the wrapping sum over the fields
//!  after    16  checksum: the first 16 bytes of BLAKE3 over everything before it; the hash of this record
//! ```
//!
//! The checksum stands at the end, so that one pass over contiguous bytes computes it, and at a place that does not
//! depend on the version, so that damage is told from a newer format. The length of the body is what is left.

use crate::RecordHash;

const MAGIC: [u8; 2] = *b"GR";
const VERSION: u8 = 1;
/// The bits of the kind, beside those of the flags.
const KIND: u8 = 0x0f;
const HEADER: usize = 20;
const SCHEMA: usize = 8;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A checkpoint with its whole state.
    Full = 0,
    /// A checkpoint with what has changed since the one before it.
    Delta = 1,
    Entry = 2,
    /// A checkpoint with what has changed since the one before it, and since an earlier one.
    Leap = 3,
}

impl Kind {
    /// Those of checkpoints.
    pub(super) const CHECKPOINTS: &[Kind] = &[Kind::Full, Kind::Delta, Kind::Leap];
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
    buffer.extend_from_slice(&[VERSION, kind as u8]);
    buffer.extend_from_slice(&parent.0);
    if kind == Kind::Full {
        buffer.extend_from_slice(&[0; SCHEMA]);
    }
}

/// Notes the fingerprint of the schema in the frame of a full checkpoint that the buffer holds.
pub(super) fn note(schema: u64, buffer: &mut [u8]) {
    if let Some(place) = buffer.get_mut(HEADER..HEADER + SCHEMA) {
        place.copy_from_slice(&schema.to_le_bytes());
    }
}

/// Ends the frame that the buffer holds.
pub(super) fn end(buffer: &mut Vec<u8>) -> RecordHash {
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
    let kind = bytes.get(3).map_or(0, |kind| kind & KIND);
    let fixed: [(usize, &[u8]); 4] = [(0, &MAGIC), (2, &[VERSION]), (3, &[kind]), (4, &parent.0)];
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
    /// 0 but for a full checkpoint.
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
    let (schema, body) = match kind {
        Kind::Full => header.body.split_first_chunk().map(|(schema, body)| (u64::from_le_bytes(*schema), body)),
        Kind::Delta | Kind::Leap | Kind::Entry => Some((0, header.body)),
    }
    .ok_or_else(|| RecordError::corrupt("the body is not whole"))?;
    Ok(Frame { kind, schema, parent: header.parent, hash, body })
}

/// The parts of a frame without its checksum.
struct Header<'a> {
    version: u8,
    kind: u8,
    flags: u8,
    parent: RecordHash,
    body: &'a [u8],
}

impl<'a> Header<'a> {
    /// Takes the bytes apart; `None` if they are too few or lack the magic.
    fn split(bytes: &'a [u8]) -> Option<Header<'a>> {
        let bytes = bytes.strip_prefix(&MAGIC)?;
        let ([version, kind], bytes) = bytes.split_first_chunk()?;
        let (parent, body) = bytes.split_first_chunk()?;
        let (kind, flags) = (kind & KIND, kind & !KIND);
        Some(Header { version: *version, kind, flags, parent: RecordHash(*parent), body })
    }
}

fn checksum(bytes: &[u8]) -> RecordHash {
    let mut checksum = RecordHash::default();
    checksum.0.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
    checksum
}
