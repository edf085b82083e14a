//! Steps whose checkpoint is not stored yet, or not durably.

use super::watched::Watched;
use super::*;

#[test]
fn a_head_that_is_held_back_is_stored_when_an_effect_asks() {
    let (store, runs) = (MemorySaver::new(), AtomicU32::new(0));
    let journal = Arc::new(StepJournal::new(Arc::new(store.clone()), key()));
    journal.begin(None, Commit::Synced, Vec::new());
    assert!(block_on(poll_once(journal.asked())).is_none(), "nothing asks yet");
    let first = Effects::new(Some(Arc::clone(&journal) as Arc<dyn Journal>));
    let second = Effects::new(Some(Arc::clone(&journal) as Arc<dyn Journal>));
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
fn without_a_step_there_is_no_effect() {
    let runs = AtomicU32::new(0);
    let effects = Effects::new(Some(Arc::new(StepJournal::new(Arc::new(MemorySaver::new()), key()))));
    let outcome = block_on(once(&effects, "", "charge", &runs));
    assert!(matches!(outcome, Err(EffectError::Unplaced { .. })));
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
