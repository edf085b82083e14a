//! What a store knows of a thread without its records: its key, its newest checkpoint, what it is doing.

use crate::{CheckpointId, ThreadId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Tells one open store from another within a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StoreId(u64);

impl StoreId {
    /// An id that no other store of this process has.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "two defaults would differ")]
    pub fn new() -> StoreId {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        StoreId(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// A thread within a store: the graph's name and the thread's id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ThreadKey {
    /// The name of the graph; holds no NUL.
    pub graph: Arc<str>,
    /// The id of the thread.
    pub thread: ThreadId,
}

/// A hash of a record: BLAKE3, truncated to 128 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct RecordHash(pub [u8; 16]);

/// The newest checkpoint of a thread, with what a listing shows of the thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The newest checkpoint.
    pub checkpoint: CheckpointId,
    /// The checksum of its record.
    pub hash: RecordHash,
    /// What the thread is doing.
    pub status: Status,
    /// When the head last changed, in milliseconds since the Unix epoch.
    pub updated: u64,
    /// When the thread next has something to do by itself, in milliseconds since the Unix epoch. Only an append changes it.
    pub due: Option<u64>,
}

/// What a thread is doing, as the store knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Status {
    /// Has tasks to run. With no live runner the thread is *interrupted*: `resume` goes on.
    Running,
    /// Waits for a reply.
    Paused,
    /// A task failed; `resume` tries again.
    Failed,
    /// Stopped before its end, or edited where it stood still; `resume` goes on.
    Stopped,
    /// Ran to its end.
    Finished,
    /// Was cancelled.
    Cancelled,
    /// Is a copy of another thread, or an import, that is not whole: it can be made again, or deleted, and nothing else.
    Copying,
    /// Has a reply that no run has taken: `resume` goes on with it.
    Replied,
}

impl Status {
    /// What the status of a thread is, once a store has been told this one: itself, but a thread that has a reply does not
    /// fall asleep over it. [`Replied`](Status::Replied) stays where a run that has not seen the reply says
    /// [`Paused`](Status::Paused).
    ///
    /// # Examples
    ///
    /// ```
    /// use graph_runtime::Status;
    ///
    /// assert_eq!(Status::Paused.after(Some(Status::Running)), Status::Paused);
    /// assert_eq!(Status::Paused.after(Some(Status::Replied)), Status::Replied);
    /// assert_eq!(Status::Running.after(Some(Status::Replied)), Status::Running);
    /// ```
    #[must_use]
    pub fn after(self, before: Option<Status>) -> Status {
        match (before, self) {
            (Some(Status::Replied), Status::Paused) => Status::Replied,
            _ => self,
        }
    }
}
