//! Where checkpoints live: the byte-level interface between threads and stores.

#[cfg(any(feature = "redb", feature = "sled"))]
mod embedded;
mod memory;
#[cfg(feature = "redb")]
mod redb;
mod shared;
mod shown;
#[cfg(feature = "sled")]
mod sled;

#[cfg(all(feature = "fuzzing", any(feature = "redb", feature = "sled")))]
pub(crate) use embedded::fuzzing::keys as fuzz_keys;
pub use memory::MemorySaver;
#[cfg(feature = "redb")]
pub use redb::{RedbOptions, RedbSaver};
#[cfg(feature = "sled")]
pub use sled::{SledOptions, SledSaver};

use crate::{CheckpointId, StoreError, ThreadId};
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A boxed future that can cross threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What every operation of a [`Checkpointer`] returns.
pub type StoreFuture<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// A store of checkpoints.
///
/// An implementation keeps bytes and orders them; it knows no graph and decodes no record. What it must promise:
///
/// * [`append`](Checkpointer::append) is one atomic step: it compares the thread's head, stores the record and moves the head.
/// * An append with [`Commit::Synced`] returns after the record, and everything written before it, survives a power cut.
/// * A read of a thread comes after the appends to that thread that were called before it.
/// * What cannot be read back as it was written is an error, never another value.
///
/// The feature `conformance` has a suite that checks an implementation; see [`guide::durability`](crate::guide::durability).
///
/// # Examples
///
/// ```
/// use graph_runtime::{Append, CheckpointId, Checkpointer, Commit, Head, MemorySaver, RecordHash, Status, ThreadId, ThreadKey};
///
/// # futures_lite::future::block_on(async {
/// let store = MemorySaver::new();
/// let thread = ThreadKey { graph: "Jobs".into(), thread: ThreadId::new("a").unwrap() };
/// let head = Head { checkpoint: CheckpointId(1), hash: RecordHash([7; 16]), status: Status::Finished, updated: 0, due: None };
/// let append = Append {
///     thread: thread.clone(),
///     expected: None,
///     head,
///     record: b"framed bytes".to_vec(),
///     request: None,
///     commit: Commit::Synced,
/// };
/// store.append(append.clone()).await?;
/// assert_eq!(store.head(&thread).await?, Some(head));
/// assert!(store.append(append).await.is_err(), "the head has moved");
/// # Ok::<(), graph_runtime::StoreError>(())
/// # }).unwrap();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a checkpointer",
    label = "not a store of checkpoints",
    note = "open a store with `SledSaver::open(path)?`, or make a `MemorySaver::new()` for a test"
)]
pub trait Checkpointer: Send + Sync + 'static {
    /// Tells one open store from another; handles of the same store give the same id.
    fn store_id(&self) -> StoreId;

    /// Stores a record as the thread's new head if the head is still the expected one.
    fn append(&self, append: Append) -> StoreFuture<'_, ()>;

    /// The head of a thread, or `None` for a thread that has never run.
    fn head<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Option<Head>>;

    /// The record of one checkpoint.
    fn get<'a>(&'a self, thread: &'a ThreadKey, id: CheckpointId) -> StoreFuture<'a, Option<Vec<u8>>>;

    /// Up to `limit` records older than `before` (all, if `None`), newest first.
    fn range<'a>(
        &'a self,
        thread: &'a ThreadKey,
        before: Option<CheckpointId>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(CheckpointId, Vec<u8>)>>;

    /// Up to `limit` records newer than `after`, oldest first.
    fn newer<'a>(
        &'a self,
        thread: &'a ThreadKey,
        after: CheckpointId,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(CheckpointId, Vec<u8>)>>;

    /// Stores an entry beside the head, if the head is still the expected one: the pending writes of a step.
    fn put_pending(&self, entry: PutPending) -> StoreFuture<'_, ()>;

    /// The entries beside one checkpoint, in the order of their names.
    fn pending<'a>(&'a self, thread: &'a ThreadKey, id: CheckpointId) -> StoreFuture<'a, Vec<(String, Vec<u8>)>>;

    /// Stores an entry of the thread itself, unless it has one of that name; `false` says that it had, and nothing changed.
    ///
    /// The entry is tied to no checkpoint: later appends leave it, and it ends with the thread. Always synced. A head that is
    /// not the expected one is a conflict, also for a name that is there.
    fn deliver(&self, delivery: Deliver) -> StoreFuture<'_, bool>;

    /// The entry of the thread that was delivered under this name.
    fn delivered<'a>(&'a self, thread: &'a ThreadKey, name: &'a str) -> StoreFuture<'a, Option<Vec<u8>>>;

    /// Up to `limit` delivered entries of the thread after the one with this name (from the first, if `None`), in an order of
    /// the store's own.
    fn deliveries<'a>(
        &'a self,
        thread: &'a ThreadKey,
        after: Option<&'a str>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(String, Vec<u8>)>>;

    /// The last checkpoint that was appended with this request id.
    fn request<'a>(&'a self, thread: &'a ThreadKey, request: &'a str) -> StoreFuture<'a, Option<CheckpointId>>;

    /// Removes old records, and puts entries beside those that stay: one atomic step, if the head is still the expected one.
    ///
    /// A request goes on naming its checkpoint, also one that is gone.
    fn prune(&self, prune: Prune) -> StoreFuture<'_, ()>;

    /// Removes a thread with everything that belongs to it, durably; removing an unknown thread is no error.
    fn delete<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, ()>;

    /// Up to `limit` threads of a graph after the given one, in the order of their ids.
    fn threads<'a>(
        &'a self,
        graph: &'a str,
        after: Option<&'a ThreadId>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(ThreadId, Head)>>;

    /// Returns when everything written before the call survives a power cut.
    fn flush(&self) -> StoreFuture<'_, ()>;
}

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

/// One [`Checkpointer::append`].
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
    /// The request id that this checkpoint answers, to be found by [`Checkpointer::request`].
    pub request: Option<Arc<str>>,
    /// When the append may return.
    pub commit: Commit,
}

/// One [`Checkpointer::put_pending`].
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

/// One [`Checkpointer::deliver`].
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

/// One [`Checkpointer::prune`].
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
