//! What stays of a thread's history.

use std::time::{Duration, SystemTime};

/// Which checkpoints [`Thread::prune`](crate::Thread::prune) and [`Builder::retain`](crate::Builder::retain) leave. The
/// newest always stays.
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
/// use graph_runtime::Keep;
/// use std::time::SystemTime;
///
/// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a");
/// thread.invoke(()).await?.finished()?;
/// assert_eq!(thread.prune(Keep::Since(SystemTime::UNIX_EPOCH)).await?, 0);
/// assert_eq!(thread.prune(Keep::Last(1)).await?, 1);
/// # Ok::<(), graph_runtime::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Keep {
    /// The last so many that the thread made, of all branches; at least one.
    Last(u64),
    /// From the first on that was made at or after this instant.
    Since(SystemTime),
    /// From the first on that was made so long ago, or less.
    For(Duration),
    /// Those at which the thread waited for a reply.
    Pauses,
}
