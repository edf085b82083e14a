//! What lies beside one checkpoint and counts beside another, which was made of it.

use super::bytes::Bytes;
use crate::{CheckpointId, RecordHash};
use serde::{Deserialize, Serialize};

/// What a checkpoint takes over from the one that it was made of.
///
/// It is part of the record, so it is there as soon as the checkpoint is, and stays when the other one is pruned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CarriedRecord {
    /// The checkpoint that it was made of.
    pub(crate) from: Origin,
    /// The checkpoint that the keys of the effects come from; `None` if those are left behind.
    pub(crate) effects: Option<Origin>,
    /// Whether what the tasks left, and why they stand still, is taken over.
    pub(crate) tasks: bool,
    /// The entries by their names, as values without a frame.
    pub(crate) entries: Vec<(String, Bytes)>,
}

/// A checkpoint, as another one names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    checkpoint: u64,
    hash: [u8; 16],
}

impl Origin {
    pub(crate) fn place(self) -> (CheckpointId, RecordHash) {
        (CheckpointId(self.checkpoint), RecordHash(self.hash))
    }
}

impl From<(CheckpointId, RecordHash)> for Origin {
    fn from((checkpoint, hash): (CheckpointId, RecordHash)) -> Origin {
        Origin { checkpoint: checkpoint.0, hash: hash.0 }
    }
}
