//! The tasks of a superstep: one alone, or several side by side; each with its attempts.

use super::definition::{Noted, Patch};
use super::engine::catch;
use super::items::At;
use super::nested::Child;
use super::path::TaskName;
use super::policy::{Policy, Retry};
use super::position::{Done, Open, Place, Position, Task};
use super::scene::{FailedAttempt, Scene};
use super::timer;
use crate::clock;
use crate::{Definition, Error, NodeCause, NodeError, NodeName};
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
pub(crate) async fn all<G: Definition>(tasks: &mut [Task<G>], crew: &Crew<'_, G>) -> Result<Vec<NodeError>, Error> {
    let limited = crew.regions.iter().any(|(_, open)| Position::concurrency(open).is_some());
    let mut slots =
        Slots { regions: crew.regions, running: vec![0; if limited { crew.regions.capacity() } else { 0 }] };
    let mut waiting: VecDeque<&mut Task<G>> = tasks.iter_mut().filter(|task| task.done.is_none()).collect();
    let mut running = FuturesUnordered::new();
    let mut errors = Vec::new();
    loop {
        let mut passed = 0;
        while let Some(task) = waiting.get(passed) {
            if !slots.take(task.place) {
                passed += 1;
                continue;
            }
            // `passed` is in range, and at the front it is taken without moving the others.
            if let Some(task) = waiting.remove(passed) {
                let place = task.place;
                running.push(async move { (place, one(task, crew).await) });
            }
        }
        let Some((place, failed)) = running.next().await else {
            return Ok(errors);
        };
        slots.give_back(place);
        errors.extend(failed?);
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
pub(crate) async fn one<G: Definition>(task: &mut Task<G>, crew: &Crew<'_, G>) -> Result<Vec<NodeError>, Error> {
    if task.done.is_some() {
        return Ok(Vec::new());
    }
    let mut name = TaskName { path: crew.scene.path.clone(), node: task.node.name() };
    Position::path(crew.regions, task.place, &mut name.path);
    if let Some(child) = &mut task.child {
        return child.perform(crew.context, crew.scene, &name).await;
    }
    let policy = G::policy(task.node);
    loop {
        if task.due > 0 {
            timer::sleep(clock::until(task.due)).await;
            task.due = 0;
        }
        let mut patch = Patch::<G>::default();
        let cause = match once(task, policy, &name, crew, &mut patch).await {
            Ok(noted) => return settle(task, crew, &name, Done { patch, noted }).await,
            Err(cause) => cause,
        };
        let mut error = crew.scene.blame(&name, cause);
        error.attempt = task.attempt;
        task.spent += 1;
        if let Some(retry) =
            policy.and_then(|policy| policy.retry.as_ref()).filter(|retry| goes_on(retry, task.spent, &error))
        {
            let delay = retry.delay(task.spent);
            task.due = clock::now().saturating_add(clock::millis(delay));
            let failed = FailedAttempt {
                attempts: task.attempt,
                spent: task.spent,
                due: task.due,
                message: error.cause.to_string(),
            };
            if let Some(ledger) = crew.scene.ledger {
                ledger.failed(&name, failed).await?;
            }
            task.attempt = task.attempt.saturating_add(1);
            // The delay itself is exact; `due` is for those who pick the thread up later.
            timer::sleep(delay).await;
            task.due = 0;
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

fn goes_on(retry: &Retry, spent: u32, error: &NodeError) -> bool {
    spent < retry.attempts && retry.applies.is_none_or(|applies| applies(error))
}

/// Keeps what a task left.
async fn settle<G: Definition>(
    task: &mut Task<G>,
    crew: &Crew<'_, G>,
    name: &TaskName,
    done: Done<G>,
) -> Result<Vec<NodeError>, Error> {
    crew.scene.keep(name, &done).await?;
    task.done = Some(done);
    Ok(Vec::new())
}

/// One attempt.
async fn once<G: Definition>(
    task: &Task<G>,
    policy: Option<&Policy>,
    name: &TaskName,
    crew: &Crew<'_, G>,
    patch: &mut Patch<G>,
) -> Result<Noted<G>, NodeCause> {
    let cx = crew.scene.ctx(crew.context, task.attempt);
    let node = task.node;
    let failed = |result: Result<Noted<G>, _>| result.map_err(NodeCause::Error);
    let _ = name;
    match (policy, crew.shared) {
        (Some(Policy { blocking: true, .. }), Some(state)) => {
            let state = Arc::clone(state);
            let item = Position::owned(crew.regions, task.place);
            let (noted, written) = timer::blocking(move || {
                let mut patch = Patch::<G>::default();
                let at = item.as_ref().map_or(At::NOWHERE, |(items, index)| At::item(&**items, *index));
                (G::block(node, &state, at, &cx, &mut patch), patch)
            })
            .await?;
            *patch = written;
            noted.map_or_else(|| Err(NodeCause::Error("the node is not blocking".into())), failed)
        }
        (Some(Policy { timeout: Some(timeout), .. }), _) => {
            let at = Position::item(crew.regions, task.place);
            let work = catch(G::task(node, crew.state, at, &cx, patch));
            match timer::limit(*timeout, work).await {
                Ok(result) => result.and_then(failed),
                Err(_) => Err(NodeCause::Timeout { after: *timeout }),
            }
        }
        _ => {
            let at = Position::item(crew.regions, task.place);
            catch(G::task(node, crew.state, at, &cx, patch)).await.and_then(failed)
        }
    }
}
