//! Restarts, crashes and other runners.

use super::*;

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
    let (journal, effects) = process(&store);
    block_on(once(&effects, "", "charge", &runs)).unwrap();
    let next = (CheckpointId(2), RecordHash([2; 16]));
    append(&store, Some(HEAD), next);
    journal.begin(Some(next), Commit::Synced, Vec::new());
    let effects = Effects::new(Some(Arc::clone(&journal) as Arc<dyn Journal>));
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
