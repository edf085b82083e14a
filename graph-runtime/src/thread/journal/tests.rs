//! Effects over a store: restarts, crashes, other runners, and heads that are not stored yet.

use super::*;
use crate::graph::effect::{EffectError, Effects, IdempotencyKey, Site};
use crate::{Append, BoxError, Head, MemorySaver, Status, StoreError, StoreFuture, StoreId, ThreadId};
use futures_lite::future::{block_on, pending, poll_once, yield_now, zip};
use std::cell::Cell;
use std::future::{Future, ready};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

const HEAD: (CheckpointId, RecordHash) = (CheckpointId(1), RecordHash([1; 16]));

fn key() -> ThreadKey {
    ThreadKey { graph: "Jobs".into(), thread: ThreadId::new("a").unwrap() }
}

fn task(path: &str) -> TaskName {
    TaskName { path: path.to_owned(), node: "pay" }
}

/// Moves the thread from `expected` to the checkpoint `to`.
fn append(store: &dyn Checkpointer, expected: Option<(CheckpointId, RecordHash)>, to: (CheckpointId, RecordHash)) {
    let head = Head { checkpoint: to.0, hash: to.1, status: Status::Running, updated: 0 };
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

#[test]
fn a_restart_gets_the_value_without_the_effect() {
    let (store, runs) = (standing(), AtomicU32::new(0));
    for _ in 0..3 {
        assert_eq!(block_on(once(&effects(&store), "", "charge", &runs)).unwrap(), 1);
    }
    assert_eq!(names(&store), ["once//pay/charge"]);
}

#[test]
fn a_retry_in_the_process_gets_the_value_without_the_effect() {
    let (store, runs) = (standing(), AtomicU32::new(0));
    let mut effects = effects(&store);
    for _ in 0..3 {
        assert_eq!(block_on(once(&effects, "", "charge", &runs)).unwrap(), 1);
        effects.again();
    }
}

#[test]
fn the_next_step_knows_nothing_of_the_effects_of_this_one() {
    let (store, runs) = (standing(), AtomicU32::new(0));
    let (journal, mut effects) = process(&store);
    block_on(once(&effects, "", "charge", &runs)).unwrap();
    let next = (CheckpointId(2), RecordHash([2; 16]));
    append(&store, Some(HEAD), next);
    journal.begin(Some(next), Commit::Synced, Vec::new());
    effects.renew();
    assert_eq!(block_on(once(&effects, "", "charge", &runs)).unwrap(), 2);
}

#[test]
fn a_crash_between_intent_and_value_is_resolved_and_never_repeated() {
    let store = standing();
    let began = Cell::new(0);
    {
        let effects = effects(&store);
        let hanging = |_| {
            began.set(began.get() + 1);
            pending()
        };
        assert!(block_on(poll_once(wire(&effects, hanging, Ok(0)))).is_none(), "the process dies while it wires");
    }
    let never = |_| {
        began.set(began.get() + 1);
        ready(Ok(0))
    };
    let outcome = block_on(wire(&effects(&store), never, Err("the bank is closed".into())));
    assert!(matches!(outcome, Err(EffectError::Uncertain { .. })));
    assert_eq!(block_on(wire(&effects(&store), never, Ok(3))).unwrap(), 3);
    assert_eq!(block_on(wire(&effects(&store), never, Ok(4))).unwrap(), 3, "what was resolved is journaled");
    assert_eq!(began.get(), 1);
}

#[test]
fn the_intent_is_stored_before_the_effect_begins() {
    let store = standing();
    let seen = |_| ready(Ok(u32::try_from(names(&store).len()).unwrap()));
    assert_eq!(block_on(wire(&effects(&store), seen, Ok(9))).unwrap(), 1);
}

#[test]
fn an_effect_that_failed_leaves_nothing_but_an_intent() {
    let store = standing();
    let task = task("");
    let site = Site { task: &task, step: 1, effect: "charge" };
    let failed = block_on(effects(&store).once(site, "in", |_| ready(Outcome::Err("no".into()))));
    assert!(matches!(failed, Err(EffectError::Failed { .. })));
    assert!(names(&store).is_empty());
    block_on(wire(&effects(&store), |_| ready(Err("no".into())), Ok(0))).unwrap_err();
    assert_eq!(names(&store), ["once//pay/wire"]);
    assert_eq!(block_on(wire(&effects(&store), |_| ready(Ok(1)), Ok(2))).unwrap(), 2);
}

#[test]
fn another_runner_is_a_conflict() {
    let (store, runs) = (standing(), AtomicU32::new(0));
    let effects = effects(&store);
    append(&store, Some(HEAD), (CheckpointId(2), RecordHash([2; 16])));
    let outcome = block_on(once(&effects, "", "charge", &runs));
    assert!(matches!(outcome, Err(EffectError::Conflict { .. })));
    let began = Cell::new(false);
    let outcome = block_on(wire(
        &effects,
        |_| {
            began.set(true);
            ready(Ok(1))
        },
        Ok(2),
    ));
    assert!(matches!(outcome, Err(EffectError::Conflict { .. })));
    assert!(!began.get(), "without its intent the effect does not run");
    assert!(names(&store).is_empty());
}

#[test]
fn a_deleted_thread_is_a_conflict() {
    let store = standing();
    let effects = effects(&store);
    block_on(store.delete(&key())).unwrap();
    let outcome = block_on(wire(&effects, |_| ready(Ok(1)), Ok(2)));
    assert!(matches!(outcome, Err(EffectError::Conflict { .. })));
}

#[test]
fn keys_outlive_the_process_and_not_the_checkpoint() {
    let called = |effects: &Effects| {
        let task = task("");
        let site = Site { task: &task, step: 1, effect: "charge" };
        let seen = Cell::new(None);
        let call = effects.once(site, "in", |key| {
            seen.set(Some(key));
            ready(Outcome::Err("no".into()))
        });
        block_on(call).unwrap_err();
        seen.get().unwrap()
    };
    let store = standing();
    let first = called(&effects(&store));
    assert_eq!(called(&effects(&store)), first);

    let anew = MemorySaver::new();
    append(&anew, None, (HEAD.0, RecordHash([9; 16])));
    let journal = StepJournal::new(Arc::new(anew), key());
    journal.begin(Some((HEAD.0, RecordHash([9; 16]))), Commit::Synced, Vec::new());
    assert_ne!(called(&Effects::new(Some(Arc::new(journal)))), first, "the thread was deleted and made anew");
}

fn any_name_is_journaled(store: &(impl Checkpointer + Clone)) {
    append(store, None, HEAD);
    let (runs, long) = (AtomicU32::new(0), "ä".repeat(5_000));
    let longer = format!("{long}!");
    let names = ["", "/", "a/b", "\0", "a\0b", "%2f", "%", "once//pay/charge", "naïve 支払い 💸", &long, &longer];
    for _ in 0..2 {
        let effects = effects(store);
        for (number, name) in (1..).zip(names) {
            assert_eq!(block_on(once(&effects, "", name, &runs)).unwrap(), number, "{name:?}");
        }
    }
}

#[test]
fn any_name_is_journaled_in_memory() {
    any_name_is_journaled(&MemorySaver::new());
}

#[cfg(feature = "sled")]
#[test]
fn any_name_is_journaled_on_disk() {
    let directory = tempfile::tempdir().unwrap();
    any_name_is_journaled(&crate::SledSaver::open(directory.path()).unwrap());
}

#[test]
fn two_tasks_may_use_one_name() {
    let (store, runs) = (standing(), AtomicU32::new(0));
    for _ in 0..2 {
        let first = effects(&store);
        let second = first.beside();
        let both = block_on(zip(once(&first, "each/0", "charge", &runs), once(&second, "each/1", "charge", &runs)));
        assert_eq!((both.0.unwrap(), both.1.unwrap()), (1, 2));
    }
}

#[test]
fn the_effects_of_a_step_go_on_side_by_side() {
    let (store, runs) = (standing(), AtomicU32::new(0));
    let journal = process(&store).0;
    let run = |path: &'static str| {
        let effects = Effects::new(Some(Arc::clone(&journal) as Arc<dyn Journal>));
        let runs = &runs;
        async move {
            let task = task(path);
            for number in 0..100 {
                let effect = &format!("effect {number}");
                let work = async |_| {
                    yield_now().await;
                    runs.fetch_add(1, Ordering::Relaxed);
                    Outcome::Ok(number)
                };
                let value = effects.once(Site { task: &task, step: 1, effect }, &number, work).await;
                assert_eq!(value.unwrap(), number);
            }
        }
    };
    std::thread::scope(|threads| {
        for path in ["0", "1", "2", "3"] {
            threads.spawn(|| block_on(run(path)));
        }
    });
    assert_eq!((names(&store).len(), runs.load(Ordering::Relaxed)), (400, 400));
    journal.begin(Some(HEAD), Commit::Synced, block_on(store.pending(&key(), HEAD.0)).unwrap());
    block_on(run("2"));
    assert_eq!(runs.load(Ordering::Relaxed), 400);
}

