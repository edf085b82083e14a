//! The loop that drives a graph's state machine: one superstep after the other.

use super::definition::{Next, Ran};
use crate::{BoxError, Ctx, Definition, GraphState, NodeCause, NodeError, NodeName, StopReason, ThreadId, panic};
use futures_lite::FutureExt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Runs one superstep of one task.
///
/// The state changes only after the node has returned, so a failed or dropped node leaves it as it was.
#[inline]
pub(crate) async fn superstep<G: Definition>(
    node: G::Node,
    state: &mut G::State,
    patch: &mut <G::State as GraphState>::Patch,
    cx: &Ctx<G::Context>,
) -> Result<Next<G::Node>, BoxError> {
    let ran = G::run(node, state, cx, patch).await?;
    Ok(settle::<G>(node, &ran, state, patch))
}

/// Ends a superstep: takes the writes of its task into the state and reads what follows on the result.
#[inline]
pub(crate) fn settle<G: Definition>(
    node: G::Node,
    ran: &Ran<G>,
    state: &mut G::State,
    patch: &mut <G::State as GraphState>::Patch,
) -> Next<G::Node> {
    state.expire();
    (ran.apply)(patch, state);
    match ran.next {
        Some(next) => next,
        None => G::route(node, state),
    }
}

/// Drives a graph in memory from `start` to its end or to the step limit.
#[inline]
pub(crate) async fn drive<G: Definition>(
    state: &mut G::State,
    cx: &mut Ctx<G::Context>,
    progress: &Progress,
    limit: u64,
) -> Result<Option<StopReason>, BoxError> {
    let mut patch = <G::State as GraphState>::Patch::default();
    let mut next = G::entry(state);
    while let Next::Node(node) = next {
        if cx.step == limit {
            return Ok(Some(StopReason::StepLimit { limit }));
        }
        cx.step += 1;
        cx.remaining = limit - cx.step;
        progress.enter(node.index(), cx.step);
        next = superstep::<G>(node, state, &mut patch, cx).await?;
    }
    Ok(None)
}

/// Where a run is, readable after a panic has unwound it; relaxed stores, so that a step pays nothing for it.
#[derive(Default)]
pub(crate) struct Progress {
    /// The index of the running node plus one; zero before the first.
    node: AtomicUsize,
    step: AtomicU64,
}

impl Progress {
    #[inline]
    pub(crate) fn enter(&self, node: usize, step: u64) {
        self.node.store(node + 1, Ordering::Relaxed);
        self.step.store(step, Ordering::Relaxed);
    }

    /// The error of the task that was running when `cause` ended it.
    pub(crate) fn blame<G: Definition>(&self, thread: Option<&ThreadId>, cause: NodeCause) -> NodeError {
        let node = self.node.load(Ordering::Relaxed).checked_sub(1);
        NodeError {
            thread: thread.cloned(),
            step: self.step.load(Ordering::Relaxed),
            node: node.and_then(|index| G::Node::ALL.get(index)).map_or("start", |node| node.name()),
            cause,
        }
    }
}

/// Awaits `run` and turns a panic inside it into its message.
///
/// Once for a whole run, not for each node: unwinding drops the half-written patch and the state together, so nothing
/// that a panic may have left inconsistent is seen again.
pub(crate) async fn catch<T>(run: impl Future<Output = T>) -> Result<T, NodeCause> {
    AssertUnwindSafe(run).catch_unwind().await.map_err(|payload| NodeCause::Panic(panic::message(&*payload)))
}
