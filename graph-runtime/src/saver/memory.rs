//! A store that lives as long as its handles.

use crate::saver::{Append, BoxFuture, Checkpointer, Deliver, Head, Prune, PutPending, Status, StoreId, ThreadKey};
use crate::{CheckpointId, RecordHash, StoreError, ThreadId};
use std::collections::BTreeMap;
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

type Graphs = BTreeMap<Arc<str>, BTreeMap<ThreadId, Thread>>;

struct Thread {
    head: Head,
    records: BTreeMap<CheckpointId, Vec<u8>>,
    pending: BTreeMap<CheckpointId, BTreeMap<String, Vec<u8>>>,
    requests: BTreeMap<Arc<str>, CheckpointId>,
    delivered: BTreeMap<String, Vec<u8>>,
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
        self.graphs().get(&key.graph)?.get(&key.thread).map(read)
    }

    fn append_now(&self, append: Append) -> Result<(), StoreError> {
        let mut graphs = self.graphs();
        let threads = graphs.entry(append.thread.graph).or_default();
        let head = threads.get(&append.thread.thread).map(|thread| thread.head);
        expect(head, append.expected)?;
        let thread = threads.entry(append.thread.thread).or_insert_with(|| Thread {
            head: append.head,
            records: BTreeMap::new(),
            pending: BTreeMap::new(),
            requests: BTreeMap::new(),
            delivered: BTreeMap::new(),
        });
        thread.head = Head { status: append.head.status.after(head.map(|head| head.status)), ..append.head };
        thread.records.insert(append.head.checkpoint, append.record);
        if let Some(request) = append.request {
            thread.requests.insert(request, append.head.checkpoint);
        }
        Ok(())
    }

    fn put_pending_now(&self, entry: PutPending) -> Result<(), StoreError> {
        let mut graphs = self.graphs();
        let thread = standing(&mut graphs, &entry.thread, entry.expected)?;
        let (checkpoint, _) = entry.expected;
        thread.pending.entry(checkpoint).or_default().insert(entry.name, entry.bytes);
        thread.change(entry.status);
        Ok(())
    }

    fn deliver_now(&self, delivery: Deliver) -> Result<bool, StoreError> {
        let mut graphs = self.graphs();
        let thread = standing(&mut graphs, &delivery.thread, delivery.expected)?;
        if thread.delivered.contains_key(&delivery.name) {
            return Ok(false);
        }
        thread.delivered.insert(delivery.name, delivery.bytes);
        thread.change(delivery.status);
        Ok(true)
    }

    fn prune_now(&self, prune: Prune) -> Result<(), StoreError> {
        let mut graphs = self.graphs();
        let thread = standing(&mut graphs, &prune.thread, prune.expected)?;
        for id in prune.remove.iter().filter(|id| **id != thread.head.checkpoint) {
            thread.records.remove(id);
            thread.pending.remove(id);
        }
        for (id, name, bytes) in prune.entries {
            thread.pending.entry(id).or_default().insert(name, bytes);
        }
        Ok(())
    }
}

impl Thread {
    fn change(&mut self, status: Option<(Status, u64)>) {
        if let Some((status, updated)) = status {
            self.head = Head { status: status.after(Some(self.head.status)), updated, ..self.head };
        }
    }
}

/// The thread, if its head is the expected one.
fn standing<'a>(
    graphs: &'a mut Graphs,
    key: &ThreadKey,
    expected: (CheckpointId, RecordHash),
) -> Result<&'a mut Thread, StoreError> {
    let thread = graphs.get_mut(&key.graph).and_then(|threads| threads.get_mut(&key.thread));
    let thread = thread.ok_or(StoreError::Conflict { head: None })?;
    expect(Some(thread.head), Some(expected))?;
    Ok(thread)
}

fn expect(head: Option<Head>, expected: Option<(CheckpointId, RecordHash)>) -> Result<(), StoreError> {
    if head.map(|head| (head.checkpoint, head.hash)) == expected {
        Ok(())
    } else {
        Err(StoreError::Conflict { head: head.map(|head| head.checkpoint) })
    }
}

/// Everything is done when a method is called, so that reads come after the writes called before them.
fn done<'a, T: Send + 'a>(result: Result<T, StoreError>) -> BoxFuture<'a, Result<T, StoreError>> {
    Box::pin(ready(result))
}

