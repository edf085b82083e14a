//! The tasks of a superstep: one alone, or several side by side; each with its attempts.

use super::definition::{Noted, Patch};
use super::engine::catch;
use super::items::At;
use super::nested::Child;
use super::path::TaskName;
use super::policy::{Policy, Retry};
use super::position::{Attempts, Done, Open, Place, Position, Task};
use super::scene::{FailedAttempt, Scene};
use super::timer;
use crate::clock;
use crate::{BoxError, Ctx, Definition, Error, NodeCause, NodeError, NodeName};
use futures_util::stream::{FuturesUnordered, StreamExt};
use slab::Slab;
use std::collections::VecDeque;
use std::sync::Arc;

/// What all tasks of one superstep of one graph share.
pub(crate) struct Crew<'a, G: Definition> {
    pub(crate) state: &'a G::State,
    /// The state for blocking nodes, if there are any.
    pub(crate) shared: Option<&'a Arc<G::State>>,
    pub(crate) regions: &'a Slab<Open<G>>,
    pub(crate) context: &'a Arc<G::Context>,
    pub(crate) scene: &'a Scene<'a>,
}

/// Runs several tasks side by side, each `for` with as many at once as it may have.
///
/// The siblings of a task that fails run to their end; only an error of the store ends all.
pub(crate) async fn all<G: Definition>(tasks: &[Task<G>], crew: &Crew<'_, G>) -> Result<Vec<NodeError>, Error> {
    let limited = crew.regions.iter().any(|(_, open)| Position::concurrency(open).is_some());
    let mut slots =
        Slots { regions: crew.regions, running: vec![0; if limited { crew.regions.capacity() } else { 0 }] };
    let mut waiting: VecDeque<(usize, &Task<G>)> =
        tasks.iter().enumerate().filter(|(_, task)| task.done.get().is_none()).collect();
    let mut running = FuturesUnordered::new();
    let mut errors = Vec::new();
    loop {
        let mut passed = 0;
        while let Some((_, task)) = waiting.get(passed) {
            if !slots.take(task.place) {
                passed += 1;
                continue;
            }
            // `passed` is in range, and at the front it is taken without moving the others.
            if let Some((index, task)) = waiting.remove(passed) {
                running.push(async move { (index, task.place, one(task, crew).await) });
            }
        }
        let Some((index, place, failed)) = running.next().await else {
            // Whoever failed first, the same failures are the same report.
            errors.sort_by_key(|(index, _)| *index);
            return Ok(errors.into_iter().map(|(_, error)| error).collect());
        };
        slots.give_back(place);
        errors.extend(failed?.into_iter().map(|error| (index, error)));
    }
}

/// How many tasks of each `for` run, where that is limited.
struct Slots<'a, G: Definition> {
    regions: &'a Slab<Open<G>>,
    /// By the region's key; empty if nothing is limited.
    running: Vec<u32>,
}

impl<G: Definition> Slots<'_, G> {
    /// Takes a slot in every `for` that the place is in, if all of them have one.
    fn take(&mut self, place: Option<Place>) -> bool {
        if self.running.is_empty() {
            return true;
        }
        let full = |key: usize, open: &Open<G>| {
            let limit = Position::concurrency(open);
            limit.is_some_and(|limit| self.running.get(key).is_some_and(|running| *running >= limit))
        };
        let free = !around(self.regions, place).any(|(key, open)| full(key, open));
        if free {
            self.count(place, |running| running + 1);
        }
        free
    }

    fn give_back(&mut self, place: Option<Place>) {
        self.count(place, |running| running.saturating_sub(1));
    }

    fn count(&mut self, place: Option<Place>, change: impl Fn(u32) -> u32) {
        if !self.running.is_empty() {
            for (key, _) in around(self.regions, place) {
                if let Some(running) = self.running.get_mut(key) {
                    *running = change(*running);
                }
            }
        }
    }
}

/// The open regions around a place, the innermost first.
fn around<G: Definition>(regions: &Slab<Open<G>>, place: Option<Place>) -> impl Iterator<Item = (usize, &Open<G>)> {
    let open = |place: Place| Some((place.region, regions.get(place.region)?));
    std::iter::successors(place.and_then(open), move |(_, inner)| inner.outer.and_then(open))
}

