//! A store that remembers every append, rests around every call, and tells the nodes what is kept.

use crate::program::dice::mix;
use crate::script::Shared;
use futures_lite::future::{block_on, yield_now};
use graph_runtime::{
    Append, CheckpointId, Checkpointer, Head, MemorySaver, PutPending, StoreError, StoreFuture, StoreLayer, ThreadKey,
};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The appends of a case, over all of its processes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tape(Arc<Mutex<Vec<Append>>>);

impl Tape {
    fn with<T>(&self, work: impl FnOnce(&mut Vec<Append>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Plays the appends one by one into a new store, and asks it after each.
    pub(crate) fn play<T>(&self, mut ask: impl FnMut(&MemorySaver) -> T) -> Vec<T> {
        let store = MemorySaver::new();
        let appends = self.with(|appends| appends.clone());
        let play = |append| {
            block_on(store.append(append)).expect("it was accepted before");
            ask(&store)
        };
        appends.into_iter().map(play).collect()
    }

    /// Forgets the appends behind the head: a run was dropped before the store had them.
    fn trim(&self, head: Option<CheckpointId>) {
        self.with(|appends| {
            while appends.last().is_some_and(|append| Some(append.head.checkpoint) != head) {
                appends.pop();
            }
        });
    }
}

pub(crate) struct Recorder {
    pub(crate) store: Arc<dyn Checkpointer>,
    pub(crate) tape: Tape,
    pub(crate) script: Shared,
    /// How often each call rests at most, before and after its work.
    pub(crate) rests: u64,
    calls: AtomicU64,
}

impl Recorder {
    pub(crate) fn new(store: Arc<dyn Checkpointer>, tape: Tape, script: Shared, rests: u64) -> Recorder {
        Recorder { store, tape, script, rests, calls: AtomicU64::new(0) }
    }

    async fn rest(&self) {
        if self.rests > 0 {
            let call = self.calls.fetch_add(1, Ordering::SeqCst);
            for _ in 0..mix(self.script.seed, call) % (self.rests + 1) {
                yield_now().await;
            }
        }
    }

    fn call<'a, T: Send + 'a>(
        &'a self,
        work: impl Future<Output = Result<T, StoreError>> + Send + 'a,
    ) -> StoreFuture<'a, T> {
        Box::pin(async move {
            self.rest().await;
            let answer = work.await;
            self.rest().await;
            answer
        })
    }
}

impl StoreLayer for Recorder {
    type Store = dyn Checkpointer;

    fn store(&self) -> &dyn Checkpointer {
        &*self.store
    }

    fn pass<'a, T: Send + 'a>(
        &'a self,
        call: impl FnOnce(&'a dyn Checkpointer) -> StoreFuture<'a, T> + Send + 'a,
    ) -> StoreFuture<'a, T> {
        self.call(call(&*self.store))
    }

    fn append(&self, append: Append) -> StoreFuture<'_, ()> {
        self.call(async move {
            self.tape.trim(append.expected.map(|(head, _)| head));
            // Noted first: should the run be dropped here, the store may have it all the same.
            self.tape.with(|appends| appends.push(append.clone()));
            let before = append.expected.map(|(head, _)| head);
            let answer = self.store.append(append).await;
            if answer.is_err() {
                self.tape.trim(before);
            }
            answer
        })
    }

    fn head<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Option<Head>> {
        self.call(async move {
            let head = self.store.head(thread).await?;
            self.tape.trim(head.map(|head| head.checkpoint));
            Ok(head)
        })
    }

    fn put_pending(&self, entry: PutPending) -> StoreFuture<'_, ()> {
        self.call(async move {
            let task = entry.name.strip_prefix("task/").map(str::to_owned);
            self.store.put_pending(entry).await?;
            if let Some(task) = task {
                self.script.log().keep(&task);
            }
            Ok(())
        })
    }
}
