//! The tasks of a superstep: one alone, or several side by side; each with its attempts.

use super::definition::{Noted, Patch};
use super::engine::catch;
use super::items::At;
use super::nested::Child;
use super::path::TaskName;
use super::policy::{Policy, Retry};
use super::position::{Done, Open, Place, Position, Task};
use super::scene::{FailedAttempt, Scene};
use super::slots::Slots;
use super::timer;
use crate::clock;
use crate::{Definition, Error, NodeCause, NodeError, NodeName, panic};
use futures_util::stream::{FuturesUnordered, StreamExt};
use slab::Slab;
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
    let (mut slots, mut admitted) = (Slots::new(crew.regions), Vec::new());
    let mut running = FuturesUnordered::new();
    for task in tasks.iter_mut().filter(|task| task.done.is_none()) {
        running.extend(slots.admit(task).map(|task| placed(task, crew)));
    }
    let mut errors = Vec::new();
    while let Some((place, failed)) = running.next().await {
        slots.give_back(place, &mut admitted);
        running.extend(admitted.drain(..).map(|task| placed(task, crew)));
        errors.extend(failed?);
    }
    Ok(errors)
}

/// [`one`], with the place whose slots it gives back.
async fn placed<G: Definition>(
    task: &mut Task<G>,
    crew: &Crew<'_, G>,
) -> (Option<Place>, Result<Vec<NodeError>, Error>) {
    (task.place, one(task, crew).await)
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
    let retry = policy.and_then(|policy| policy.retry.as_ref());
    if let (1.., Some(retry)) = (task.due, retry) {
        // Never longer than the policy lets it wait, whatever the clock said when the last attempt failed; and not at
        // all where there is no retry any more, for then there may be no timer either.
        timer::sleep(clock::until(task.due).min(retry.longest(task.spent))).await;
    }
    loop {
        task.due = 0;
        let mut patch = Patch::<G>::default();
        let cause = match once(task, policy, &name, crew, &mut patch).await {
            Ok(noted) => return settle(task, crew, &name, Done { patch, noted }).await,
            Err(cause) => cause,
        };
        let mut error = crew.scene.blame(&name, cause);
        error.attempt = task.attempt;
        task.spent += 1;
        // The condition is the user's code, as the node is.
        let again = panic::catch(|| retry.filter(|retry| goes_on(retry, task.spent, &error)));
        let again = again.unwrap_or_else(|message| {
            error.cause = NodeCause::Panic(message);
            None
        });
        if let Some(retry) = again {
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
    // A pool that is gone does not come back, and its timer went with it.
    let gone = matches!(error.cause, NodeCause::NoPool);
    !gone && spent < retry.attempts && retry.applies.is_none_or(|applies| applies(error))
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
