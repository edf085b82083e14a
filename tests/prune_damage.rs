//! What a tombstone says is believed only if it is whole and in its place, and only about what it names.

use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{
    Append, CheckpointId, Checkpointer, Commit, Error, GraphState, Keep, MemorySaver, Outcome, Prune, RecordHash,
    Snapshot, Thread, Update, graph,
};
use graph_tests::{Laid, laid, thread_of};

#[derive(GraphState, Debug)]
struct Desk {
    asked: u32,
}

fn work(_: &Desk) -> impl Update<Desk> + use<> {
    Desk::update()
}

fn question(desk: &Desk) -> u32 {
    desk.asked
}

fn ask(desk: &Desk, _: &String) -> impl Update<Desk> + use<> {
    Desk::update().asked(desk.asked + 1)
}

fn enough(desk: &Desk) -> bool {
    desk.asked >= 2
}

graph! {
    graph Desks<Desk>;
    node work;
    pause ask(String) asks question;
    start -> work -> ask -> match enough {
        true => end,
        false => work,
    };
}

/// The checkpoints at which it waited, 2 and 4, and the last of 5; the tombstones beside 4 and 2.
const KEPT: [i64; 3] = [5, 4, 2];

/// A thread pruned to its pauses, oldest checkpoint first.
fn pruned(id: &str) -> Vec<(CheckpointId, Laid)> {
    let saver = MemorySaver::new();
    let thread = Desks::builder().checkpointer(saver.clone()).build().thread(id);
    let mut outcome = block_on(thread.invoke(())).unwrap();
    while let Outcome::Paused(_) = outcome {
        outcome = block_on(thread.reply(DesksReply::Ask("yes".to_owned()))).unwrap();
    }
    let ids: Vec<_> = block_on(thread.history().map(|snapshot| snapshot.unwrap().id).collect());
    assert_eq!(ids, [5, 4, 3, 2, 1].map(CheckpointId));
    assert_eq!(block_on(thread.prune(Keep::Pauses)).unwrap(), 2);
    let kept = [2, 4, 5].map(CheckpointId).into_iter();
    kept.zip(laid(&saver, &thread_of("Desks", id))).collect()
}

fn hash(record: &[u8]) -> RecordHash {
    RecordHash(record.last_chunk().copied().unwrap_or_default())
}

/// A store that holds these checkpoints.
fn thread(checkpoints: &[(CheckpointId, Laid)]) -> Thread<Desks> {
    let (saver, key) = (MemorySaver::new(), thread_of("Desks", "a"));
    let graph = Desks::builder().checkpointer(saver.clone()).build();
    let template = {
        let (other, key) = (MemorySaver::new(), key.clone());
        let thread = Desks::builder().checkpointer(other.clone()).build().thread("a");
        let _ = block_on(thread.invoke(())).unwrap();
        block_on(other.head(&key)).unwrap().unwrap()
    };
    let mut last = None;
    for (id, (record, entries)) in checkpoints {
        let head = graph_runtime::Head { checkpoint: *id, hash: hash(record), ..template };
        let (thread, record) = (key.clone(), record.clone());
        let append = Append { thread, expected: last, head, record, request: None, commit: Commit::Synced };
        block_on(saver.append(append)).unwrap();
        last = Some((head.checkpoint, head.hash));
        let entries = entries.iter().map(|(name, bytes)| (*id, name.clone(), bytes.clone())).collect();
        let expected = (head.checkpoint, head.hash);
        let put = Prune { thread: key.clone(), expected, remove: Vec::new(), entries, commit: Commit::Synced };
        block_on(saver.prune(put)).unwrap();
    }
    graph.thread("a")
}

/// The history as numbers, negative where it is damaged.
fn seen(thread: &Thread<Desks>) -> Vec<i64> {
    let number = |id: CheckpointId| i64::try_from(id.0).unwrap();
    let item = |item| match item {
        Ok(Snapshot { id, .. }) => number(id),
        Err(Error::Corrupt { checkpoint, .. }) => -number(checkpoint),
        Err(error) => panic!("{error}"),
    };
    block_on(thread.history().map(item).collect())
}

fn verified(thread: &Thread<Desks>) -> Result<u64, u64> {
    block_on(thread.verify()).map_err(|error| match error {
        Error::Corrupt { checkpoint, .. } => checkpoint.0,
        error => panic!("{error}"),
    })
}

fn tombstone(checkpoint: &mut (CheckpointId, Laid)) -> &mut Vec<u8> {
    &mut checkpoint.1.1.iter_mut().find(|(name, _)| name == "pruned").unwrap().1
}

