//! `Durability::Async`: a refusal that the store knows of is told before a run calls itself finished.

use futures_lite::future::block_on;
use graph_runtime::{
    Append, Checkpointer, Commit, Deliver, Durability, Error, GraphState, MemorySaver, PutPending, Status, StoreError,
    StoreFuture, StoreLayer, Update, graph,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(GraphState, Debug)]
struct Count {
    #[reduce(add)]
    total: u64,
}

fn one(_: &Count) -> impl Update<Count> + use<> {
    Count::update().total(1)
}

graph! {
    graph Counter<Count>;
    node one;
    start -> one -> end;
}

/// A store that takes the last checkpoint of a run into its queue, and then fails.
#[derive(Clone, Default)]
struct FailsLate {
    store: MemorySaver,
    failed: Arc<AtomicBool>,
}

impl FailsLate {
    fn healthy(&self) -> Result<(), StoreError> {
        if self.failed.load(Ordering::SeqCst) {
            return Err(StoreError::Poisoned { reason: "the disk is gone".to_owned() });
        }
        Ok(())
    }
}

impl StoreLayer for FailsLate {
    type Store = MemorySaver;

    fn store(&self) -> &MemorySaver {
        &self.store
    }

    fn append(&self, append: Append) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            self.healthy()?;
            if append.head.status == Status::Finished && append.commit == Commit::Written {
                self.failed.store(true, Ordering::SeqCst);
                return Ok(());
            }
            self.store.append(append).await
        })
    }

    fn put_pending(&self, entry: PutPending) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            self.healthy()?;
            self.store.put_pending(entry).await
        })
    }

    fn deliver(&self, delivery: Deliver) -> StoreFuture<'_, bool> {
        Box::pin(async move {
            self.healthy()?;
            self.store.deliver(delivery).await
        })
    }

    fn flush(&self) -> StoreFuture<'_, ()> {
        Box::pin(async move { self.healthy() })
    }
}

/// Its reads go on after the failure, as those of the sled saver do, so only the head tells.
#[test]
fn a_run_whose_last_checkpoint_was_refused_in_the_queue_is_not_finished() {
    block_on(async {
        let store = FailsLate::default();
        let graph = Counter::builder().checkpointer(store.clone()).durability(Durability::Async).build();
        let thread = graph.thread("a");

        let refused = thread.invoke(()).await;

        assert!(matches!(refused, Err(Error::Store(StoreError::Poisoned { .. }))), "{refused:?}");
        store.failed.store(false, Ordering::SeqCst);
        let at = thread.snapshot().await.expect("reads go on").expect("the input is stored");
        assert_eq!((at.status, at.step), (Status::Running, 0));
    });
}
