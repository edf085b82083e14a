//! Effects that a checkpoint has taken over from another: their entries lie in no place of their own.

use super::watched::Watched;
use super::*;

/// What the branch at [`HEAD`] has taken over: the intent of a wire that began at another checkpoint.
fn intent() -> Vec<(String, Vec<u8>)> {
    let store = standing();
    let effects = effects(&store);
    assert!(block_on(poll_once(wire(&effects, |_| pending(), Ok(0)))).is_none());
    block_on(store.pending(&key(), HEAD.0)).unwrap()
}

fn branch(store: &Watched, origin: Option<(CheckpointId, RecordHash)>) -> Effects {
    let journal = StepJournal::new(Arc::new(store.clone()), key());
    journal.begin(Some(HEAD), Commit::Synced, intent());
    if let Some(origin) = origin {
        journal.key_by(origin);
    }
    Effects::new(Some(Arc::new(journal)))
}

fn watched() -> Watched {
    let store = Watched::default();
    append(&store, None, HEAD);
    store
}

#[test]
fn what_was_taken_over_counts_when_its_new_value_was_refused_or_never_answered() {
    for refused in [true, false] {
        let store = watched();
        let mut effects = branch(&store, None);
        let trouble = if refused { &store.full } else { &store.silent };
        trouble.store(true, Ordering::SeqCst);
        let never = |_| -> std::future::Ready<Outcome> { panic!("it was begun by another checkpoint") };
        let resolved = block_on(poll_once(wire(&effects, never, Ok(3))));
        assert_eq!(resolved.is_some(), refused, "its value is not known to be stored");
        trouble.store(false, Ordering::SeqCst);
        effects.again();
        let resolved = block_on(wire(&effects, never, Ok(4))).unwrap();
        assert!(resolved == 4 || !refused, "{resolved}");
    }
}

#[test]
fn keys_come_from_the_checkpoint_that_the_effects_come_from() {
    let keys = |origin| {
        let effects = branch(&watched(), origin);
        let asked = Cell::new(None);
        let task = task("");
        let site = Site { task: &task, step: 1, effect: "wire" };
        let never = |_| -> std::future::Ready<Outcome> { panic!("it was begun by another checkpoint") };
        let call = effects.at_most_once(site, "in", never, |key| {
            asked.set(Some(key));
            ready(Outcome::Ok(1))
        });
        block_on(call).unwrap();
        asked.get().unwrap()
    };
    let other = (CheckpointId(9), RecordHash([9; 16]));
    assert_eq!(keys(Some(HEAD)), keys(None));
    assert_eq!(keys(Some(other)), keys(Some(other)));
    assert_ne!(keys(Some(other)), keys(None));
}
