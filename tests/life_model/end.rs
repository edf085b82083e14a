//! How an operation ends.

use crate::graph::{Life, Living};
use crate::names::Names;
use crate::thread::{Seen, Waits};
use graph_runtime::{Error, NodeError, Outcome, Pause, Snapshot, Status, StopReason};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    Done,
    Finished(Life),
    Paused(Vec<Waits>),
    Limit,
    Breakpoint(Vec<&'static str>),
    Cancelled(String),
    /// The tasks that failed.
    Failed(Vec<String>),
    Edited(Box<Seen>),
    Pruned(u64),
    Recovered(Vec<(usize, End)>),
    Dropped,

    Unfinished(Status),
    Nothing(Status),
    UnknownThread,
    UnknownCheckpoint,
    ThreadExists,
    Copying,
    NodeInBranch,
    RequestDropped,
    RequestPruned,
    NotWaiting(Status),
    Several(Vec<u64>),
    UnknownWaiting,
    WrongReply(u64),
    AlreadyReplied(u64),
}

impl End {
    /// Whether it is a refusal: then nothing has changed.
    pub(crate) fn refuses(&self) -> bool {
        matches!(
            self,
            End::Unfinished(_)
                | End::Nothing(_)
                | End::UnknownThread
                | End::UnknownCheckpoint
                | End::ThreadExists
                | End::Copying
                | End::NodeInBranch
                | End::RequestDropped
                | End::RequestPruned
                | End::NotWaiting(_)
                | End::Several(_)
                | End::UnknownWaiting
                | End::WrongReply(_)
                | End::AlreadyReplied(_)
        )
    }

    /// The pauses that it names.
    fn waits(&self) -> &[Waits] {
        match self {
            End::Paused(waits) => waits,
            End::Edited(seen) => &seen.waiting,
            _ => &[],
        }
    }

    pub(crate) fn of_outcome(outcome: Result<Outcome<Life>, Error>, wanted: &End, names: &mut Names) -> End {
        match outcome {
            Ok(Outcome::Finished(life)) => End::Finished(life),
            Ok(Outcome::Paused(pause)) => {
                names.learn(wanted.waits(), pause.waiting());
                End::Paused(Pause::waiting(&pause).iter().map(|waiting| names.waits(waiting)).collect())
            }
            Ok(Outcome::Stopped(stop)) => match stop.reason {
                StopReason::StepLimit { .. } => End::Limit,
                StopReason::Breakpoint { nodes } => End::Breakpoint(nodes),
                StopReason::Cancelled { reason } => End::Cancelled(reason),
                other => panic!("{other:?}"),
            },
            Err(error) => End::of_error(error, names),
        }
    }

    pub(crate) fn of_edit(edit: Result<Snapshot<Living>, Error>, wanted: &End, names: &mut Names) -> End {
        match edit {
            Ok(snapshot) => {
                names.learn(wanted.waits(), &snapshot.waiting);
                End::Edited(Box::new(names.seen(&snapshot)))
            }
            Err(error) => End::of_error(error, names),
        }
    }

    pub(crate) fn of_error(error: Error, names: &Names) -> End {
        let task = |error: NodeError| {
            assert_eq!(error.cause.to_string(), "planned");
            error.task
        };
        match error {
            Error::Node(error) => End::Failed(vec![task(error)]),
            Error::Nodes(errors) => End::Failed(errors.into_iter().map(task).collect()),
            Error::Unfinished { status, .. } => End::Unfinished(status),
            Error::NothingToResume { status, .. } | Error::NothingToCancel { status, .. } => End::Nothing(status),
            Error::UnknownThread { .. } => End::UnknownThread,
            Error::UnknownCheckpoint { .. } => End::UnknownCheckpoint,
            Error::ThreadExists { .. } => End::ThreadExists,
            Error::Copying { .. } => End::Copying,
            Error::NodeInBranch { .. } => End::NodeInBranch,
            Error::RequestDropped { .. } => End::RequestDropped,
            Error::RequestPruned { .. } => End::RequestPruned,
            Error::NotWaiting { status, .. } => End::NotWaiting(status),
            Error::SeveralWaiting { ids, .. } => End::Several(ids.iter().map(|id| names.number(id)).collect()),
            Error::UnknownWaiting { .. } => End::UnknownWaiting,
            Error::WrongReply { id, .. } => End::WrongReply(names.number(&id)),
            Error::AlreadyReplied { id, .. } => End::AlreadyReplied(names.number(&id)),
            error => panic!("{error}"),
        }
    }
}
