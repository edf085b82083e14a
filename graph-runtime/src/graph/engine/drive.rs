//! The loop that drives a graph's state machine in memory: one superstep after the other.

use super::machine::Machine;
use super::path::TaskPath;
use super::scene::Scene;
use crate::graph::definition::{Draft, Next};
use crate::{BoxError, Ctx, Definition, Error, NodeCause, NodeError, NodeName, StopReason, ThreadId};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Drives a graph in memory from `start` to its end or to the step limit.
///
/// As long as the graph is at one node, its steps are a plain loop; several tasks, and nodes with a policy, are the
/// machine's.
#[inline]
pub(crate) async fn drive<G: Definition>(
    machine: &mut Machine<G>,
    cx: &mut Ctx<G::Context>,
    progress: &Progress,
) -> Result<Option<StopReason>, Failed> {
    let limit = |cx: &Ctx<_>| Ok(Some(StopReason::StepLimit { limit: cx.last }));
    let mut draft = Draft::default();
    let mut next = G::entry(&machine.state);
    loop {
        let Some(state) = machine.state.own() else { return Err(Failed::Node("the state is shared".into())) };
        let start = loop {
            match sprint::<G>(next, state, cx, &mut draft, progress)? {
                Sprint::Await(node) => next = G::step(node, state, cx, &mut draft).await?,
                Sprint::Spread(start) => break start,
                Sprint::Limit => return limit(cx),
                Sprint::End => return Ok(None),
            }
        };
        match spread(machine, start, cx, progress).await? {
            Spread::Alone(node) => next = Next::Node(node),
            Spread::Limit => return limit(cx),
            Spread::End => return Ok(None),
        }
    }
}

/// Where a [`sprint`] ends.
enum Sprint<N> {
    /// Before this node, which is to be awaited.
    Await(N),
    /// Before what is more than a plain node.
    Spread(Next<N>),
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
        // Until the machine has begun its step, what goes wrong belongs to the node before it.
        if !G::plain(node) {
            return Ok(Sprint::Spread(next));
        }
        cx.step += 1;
        progress.enter(node.index(), cx.step);
        next = match G::now(node, state, cx, draft) {
            Some(next) => next?,
            None => return Ok(Sprint::Await(node)),
        };
    }
    Ok(if next == Next::End { Sprint::End } else { Sprint::Spread(next) })
}

/// Where [`spread`] ends.
enum Spread<N> {
    /// Before this node, which alone is left.
    Alone(N),
    Limit,
    End,
}

/// Takes supersteps of several tasks, until one plain node is left.
async fn spread<G: Definition>(
    machine: &mut Machine<G>,
    start: Next<G::Node>,
    cx: &mut Ctx<G::Context>,
    progress: &Progress,
) -> Result<Spread<G::Node>, Failed> {
    let mut scene = Scene {
        thread: None,
        step: cx.step,
        last: cx.last,
        path: TaskPath::new(),
        ledger: None,
        journal: None,
        brake: None,
        observer: None,
        meters: None,
        several: false,
    };
    let context = Arc::clone(&cx.context);
    let begun = machine.begin(|_| start, &scene);
    begun.map_err(|error| one(progress.blame::<G>(None, error.cause)))?;
    loop {
        if machine.at_end() {
            return Ok(Spread::End);
        }
        if let Some(node) = machine.alone() {
            return Ok(Spread::Alone(node));
        }
        if cx.step == cx.last {
            return Ok(Spread::Limit);
        }
        cx.step += 1;
        scene.step = cx.step;
        machine.share();
        let errors = machine.perform(&context, &scene).await.map_err(Failed::Run)?;
        if !errors.is_empty() {
            return Err(Failed::Run(Error::of_nodes(errors)));
        }
        machine.settle(&scene).map_err(one)?;
    }
}

fn one(error: NodeError) -> Failed {
    Failed::Run(error.into())
}

/// Why the loop ended early.
pub(crate) enum Failed {
    /// The running node returned this error.
    Node(BoxError),
    /// It is known whose error it is.
    Run(Error),
}

impl From<BoxError> for Failed {
    fn from(error: BoxError) -> Self {
        Failed::Node(error)
    }
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
        let node = node.and_then(|index| G::Node::ALL.get(index)).map_or("start", |node| node.name());
        NodeError {
            thread: thread.cloned(),
            // What fails before the first node belongs to the first step.
            step: self.step.load(Ordering::Relaxed).max(1),
            node,
            task: node.to_owned(),
            attempt: 1,
            cause,
        }
    }
}
