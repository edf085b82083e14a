//! The ends that a thread, or its run, can be brought to from outside.

use crate::fault::fault;
use crate::graph::Shared;
use crate::thread::Thread;
use crate::thread::call::invoke;
use crate::thread::run::lease;
use crate::thread::stored::{ThreadStore, named};
use crate::{Definition, Error, ThreadId};
use std::future::Future;
use std::sync::Arc;

impl<G: Definition> Thread<G> {
    /// Cancels what the thread is doing, durably: its state stays, its tasks are dropped, and a run of it in this process
    /// stops at its next await or step. The cancelled thread can be invoked again.
    ///
    /// It does not wait for that run, so it can be called by whoever polls it. A run that has stored nothing yet, as with
    /// [`Durability::Exit`](crate::Durability::Exit), leaves its thread as it was before.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownThread`] or [`Error::NothingToCancel`] if there is nothing to cancel; [`Error::Store`] if the store
    /// fails.
    ///
    /// # Examples
    ///
    /// ```
    /// # use graph_runtime::{graph, GraphState, MemorySaver, Update};
    /// # #[derive(GraphState)]
    /// # struct Count { total: u64 }
    /// # fn one(count: &Count) -> impl Update<Count> { Count::update().total(count.total + 1) }
    /// # graph! { graph Counter<Count>; node one; start -> one -> end; }
    /// # futures_lite::future::block_on(async {
    /// let graph = Counter::builder().checkpointer(MemorySaver::new()).step_limit(0).build();
    /// let thread = graph.thread("a");
    /// let _ = thread.invoke(()).await?; // stops at the limit
    /// thread.cancel("no longer wanted").await?;
    /// assert!(thread.resume().await.is_err());
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn cancel(&self, reason: &str) -> impl Future<Output = Result<(), Error>> + Send + 'static + use<G> {
        let (stored, reason) = (self.stored(), reason.to_owned());
        async move { stored.await?.cancel(&reason).await }
    }

    /// Asks the run that this thread has in this process to end when the step that it is in is done; `false` if it has none.
    ///
    /// The run ends with [`StopReason::Drained`](crate::StopReason::Drained), and [`resume`](Thread::resume) or
    /// [`Graph::recover`](crate::Graph::recover) goes on with it. It is not waited for.
    #[expect(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn drain(&self, reason: &str) -> bool {
        let Ok(id) = ThreadId::new(Arc::clone(&self.id)) else { return false };
        let store = self.shared.persistence.store.store_id();
        let running = named::keys(&self.shared, &id).filter_map(|key| lease::running(store, &key));
        running.inspect(|run| run.brake.pull(reason)).count() > 0
    }

    /// Removes the thread with all its checkpoints; deleting a thread that has never run is no error. Of a graph that had other
    /// names, it is removed under each.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if the thread is running in this process; [`Error::Store`] if the store fails.
    ///
    /// # Examples
    ///
    /// ```
    /// # use graph_runtime::{graph, GraphState, MemorySaver, Update};
    /// # #[derive(GraphState)]
    /// # struct Count { total: u64 }
    /// # fn one(count: &Count) -> impl Update<Count> { Count::update().total(count.total + 1) }
    /// # graph! { graph Counter<Count>; node one; start -> one -> end; }
    /// # futures_lite::future::block_on(async {
    /// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a");
    /// thread.invoke(()).await?.finished()?;
    /// thread.delete().await?;
    /// assert!(thread.snapshot().await?.is_none());
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn delete(&self) -> impl Future<Output = Result<(), Error>> + Send + 'static + use<G> {
        let (shared, id) = (Arc::clone(&self.shared), Arc::clone(&self.id));
        async move {
            let id = ThreadId::new(id)?;
            let keys = named::keys(&shared, &id).map(|key| ThreadStore::of(Arc::clone(&shared), key));
            for thread in keys.collect::<Vec<_>>() {
                let _lease = invoke::lease(&thread)?;
                fault!(Deleting);
                thread.store.delete(&thread.key).await.map_err(Error::Store)?;
                fault!(Deleted);
            }
            Ok(())
        }
    }
}

/// Asks the runs of a graph in this process to end.
pub(crate) fn drain<G: Definition>(shared: &Shared<G>, reason: &str) -> usize {
    let store = shared.persistence.store.store_id();
    named::names(shared).map(|name| lease::drain(store, &name, reason)).sum()
}