/// Runs one task to its end: its attempts, and what its `on_error` makes of the last failure.
pub(crate) async fn one<G: Definition>(task: &Task<G>, crew: &Crew<'_, G>) -> Result<Vec<NodeError>, Error> {
    if task.done.get().is_some() {
        return Ok(Vec::new());
    }
    let mut name = TaskName { path: crew.scene.path.clone(), node: task.node.name() };
    Position::path(crew.regions, task.place, &mut name.path);
    if let Some(child) = &task.child {
        return child.perform(crew.context, crew.scene, &name).await;
    }
    let policy = G::policy(task.node);
    let mut cx = crew.scene.ctx(crew.context, &name);
    let Attempts { failed, mut spent, due } = task.past;
    cx.attempt = failed.saturating_add(1);
    if due > 0 {
        timer::sleep(clock::until(due)).await;
    }
    loop {
        let mut patch = Patch::<G>::default();
        let (tried, surroundings) = attempt(task, policy, crew, cx, &mut patch).await;
        cx = surroundings;
        let cause = match tried {
            Ok(noted) => return settle(task, crew, &name, Done { patch, noted }).await,
            Err(cause) => cause,
        };
        let mut error = crew.scene.blame(&name, cause);
        error.attempt = cx.attempt;
        spent += 1;
        if let Some(retry) = policy.and_then(|policy| goes_on(policy, spent, &error)) {
            wait(retry, spent, &name, &error, crew).await?;
            cx.attempt = cx.attempt.saturating_add(1);
            cx.effects.again();
            continue;
        }
        if !policy.is_some_and(|policy| policy.on_error) {
            return Ok(vec![error]);
        }
        let mut patch = Patch::<G>::default();
        let rescued = catch(G::rescue(task.node, crew.state, &error, &mut patch)).await;
        return match rescued {
            Ok(Ok(noted)) => settle(task, crew, &name, Done { patch, noted }).await,
            Ok(Err(failed)) => Ok(vec![NodeError { cause: NodeCause::Error(failed), ..error }]),
            Err(panic) => Ok(vec![NodeError { cause: panic, ..error }]),
        };
    }
}

/// How the task is tried again, if it is.
fn goes_on<'a>(policy: &'a Policy, spent: u32, error: &NodeError) -> Option<&'a Retry> {
    let retry = policy.retry.as_ref()?;
    (spent < retry.attempts && retry.applies.is_none_or(|applies| applies(error))).then_some(retry)
}

/// Waits for the next attempt, once it is stored that there will be one.
async fn wait<G: Definition>(
    retry: &Retry,
    spent: u32,
    name: &TaskName,
    error: &NodeError,
    crew: &Crew<'_, G>,
) -> Result<(), Error> {
    let delay = retry.delay(spent);
    if let Some(ledger) = crew.scene.ledger {
        // For those who pick the thread up later; this run waits for the delay itself, whatever the clock does.
        let due = clock::now().saturating_add(clock::millis(delay));
        let (attempts, message) = (error.attempt, error.cause.to_string());
        ledger.failed(name, FailedAttempt { attempts, spent, due, message }).await?;
    }
    timer::sleep(delay).await;
    Ok(())
}

/// Keeps what a task left.
async fn settle<G: Definition>(
    task: &Task<G>,
    crew: &Crew<'_, G>,
    name: &TaskName,
    done: Done<G>,
) -> Result<Vec<NodeError>, Error> {
    crew.scene.keep(name, &done).await?;
    // A task runs once in a superstep, so nothing is there yet.
    let _ = task.done.set(done);
    Ok(Vec::new())
}

/// One attempt; gives the node's surroundings back, with the effects that it had.
async fn attempt<G: Definition>(
    task: &Task<G>,
    policy: Option<&Policy>,
    crew: &Crew<'_, G>,
    cx: Ctx<G::Context>,
    patch: &mut Patch<G>,
) -> (Result<Noted<G>, NodeCause>, Ctx<G::Context>) {
    let node = task.node;
    let failed = |result: Result<Noted<G>, _>| result.map_err(NodeCause::Error);
    match (policy, crew.shared) {
        (Some(Policy { blocking: true, .. }), Some(state)) => {
            let cx = Arc::new(cx);
            let ran = block(task, Arc::clone(state), crew.regions, Arc::clone(&cx)).await;
            let ran = ran.and_then(|(noted, written)| {
                *patch = written;
                failed(noted)
            });
            // The pool has let go of it, unless it was shut down half-way.
            let surroundings = Arc::try_unwrap(cx).unwrap_or_else(|cx| crew.scene.ctx(crew.context, &cx.task));
            (ran, surroundings)
        }
        (Some(Policy { timeout: Some(timeout), .. }), _) => {
            let at = Position::item(crew.regions, task.place);
            let limited = timer::limit(*timeout, catch(G::task(node, crew.state, at, &cx, patch))).await;
            let ran = limited.unwrap_or(Err(NodeCause::Timeout { after: *timeout })).and_then(failed);
            (ran, cx)
        }
        _ => {
            let at = Position::item(crew.regions, task.place);
            let ran = catch(G::task(node, crew.state, at, &cx, patch)).await.and_then(failed);
            (ran, cx)
        }
    }
}

/// Runs a blocking node on the pool.
async fn block<G: Definition>(
    task: &Task<G>,
    state: Arc<G::State>,
    regions: &Slab<Open<G>>,
    cx: Arc<Ctx<G::Context>>,
) -> Result<(Result<Noted<G>, BoxError>, Patch<G>), NodeCause> {
    let node = task.node;
    let item = Position::owned(regions, task.place);
    let call = move || {
        let mut patch = Patch::<G>::default();
        let at = item.as_ref().map_or(At::NOWHERE, |(items, index)| At::item(&**items, *index));
        let ran = G::block(node, &state, at, &cx, &mut patch);
        (ran.unwrap_or_else(|| Err("the node does not block".into())), patch)
    };
    timer::blocking(call).await
}
