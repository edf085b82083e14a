//! Delays, limits of time, and a pool for functions that block: tokio's, where the feature is on.
//!
//! Nothing here is called for a graph that asks for none of it.

#[cfg(not(feature = "tokio"))]
mod absent;
#[cfg(test)]
#[cfg(feature = "tokio")]
mod tests;
#[cfg(feature = "tokio")]
mod tokio;

#[cfg(not(feature = "tokio"))]
pub(crate) use absent::{available, blocking, limit, sleep};
#[cfg(feature = "tokio")]
pub(crate) use tokio::{available, blocking, limit, sleep};

/// There is no timer here; the run says so with [`Error::NoTimer`](crate::Error::NoTimer).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoTimer;

/// The time was over before the work was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Elapsed;
