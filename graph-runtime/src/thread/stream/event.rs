//! What happens in a run.

use super::{Changes, Emitted, Task};
use crate::{CheckpointId, Definition, Outcome, Source, Status, ThreadId, Waiting};
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// What happens in a run of a thread, in the order in which it happens; an item of [`Events`](super::Events).
///
/// A superstep begins with [`StepStarted`](Event::StepStarted); its tasks start in the order of the text and finish in their
/// own; then come [`StepFinished`](Event::StepFinished) and the [`Checkpoint`](Event::Checkpoint). Clones are cheap. Debug
/// output has names and numbers, and no value of a field.
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
/// use futures_lite::StreamExt;
/// use graph_runtime::Event;
///
/// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a");
/// let events: Vec<_> = thread.stream(()).try_collect().await?;
/// let [
///     Event::RunStarted { from: None, .. },
///     Event::Checkpoint { .. },
///     Event::StepStarted { step: 1, .. },
///     Event::TaskStarted { attempt: 1, .. },
///     Event::TaskFinished { task, .. },
///     Event::StepFinished { step: 1, .. },
///     Event::Checkpoint { .. },
///     Event::Ended(outcome),
/// ] = &events[..] else { panic!("{events:?}") };
/// assert_eq!(task.node, Some(CounterNode::One));
/// assert!(matches!(&**outcome, graph_runtime::Outcome::Finished(count) if count.total == 1));
/// # Ok::<(), graph_runtime::Error>(())
/// # }).unwrap();
/// ```
#[non_exhaustive]
pub enum Event<G: Definition> {
    /// The run begins.
    #[non_exhaustive]
    RunStarted {
        /// The thread.
        thread: ThreadId,
        /// The checkpoint that it goes on from, or that a branch begins at; `None` on a thread that has never run.
        from: Option<CheckpointId>,
        /// What the call wrote to the state of that checkpoint, or to the initial one; `None` for a run that goes on with
        /// unfinished work.
        input: Option<Changes<G::State>>,
    },
    /// A superstep begins.
    #[non_exhaustive]
    StepStarted {
        /// Which one, counted over the life of the thread from 1.
        step: u64,
        /// The tasks that run in it by their full names, those in subgraphs included, in the order of the text.
        tasks: Arc<[String]>,
    },
    /// An attempt at a task begins.
    #[non_exhaustive]
    TaskStarted {
        /// The task.
        task: Task<G>,
        /// Which attempt it is, from 1.
        attempt: u32,
    },
    /// An attempt failed.
    #[non_exhaustive]
    AttemptFailed {
        /// The task.
        task: Task<G>,
        /// Which attempt it was, from 1.
        attempt: u32,
        /// What the node said.
        message: Arc<str>,
        /// When the next attempt is due, or `None` if there is none: then the node's `#[on_error]` takes over, or the run
        /// fails.
        next: Option<SystemTime>,
    },
    /// A node gave a value to [`Ctx::emit`](crate::Ctx::emit).
    #[non_exhaustive]
    Emitted {
        /// The task.
        task: Task<G>,
        /// The value.
        value: Emitted,
    },
    /// A task is done. Its writes are applied when the superstep is finished.
    ///
    /// A subgraph is done when it is left. A task that was done before a crash is told again by the run that uses what it
    /// left.
    #[non_exhaustive]
    TaskFinished {
        /// The task.
        task: Task<G>,
        /// What it writes.
        changes: Changes<G::State>,
    },
    /// All tasks of a superstep are done, and their writes are in the state.
    #[non_exhaustive]
    StepFinished {
        /// Which one.
        step: u64,
        /// What it changed.
        changes: Changes<G::State>,
    },
    /// A checkpoint is in the store, as firmly as the durability asks for.
    #[non_exhaustive]
    Checkpoint {
        /// The id of the checkpoint.
        id: CheckpointId,
        /// The supersteps that its state is made of.
        step: u64,
        /// What made it.
        source: Source,
        /// What the thread is doing.
        status: Status,
    },
    /// A checkpoint is the first of this run to hold a pause that waits for its reply. Other tasks may go on.
    #[non_exhaustive]
    Paused {
        /// The task.
        task: Task<G>,
        /// What is asked, and what a reply is addressed to.
        waiting: Arc<Waiting>,
    },
    /// The call is over, and this is its outcome. The last event.
    ///
    /// [`Arc::into_inner`] gives it to whoever is the only one that listens.
    Ended(Arc<Outcome<G::State>>),
    /// The call failed. The last event of a [`Subscriber`](super::Subscriber); who drives the run gets the error itself.
    #[non_exhaustive]
    Failed {
        /// What the error says.
        message: Arc<str>,
    },
}

