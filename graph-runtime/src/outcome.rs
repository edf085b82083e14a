//! How a run ended.
use std::fmt;

/// Why a run stopped before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// The run took as many supersteps as it may.
    StepLimit {
        /// The limit.
        limit: u64,
    },
    /// The thread was cancelled, with this reason.
    Cancelled {
        /// The reason given to `cancel`.
        reason: String,
    },
}

impl StopReason {
    pub(crate) fn remedy(&self) -> &'static str {
        match self {
            StopReason::StepLimit { .. } => "`resume` goes on, or raise `step_limit`",
            StopReason::Cancelled { .. } => "`invoke` starts it again",
        }
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StopReason::StepLimit { limit } => write!(f, "it reached the limit of {limit} steps"),
            StopReason::Cancelled { reason } => write!(f, "it was cancelled ({reason})"),
        }
    }
}
