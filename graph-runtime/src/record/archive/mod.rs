//! A thread as a file: its records and what lies beside them, in parts that hold on to each other.
//!
//! ```text
//! header = magic "GRPHFILE", format version u32, checksum of both
//! part   = label length u32, content length u32, label, content, seal
//! ```
//!
//! A seal is the first 16 bytes of BLAKE3 over the seal before it (the header's checksum before the first part) and the rest
//! of the part. So a part that is missing, doubled, moved, or taken from another file breaks the next seal.

mod error;
mod reader;
#[cfg(feature = "fuzzing")]
mod repair;
#[cfg(test)]
mod tests;
mod writer;

pub use error::ImportError;
pub(crate) use reader::ArchiveReader;
#[cfg(feature = "fuzzing")]
pub(crate) use repair::repaired;
pub(crate) use writer::ArchiveWriter;

use crate::Status;
use serde::{Deserialize, Serialize};

const MAGIC: [u8; 8] = *b"GRPHFILE";
const VERSION: u32 = 1;
const SEAL_BYTES: usize = 16;
/// The longest label: names are its longest part.
const MOST_LABEL: u32 = 1 << 20;
/// The longest content: no store takes a longer record.
const MOST_CONTENT: u32 = 1 << 30;

/// What a part is, and what it says beside its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Label {
    /// Whose file it is, and the newest checkpoint; the first part. No content.
    Thread { graph: String, thread: String, checkpoint: u64, hash: [u8; 16], due: Option<u64> },
    /// A checkpoint; the content is its record.
    Record {
        checkpoint: u64,
        /// Whether the thread's request of its name is answered by this one.
        answers: bool,
    },
    /// An entry beside the last record.
    Entry { name: String },
    /// An entry of the thread itself.
    Delivery { name: String },
    /// What the thread was doing; the last part. No content.
    End { status: Status, updated: u64, count: Count },
}

/// How many parts of each kind a file has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Count {
    pub(crate) records: u64,
    entries: u64,
    deliveries: u64,
}

impl Count {
    fn add(&mut self, label: &Label) {
        match label {
            Label::Record { .. } => self.records += 1,
            Label::Entry { .. } => self.entries += 1,
            Label::Delivery { .. } => self.deliveries += 1,
            Label::Thread { .. } | Label::End { .. } => {}
        }
    }
}

/// What holds a file together.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Seal([u8; SEAL_BYTES]);

impl Seal {
    fn of(bytes: &[u8]) -> Seal {
        Seal::default().after(&[bytes])
    }

    /// The seal of what comes after the bytes that this one seals.
    fn after(self, bytes: &[&[u8]]) -> Seal {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0);
        for bytes in bytes {
            hasher.update(bytes);
        }
        let mut seal = Seal::default();
        seal.0.copy_from_slice(&hasher.finalize().as_bytes()[..SEAL_BYTES]);
        seal
    }
}

impl Default for Seal {
    fn default() -> Seal {
        Seal([0; SEAL_BYTES])
    }
}
