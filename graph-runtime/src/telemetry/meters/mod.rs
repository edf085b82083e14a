//! Counters and histograms of runs: those of metrics, where the feature is on.

#[cfg(feature = "metrics")]
mod metered;
#[cfg(not(feature = "metrics"))]
mod unmetered;

#[cfg(feature = "metrics")]
pub use metered::describe_metrics;
#[cfg(feature = "metrics")]
pub(crate) use metered::{Meters, effect_done};
#[cfg(not(feature = "metrics"))]
pub(crate) use unmetered::{Meters, effect_done};
