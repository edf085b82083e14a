//! Stands in for spans and events where the feature `tracing` is off.

use crate::graph::engine::path::TaskName;
use crate::{CheckpointId, Error, NodeError, ThreadId};
use std::future::Future;

/// Nothing.
#[derive(Clone)]
pub(crate) struct Span;

pub(crate) fn run(_: &'static str, _: &ThreadId) -> Span {
    Span
}

pub(crate) fn step(_: u64, _: impl FnOnce() -> usize) -> Span {
    Span
}

pub(crate) fn none() -> Span {
    Span
}

pub(crate) fn node(_: &TaskName, _: u32) -> Span {
    Span
}

pub(crate) fn effect(_: &str) -> Span {
    Span
}

pub(crate) fn commit(_: CheckpointId) -> Span {
    Span
}

pub(crate) fn within<F: Future>(_: Span, future: F) -> F {
    future
}

pub(crate) fn inside<T>(_: &Span, call: impl FnOnce() -> T) -> T {
    call()
}

pub(crate) fn began(_: &Span) {}

pub(crate) fn ended(_: &Span, _: &'static str, _: Option<&Error>) {}

pub(crate) fn attempt_failed(_: &NodeError, _: bool) {}

pub(crate) fn effect_replayed(_: &str) {}

pub(crate) fn effect_ended(_: &Span, _: &'static str) {}

pub(crate) fn sized(_: usize) {}