impl Checkpointer for MemorySaver {
    fn store_id(&self) -> StoreId {
        self.store.id
    }

    fn append(&self, append: Append) -> BoxFuture<'_, Result<(), StoreError>> {
        done(self.append_now(append))
    }

    fn head<'a>(&'a self, thread: &'a ThreadKey) -> BoxFuture<'a, Result<Option<Head>, StoreError>> {
        done(Ok(self.read(thread, |thread| thread.head)))
    }

    fn get<'a>(
        &'a self,
        thread: &'a ThreadKey,
        id: CheckpointId,
    ) -> BoxFuture<'a, Result<Option<Vec<u8>>, StoreError>> {
        done(Ok(self.read(thread, |thread| thread.records.get(&id).cloned()).flatten()))
    }

    fn range<'a>(
        &'a self,
        thread: &'a ThreadKey,
        before: Option<CheckpointId>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<(CheckpointId, Vec<u8>)>, StoreError>> {
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
    ) -> BoxFuture<'a, Result<Vec<(CheckpointId, Vec<u8>)>, StoreError>> {
        let oldest = |thread: &Thread| {
            let records = thread.records.range((Bound::Excluded(after), Bound::Unbounded)).take(limit);
            records.map(|(id, record)| (*id, record.clone())).collect()
        };
        done(Ok(self.read(thread, oldest).unwrap_or_default()))
    }

    fn put_pending(&self, entry: PutPending) -> BoxFuture<'_, Result<(), StoreError>> {
        done(self.put_pending_now(entry))
    }

    fn pending<'a>(
        &'a self,
        thread: &'a ThreadKey,
        id: CheckpointId,
    ) -> BoxFuture<'a, Result<Vec<(String, Vec<u8>)>, StoreError>> {
        let entries = |thread: &Thread| thread.pending.get(&id).cloned().unwrap_or_default();
        let entries = self.read(thread, entries).unwrap_or_default();
        done(Ok(entries.into_iter().collect()))
    }

    fn deliver(&self, delivery: Deliver) -> BoxFuture<'_, Result<bool, StoreError>> {
        done(self.deliver_now(delivery))
    }

    fn delivered<'a>(
        &'a self,
        thread: &'a ThreadKey,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Option<Vec<u8>>, StoreError>> {
        done(Ok(self.read(thread, |thread| thread.delivered.get(name).cloned()).flatten()))
    }

    fn deliveries<'a>(
        &'a self,
        thread: &'a ThreadKey,
        after: Option<&'a str>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<(String, Vec<u8>)>, StoreError>> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let page = |thread: &Thread| {
            let entries = thread.delivered.range::<str, _>((start, Bound::Unbounded)).take(limit);
            entries.map(|(name, bytes)| (name.clone(), bytes.clone())).collect()
        };
        done(Ok(self.read(thread, page).unwrap_or_default()))
    }

    fn request<'a>(
        &'a self,
        thread: &'a ThreadKey,
        request: &'a str,
    ) -> BoxFuture<'a, Result<Option<CheckpointId>, StoreError>> {
        done(Ok(self.read(thread, |thread| thread.requests.get(request).copied()).flatten()))
    }

    fn prune(&self, prune: Prune) -> BoxFuture<'_, Result<(), StoreError>> {
        done(self.prune_now(prune))
    }

    fn delete<'a>(&'a self, thread: &'a ThreadKey) -> BoxFuture<'a, Result<(), StoreError>> {
        if let Some(threads) = self.graphs().get_mut(&thread.graph) {
            threads.remove(&thread.thread);
        }
        done(Ok(()))
    }

    fn threads<'a>(
        &'a self,
        graph: &'a str,
        after: Option<&'a ThreadId>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<(ThreadId, Head)>, StoreError>> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let graphs = self.graphs();
        let threads = graphs.get(graph).map(|threads| {
            let threads = threads.range::<ThreadId, _>((start, Bound::Unbounded)).take(limit);
            threads.map(|(id, thread)| (id.clone(), thread.head)).collect()
        });
        done(Ok(threads.unwrap_or_default()))
    }

    fn flush(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        done(Ok(()))
    }
}
