//! One task of a superstep: its attempts, and what becomes of its failure.

use super::at::At;
use super::catch;
use super::crew::Crew;
use super::nested::Child;
use super::path::TaskName;
use super::position::{Attempts, Done, Open, Place, Position, Task};
use super::scene::FailedAttempt;
use super::timer;
use crate::clock;
use crate::graph::definition::{Noted, Patch};
use crate::graph::policy::{Policy, Retry};
use crate::telemetry::span::{self, Span};
use crate::{BoxError, Ctx, Definition, Error, NodeCause, NodeError, panic};
use slab::Slab;
use std::sync::Arc;

/// Runs a task that has nothing but its function.
pub(crate) async fn plain<G: Definition>(
    task: &Task<G>,
    crew: &Crew<'_, G>,
    cx: &Ctx<G::Context>,
) -> Result<Option<NodeError>, Error> {
    let mut patch = Patch::<G>::default();
    let at = task.at(crew.regions);
    let span = crew.scene.span(&cx.task, cx.attempt);
    let ran = span::within(span, catch(G::task(task.node, crew.state, at, cx, &mut patch))).await;
    let ran = match ran {
        Ok(Ok(noted)) if crew.scene.is_quiet() => {
            let _ = task.done.set(Done { patch, noted });
            return Ok(None);
        }
        ran => ran.and_then(|ran| ran.map_err(NodeCause::Error)),
    };
    settled(task, crew, cx, ran, patch).await
}

/// Runs a task whose function is no `async fn` and which has nothing else.
pub(crate) async fn at_once<G: Definition>(
    task: &Task<G>,
    crew: &Crew<'_, G>,
    cx: &Ctx<G::Context>,
) -> Result<Option<NodeError>, Error> {
    let mut patch = Patch::<G>::default();
    let at = task.at(crew.regions);
    let span = crew.scene.span(&cx.task, cx.attempt);
    let ran = span::inside(&span, || panic::catch(|| G::call(task.node, crew.state, at, cx, &mut patch)));
    let ran = match ran {
        Ok(Some(Ok(noted))) if crew.scene.is_quiet() => {
            let _ = task.done.set(Done { patch, noted });
            return Ok(None);
        }
        Ok(Some(ran)) => ran.map_err(NodeCause::Error),
        Ok(None) => Err(NodeCause::Error("the node is no plain function".into())),
        Err(message) => Err(NodeCause::Panic(message)),
    };
    settled(task, crew, cx, ran, patch).await
}

/// Makes the surroundings of a task at the place `before` those of another one.
pub(crate) fn arrive<G: Definition>(
    cx: &mut Ctx<G::Context>,
    before: Option<Place>,
    task: &Task<G>,
    crew: &Crew<'_, G>,
) {
    cx.task.node = task.called();
    Position::turn(crew.regions, &mut cx.task.path, crew.scene.path.len(), before, task.place);
    cx.attempt = task.past.failed.saturating_add(1);
    cx.effects.renew();
}

/// Tells who watches that a task begins; one that waits for its next attempt, and one that is a subgraph, tells it later.
#[inline]
pub(crate) fn announce<G: Definition>(task: &Task<G>, crew: &Crew<'_, G>) {
    if crew.scene.observer.is_none() || task.child.is_some() || task.done.get().is_some() || task.waits() {
        return;
    }
    let waits = task.past.due > 0 && G::policy(task.node).is_some_and(|policy| policy.retry.is_some());
    if !waits {
        crew.scene.started(&task.name(crew.regions, &crew.scene.path), task.past.failed.saturating_add(1));
    }
}

pub(crate) fn surroundings<G: Definition>(task: &Task<G>, crew: &Crew<'_, G>) -> Ctx<G::Context> {
    let mut cx = crew.scene.ctx(crew.context, task.name(crew.regions, &crew.scene.path));
    cx.attempt = task.past.failed.saturating_add(1);
    cx
}

