//! Why a thread stands still: an entry beside its last checkpoint.

use crate::NodeError;
use serde::{Deserialize, Serialize};

/// The name of the entry.
pub(crate) const HALT: &str = "halt";

/// What the names of the entries begin with that hold what a task left, before the task's name.
pub(crate) const TASK: &str = "task/";

/// What the names of the entries begin with that hold the failed attempts at a task, before the task's name.
pub(crate) const ATTEMPT: &str = "attempt/";

/// The name of the entry that counts how often `recover` picked the thread up at this checkpoint.
pub(crate) const RECOVERY: &str = "recovery";

/// How often `recover` picked the thread up at this checkpoint.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct PickUps {
    pub(crate) times: u32,
    /// How much its tasks had left by then; if it is more the next time, that is progress.
    pub(crate) left: u64,
}

/// Why a thread stands still.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Halt {
    /// In the order of the tasks; never empty.
    Failed(Vec<Failure>),
    StepLimit {
        limit: u64,
    },
    /// At a breakpoint before or after these nodes.
    Breakpoint(Vec<String>),
}

/// The error that a thread failed with last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Failure {
    /// The node that failed.
    pub node: String,
    /// The task by its full name: the node, behind the subgraphs that it is in, with its items.
    pub task: String,
    /// The superstep in which it failed.
    pub step: u64,
    /// What it said.
    pub message: String,
    /// How many attempts at this task have failed.
    pub attempts: u32,
}

impl Halt {
    pub(crate) fn of_failures(errors: &[NodeError]) -> Halt {
        let failure = |error: &NodeError| Failure {
            node: error.node.to_owned(),
            task: error.task.clone(),
            step: error.step,
            message: error.cause.to_string(),
            attempts: error.attempt,
        };
        Halt::Failed(errors.iter().map(failure).collect())
    }
}