impl<G: Definition> Clone for Event<G> {
    fn clone(&self) -> Self {
        match self {
            Event::RunStarted { thread, from, input } => {
                Event::RunStarted { thread: thread.clone(), from: *from, input: input.clone() }
            }
            Event::StepStarted { step, tasks } => Event::StepStarted { step: *step, tasks: Arc::clone(tasks) },
            Event::TaskStarted { task, attempt } => Event::TaskStarted { task: task.clone(), attempt: *attempt },
            Event::AttemptFailed { task, attempt, message, next } => {
                let (task, message) = (task.clone(), Arc::clone(message));
                Event::AttemptFailed { task, attempt: *attempt, message, next: *next }
            }
            Event::Emitted { task, value } => Event::Emitted { task: task.clone(), value: value.clone() },
            Event::TaskFinished { task, changes } => {
                Event::TaskFinished { task: task.clone(), changes: changes.clone() }
            }
            Event::StepFinished { step, changes } => Event::StepFinished { step: *step, changes: changes.clone() },
            Event::Checkpoint { id, step, source, status } => {
                Event::Checkpoint { id: *id, step: *step, source: *source, status: *status }
            }
            Event::Paused { task, waiting } => Event::Paused { task: task.clone(), waiting: Arc::clone(waiting) },
            Event::Ended(outcome) => Event::Ended(Arc::clone(outcome)),
            Event::Failed { message } => Event::Failed { message: Arc::clone(message) },
        }
    }
}

impl<G: Definition> fmt::Debug for Event<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::RunStarted { thread, from, input } => {
                let mut shown = f.debug_struct("RunStarted");
                shown.field("thread", thread).field("from", from).field("input", input).finish()
            }
            Event::StepStarted { step, tasks } => {
                f.debug_struct("StepStarted").field("step", step).field("tasks", tasks).finish()
            }
            Event::TaskStarted { task, attempt } => {
                f.debug_struct("TaskStarted").field("task", task).field("attempt", attempt).finish()
            }
            Event::AttemptFailed { task, attempt, message, next } => {
                let mut shown = f.debug_struct("AttemptFailed");
                shown
                    .field("task", task)
                    .field("attempt", attempt)
                    .field("message", message)
                    .field("next", next)
                    .finish()
            }
            Event::Emitted { task, value } => {
                f.debug_struct("Emitted").field("task", task).field("value", value).finish()
            }
            Event::TaskFinished { task, changes } => {
                f.debug_struct("TaskFinished").field("task", task).field("changes", changes).finish()
            }
            Event::StepFinished { step, changes } => {
                f.debug_struct("StepFinished").field("step", step).field("changes", changes).finish()
            }
            Event::Checkpoint { id, step, source, status } => {
                let mut shown = f.debug_struct("Checkpoint");
                shown.field("id", id).field("step", step).field("source", source).field("status", status).finish()
            }
            Event::Paused { task, waiting } => {
                f.debug_struct("Paused").field("task", task).field("waiting", waiting).finish()
            }
            // The state is the user's to show.
            Event::Ended(outcome) => write!(f, "Ended({})", outcome.name()),
            Event::Failed { message } => f.debug_struct("Failed").field("message", message).finish(),
        }
    }
}
