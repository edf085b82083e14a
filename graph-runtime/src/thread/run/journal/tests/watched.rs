//! A store that can be made to misbehave.

use super::*;
use crate::{StoreFuture, StoreLayer};

/// A store in memory that counts its syncs, and that can leave its writers without an answer or refuse them.
#[derive(Clone, Default)]
pub(super) struct Watched {
    store: MemorySaver,
    pub(super) flushes: Arc<AtomicU32>,
    pub(super) silent: Arc<AtomicBool>,
    pub(super) full: Arc<AtomicBool>,
}

impl StoreLayer for Watched {
    type Store = MemorySaver;

    fn store(&self) -> &MemorySaver {
        &self.store
    }

    fn put_pending(&self, entry: PutPending) -> StoreFuture<'_, ()> {
        assert_eq!(entry.commit, Commit::Synced);
        if self.full.load(Ordering::Relaxed) {
            return Box::pin(ready(Err(StoreError::Full { reason: "no space".to_owned() })));
        }
        let put = self.store.put_pending(entry);
        if self.silent.load(Ordering::Relaxed) { Box::pin(pending()) } else { put }
    }

    fn flush(&self) -> StoreFuture<'_, ()> {
        self.flushes.fetch_add(1, Ordering::Relaxed);
        self.store.flush()
    }
}
