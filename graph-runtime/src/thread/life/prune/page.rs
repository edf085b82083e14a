//! What goes in one step, and what is known of the checkpoints on the way.

use crate::record::checkpoint::{Opened, OwnedMeta};
use crate::thread::stored::chain::PAGE;
use crate::thread::stored::tombstone::Tombstone;
use crate::{CheckpointId, RecordHash, Status};

/// The most bytes of records that go in one step.
const MOST_BYTES: usize = 8 << 20;

/// What goes in one step.
#[derive(Default)]
pub(super) struct Page {
    pub(super) remove: Vec<CheckpointId>,
    bytes: usize,
    pub(super) entries: Vec<(CheckpointId, String, Vec<u8>)>,
}

impl Page {
    pub(super) fn take(&mut self, id: CheckpointId, bytes: usize) {
        self.remove.push(id);
        self.bytes += bytes;
    }

    pub(super) fn is_full(&self) -> bool {
        self.remove.len() >= PAGE || self.bytes >= MOST_BYTES
    }
}

/// What goes behind the last checkpoint that stays.
#[derive(Default)]
pub(super) struct Gap {
    pub(super) tombstone: Tombstone,
    pub(super) dug: bool,
    /// The one that stays is read with others, or takes over what lies beside another one, and has to do without.
    pub(super) opens: bool,
}

/// A checkpoint, as far as it matters whether it goes.
pub(super) struct Seen {
    pub(super) place: (CheckpointId, RecordHash),
    pub(super) parent: Option<u64>,
    pub(super) waits: bool,
    pub(super) inherits: bool,
    pub(super) whole: bool,
    /// What was pruned before it.
    pub(super) passed: Option<Tombstone>,
}

impl Seen {
    pub(super) fn of(opened: &Opened<'_>, passed: Option<&Tombstone>) -> Seen {
        let meta = &opened.meta;
        Seen {
            place: (CheckpointId(meta.checkpoint), opened.hash),
            parent: meta.parent,
            waits: waits(meta),
            inherits: meta.carried.is_some(),
            whole: opened.is_whole(),
            passed: passed.cloned(),
        }
    }
}

/// Whether a pause waits at a checkpoint.
fn waits(meta: &OwnedMeta) -> bool {
    meta.status == Status::Paused || meta.position.waits()
}
