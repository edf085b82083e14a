//! One task of a superstep: its attempts, and what becomes of its failure.

use super::at::At;
use super::catch;
use super::crew::Crew;
use super::nested::Child;
use super::path::TaskName;
use super::position::{Attempts, Done, Place, Position, Task};
use super::scene::FailedAttempt;
use super::timer;
use crate::clock;
use crate::graph::definition::{Noted, Patch};
use crate::graph::policy::{Policy, Retry};
use crate::telemetry::span::{self, Span};
use crate::{BoxError, BoxFuture, Ctx, Definition, Error, NodeCause, NodeError, panic};
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
    match ran.and_then(|ran| ran.map_err(NodeCause::Error)) {
        Ok(noted) => {
            if let Some(kept) = settle(task, crew, &cx.task, Done { patch, noted })? {
                kept.await?;
            }
            Ok(None)
        }
        Err(cause) => Ok(Some(give_up(crew, cx, cause))),
    }
}

/// Runs a task whose function is no `async fn` and which has nothing else; what there is to wait for is the future.
pub(crate) fn at_once<'a, G: Definition>(
    task: &'a Task<G>,
    crew: &'a Crew<'_, G>,
    cx: &'a Ctx<G::Context>,
) -> Result<Result<Option<Kept<'a>>, NodeError>, Error> {
    let mut patch = Patch::<G>::default();
    let at = task.at(crew.regions);
    let span = crew.scene.span(&cx.task, cx.attempt);
    let ran = span::inside(&span, || panic::catch(|| G::call(task.node, crew.state, at, cx, &mut patch)));
    let cause = match ran {
        Ok(Some(Ok(noted))) => return settle(task, crew, &cx.task, Done { patch, noted }).map(Ok),
        Ok(Some(Err(error))) => NodeCause::Error(error),
        Ok(None) => NodeCause::Error("the node is no plain function".into()),
        Err(message) => NodeCause::Panic(message),
    };
    Ok(Err(give_up(crew, cx, cause)))
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

/// The error of a task that is not tried again.
fn give_up<G: Definition>(crew: &Crew<'_, G>, cx: &Ctx<G::Context>, cause: NodeCause) -> NodeError {
    let error = NodeError { attempt: cx.attempt, ..crew.scene.blame(&cx.task, cause) };
    crew.scene.failed(&cx.task, &error, None);
    error
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
    let policy = G::policy(task.node);
    let retry = policy.and_then(|policy| policy.retry.as_ref());
    let Attempts { mut spent, due, .. } = task.past;
    // On the heap, as all that few tasks ever come to: the future of a task is as large as the largest thing that it awaits.
    if let (1.., Some(retry)) = (due, retry) {
        // Never longer than the policy lets it wait, whatever the clock said when the last attempt failed; and not at
        // all where there is no retry any more, for then there may be no timer either.
        Box::pin(timer::sleep(clock::until(due).min(retry.longest(spent)))).await;
        crew.scene.started(&cx.task, cx.attempt);
    }
    loop {
        let mut patch = Patch::<G>::default();
        let cause = match attempt(task, policy, crew, &mut cx, &mut patch).await {
            Ok(noted) => {
                if let Some(kept) = settle(task, crew, &cx.task, Done { patch, noted })? {
                    kept.await?;
                }
                return Ok(Vec::new());
            }
            Err(cause) => cause,
        };
        if let Some(errors) = Box::pin(failed(task, policy, crew, &mut cx, &mut spent, cause)).await? {
            return Ok(errors);
        }
    }
}

