//! What a store is given: the writes of [`Checkpointer`](super::Checkpointer).

use super::{Head, RecordHash, Status, ThreadKey};
use crate::CheckpointId;
use std::sync::Arc;

/// One [`Checkpointer::append`](super::Checkpointer::append).
#[derive(Clone)]
pub struct Append {
    /// The thread.
    pub thread: ThreadKey,
    /// The head that the record follows; `None` if it is the thread's first.
    pub expected: Option<(CheckpointId, RecordHash)>,
    /// The head after the append; the store makes its status one [after](Status::after) that of the head before.
    pub head: Head,
    /// The framed record.
    pub record: Vec<u8>,
    /// The request id that this checkpoint answers, to be found by [`Checkpointer::request`](super::Checkpointer::request).
    pub request: Option<Arc<str>>,
    /// When the append may return.
    pub commit: Commit,
}

/// One [`Checkpointer::put_pending`](super::Checkpointer::put_pending).
#[derive(Clone)]
pub struct PutPending {
    /// The thread.
    pub thread: ThreadKey,
    /// The head that the entry belongs to.
    pub expected: (CheckpointId, RecordHash),
    /// The name of the entry, unique beside its checkpoint; holds no NUL. Putting it again replaces the bytes.
    pub name: String,
    /// The framed entry.
    pub bytes: Vec<u8>,
    /// The status of the thread from now on, [after](Status::after) the one that it has, and when it changed; `None` leaves
    /// the head as it is.
    pub status: Option<(Status, u64)>,
    /// When the call may return.
    pub commit: Commit,
}

/// One [`Checkpointer::deliver`](super::Checkpointer::deliver).
#[derive(Clone)]
pub struct Deliver {
    /// The thread.
    pub thread: ThreadKey,
    /// The head that the sender has read.
    pub expected: (CheckpointId, RecordHash),
    /// The name of the entry, unique within the thread over its whole life; holds no NUL.
    pub name: String,
    /// The framed entry.
    pub bytes: Vec<u8>,
    /// The status of the thread from now on, [after](Status::after) the one that it has, and when it changed; `None` leaves
    /// the head as it is.
    pub status: Option<(Status, u64)>,
}

/// One [`Checkpointer::prune`](super::Checkpointer::prune).
#[derive(Clone)]
pub struct Prune {
    /// The thread.
    pub thread: ThreadKey,
    /// The head that was read.
    pub expected: (CheckpointId, RecordHash),
    /// The checkpoints whose records go, with the entries beside them. The head is none of them; one that is not there is
    /// passed over.
    pub remove: Vec<CheckpointId>,
    /// Framed entries by the checkpoint beside which they are put, which stays, and by their name, which is as that of
    /// [`PutPending`].
    pub entries: Vec<(CheckpointId, String, Vec<u8>)>,
    /// When the call may return.
    pub commit: Commit,
}

/// When a write may be acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    /// When it survives a power cut.
    Synced,
    /// When the store has taken it; it becomes durable within the store's bounded delay. A refusal (a conflict, a failed
    /// disk) may be reported by a later call on the same thread instead of this one.
    Written,
}
