//! A layer before a store changes the calls that it has methods for, and no other.

use futures_lite::future::block_on;
use graph_runtime::conformance::{self, Life};
use graph_runtime::{
    Append, CheckpointId, Checkpointer, Commit, Head, MemorySaver, Prune, StoreError, StoreFuture, StoreLayer,
    ThreadKey,
};
use graph_tests::{append, delivery, expected, pending, thread, write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A layer with nothing of its own.
struct Plain(MemorySaver);

impl StoreLayer for Plain {
    type Store = MemorySaver;

    fn store(&self) -> &MemorySaver {
        &self.0
    }
}

#[test]
fn a_layer_with_nothing_of_its_own_keeps_every_promise_of_the_store_below() {
    block_on(conformance::check(Life::Volatile, async |_| Ok(Plain(MemorySaver::new())))).unwrap();
}

/// A layer that counts what passes, and answers for the head itself.
#[derive(Clone, Default)]
struct Counting {
    store: MemorySaver,
    calls: Arc<AtomicU64>,
}

impl StoreLayer for Counting {
    type Store = MemorySaver;

    fn store(&self) -> &MemorySaver {
        &self.store
    }

    fn pass<'a, T: Send + 'a>(
        &'a self,
        call: impl FnOnce(&'a MemorySaver) -> StoreFuture<'a, T> + Send + 'a,
    ) -> StoreFuture<'a, T> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        call(&self.store)
    }

    fn head<'a>(&'a self, _: &'a ThreadKey) -> StoreFuture<'a, Option<Head>> {
        Box::pin(std::future::ready(Err(StoreError::Failed { reason: "told to fail".to_owned() })))
    }
}

#[test]
fn every_call_passes_once_but_those_that_the_layer_takes_itself() {
    let layer = Counting::default();
    // As the engine has it: behind the trait.
    let store: Arc<dyn Checkpointer> = Arc::new(layer.clone());
    let thread = thread("a");
    let passed = |wanted: u64, call: &str| assert_eq!(layer.calls.swap(0, Ordering::SeqCst), wanted, "{call}");
    block_on(async {
        assert_eq!(store.store_id(), layer.store.store_id());
        passed(0, "store_id is no call of the store");
        assert!(matches!(store.head(&thread).await, Err(StoreError::Failed { .. })));
        passed(0, "head is the layer's own");

        store.append(append(&thread, 1, 10, Commit::Synced)).await.unwrap();
        passed(1, "append");
        store.put_pending(pending(&thread, 1, "p", vec![1])).await.unwrap();
        passed(1, "put_pending");
        assert!(store.deliver(delivery(&thread, 1, "d", vec![2])).await.unwrap());
        passed(1, "deliver");
        store.flush().await.unwrap();
        passed(1, "flush");

        assert!(store.get(&thread, CheckpointId(1)).await.unwrap().is_some());
        passed(1, "get");
        assert_eq!(store.range(&thread, None, 9).await.unwrap().len(), 1);
        passed(1, "range");
        assert_eq!(store.newer(&thread, CheckpointId(0), 9).await.unwrap().len(), 1);
        passed(1, "newer");
        assert_eq!(store.pending(&thread, CheckpointId(1)).await.unwrap(), [("p".to_owned(), vec![1])]);
        passed(1, "pending");
        assert_eq!(store.delivered(&thread, "d").await.unwrap(), Some(vec![2]));
        passed(1, "delivered");
        assert_eq!(store.deliveries(&thread, None, 9).await.unwrap(), [("d".to_owned(), vec![2])]);
        passed(1, "deliveries");
        assert_eq!(store.request(&thread, "r").await.unwrap(), None);
        passed(1, "request");
        assert_eq!(store.threads("Agent", None, 9).await.unwrap().len(), 1);
        passed(1, "threads");

        let expected = expected(1).expect("a head");
        let (remove, entries) = (vec![CheckpointId(0)], Vec::new());
        store.prune(Prune { thread: thread.clone(), expected, remove, entries, commit: Commit::Synced }).await.unwrap();
        passed(1, "prune");
        store.delete(&thread).await.unwrap();
        passed(1, "delete");
        assert_eq!(layer.store.head(&thread).await.unwrap(), None, "the calls were those of the store below");
    });
}

#[test]
fn layers_lie_on_layers() {
    /// Puts every record into one thread.
    struct Joining(Counting);
    impl StoreLayer for Joining {
        type Store = dyn Checkpointer;

        fn store(&self) -> &dyn Checkpointer {
            &self.0
        }

        fn append(&self, append: Append) -> StoreFuture<'_, ()> {
            self.pass(move |store| store.append(Append { thread: thread("b"), ..append }))
        }
    }
    let layer = Counting::default();
    write(&Joining(layer.clone()), &thread("a"), 1..=2, 10);
    assert_eq!(layer.calls.load(Ordering::SeqCst), 2);
    let threads = block_on(layer.store.threads("Agent", None, 9)).unwrap();
    assert_eq!(threads.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["b"]);
}
