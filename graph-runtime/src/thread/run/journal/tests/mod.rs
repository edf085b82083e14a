//! Effects over a store.

mod carried;
mod heads;
mod names;
mod restarts;
mod watched;
mod writes;

use super::*;
use crate::graph::effect::{EffectError, Effects, IdempotencyKey, Site};
use crate::{Append, BoxError, Head, MemorySaver, Status, StoreError, ThreadId};
use futures_lite::future::{block_on, pending, poll_once, yield_now, zip};
use std::cell::Cell;
use std::future::{Future, ready};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

const HEAD: (CheckpointId, RecordHash) = (CheckpointId(1), RecordHash([1; 16]));

fn key() -> ThreadKey {
    ThreadKey { graph: "Jobs".into(), thread: ThreadId::new("a").unwrap() }
}

fn task(path: &str) -> TaskLabel {
    TaskLabel { path: path.to_owned(), node: "pay" }
}

/// Moves the thread from `expected` to the checkpoint `to`.
fn append(store: &dyn Checkpointer, expected: Option<(CheckpointId, RecordHash)>, to: (CheckpointId, RecordHash)) {
    let head = Head { checkpoint: to.0, hash: to.1, status: Status::Running, updated: 0, due: None };
    let (record, request, commit) = (vec![0], None, Commit::Synced);
    block_on(store.append(Append { thread: key(), expected, head, record, request, commit })).unwrap();
}

/// A store whose thread stands at [`HEAD`].
fn standing() -> MemorySaver {
    let store = MemorySaver::new();
    append(&store, None, HEAD);
    store
}

/// A process that resumes the thread at [`HEAD`].
fn process(store: &(impl Checkpointer + Clone)) -> (Arc<StepJournal>, Effects) {
    let journal = Arc::new(StepJournal::new(Arc::new(store.clone()), key()));
    journal.begin(Some(HEAD), Commit::Synced, block_on(store.pending(&key(), HEAD.0)).unwrap());
    let effects = Effects::new(Some(Arc::clone(&journal) as Arc<dyn Journal>));
    (journal, effects)
}

fn effects(store: &(impl Checkpointer + Clone)) -> Effects {
    process(store).1
}

type Outcome = Result<u32, BoxError>;

/// Calls `once` with an effect that counts its runs and returns how many there were.
async fn once(effects: &Effects, path: &str, effect: &str, runs: &AtomicU32) -> Result<u32, EffectError> {
    let task = task(path);
    let site = Site { task: &task, step: 1, effect };
    effects.once(site, "in", async |_| Outcome::Ok(runs.fetch_add(1, Ordering::Relaxed) + 1)).await
}

/// Calls `at_most_once`.
async fn wire<F: Future<Output = Outcome>>(
    effects: &Effects,
    effect: impl FnOnce(IdempotencyKey) -> F,
    resolved: Outcome,
) -> Result<u32, EffectError> {
    let task = task("");
    let site = Site { task: &task, step: 1, effect: "wire" };
    effects.at_most_once(site, "in", effect, |_| ready(resolved)).await
}

fn names(store: &impl Checkpointer) -> Vec<String> {
    block_on(store.pending(&key(), HEAD.0)).unwrap().into_iter().map(|(name, _)| name).collect()
}
