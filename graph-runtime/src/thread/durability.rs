//! When a step counts as done.

use crate::Commit;

/// When a step counts as done, and so what a crash can cost.
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
/// use graph_runtime::Durability;
///
/// let graph = Counter::builder().checkpointer(MemorySaver::new()).durability(Durability::Exit).build();
/// let count = graph.thread("a").invoke(()).await?.finished()?;
/// assert_eq!(count.total, 1);
/// # Ok::<(), graph_runtime::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Durability {
    /// A step is done when its checkpoint survives a power cut. A crash costs the step that was running.
    #[default]
    Sync,
    /// A step is done when the store has taken its checkpoint, which becomes durable within the store's bounded delay. A
    /// crash costs the steps of that delay; what is left is consistent.
    Async,
    /// Checkpoints are stored at the end of a run, at a stop and at an error, durably. A crash costs the whole run.
    Exit,
}

impl Durability {
    /// How the checkpoint between two steps is committed; `None` if it is not.
    pub(crate) fn between_steps(self) -> Option<Commit> {
        match self {
            Durability::Sync => Some(Commit::Synced),
            Durability::Async => Some(Commit::Written),
            Durability::Exit => None,
        }
    }

    /// How the last checkpoint of a run is committed.
    pub(crate) fn at_exit(self) -> Commit {
        match self {
            Durability::Sync | Durability::Exit => Commit::Synced,
            Durability::Async => Commit::Written,
        }
    }
}
