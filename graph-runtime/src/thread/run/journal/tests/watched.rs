//! A store that can be made to misbehave.

use super::*;
use crate::Prune;

/// A store in memory that counts its syncs, and that can leave its writers without an answer or refuse them.
#[derive(Clone, Default)]
pub(super) struct Watched {
    store: MemorySaver,
    pub(super) flushes: Arc<AtomicU32>,
    pub(super) silent: Arc<AtomicBool>,
    pub(super) full: Arc<AtomicBool>,
}

impl Checkpointer for Watched {
    fn store_id(&self) -> StoreId {
        self.store.store_id()
    }

    fn append(&self, append: Append) -> StoreFuture<'_, ()> {
        self.store.append(append)
    }

    fn head<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Option<Head>> {
        self.store.head(thread)
    }

    fn get<'a>(&'a self, thread: &'a ThreadKey, id: CheckpointId) -> StoreFuture<'a, Option<Vec<u8>>> {
        self.store.get(thread, id)
    }

    fn range<'a>(
        &'a self,
        thread: &'a ThreadKey,
        before: Option<CheckpointId>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(CheckpointId, Vec<u8>)>> {
        self.store.range(thread, before, limit)
    }

    fn newer<'a>(
        &'a self,
        thread: &'a ThreadKey,
        after: CheckpointId,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(CheckpointId, Vec<u8>)>> {
        self.store.newer(thread, after, limit)
    }

    fn put_pending(&self, entry: PutPending) -> StoreFuture<'_, ()> {
        assert_eq!(entry.commit, Commit::Synced);
        if self.full.load(Ordering::Relaxed) {
            return Box::pin(ready(Err(StoreError::Full { reason: "no space".to_owned() })));
        }
        let put = self.store.put_pending(entry);
        if self.silent.load(Ordering::Relaxed) { Box::pin(pending()) } else { put }
    }

    fn pending<'a>(&'a self, thread: &'a ThreadKey, id: CheckpointId) -> StoreFuture<'a, Vec<(String, Vec<u8>)>> {
        self.store.pending(thread, id)
    }

    fn deliver(&self, delivery: Deliver) -> StoreFuture<'_, bool> {
        self.store.deliver(delivery)
    }

    fn delivered<'a>(&'a self, thread: &'a ThreadKey, name: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        self.store.delivered(thread, name)
    }

    fn deliveries<'a>(
        &'a self,
        thread: &'a ThreadKey,
        after: Option<&'a str>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(String, Vec<u8>)>> {
        self.store.deliveries(thread, after, limit)
    }

    fn request<'a>(&'a self, thread: &'a ThreadKey, request: &'a str) -> StoreFuture<'a, Option<CheckpointId>> {
        self.store.request(thread, request)
    }

    fn prune(&self, prune: Prune) -> StoreFuture<'_, ()> {
        self.store.prune(prune)
    }

    fn delete<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, ()> {
        self.store.delete(thread)
    }

    fn threads<'a>(
        &'a self,
        graph: &'a str,
        after: Option<&'a ThreadId>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(ThreadId, Head)>> {
        self.store.threads(graph, after, limit)
    }

    fn flush(&self) -> StoreFuture<'_, ()> {
        self.flushes.fetch_add(1, Ordering::Relaxed);
        self.store.flush()
    }
}
