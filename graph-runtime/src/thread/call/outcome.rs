//! How a run ended.

use crate::thread::Pause;
use crate::{Error, ThreadId};
use std::fmt;

/// How a run of a thread ended, unless it failed.
///
/// There is no fourth way, so a `match` needs no arm for one; new reasons to stop are new [`StopReason`]s.
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
/// use graph_runtime::Outcome;
///
/// let graph = Counter::builder().checkpointer(MemorySaver::new()).build();
/// match graph.thread("a").invoke(()).await? {
///     Outcome::Finished(count) => assert_eq!(count.total, 1),
///     Outcome::Paused(pause) => println!("{pause}"),
///     Outcome::Stopped(stop) => println!("{stop}"),
/// }
/// # Ok::<(), graph_runtime::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "the run may have stopped before its end"]
pub enum Outcome<S> {
    /// The graph reached its end; this is the state there.
    Finished(S),
    /// The thread waits for replies, and nothing of it can run before one comes.
    Paused(Pause),
    /// The run stopped before its end.
    Stopped(Stop),
}

impl<S> Outcome<S> {
    /// The state at the end.
    ///
    /// # Errors
    ///
    /// [`Error::Paused`] or [`Error::Stopped`] if the run did not reach its end.
    pub fn finished(self) -> Result<S, Error> {
        match self {
            Outcome::Finished(state) => Ok(state),
            Outcome::Paused(pause) => Err(Error::Paused(pause)),
            Outcome::Stopped(stop) => Err(Error::Stopped(stop)),
        }
    }

    /// What it is called where no state may be shown.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Outcome::Finished(_) => "finished",
            Outcome::Paused(_) => "paused",
            Outcome::Stopped(stop) => stop.reason.name(),
        }
    }
}

/// A run that stopped before its end.
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
/// use graph_runtime::{Outcome, StopReason};
///
/// let graph = Counter::builder().checkpointer(MemorySaver::new()).step_limit(0).build();
/// let Outcome::Stopped(stop) = graph.thread("a").invoke(()).await? else { panic!("no step is allowed") };
/// assert_eq!(stop.reason, StopReason::StepLimit { limit: 0 });
/// assert!(stop.to_string().ends_with("`resume` goes on, or raise `step_limit`"));
/// # Ok::<(), graph_runtime::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} stopped before its end: {reason}; {}", subject(thread.as_ref()), reason.remedy())]
#[non_exhaustive]
pub struct Stop {
    /// The thread, or `None` for a run in memory.
    pub thread: Option<ThreadId>,
    /// Why.
    pub reason: StopReason,
}

/// Why a run stopped before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// The run took as many supersteps as it may.
    StepLimit {
        /// The limit.
        limit: u64,
    },
    /// The thread was cancelled.
    Cancelled {
        /// The reason given to [`Thread::cancel`](crate::Thread::cancel).
        reason: String,
    },
    /// A breakpoint.
    Breakpoint {
        /// The nodes that the run stopped before or after.
        nodes: Vec<&'static str>,
    },
    /// Somebody asked the run to end: a node with [`Ctx::drain`](crate::Ctx::drain), or
    /// [`Graph::drain`](crate::Graph::drain) or [`Thread::drain`](crate::Thread::drain).
    Drained {
        /// The reason given there.
        reason: String,
    },
    /// A reply was stored, and the run that the thread has in this process takes it.
    Elsewhere,
}

impl StopReason {
    fn name(&self) -> &'static str {
        match self {
            StopReason::StepLimit { .. } => "step_limit",
            StopReason::Cancelled { .. } => "cancelled",
            StopReason::Breakpoint { .. } => "breakpoint",
            StopReason::Drained { .. } => "drained",
            StopReason::Elsewhere => "elsewhere",
        }
    }

    fn remedy(&self) -> &'static str {
        match self {
            StopReason::StepLimit { .. } => "`resume` goes on, or raise `step_limit`",
            StopReason::Cancelled { .. } => "`invoke` starts it again",
            StopReason::Breakpoint { .. } | StopReason::Drained { .. } => "`resume` goes on",
            StopReason::Elsewhere => "wait for that run",
        }
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StopReason::StepLimit { limit } => write!(f, "it took {limit} steps, as many as one run may"),
            StopReason::Cancelled { reason } => write!(f, "it was cancelled ({reason})"),
            StopReason::Breakpoint { nodes } => write!(f, "it came to a breakpoint at `{}`", nodes.join("`, `")),
            StopReason::Drained { reason } => write!(f, "it was drained ({reason})"),
            StopReason::Elsewhere => f.write_str("the reply is stored, and another run of this process takes it"),
        }
    }
}

fn subject(thread: Option<&ThreadId>) -> String {
    thread.map_or_else(|| "the run".to_owned(), |thread| format!("thread `{thread}`"))
}