#[test]
fn a_damaged_entry_is_no_value_and_no_reason_to_run_again() {
    let (store, runs) = (standing(), AtomicU32::new(0));
    block_on(once(&effects(&store), "", "charge", &runs)).unwrap();
    let (name, bytes) = block_on(store.pending(&key(), HEAD.0)).unwrap().remove(0);
    for place in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[place] ^= 1;
        let (journal, effects) = process(&store);
        journal.begin(Some(HEAD), Commit::Synced, vec![(name.clone(), damaged)]);
        let outcome = block_on(once(&effects, "", "charge", &runs));
        assert!(matches!(outcome, Err(EffectError::Unreadable { .. })), "byte {place}: {outcome:?}");
    }
    let (journal, effects) = process(&store);
    journal.begin(Some(HEAD), Commit::Synced, vec![("once//pay/refund".to_owned(), bytes)]);
    let outcome = block_on(once(&effects, "", "refund", &runs));
    assert!(matches!(outcome, Err(EffectError::Unreadable { .. })), "the entry of another effect: {outcome:?}");
    assert_eq!(runs.load(Ordering::Relaxed), 1);
}

#[test]
fn other_entries_are_left_alone() {
    let (store, runs) = (standing(), AtomicU32::new(0));
    let (journal, effects) = process(&store);
    journal.begin(Some(HEAD), Commit::Synced, vec![("halt".to_owned(), vec![1, 2, 3])]);
    assert!(journal.entries().is_empty());
    assert_eq!(block_on(once(&effects, "", "halt", &runs)).unwrap(), 1);
}