#[test]
fn a_history_with_two_gaps_is_whole() {
    let thread = thread(&pruned("a"));
    assert_eq!(seen(&thread), KEPT);
    assert_eq!(verified(&thread), Ok(3));
    for gone in [1, 3].map(CheckpointId) {
        let at = block_on(thread.at(gone).snapshot());
        assert!(matches!(at, Err(Error::UnknownCheckpoint { .. })), "{at:?}");
    }
}

#[test]
fn every_changed_byte_of_a_tombstone_is_noticed() {
    let whole = pruned("a");
    for (place, behind) in [(0, 2), (1, 4)] {
        let mut copy = whole.clone();
        for byte in 0..tombstone(&mut copy[place]).len() {
            tombstone(&mut copy[place])[byte] ^= 0x41;
            let thread = thread(&copy);
            assert_eq!(verified(&thread), Err(behind), "byte {byte}");
            let items = seen(&thread);
            assert!(items.contains(&-i64::try_from(behind).unwrap()), "byte {byte}: {items:?}");
            let whole: Vec<_> = items.into_iter().filter(|item| *item > 0).collect();
            assert_eq!(whole, KEPT, "byte {byte}: what is whole is shown");
            let at = block_on(thread.at(CheckpointId(behind - 1)).snapshot());
            assert!(matches!(at, Err(Error::Corrupt { .. })), "{at:?}");
            tombstone(&mut copy[place])[byte] ^= 0x41;
        }
    }
}

#[test]
fn a_gap_without_its_tombstone_is_damage() {
    for (place, missing) in [(0, 1), (1, 3)] {
        let mut copy = pruned("a");
        copy[place].1.1.retain(|(name, _)| name != "pruned");
        let thread = thread(&copy);
        assert_eq!(verified(&thread), Err(missing));
        let mut wanted = KEPT.to_vec();
        let at = wanted.iter().position(|id| *id < i64::try_from(missing).unwrap()).unwrap_or(3);
        wanted.insert(at, -i64::try_from(missing).unwrap());
        assert_eq!(seen(&thread), wanted);
        let at = block_on(thread.at(CheckpointId(missing)).snapshot());
        assert!(matches!(at, Err(Error::Corrupt { .. })), "{at:?}");
    }
}

/// It names another hash, or lies where another one was put.
#[test]
fn a_tombstone_of_another_place_or_another_life_is_no_tombstone() {
    let (whole, mut other) = (pruned("a"), pruned("b"));
    let mut copy = whole.clone();
    *tombstone(&mut copy[1]) = tombstone(&mut other[1]).clone();
    assert_eq!(verified(&thread(&copy)), Err(4), "of another thread");
    let mut copy = whole.clone();
    *tombstone(&mut copy[1]) = tombstone(&mut copy[0]).clone();
    assert_eq!(verified(&thread(&copy)), Err(4), "of another checkpoint");
    let mut again = pruned("a");
    let mut copy = whole.clone();
    *tombstone(&mut copy[1]) = tombstone(&mut again[1]).clone();
    assert_eq!(verified(&thread(&copy)), Err(4), "of another life of the thread");
}

#[test]
fn a_record_that_is_missing_beside_a_gap_is_damage() {
    let whole = pruned("a");
    let mut copy = whole.clone();
    copy.remove(0);
    let lacking = thread(&copy);
    assert_eq!(verified(&lacking), Err(2), "the tombstone of 4 names 2");
    assert_eq!(seen(&lacking), [5, 4, -2]);
    let at = block_on(lacking.at(CheckpointId(2)).snapshot());
    assert!(matches!(at, Err(Error::Corrupt { checkpoint: CheckpointId(2), .. })), "{at:?}");

    let mut copy = whole;
    copy.remove(1);
    assert_eq!(seen(&thread(&copy)), [5, -4, 2]);
}

/// A record that should be gone, as a store has it that went back in part, and one that is another thread's.
#[test]
fn a_record_in_a_gap_is_damage() {
    let saver = MemorySaver::new();
    let source = Desks::builder().checkpointer(saver.clone()).build().thread("a");
    let _ = block_on(source.invoke(())).unwrap();
    let other = laid(&saver, &thread_of("Desks", "a")).remove(0);
    let mut copy = pruned("a");
    copy.insert(0, (CheckpointId(1), other));
    let filled = thread(&copy);
    assert_eq!(verified(&filled), Err(1));
    assert_eq!(seen(&filled), [5, 4, 2, -1]);
}

#[test]
fn a_damaged_record_beside_a_gap_is_named_and_the_rest_is_shown() {
    for (place, id) in [(0, 2), (1, 4)] {
        let mut copy = pruned("a");
        copy[place].1.0[60] ^= 1;
        let thread = thread(&copy);
        assert_eq!(verified(&thread), Err(id));
        let wanted: Vec<_> =
            KEPT.into_iter().map(|kept| if kept.unsigned_abs() == id { -kept } else { kept }).collect();
        assert_eq!(seen(&thread), wanted);
    }
}
