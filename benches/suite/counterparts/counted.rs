//! A store that counts what is put into it.

use graph_runtime::{
    Append, CheckpointId, Checkpointer, Deliver, Head, Prune, PutPending, StoreFuture, StoreId, ThreadId, ThreadKey,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A store, and the bytes of the records and entries that it was given by any handle.
#[derive(Clone)]
pub(super) struct Counted<C> {
    store: C,
    bytes: Arc<AtomicU64>,
}

impl<C> Counted<C> {
    pub(super) fn new(store: C) -> Counted<C> {
        Counted { store, bytes: Arc::default() }
    }

    #[expect(clippy::cast_precision_loss, reason = "no run here has 2^52 bytes")]
    pub(super) fn bytes(&self) -> f64 {
        self.bytes.load(Ordering::Relaxed) as f64
    }

    fn count(&self, bytes: &[u8]) {
        self.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
    }
}

impl<C: Checkpointer> Checkpointer for Counted<C> {
    fn store_id(&self) -> StoreId {
        self.store.store_id()
    }

    fn append(&self, append: Append) -> StoreFuture<'_, ()> {
        self.count(&append.record);
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
        self.count(&entry.bytes);
        self.store.put_pending(entry)
    }

    fn pending<'a>(&'a self, thread: &'a ThreadKey, id: CheckpointId) -> StoreFuture<'a, Vec<(String, Vec<u8>)>> {
        self.store.pending(thread, id)
    }

    fn deliver(&self, delivery: Deliver) -> StoreFuture<'_, bool> {
        self.count(&delivery.bytes);
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
        self.store.flush()
    }
}
