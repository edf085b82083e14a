//! Stands in for counters and histograms where the feature `metrics` is off.

use std::sync::Arc;
use std::time::Duration;

/// Nothing.
#[derive(Clone)]
pub(crate) struct Meters;

#[allow(clippy::unused_self, reason = "with the feature there is something to count")]
impl Meters {
    pub(crate) fn new(_: &'static str) -> Meters {
        Meters
    }

    pub(crate) fn begin(&self) {}

    pub(crate) fn run_began(&self) {}

    pub(crate) fn run_ended(&self, _: &'static str, _: Option<&'static str>) {}

    pub(crate) fn step(&self, _: Duration) {}

    pub(crate) fn commit(&self, (): (), _: usize) {}

    pub(crate) fn task_finished(&self, _: &'static str) {}

    pub(crate) fn task_failed(&self, _: &'static str) {}

    pub(crate) fn retry(&self, _: &'static str) {}
}

pub(crate) fn effect_done(_: &Arc<str>, _: &'static str, _: &'static str) {}
