//! A store that lives as long as its handles.

mod graphs;

use crate::saver::{Append, Checkpointer, Deliver, Head, Prune, PutPending, StoreFuture, StoreId, ThreadKey};
use crate::{CheckpointId, StoreError, ThreadId};
use graphs::{Graphs, Thread};
use std::fmt;
use std::future::ready;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A [`Checkpointer`] in memory, for tests and for threads that need not outlive the process.
///
/// A clone is a handle of the same store; the last handle takes the store with it. Both kinds of commit are
/// acknowledged at once.
///
/// # Examples
///
/// ```
/// use graph_runtime::{Checkpointer, MemorySaver};
///
/// let store = MemorySaver::default();
/// assert_eq!(store.clone().store_id(), store.store_id());
/// assert_ne!(MemorySaver::default().store_id(), store.store_id());
/// ```
#[derive(Clone, Default)]
pub struct MemorySaver {
    store: Arc<Store>,
}

impl fmt::Debug for MemorySaver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What it holds may be secret.
        f.debug_struct("MemorySaver").field("id", &self.store.id).finish_non_exhaustive()
    }
}

struct Store {
    id: StoreId,
    graphs: Mutex<Graphs>,
}

impl Default for Store {
    fn default() -> Store {
        Store { id: StoreId::new(), graphs: Mutex::default() }
    }
}

impl MemorySaver {
    /// An empty store.
    #[must_use]
    pub fn new() -> MemorySaver {
        MemorySaver::default()
    }

    /// The map is whole after every single insertion, so a panic elsewhere leaves nothing to repair.
    fn graphs(&self) -> MutexGuard<'_, Graphs> {
        self.store.graphs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What `read` finds in the thread; `None` for a thread that has never run.
    fn read<T>(&self, key: &ThreadKey, read: impl FnOnce(&Thread) -> T) -> Option<T> {
        self.graphs().thread(key).map(read)
    }
}

/// Everything is done when a method is called, so that reads come after the writes called before them.
fn done<'a, T: Send + 'a>(result: Result<T, StoreError>) -> StoreFuture<'a, T> {
    Box::pin(ready(result))
}

impl Checkpointer for MemorySaver {
    fn store_id(&self) -> StoreId {
        self.store.id
    }

    fn append(&self, append: Append) -> StoreFuture<'_, ()> {
        done(self.graphs().append(append))
    }

    fn head<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Option<Head>> {
        done(Ok(self.read(thread, |thread| thread.head)))
    }

    fn get<'a>(&'a self, thread: &'a ThreadKey, id: CheckpointId) -> StoreFuture<'a, Option<Vec<u8>>> {
        done(Ok(self.read(thread, |thread| thread.records.get(&id).cloned()).flatten()))
    }

    fn range<'a>(
        &'a self,
        thread: &'a ThreadKey,
        before: Option<CheckpointId>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(CheckpointId, Vec<u8>)>> {
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        let newest = |thread: &Thread| {
            let records = thread.records.range((Bound::Unbounded, end)).rev().take(limit);
            records.map(|(id, record)| (*id, record.clone())).collect()
        };
        done(Ok(self.read(thread, newest).unwrap_or_default()))
    }

    fn newer<'a>(
        &'a self,
        thread: &'a ThreadKey,
        after: CheckpointId,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(CheckpointId, Vec<u8>)>> {
        let oldest = |thread: &Thread| {
            let records = thread.records.range((Bound::Excluded(after), Bound::Unbounded)).take(limit);
            records.map(|(id, record)| (*id, record.clone())).collect()
        };
        done(Ok(self.read(thread, oldest).unwrap_or_default()))
    }

    fn put_pending(&self, entry: PutPending) -> StoreFuture<'_, ()> {
        done(self.graphs().put_pending(entry))
    }

    fn pending<'a>(&'a self, thread: &'a ThreadKey, id: CheckpointId) -> StoreFuture<'a, Vec<(String, Vec<u8>)>> {
        let entries = |thread: &Thread| thread.pending.get(&id).cloned().unwrap_or_default();
        let entries = self.read(thread, entries).unwrap_or_default();
        done(Ok(entries.into_iter().collect()))
    }

    fn deliver(&self, delivery: Deliver) -> StoreFuture<'_, bool> {
        done(self.graphs().deliver(delivery))
    }

    fn delivered<'a>(&'a self, thread: &'a ThreadKey, name: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        done(Ok(self.read(thread, |thread| thread.delivered.get(name).cloned()).flatten()))
    }

    fn deliveries<'a>(
        &'a self,
        thread: &'a ThreadKey,
        after: Option<&'a str>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(String, Vec<u8>)>> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let page = |thread: &Thread| {
            let entries = thread.delivered.range::<str, _>((start, Bound::Unbounded)).take(limit);
            entries.map(|(name, bytes)| (name.clone(), bytes.clone())).collect()
        };
        done(Ok(self.read(thread, page).unwrap_or_default()))
    }

    fn request<'a>(&'a self, thread: &'a ThreadKey, request: &'a str) -> StoreFuture<'a, Option<CheckpointId>> {
        done(Ok(self.read(thread, |thread| thread.requests.get(request).copied()).flatten()))
    }

    fn prune(&self, prune: Prune) -> StoreFuture<'_, ()> {
        done(self.graphs().prune(prune))
    }

    fn delete<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, ()> {
        self.graphs().delete(thread);
        done(Ok(()))
    }

    fn threads<'a>(
        &'a self,
        graph: &'a str,
        after: Option<&'a ThreadId>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(ThreadId, Head)>> {
        done(Ok(self.graphs().heads(graph, after, limit)))
    }

    fn flush(&self) -> StoreFuture<'_, ()> {
        done(Ok(()))
    }
}
