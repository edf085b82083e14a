//! The loop that drives a graph's state machine: one superstep after the other.

use super::definition::{Draft, Next};
use crate::{BoxError, Ctx, Definition, NodeCause, NodeError, NodeName, StopReason, ThreadId, panic};
use futures_lite::FutureExt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Drives a graph in memory from `start` to its end or to the step limit.
#[inline]
pub(crate) async fn drive<G: Definition>(
    state: &mut G::State,
    cx: &mut Ctx<G::Context>,
    progress: &Progress,
) -> Result<Option<StopReason>, BoxError> {
    let mut draft = Draft::default();
    let mut next = G::entry(state);
    loop {
        let node = match sprint::<G>(next, state, cx, &mut draft, progress)? {
            Sprint::Await(node) => node,
            Sprint::Limit => return Ok(Some(StopReason::StepLimit { limit: cx.last })),
            Sprint::End => return Ok(None),
        };
        next = G::step(node, state, cx, &mut draft).await?;
    }
}

/// Where a [`sprint`] ends.
enum Sprint<N> {
    /// Before this node, which is to be awaited.
    Await(N),
    Limit,
    End,
}

/// Takes steps as long as there is nothing to await.
///
/// No `async fn`, so that its variables live in registers: a node costs under a nanosecond here and some four there.
#[inline]
fn sprint<G: Definition>(
    mut next: Next<G::Node>,
    state: &mut G::State,
    cx: &mut Ctx<G::Context>,
    draft: &mut Draft<G::State>,
    progress: &Progress,
) -> Result<Sprint<G::Node>, BoxError> {
    while let Next::Node(node) = next {
        if cx.step == cx.last {
            return Ok(Sprint::Limit);
        }
        cx.step += 1;
        progress.enter(node.index(), cx.step);
        next = match G::now(node, state, cx, draft) {
            Some(next) => next?,
            None => return Ok(Sprint::Await(node)),
        };
    }
    Ok(Sprint::End)
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
