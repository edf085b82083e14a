//! Entries that are damaged, refused, or on their way.

use super::watched::Watched;
use super::*;

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
    assert!(journal.known().entries.is_empty());
    assert_eq!(block_on(once(&effects, "", "halt", &runs)).unwrap(), 1);
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