#[test]
fn a_head_that_is_held_back_is_stored_when_an_effect_asks() {
    let (store, runs) = (MemorySaver::new(), AtomicU32::new(0));
    let journal = Arc::new(StepJournal::new(Arc::new(store.clone()), key()));
    journal.begin(None, Commit::Synced, Vec::new());
    assert!(block_on(poll_once(journal.asked())).is_none(), "nothing asks yet");
    let first = Effects::new(Some(Arc::clone(&journal) as Arc<dyn Journal>));
    let second = first.beside();
    let step = zip(once(&first, "0", "charge", &runs), once(&second, "1", "charge", &runs));
    let run = async {
        journal.asked().await;
        assert_eq!(runs.load(Ordering::Relaxed), 0, "the effects wait for their checkpoint");
        append(&store, None, HEAD);
        journal.stored(HEAD);
        assert!(poll_once(journal.asked()).await.is_none(), "they ask once");
    };
    let ((first, second), ()) = block_on(zip(step, run));
    assert_eq!((first.unwrap(), second.unwrap()), (1, 2));
}

#[test]
fn the_run_may_listen_from_another_thread() {
    for _ in 0..200 {
        let store = MemorySaver::new();
        let journal = Arc::new(StepJournal::new(Arc::new(store.clone()), key()));
        journal.begin(None, Commit::Synced, Vec::new());
        let effects = Effects::new(Some(Arc::clone(&journal) as Arc<dyn Journal>));
        std::thread::scope(|threads| {
            threads.spawn(|| block_on(once(&effects, "", "charge", &AtomicU32::new(0))).unwrap());
            block_on(journal.asked());
            append(&store, None, HEAD);
            journal.stored(HEAD);
        });
    }
}

#[test]
fn a_head_that_cannot_be_stored_stops_the_effect() {
    let runs = AtomicU32::new(0);
    let journal = Arc::new(StepJournal::new(Arc::new(MemorySaver::new()), key()));
    let effects = Effects::new(Some(Arc::clone(&journal) as Arc<dyn Journal>));
    journal.begin(None, Commit::Synced, Vec::new());
    let run = async {
        journal.asked().await;
        journal.refused("the disk is full");
    };
    let (outcome, ()) = block_on(zip(once(&effects, "", "charge", &runs), run));
    let error = outcome.unwrap_err();
    assert!(matches!(&error, EffectError::Unplaced { reason, .. } if reason == "the disk is full"), "{error}");
    assert_eq!(runs.load(Ordering::Relaxed), 0);
}

#[test]
fn without_a_step_there_is_no_effect() {
    let runs = AtomicU32::new(0);
    let effects = Effects::new(Some(Arc::new(StepJournal::new(Arc::new(MemorySaver::new()), key()))));
    let outcome = block_on(once(&effects, "", "charge", &runs));
    assert!(matches!(outcome, Err(EffectError::Unplaced { .. })));
}

/// A store in memory that counts its syncs, and that can leave its writers without an answer or refuse them.
#[derive(Clone, Default)]
struct Watched {
    store: MemorySaver,
    flushes: Arc<AtomicU32>,
    silent: Arc<AtomicBool>,
    full: Arc<AtomicBool>,
}

