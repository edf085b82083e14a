//! A store that counts what is put into it.

use graph_runtime::{Append, Checkpointer, Deliver, PutPending, StoreFuture, StoreLayer};
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

impl<C: Checkpointer> StoreLayer for Counted<C> {
    type Store = C;

    fn store(&self) -> &C {
        &self.store
    }

    fn append(&self, append: Append) -> StoreFuture<'_, ()> {
        self.count(&append.record);
        self.store.append(append)
    }

    fn put_pending(&self, entry: PutPending) -> StoreFuture<'_, ()> {
        self.count(&entry.bytes);
        self.store.put_pending(entry)
    }

    fn deliver(&self, delivery: Deliver) -> StoreFuture<'_, bool> {
        self.count(&delivery.bytes);
        self.store.deliver(delivery)
    }
}
