//! Spans and events.

use crate::graph::engine::path::TaskName;
use crate::telemetry::kind;
use crate::{CheckpointId, Error, NodeError, ThreadId};
use std::future::Future;
pub(crate) use tracing::Span;
use tracing::field::{Empty, display};
use tracing::{Instrument, debug, debug_span, info, info_span, trace};

/// The run of a thread, from its first step to its end.
pub(crate) fn run(graph: &'static str, thread: &ThreadId) -> Span {
    info_span!("run", graph.name = graph, graph.thread = thread.as_str(), graph.outcome = Empty)
}

/// The tasks of one superstep.
pub(crate) fn step(step: u64, tasks: impl FnOnce() -> usize) -> Span {
    debug_span!("step", graph.step = step, graph.tasks = tasks())
}

/// No span: nothing is told of a run in memory.
pub(crate) fn none() -> Span {
    Span::none()
}

/// One attempt at a task.
pub(crate) fn node(task: &TaskName, attempt: u32) -> Span {
    let name = task.node;
    debug_span!(
        "node",
        otel.name = %format_args!("node {name}"),
        graph.node = name,
        graph.task = %task,
        graph.attempt = attempt
    )
}

/// One effect while it is carried out.
pub(crate) fn effect(name: &str) -> Span {
    debug_span!("effect", otel.name = %format_args!("effect {name}"), graph.effect.name = name, graph.effect.outcome = Empty)
}

/// One checkpoint on its way into the store.
pub(crate) fn commit(checkpoint: CheckpointId) -> Span {
    debug_span!("commit", graph.checkpoint.id = checkpoint.0)
}

/// Awaits inside of a span, which is closed when the future is done or dropped.
pub(crate) fn within<F: Future>(span: Span, future: F) -> impl Future<Output = F::Output> {
    future.instrument(span)
}

/// Calls inside of a span.
pub(crate) fn inside<T>(span: &Span, call: impl FnOnce() -> T) -> T {
    span.in_scope(call)
}

pub(crate) fn began(span: &Span) {
    span.in_scope(|| info!("run started"));
}

pub(crate) fn ended(span: &Span, outcome: &'static str, error: Option<&Error>) {
    span.record("graph.outcome", outcome);
    span.in_scope(|| match error {
        None => info!(graph.outcome = outcome, "run ended"),
        Some(error) => {
            let task = task(error).map(display);
            info!(graph.outcome = outcome, graph.error = kind(error), graph.task = task, "run failed");
        }
    });
}

/// The first task that failed.
fn task(error: &Error) -> Option<&str> {
    match error {
        Error::Node(error) => Some(&error.task),
        Error::Nodes(errors) => errors.first().map(|error| &*error.task),
        _ => None,
    }
}

/// What a node says may hold anything, so that it is told to those only who look closely.
pub(crate) fn attempt_failed(error: &NodeError, again: bool) {
    debug!(
        graph.task = %error.task,
        graph.attempt = error.attempt,
        graph.retried = again,
        error = %error.cause,
        "attempt failed"
    );
}

pub(crate) fn effect_replayed(name: &str) {
    debug!(graph.effect.name = name, graph.effect.outcome = "replayed", "effect replayed");
}

pub(crate) fn effect_ended(span: &Span, outcome: &'static str) {
    span.record("graph.effect.outcome", outcome);
}

pub(crate) fn sized(bytes: usize) {
    trace!(graph.checkpoint.bytes = bytes, "checkpoint encoded");
}
