//! The tasks of a superstep: one alone, or several side by side; each with its attempts.

use super::definition::{Noted, Patch};
use super::engine::catch;
use super::items::At;
use super::lanes::Lanes;
use super::nested::Child;
use super::path::TaskName;
use super::policy::{Policy, Retry};
use super::position::{Attempts, Done, Open, Position, Task};
use super::scene::{FailedAttempt, Scene};
use super::timer;
use crate::clock;
use crate::{BoxError, Ctx, Definition, Error, NodeCause, NodeError, NodeName, panic};
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
pub(crate) async fn all<G: Definition>(tasks: &[Task<G>], crew: &Crew<'_, G>) -> Result<Vec<NodeError>, Error> {
    let mut waiting = Lanes::new(crew.regions, tasks);
    let mut running = FuturesUnordered::new();
    let mut errors = Vec::new();
    loop {
        while let Some((index, task)) = waiting.take().and_then(|index| Some((index, tasks.get(index)?))) {
            running.push(async move { (index, task.place, one(task, crew).await) });
        }
        let Some((index, place, failed)) = running.next().await else {
            // Whoever failed first, the same failures are the same report.
            errors.sort_by_key(|(index, _)| *index);
            return Ok(errors.into_iter().map(|(_, error)| error).collect());
        };
        waiting.give_back(place);
        errors.extend(failed?.into_iter().map(|error| (index, error)));
    }
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
    let retry = policy.and_then(|policy| policy.retry.as_ref());
    let Attempts { failed, mut spent, due } = task.past;
    cx.attempt = failed.saturating_add(1);
    if let (1.., Some(retry)) = (due, retry) {
        // Never longer than the policy lets it wait, whatever the clock said when the last attempt failed; and not at
        // all where there is no retry any more, for then there may be no timer either.
        timer::sleep(clock::until(due).min(retry.longest(spent))).await;
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
        // The condition is the user's code, as the node is.
        let again = panic::catch(|| retry.filter(|retry| goes_on(retry, spent, &error)));
        let again = again.unwrap_or_else(|message| {
            error.cause = NodeCause::Panic(message);
            None
        });
        if let Some(retry) = again {
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

/// Whether the task is tried again.
fn goes_on(retry: &Retry, spent: u32, error: &NodeError) -> bool {
    // A pool that is gone does not come back, and its timer went with it.
    let gone = matches!(error.cause, NodeCause::NoPool);
    !gone && spent < retry.attempts && retry.applies.is_none_or(|applies| applies(error))
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
