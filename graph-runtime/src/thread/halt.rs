//! Why a thread stands still: an entry beside its last checkpoint.

use crate::NodeError;
use serde::{Deserialize, Serialize};

/// The name of the entry.
pub(crate) const HALT: &str = "halt";

/// The name of the entry that counts how often `recover` picked the thread up at this checkpoint.
pub(crate) const RECOVERY: &str = "recovery";

/// Why a thread stands still.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Halt {
    Failed(Failure),
    StepLimit { limit: u64 },
}

/// The error that a thread failed with last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Failure {
    /// The node that failed.
    pub node: String,
    /// The superstep in which it failed.
    pub step: u64,
    /// What it said.
    pub message: String,
    /// How many attempts at this step have failed.
    pub attempts: u32,
}

impl Halt {
    pub(crate) fn of_failure(error: &NodeError, attempts: u32) -> Halt {
        Halt::Failed(Failure {
            node: error.node.to_owned(),
            step: error.step,
            message: error.cause.to_string(),
            attempts,
        })
    }
}
