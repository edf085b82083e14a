//! `Durability::Async`: a refusal that the store knows of is told before a run calls itself finished.

use futures_lite::future::block_on;
use graph_runtime::{
    Append, BoxFuture, CheckpointId, Checkpointer, Commit, Deliver, Durability, Error, GraphState, Head, MemorySaver,
    Prune, PutPending, Status, StoreError, StoreId, ThreadId, ThreadKey, Update, graph,
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

impl Checkpointer for FailsLate {
    fn store_id(&self) -> StoreId {
        self.store.store_id()
    }

    fn append(&self, append: Append) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.healthy()?;
            if append.head.status == Status::Finished && append.commit == Commit::Written {
                self.failed.store(true, Ordering::SeqCst);
                return Ok(());
            }
            self.store.append(append).await
        })
    }

    fn head<'a>(&'a self, thread: &'a ThreadKey) -> BoxFuture<'a, Result<Option<Head>, StoreError>> {
        self.store.head(thread)
    }

    fn get<'a>(
        &'a self,
        thread: &'a ThreadKey,
        id: CheckpointId,
    ) -> BoxFuture<'a, Result<Option<Vec<u8>>, StoreError>> {
        self.store.get(thread, id)
    }

    fn range<'a>(
        &'a self,
        thread: &'a ThreadKey,
        before: Option<CheckpointId>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<(CheckpointId, Vec<u8>)>, StoreError>> {
        self.store.range(thread, before, limit)
    }

    fn newer<'a>(
        &'a self,
        thread: &'a ThreadKey,
        after: CheckpointId,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<(CheckpointId, Vec<u8>)>, StoreError>> {
        self.store.newer(thread, after, limit)
    }

    fn put_pending(&self, entry: PutPending) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.healthy()?;
            self.store.put_pending(entry).await
        })
    }

    fn pending<'a>(
        &'a self,
        thread: &'a ThreadKey,
        id: CheckpointId,
    ) -> BoxFuture<'a, Result<Vec<(String, Vec<u8>)>, StoreError>> {
        self.store.pending(thread, id)
    }

    fn deliver(&self, delivery: Deliver) -> BoxFuture<'_, Result<bool, StoreError>> {
        Box::pin(async move {
            self.healthy()?;
            self.store.deliver(delivery).await
        })
    }

    fn delivered<'a>(
        &'a self,
        thread: &'a ThreadKey,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Option<Vec<u8>>, StoreError>> {
        self.store.delivered(thread, name)
    }

    fn deliveries<'a>(
        &'a self,
        thread: &'a ThreadKey,
        after: Option<&'a str>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<(String, Vec<u8>)>, StoreError>> {
        self.store.deliveries(thread, after, limit)
    }

    fn request<'a>(
        &'a self,
        thread: &'a ThreadKey,
        request: &'a str,
    ) -> BoxFuture<'a, Result<Option<CheckpointId>, StoreError>> {
        self.store.request(thread, request)
    }

    fn prune(&self, prune: Prune) -> BoxFuture<'_, Result<(), StoreError>> {
        self.store.prune(prune)
    }

    fn delete<'a>(&'a self, thread: &'a ThreadKey) -> BoxFuture<'a, Result<(), StoreError>> {
        self.store.delete(thread)
    }

    fn threads<'a>(
        &'a self,
        graph: &'a str,
        after: Option<&'a ThreadId>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<(ThreadId, Head)>, StoreError>> {
        self.store.threads(graph, after, limit)
    }

    fn flush(&self) -> BoxFuture<'_, Result<(), StoreError>> {
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
