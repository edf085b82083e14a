//! A checkpointer behind an `Arc`, so that a program can choose its store when it starts.

use super::{Append, Checkpointer, Deliver, Head, Prune, PutPending, StoreFuture, StoreId, ThreadKey};
use crate::{CheckpointId, ThreadId};
use std::sync::Arc;

/// # Examples
///
/// ```
/// use graph_runtime::{Checkpointer, MemorySaver, SledSaver};
/// use std::sync::Arc;
///
/// fn open(url: &str) -> Result<Arc<dyn Checkpointer>, graph_runtime::StoreError> {
///     Ok(match url.strip_prefix("sled:") {
///         Some(path) => Arc::new(SledSaver::open(path)?),
///         None => Arc::new(MemorySaver::new()),
///     })
/// }
///
/// # #[derive(graph_runtime::GraphState)]
/// # struct Job { step: u32 }
/// # fn work(_: &Job) {}
/// # graph_runtime::graph! { graph Jobs<Job>; node work; start -> work -> end; }
/// let graph = Jobs::builder().checkpointer(open("memory")?).build();
/// # futures_lite::future::block_on(graph.thread("a").invoke(())).unwrap().finished().unwrap();
/// # Ok::<(), graph_runtime::StoreError>(())
/// ```
impl<C: Checkpointer + ?Sized> Checkpointer for Arc<C> {
    fn store_id(&self) -> StoreId {
        (**self).store_id()
    }

    fn append(&self, append: Append) -> StoreFuture<'_, ()> {
        (**self).append(append)
    }

    fn head<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Option<Head>> {
        (**self).head(thread)
    }

    fn get<'a>(&'a self, thread: &'a ThreadKey, id: CheckpointId) -> StoreFuture<'a, Option<Vec<u8>>> {
        (**self).get(thread, id)
    }

    fn range<'a>(
        &'a self,
        thread: &'a ThreadKey,
        before: Option<CheckpointId>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(CheckpointId, Vec<u8>)>> {
        (**self).range(thread, before, limit)
    }

    fn newer<'a>(
        &'a self,
        thread: &'a ThreadKey,
        after: CheckpointId,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(CheckpointId, Vec<u8>)>> {
        (**self).newer(thread, after, limit)
    }

    fn put_pending(&self, entry: PutPending) -> StoreFuture<'_, ()> {
        (**self).put_pending(entry)
    }

    fn pending<'a>(&'a self, thread: &'a ThreadKey, id: CheckpointId) -> StoreFuture<'a, Vec<(String, Vec<u8>)>> {
        (**self).pending(thread, id)
    }

    fn deliver(&self, delivery: Deliver) -> StoreFuture<'_, bool> {
        (**self).deliver(delivery)
    }

    fn delivered<'a>(&'a self, thread: &'a ThreadKey, name: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        (**self).delivered(thread, name)
    }

    fn deliveries<'a>(
        &'a self,
        thread: &'a ThreadKey,
        after: Option<&'a str>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(String, Vec<u8>)>> {
        (**self).deliveries(thread, after, limit)
    }

    fn request<'a>(&'a self, thread: &'a ThreadKey, request: &'a str) -> StoreFuture<'a, Option<CheckpointId>> {
        (**self).request(thread, request)
    }

    fn prune(&self, prune: Prune) -> StoreFuture<'_, ()> {
        (**self).prune(prune)
    }

    fn delete<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, ()> {
        (**self).delete(thread)
    }

    fn threads<'a>(
        &'a self,
        graph: &'a str,
        after: Option<&'a ThreadId>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(ThreadId, Head)>> {
        (**self).threads(graph, after, limit)
    }

    fn flush(&self) -> StoreFuture<'_, ()> {
        (**self).flush()
    }
}
