//! Runs in the logs, traces and metrics of the program that they are part of. Both are facades: what the program installs gets
//! it, and nothing is installed here.
//!
//! Names and numbers are told, and no contents: no state, no context, no value that a node emits. What a node says when it
//! fails may hold anything, so it is told at `DEBUG` only.

mod meters;
pub(crate) mod span;

#[cfg(feature = "metrics")]
pub use meters::describe_metrics;
pub(crate) use meters::{Meters, effect_done};

use crate::Error;

/// What an error is called where its text may not be shown.
pub(crate) fn kind(error: &Error) -> &'static str {
    match error {
        Error::Node(_) | Error::Nodes(_) => "node",
        Error::Conflict { .. } => "conflict",
        Error::NotStorable { .. } | Error::StateTooLarge { .. } => "not_storable",
        Error::Store(_) => "store",
        _ => "refused",
    }
}