/// What comes after an attempt that failed; `None` if it is another one.
async fn failed<G: Definition>(
    task: &Task<G>,
    policy: Option<&Policy>,
    crew: &Crew<'_, G>,
    cx: &mut Ctx<G::Context>,
    spent: &mut u32,
    cause: NodeCause,
) -> Result<Option<Vec<NodeError>>, Error> {
    let retry = policy.and_then(|policy| policy.retry.as_ref());
    let mut error = NodeError { attempt: cx.attempt, ..crew.scene.blame(&cx.task, cause) };
    *spent += 1;
    // The condition is the user's code, as the node is.
    let again = panic::catch(|| retry.filter(|retry| goes_on(retry, *spent, &error)));
    let again = again.unwrap_or_else(|message| {
        error.cause = NodeCause::Panic(message);
        None
    });
    if let Some(retry) = again {
        wait(retry, *spent, &cx.task, &error, crew).await?;
        cx.attempt = cx.attempt.saturating_add(1);
        cx.effects.again();
        crew.scene.started(&cx.task, cx.attempt);
        return Ok(None);
    }
    crew.scene.failed(&cx.task, &error, None);
    if !policy.is_some_and(|policy| policy.on_error) {
        return Ok(Some(vec![error]));
    }
    let mut patch = Patch::<G>::default();
    let rescued = catch(G::rescue(task.node, crew.state, &error, &mut patch)).await;
    match rescued {
        Ok(Ok(noted)) => {
            if let Some(kept) = settle(task, crew, &cx.task, Done { patch, noted })? {
                kept.await?;
            }
            Ok(Some(Vec::new()))
        }
        Ok(Err(failed)) => Ok(Some(vec![NodeError { cause: NodeCause::Error(failed), ..error }])),
        Err(panic) => Ok(Some(vec![NodeError { cause: panic, ..error }])),
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

/// A task on its way into the store.
pub(crate) type Kept<'a> = BoxFuture<'a, Result<(), Error>>;

/// Puts what a task left where it belongs: at once, or when the store has it, if anything is to be stored.
#[inline]
fn settle<'a, G: Definition>(
    task: &'a Task<G>,
    crew: &'a Crew<'_, G>,
    name: &'a TaskName,
    done: Done<G>,
) -> Result<Option<Kept<'a>>, Error> {
    let kept = crew.scene.keep(name, &done)?;
    // A task runs once in a superstep, so nothing is there yet.
    let set = |done| drop(task.done.set(done));
    Ok(match kept {
        None => {
            set(done);
            None
        }
        Some(kept) => Some(Box::pin(async move {
            kept.await?;
            set(done);
            Ok(())
        })),
    })
}

/// One attempt.
async fn attempt<G: Definition>(
    task: &Task<G>,
    policy: Option<&Policy>,
    crew: &Crew<'_, G>,
    cx: &mut Ctx<G::Context>,
    patch: &mut Patch<G>,
) -> Result<Noted<G>, NodeCause> {
    let at = || task.at(crew.regions);
    let span = crew.scene.span(&cx.task, cx.attempt);
    let ran = match (policy, crew.shared) {
        (Some(Policy { blocking: true, .. }), Some(state)) => {
            let (noted, written) = Box::pin(block(task, Arc::clone(state), crew, cx, span)).await?;
            *patch = written;
            noted
        }
        (Some(Policy { timeout: Some(timeout), .. }), _) => {
            let work = span::within(span, catch(G::task(task.node, crew.state, at(), cx, patch)));
            let limited = timer::limit(*timeout, work).await;
            limited.unwrap_or(Err(NodeCause::Timeout { after: *timeout }))?
        }
        _ => span::within(span, catch(G::task(task.node, crew.state, at(), cx, patch))).await?,
    };
    ran.map_err(NodeCause::Error)
}

/// Runs a blocking node on the pool, which has the node's surroundings meanwhile.
async fn block<G: Definition>(
    task: &Task<G>,
    state: Arc<G::State>,
    crew: &Crew<'_, G>,
    cx: &mut Ctx<G::Context>,
    span: Span,
) -> Result<(Result<Noted<G>, BoxError>, Patch<G>), NodeCause> {
    let node = task.node;
    let item = Position::owned(crew.regions, task.place);
    let others = crew.scene.ctx(crew.context, cx.task.clone());
    let attempt = cx.attempt;
    let lent = Arc::new(std::mem::replace(cx, Ctx { attempt, ..others }));
    let borrowed = Arc::clone(&lent);
    let call = move || {
        let mut patch = Patch::<G>::default();
        let at = item.as_ref().map_or(At::NOWHERE, |(items, index)| At::item(&**items, *index));
        let ran = span::inside(&span, || G::call(node, &state, at, &borrowed, &mut patch));
        (ran.unwrap_or_else(|| Err("the node does not block".into())), patch)
    };
    let ran = timer::blocking(call).await;
    // The pool has let go of them, unless it was shut down half-way.
    if let Ok(back) = Arc::try_unwrap(lent) {
        *cx = back;
    }
    ran
}
