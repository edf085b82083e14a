//! A store before another one.

use super::forward::forward;
use super::{Append, Checkpointer, Deliver, Head, Prune, PutPending, StoreFuture, StoreId, ThreadKey};
use crate::{CheckpointId, ThreadId};

/// A [`Checkpointer`] before another one, to which it hands on every call that it does not change.
///
/// A layer counts, delays or refuses calls, or keeps other bytes than it was given: it has a method of its own for each call
/// that it changes. All others go through [`pass`](StoreLayer::pass), which is the place for what concerns every call. The layer
/// and the store below then keep the promises of a [`Checkpointer`] together.
///
/// # Examples
///
/// ```
/// use graph_runtime::{Append, Checkpointer, StoreLayer, MemorySaver, StoreFuture};
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering};
///
/// #[derive(Clone)]
/// struct Counted<C> {
///     store: C,
///     bytes: Arc<AtomicUsize>,
/// }
///
/// impl<C: Checkpointer> StoreLayer for Counted<C> {
///     type Store = C;
///
///     fn store(&self) -> &C {
///         &self.store
///     }
///
///     fn append(&self, append: Append) -> StoreFuture<'_, ()> {
///         self.bytes.fetch_add(append.record.len(), Ordering::Relaxed);
///         self.store.append(append)
///     }
/// }
///
/// # #[derive(graph_runtime::GraphState)]
/// # struct Job { step: u32 }
/// # fn work(_: &Job) {}
/// # graph_runtime::graph! { graph Jobs<Job>; node work; start -> work -> end; }
/// let counted = Counted { store: MemorySaver::new(), bytes: Arc::default() };
/// let graph = Jobs::builder().checkpointer(counted.clone()).build();
/// # futures_lite::future::block_on(async {
/// graph.thread("a").invoke(()).await?.finished()?;
/// assert!(counted.bytes.load(Ordering::Relaxed) > 0);
/// # Ok::<(), graph_runtime::Error>(())
/// # }).unwrap();
/// ```
pub trait StoreLayer: Send + Sync + 'static {
    /// What the store below is.
    type Store: Checkpointer + ?Sized;

    /// The store below.
    fn store(&self) -> &Self::Store;

    /// Makes a call of the store below. Every method that is left out is this with its own call.
    fn pass<'a, T: Send + 'a>(
        &'a self,
        call: impl FnOnce(&'a Self::Store) -> StoreFuture<'a, T> + Send + 'a,
    ) -> StoreFuture<'a, T> {
        call(self.store())
    }

    /// See [`Checkpointer::store_id`].
    fn store_id(&self) -> StoreId {
        self.store().store_id()
    }

    /// See [`Checkpointer::append`].
    fn append(&self, append: Append) -> StoreFuture<'_, ()> {
        self.pass(move |store| store.append(append))
    }

    /// See [`Checkpointer::head`].
    fn head<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Option<Head>> {
        self.pass(move |store| store.head(thread))
    }

    /// See [`Checkpointer::get`].
    fn get<'a>(&'a self, thread: &'a ThreadKey, id: CheckpointId) -> StoreFuture<'a, Option<Vec<u8>>> {
        self.pass(move |store| store.get(thread, id))
    }

    /// See [`Checkpointer::range`].
    fn range<'a>(
        &'a self,
        thread: &'a ThreadKey,
        before: Option<CheckpointId>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(CheckpointId, Vec<u8>)>> {
        self.pass(move |store| store.range(thread, before, limit))
    }

    /// See [`Checkpointer::newer`].
    fn newer<'a>(
        &'a self,
        thread: &'a ThreadKey,
        after: CheckpointId,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(CheckpointId, Vec<u8>)>> {
        self.pass(move |store| store.newer(thread, after, limit))
    }

    /// See [`Checkpointer::put_pending`].
    fn put_pending(&self, entry: PutPending) -> StoreFuture<'_, ()> {
        self.pass(move |store| store.put_pending(entry))
    }

    /// See [`Checkpointer::pending`].
    fn pending<'a>(&'a self, thread: &'a ThreadKey, id: CheckpointId) -> StoreFuture<'a, Vec<(String, Vec<u8>)>> {
        self.pass(move |store| store.pending(thread, id))
    }

    /// See [`Checkpointer::deliver`].
    fn deliver(&self, delivery: Deliver) -> StoreFuture<'_, bool> {
        self.pass(move |store| store.deliver(delivery))
    }

    /// See [`Checkpointer::delivered`].
    fn delivered<'a>(&'a self, thread: &'a ThreadKey, name: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        self.pass(move |store| store.delivered(thread, name))
    }

    /// See [`Checkpointer::deliveries`].
    fn deliveries<'a>(
        &'a self,
        thread: &'a ThreadKey,
        after: Option<&'a str>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(String, Vec<u8>)>> {
        self.pass(move |store| store.deliveries(thread, after, limit))
    }

    /// See [`Checkpointer::request`].
    fn request<'a>(&'a self, thread: &'a ThreadKey, request: &'a str) -> StoreFuture<'a, Option<CheckpointId>> {
        self.pass(move |store| store.request(thread, request))
    }

    /// See [`Checkpointer::prune`].
    fn prune(&self, prune: Prune) -> StoreFuture<'_, ()> {
        self.pass(move |store| store.prune(prune))
    }

    /// See [`Checkpointer::delete`].
    fn delete<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, ()> {
        self.pass(move |store| store.delete(thread))
    }

    /// See [`Checkpointer::threads`].
    fn threads<'a>(
        &'a self,
        graph: &'a str,
        after: Option<&'a ThreadId>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(ThreadId, Head)>> {
        self.pass(move |store| store.threads(graph, after, limit))
    }

    /// See [`Checkpointer::flush`].
    fn flush(&self) -> StoreFuture<'_, ()> {
        self.pass(|store| store.flush())
    }
}

// What is no checkpointer is told so, and not that it is no layer.
#[diagnostic::do_not_recommend]
impl<L: StoreLayer> Checkpointer for L {
    forward!(self => StoreLayer, self);
}
