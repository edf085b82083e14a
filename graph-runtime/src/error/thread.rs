//! Why a run, or an operation on a thread, failed.

use crate::record::field::FieldError;
use crate::{
    CheckpointId, ImportError, InvalidThreadId, NodeError, Pause, Status, Stop, StoreError, ThreadId, WaitingId,
};
use std::io;

/// Why a run, or an operation on a thread, failed.
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
/// use graph_runtime::Error;
///
/// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("");
/// match thread.invoke(()).await {
///     Err(Error::InvalidThreadId(error)) => assert_eq!(error.to_string(), "a thread id is empty; give it 1 to 255 bytes"),
///     _ => panic!("an empty string names no thread"),
/// }
/// # Ok::<(), graph_runtime::Error>(())
/// # }).unwrap();
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A node returned an error or panicked. The thread stays at its last checkpoint.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// Several nodes of one superstep failed. The thread stays at its last checkpoint; what the others wrote is kept.
    #[error("{} nodes failed in one step: {}", .0.len(), all(.0))]
    Nodes(Vec<NodeError>),
    /// The run stopped before its end, where only an end was asked for.
    #[error(transparent)]
    Stopped(#[from] Stop),
    /// The thread waits for replies, where only an end was asked for.
    #[error("{0}; `reply` to it")]
    Paused(Pause),
    /// The thread does not wait for such a reply. Nothing was changed.
    #[error("thread `{thread}` does not wait at `{pause}` ({status:?}); its snapshot says what it waits for")]
    NotWaiting {
        /// The thread.
        thread: ThreadId,
        /// The pause, behind the subgraphs that it is in.
        pause: String,
        /// What the thread is doing.
        status: Status,
    },
    /// The thread waits several times at this pause, as in a `for`. Nothing was changed.
    #[error(
        "thread `{thread}` waits {} times at `{pause}`; choose one with `reply_to`: {}", ids.len(), listed(ids)
    )]
    SeveralWaiting {
        /// The thread.
        thread: ThreadId,
        /// The pause, behind the subgraphs that it is in.
        pause: String,
        /// What a reply can be addressed to.
        ids: Vec<WaitingId>,
    },
    /// The thread has no such pause. Nothing was changed.
    #[error("thread `{thread}` has no pause `{id}`; its snapshot says what it waits for")]
    UnknownWaiting {
        /// The thread.
        thread: ThreadId,
        /// What the reply was addressed to.
        id: WaitingId,
    },
    /// The reply is one to another pause. Nothing was changed.
    #[error("`{id}` of thread `{thread}` takes a reply to pause `{pause}`; give it that")]
    WrongReply {
        /// The thread.
        thread: ThreadId,
        /// What the reply was addressed to.
        id: WaitingId,
        /// The pause.
        pause: String,
    },
    /// The pause has a reply already, which stands. Nothing was changed.
    #[error("`{id}` of thread `{thread}` has its reply; fork the thread to try another one")]
    AlreadyReplied {
        /// The thread.
        thread: ThreadId,
        /// What the reply was addressed to.
        id: WaitingId,
    },
    /// What a pause asks is no value of the type that it is read as.
    #[error("what `{id}` asks cannot be read as that type: {reason}; read its JSON")]
    Question {
        /// The pause.
        id: WaitingId,
        /// What the JSON says.
        reason: String,
    },
    /// Another run of this thread is going on in this process.
    #[error("thread `{thread}` is running already; wait for that run, or cancel it")]
    Busy {
        /// The thread.
        thread: ThreadId,
    },
    /// The graph had another name before, and there is a thread of this id under both. Nothing was changed.
    #[error(
        "thread `{thread}` is stored under two names of its graph, `{}` and `{}`; delete one of them with a graph that has \
         that name alone, or both with `delete`",
        names[0],
        names[1]
    )]
    TwoNames {
        /// The thread.
        thread: ThreadId,
        /// The names.
        names: [String; 2],
    },
    /// Somebody else moved the thread's head; this run wrote nothing after that.
    #[error("thread `{thread}` was moved on by another runner; read its snapshot before you go on")]
    Conflict {
        /// The thread.
        thread: ThreadId,
    },
    /// The thread has unfinished work, so it cannot start again.
    #[error("thread `{thread}` is not finished ({status:?}); {}", unfinished_remedy(*status))]
    Unfinished {
        /// The thread.
        thread: ThreadId,
        /// What the thread is doing.
        status: Status,
    },
    /// The thread has nothing to resume.
    #[error("thread `{thread}` has nothing to resume ({status:?}); `invoke` starts it again")]
    NothingToResume {
        /// The thread.
        thread: ThreadId,
        /// What the thread is doing.
        status: Status,
    },
    /// The thread has nothing to go on with by itself.
    #[error(
        "thread `{thread}` has nothing to recover ({status:?}); `recover` goes on with runs that were cut off, and with what is due"
    )]
    NothingToRecover {
        /// The thread.
        thread: ThreadId,
        /// What the thread is doing.
        status: Status,
    },
    /// No such thread.
    #[error("thread `{thread}` has never run; `invoke` starts it")]
    UnknownThread {
        /// The thread.
        thread: ThreadId,
    },
    /// No such checkpoint.
    #[error("thread `{thread}` has no checkpoint {checkpoint}; `history` lists those that it has")]
    UnknownCheckpoint {
        /// The thread.
        thread: ThreadId,
        /// The checkpoint that was asked for.
        checkpoint: CheckpointId,
    },
    /// Effects are journaled beside a checkpoint, and a branch that begins there was not told what becomes of them.
    #[error(
        "checkpoint {checkpoint} of thread `{thread}` has effects beside it; add `.effects(Effects::Reuse)` to keep them, or `.effects(Effects::Again)` to let them happen again"
    )]
    UndecidedEffects {
        /// The thread.
        thread: ThreadId,
        /// The checkpoint.
        checkpoint: CheckpointId,
    },
    /// An update cannot take the place of a node that stands beside others.
    #[error(
        "thread `{thread}` cannot be updated as node `{node}`, which stands in a group or a `for`; name a node of the graph itself"
    )]
    NodeInBranch {
        /// The thread.
        thread: ThreadId,
        /// The node.
        node: &'static str,
    },
    /// An update cannot take the place of a node that chooses itself where to go.
    #[error(
        "thread `{thread}` cannot be updated as node `{node}`, which chooses itself what follows; name the node before, or none"
    )]
    NodeDecides {
        /// The thread.
        thread: ThreadId,
        /// The node.
        node: &'static str,
    },
    /// The thread has nothing to cancel.
    #[error("thread `{thread}` is not running ({status:?}); there is nothing to cancel")]
    NothingToCancel {
        /// The thread.
        thread: ThreadId,
        /// What the thread is doing.
        status: Status,
    },
    /// The thread has left the run of this request behind, so its outcome does not exist.
    #[error(
        "request `{request}` of thread `{thread}` never finished and was dropped by a later run; use a new request id"
    )]
    RequestDropped {
        /// The thread.
        thread: ThreadId,
        /// The request.
        request: String,
    },
    /// The request was served, and its outcome was pruned.
    #[error(
        "request `{request}` of thread `{thread}` was served and its outcome is pruned; read the thread's snapshot, or use a new request id"
    )]
    RequestPruned {
        /// The thread.
        thread: ThreadId,
        /// The request.
        request: String,
    },
    /// The thread is a copy or an import that was not finished, or is being made.
    #[error("thread `{thread}` is a copy or an import that is not whole; copy or import it again, or `delete` it")]
    Copying {
        /// The thread.
        thread: ThreadId,
    },
    /// There is a thread of the name that a copy or an import was to have. Nothing was changed.
    #[error("thread `{thread}` exists; copy to another name, or `delete` it first")]
    ThreadExists {
        /// The thread.
        thread: ThreadId,
    },
    /// The thread was picked up again and again by `recover` and never got past this node.
    #[error(
        "thread `{thread}` was recovered {times} times without getting past node `{node}`; mend the node, then `resume` the thread"
    )]
    NoProgress {
        /// The thread.
        thread: ThreadId,
        /// The node.
        node: String,
        /// How often.
        times: u32,
    },
    /// The string cannot name a thread.
    #[error(transparent)]
    InvalidThreadId(#[from] InvalidThreadId),
    /// A value of a field would not read back as it was written. Nothing was acknowledged.
    #[error("a step of thread `{thread}` was not stored: {source}")]
    NotStorable {
        /// The thread.
        thread: ThreadId,
        /// The field, and what is wrong with it.
        source: FieldError,
    },
    /// The encoded state is above the store's limit. Nothing was acknowledged.
    #[error(
        "the state of thread `{thread}` takes {bytes} bytes, above the limit of {limit}; store less in it, or raise the limit of the store"
    )]
    StateTooLarge {
        /// The thread.
        thread: ThreadId,
        /// The size of the record.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// A record was written by another version of the program and cannot be read by this one. Nothing was changed.
    #[error("checkpoint {checkpoint} of thread `{thread}` does not fit this program: {reason}")]
    Incompatible {
        /// The thread.
        thread: ThreadId,
        /// The checkpoint.
        checkpoint: CheckpointId,
        /// The field or node, and the remedy.
        reason: String,
    },
    /// A record is damaged. Nothing was changed.
    #[error("checkpoint {checkpoint} of thread `{thread}` is damaged: {reason}; restore the store from a backup")]
    Corrupt {
        /// The thread.
        thread: ThreadId,
        /// The checkpoint.
        checkpoint: CheckpointId,
        /// What is wrong.
        reason: String,
    },
    /// The graph has retries, timeouts or blocking nodes, and the run began where tokio gives it neither a timer nor a pool.
    #[error(
        "graph `{graph}` waits or blocks, and no timer of tokio is here; run it inside a tokio runtime with its timer on"
    )]
    NoTimer {
        /// The graph.
        graph: &'static str,
    },
    /// The writer of an export failed.
    #[error("thread `{thread}` was not exported: {source}; export it again, what was written is not whole")]
    Export {
        /// The thread.
        thread: ThreadId,
        /// What the writer said.
        source: io::Error,
    },
    /// What was to be imported was refused. There is no thread of it.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    /// The error of a superstep in which these nodes failed.
    pub(crate) fn of_nodes(mut errors: Vec<NodeError>) -> Error {
        match (errors.pop(), errors.is_empty()) {
            (Some(only), true) => Error::Node(only),
            (last, _) => {
                errors.extend(last);
                Error::Nodes(errors)
            }
        }
    }
}

fn all(errors: &[NodeError]) -> String {
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    errors.join("; ")
}

fn listed(ids: &[WaitingId]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
    ids.join(", ")
}

fn unfinished_remedy(status: Status) -> &'static str {
    match status {
        Status::Paused => "`reply` to it, or `.restart()` to drop what is pending",
        _ => "`resume` it, or `.restart()` to drop what is pending",
    }
}
