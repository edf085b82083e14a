//! Where checkpoints live: the byte-level interface between threads and stores.

#[cfg(any(feature = "redb", feature = "sled"))]
mod embedded;
mod forward;
mod head;
mod layer;
mod memory;
#[cfg(feature = "redb")]
mod redb;
mod shared;
mod shown;
#[cfg(feature = "sled")]
mod sled;
mod write;

#[cfg(all(feature = "fuzzing", any(feature = "redb", feature = "sled")))]
pub(crate) use embedded::fuzzing::keys as fuzz_keys;
pub use head::{Head, RecordHash, Status, StoreId, ThreadKey};
pub use layer::StoreLayer;
pub use memory::MemorySaver;
#[cfg(feature = "redb")]
pub use redb::{RedbOptions, RedbSaver};
#[cfg(feature = "sled")]
pub use sled::{SledOptions, SledSaver};
pub use write::{Append, Commit, Deliver, Prune, PutPending};

use crate::{CheckpointId, StoreError, ThreadId};
use std::future::Future;
use std::pin::Pin;

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
