//! A checkpointer behind an `Arc`, so that a program can choose its store when it starts.

use super::Checkpointer;
use super::forward::forward;
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
    forward!(self => Checkpointer, &**self);
}