async fn settled<G: Definition>(
    task: &Task<G>,
    crew: &Crew<'_, G>,
    cx: &Ctx<G::Context>,
    ran: Result<Noted<G>, NodeCause>,
    patch: Patch<G>,
) -> Result<Option<NodeError>, Error> {
    match ran {
        Ok(noted) => {
            settle(task, crew, &cx.task, Done { patch, noted }).await?;
            Ok(None)
        }
        Err(cause) => {
            let mut error = crew.scene.blame(&cx.task, cause);
            error.attempt = cx.attempt;
            crew.scene.failed(&cx.task, &error, None);
            Ok(Some(error))
        }
    }
}

/// Runs one task to its end: its attempts, and what its `on_error` makes of the last failure.
pub(crate) async fn one<G: Definition>(task: &Task<G>, crew: &Crew<'_, G>) -> Result<Vec<NodeError>, Error> {
    if task.done.get().is_some() || task.waits() {
        return Ok(Vec::new());
    }
    if let Some(child) = &task.child {
        return child.perform(crew.context, crew.scene, &task.name(crew.regions, &crew.scene.path)).await;
    }
    let mut cx = surroundings(task, crew);
    let name = cx.task.clone();
    let policy = G::policy(task.node);
    let retry = policy.and_then(|policy| policy.retry.as_ref());
    let Attempts { mut spent, due, .. } = task.past;
    if let (1.., Some(retry)) = (due, retry) {
        // Never longer than the policy lets it wait, whatever the clock said when the last attempt failed; and not at
        // all where there is no retry any more, for then there may be no timer either.
        timer::sleep(clock::until(due).min(retry.longest(spent))).await;
        crew.scene.started(&name, cx.attempt);
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
            crew.scene.started(&name, cx.attempt);
            continue;
        }
        crew.scene.failed(&name, &error, None);
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
    // For those who pick the thread up later; this run waits for the delay itself, whatever the clock does.
    let due = clock::now().saturating_add(clock::millis(delay));
    crew.scene.failed(name, error, Some(due));
    if let Some(ledger) = crew.scene.ledger {
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
    let span = crew.scene.span(&cx.task, cx.attempt);
    match (policy, crew.shared) {
        (Some(Policy { blocking: true, .. }), Some(state)) => {
            let cx = Arc::new(cx);
            let ran = block(task, Arc::clone(state), crew.regions, Arc::clone(&cx), span).await;
            let ran = ran.and_then(|(noted, written)| {
                *patch = written;
                failed(noted)
            });
            // The pool has let go of it, unless it was shut down half-way.
            let surroundings = Arc::try_unwrap(cx).unwrap_or_else(|cx| crew.scene.ctx(crew.context, cx.task.clone()));
            (ran, surroundings)
        }
        (Some(Policy { timeout: Some(timeout), .. }), _) => {
            let at = task.at(crew.regions);
            let limited =
                timer::limit(*timeout, span::within(span, catch(G::task(node, crew.state, at, &cx, patch)))).await;
            let ran = limited.unwrap_or(Err(NodeCause::Timeout { after: *timeout })).and_then(failed);
            (ran, cx)
        }
        _ => {
            let at = task.at(crew.regions);
            let ran = span::within(span, catch(G::task(node, crew.state, at, &cx, patch))).await.and_then(failed);
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
    span: Span,
) -> Result<(Result<Noted<G>, BoxError>, Patch<G>), NodeCause> {
    let node = task.node;
    let item = Position::owned(regions, task.place);
    let call = move || {
        let mut patch = Patch::<G>::default();
        let at = item.as_ref().map_or(At::NOWHERE, |(items, index)| At::item(&**items, *index));
        let ran = span::inside(&span, || G::call(node, &state, at, &cx, &mut patch));
        (ran.unwrap_or_else(|| Err("the node does not block".into())), patch)
    };
    timer::blocking(call).await
}