impl Checkpointer for Watched {
    fn store_id(&self) -> StoreId {
        self.store.store_id()
    }

    fn append(&self, append: Append) -> StoreFuture<'_, ()> {
        self.store.append(append)
    }

    fn head<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Option<Head>> {
        self.store.head(thread)
    }

    fn get<'a>(&'a self, thread: &'a ThreadKey, id: CheckpointId) -> StoreFuture<'a, Option<Vec<u8>>> {
        self.store.get(thread, id)
    }

    fn range<'a>(
        &'a self,
        thread: &'a ThreadKey,
        before: Option<CheckpointId>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(CheckpointId, Vec<u8>)>> {
        self.store.range(thread, before, limit)
    }

    fn put_pending(&self, entry: PutPending) -> StoreFuture<'_, ()> {
        assert_eq!(entry.commit, Commit::Synced);
        if self.full.load(Ordering::Relaxed) {
            return Box::pin(ready(Err(StoreError::Full { reason: "no space".to_owned() })));
        }
        let put = self.store.put_pending(entry);
        if self.silent.load(Ordering::Relaxed) { Box::pin(pending()) } else { put }
    }

    fn pending<'a>(&'a self, thread: &'a ThreadKey, id: CheckpointId) -> StoreFuture<'a, Vec<(String, Vec<u8>)>> {
        self.store.pending(thread, id)
    }

    fn request<'a>(&'a self, thread: &'a ThreadKey, request: &'a str) -> StoreFuture<'a, Option<CheckpointId>> {
        self.store.request(thread, request)
    }

    fn delete<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, ()> {
        self.store.delete(thread)
    }

    fn threads<'a>(
        &'a self,
        graph: &'a str,
        after: Option<&'a ThreadId>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(ThreadId, Head)>> {
        self.store.threads(graph, after, limit)
    }

    fn flush(&self) -> StoreFuture<'_, ()> {
        self.flushes.fetch_add(1, Ordering::Relaxed);
        self.store.flush()
    }
}

#[test]
fn a_head_that_is_only_written_is_synced_before_the_first_effect() {
    let (store, runs) = (Watched::default(), AtomicU32::new(0));
    append(&store, None, HEAD);
    let (journal, effects) = process(&store);
    journal.begin(Some(HEAD), Commit::Written, Vec::new());
    assert_eq!(store.flushes.load(Ordering::Relaxed), 0, "a step without effects waits for nothing");
    for name in ["charge", "refund"] {
        block_on(once(&effects, "", name, &runs)).unwrap();
    }
    assert_eq!(store.flushes.load(Ordering::Relaxed), 1);
}

#[test]
fn a_head_that_was_refused_after_all_stops_the_effect() {
    let (store, runs) = (standing(), AtomicU32::new(0));
    let (journal, effects) = process(&store);
    journal.begin(Some((CheckpointId(2), RecordHash([2; 16]))), Commit::Written, Vec::new());
    let outcome = block_on(once(&effects, "", "charge", &runs));
    assert!(matches!(outcome, Err(EffectError::Conflict { .. })));
    assert_eq!(runs.load(Ordering::Relaxed), 0);
}

#[test]
fn a_value_on_its_way_when_its_node_was_dropped_is_found() {
    let (store, runs) = (Watched::default(), AtomicU32::new(0));
    append(&store, None, HEAD);
    let mut effects = effects(&store);
    store.silent.store(true, Ordering::Relaxed);
    {
        let call = pin!(once(&effects, "", "charge", &runs));
        assert!(block_on(poll_once(call)).is_none(), "the node's time is over");
    }
    store.silent.store(false, Ordering::Relaxed);
    effects.again();
    assert_eq!(block_on(once(&effects, "", "charge", &runs)).unwrap(), 1);
    assert_eq!(runs.load(Ordering::Relaxed), 1);
}

#[test]
fn a_value_that_the_store_refused_is_no_value() {
    let (store, runs) = (Watched::default(), AtomicU32::new(0));
    append(&store, None, HEAD);
    let mut effects = effects(&store);
    store.full.store(true, Ordering::Relaxed);
    let outcome = block_on(once(&effects, "", "charge", &runs));
    assert!(matches!(outcome, Err(EffectError::Store { source: StoreError::Full { .. }, .. })));
    store.full.store(false, Ordering::Relaxed);
    effects.again();
    assert_eq!(block_on(once(&effects, "", "charge", &runs)).unwrap(), 2);
    assert_eq!(block_on(once(&self::effects(&store), "", "charge", &runs)).unwrap(), 2);
}
