//! A history whose records or entries are damaged, missing or out of place names them, and shows what is whole.

use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{
    Append, CheckpointId, Checkpointer, Commit, Error, Graph, GraphState, Head, MemorySaver, PutPending, RecordHash,
    Snapshot, Source, StoreError, Thread, ThreadKey, Update, graph,
};
use graph_tests::faulty::{Fault, Faulty};
use graph_tests::thread_of;
use graph_tests::walk::{Probe, Trail, Trouble, Walk};

type Records = Vec<(CheckpointId, Vec<u8>)>;
type Entries = Vec<(String, Vec<u8>)>;

/// The records of a thread, oldest first, its head, and what lies beside the third, where it failed once.
struct Copy {
    key: ThreadKey,
    head: Head,
    records: Records,
    entries: Entries,
}

const FAILED: usize = 2;

fn original(tag: &str) -> Copy {
    let saver = MemorySaver::new();
    let probe = Probe::default();
    probe.trouble(3, Trouble::Error, 1);
    let thread = Walk::builder().context(probe).checkpointer(saver.clone()).build().thread("a");
    block_on(thread.invoke(Trail::to(2)).tag("copy", tag)).unwrap_err();
    block_on(thread.resume()).unwrap().finished().unwrap();
    let key = thread_of("Walk", "a");
    block_on(async {
        let head = saver.head(&key).await.unwrap().unwrap();
        let mut records = saver.range(&key, None, 99).await.unwrap();
        records.reverse();
        let entries = saver.pending(&key, CheckpointId(3)).await.unwrap();
        Copy { key, head, records, entries }
    })
}

impl Copy {
    /// A thread with these records, and its store.
    fn thread(&self) -> Thread<Walk> {
        let saver = MemorySaver::new();
        let (mut expected, thread) = (None, &self.key);
        for (id, record) in &self.records {
            let newest = *id == self.head.checkpoint;
            let hash = if newest { self.head.hash } else { hash(record) };
            let head = Head { checkpoint: *id, hash, ..self.head };
            let append = Append {
                thread: thread.clone(),
                expected,
                head,
                record: record.clone(),
                request: None,
                commit: Commit::Synced,
            };
            block_on(saver.append(append)).unwrap();
            expected = Some((head.checkpoint, head.hash));
            for (name, bytes) in self.entries.iter().filter(|_| *id == CheckpointId(3)) {
                let put = PutPending {
                    thread: thread.clone(),
                    expected: (head.checkpoint, head.hash),
                    name: name.clone(),
                    bytes: bytes.clone(),
                    status: None,
                    commit: Commit::Synced,
                };
                block_on(saver.put_pending(put)).unwrap();
            }
        }
        Walk::builder().context(Probe::default()).checkpointer(saver).build().thread("a")
    }
}

/// The checksum at the end of a record, as far as it has one.
fn hash(record: &[u8]) -> RecordHash {
    RecordHash(record.last_chunk().copied().unwrap_or_default())
}

/// The history as numbers: those of checkpoints that are whole, and negative ones of those that are damaged.
fn seen(thread: &Thread<Walk>) -> Vec<i64> {
    let number = |id: CheckpointId| i64::try_from(id.0).unwrap();
    let item = |item| match item {
        Ok(Snapshot { id, .. }) => number(id),
        Err(Error::Corrupt { thread, checkpoint, .. }) if thread.as_str() == "a" => -number(checkpoint),
        Err(error) => panic!("{error}"),
    };
    block_on(thread.history().map(item).collect())
}

/// [`seen`], along one branch.
fn branch(thread: &Thread<Walk>) -> Vec<i64> {
    let number = |id: CheckpointId| i64::try_from(id.0).unwrap();
    let item = |item| match item {
        Ok(Snapshot { id, .. }) => number(id),
        Err(Error::Corrupt { checkpoint, .. }) => -number(checkpoint),
        Err(error) => panic!("{error}"),
    };
    block_on(thread.history().branch().map(item).collect())
}

fn verified(thread: &Thread<Walk>) -> Result<u64, (u64, String)> {
    block_on(thread.verify()).map_err(|error| match error {
        Error::Corrupt { checkpoint, reason, .. } => (checkpoint.0, reason),
        error => panic!("{error}"),
    })
}

const WHOLE: [i64; 7] = [7, 6, 5, 4, 3, 2, 1];

#[test]
fn an_undamaged_history_is_whole() {
    let thread = original("one").thread();
    assert_eq!(seen(&thread), WHOLE);
    assert_eq!(verified(&thread), Ok(7));
}

#[test]
fn every_changed_byte_of_an_old_record_is_named_and_the_rest_is_shown() {
    let mut copy = original("one");
    for place in 0..copy.records[FAILED].1.len() {
        copy.records[FAILED].1[place] ^= 0x41;
        let thread = copy.thread();
        assert_eq!(seen(&thread), [7, 6, 5, 4, -3, 2, 1], "byte {place}");
        assert_eq!(verified(&thread).unwrap_err().0, 3, "byte {place}");
        let at = block_on(thread.at(CheckpointId(3)).snapshot());
        assert!(matches!(at, Err(Error::Corrupt { checkpoint: CheckpointId(3), .. })), "byte {place}");
        copy.records[FAILED].1[place] ^= 0x41;
    }
}

#[test]
fn every_record_may_be_the_damaged_one() {
    for damaged in 0..7 {
        let mut copy = original("one");
        copy.records[damaged].1[50] ^= 1;
        let mut wanted = WHOLE;
        wanted[6 - damaged] *= -1;
        let thread = copy.thread();
        assert_eq!(seen(&thread), wanted);
        assert_eq!(verified(&thread).unwrap_err(), (damaged as u64 + 1, "the checksum does not fit the bytes".into()));
        let behind = thread.history().before(CheckpointId(damaged as u64 + 1));
        let behind: Vec<Snapshot<Walk>> = block_on(behind.try_collect()).unwrap();
        assert_eq!(behind.len(), damaged, "whoever knows of the damage goes on behind it");
    }
}

#[test]
fn a_missing_record_is_named() {
    for missing in 0..6 {
        let mut copy = original("one");
        copy.records.remove(missing);
        let mut wanted = WHOLE;
        wanted[6 - missing] *= -1;
        let thread = copy.thread();
        assert_eq!(seen(&thread), wanted);
        assert_eq!(verified(&thread), Err((missing as u64 + 1, "its record is missing".into())));
        let at = block_on(thread.at(CheckpointId(missing as u64 + 1)).snapshot());
        assert!(matches!(at, Err(Error::Corrupt { .. })), "{at:?}");
    }
    let mut copy = original("one");
    copy.records.drain(1..6);
    assert_eq!(seen(&copy.thread()), [7, -6, 1], "of several in a row the newest is named");
}

/// Its checksum and its name are right; it is a record of the same number from another life of the thread.
#[test]
fn a_record_in_the_place_of_another_is_named() {
    let other = original("other");
    for swapped in 0..7 {
        let mut copy = original("one");
        copy.records[swapped].1 = other.records[swapped].1.clone();
        let mut wanted = WHOLE;
        wanted[6 - swapped] *= -1;
        let thread = copy.thread();
        assert_eq!(seen(&thread), wanted, "record {swapped}");
        let (checkpoint, reason) = verified(&thread).unwrap_err();
        let named = "its record is not the one that the record after it, or the thread's head, names";
        assert_eq!((checkpoint, &*reason), (swapped as u64 + 1, named));
    }
    let mut copy = original("one");
    let (left, right) = copy.records.split_at_mut(3);
    std::mem::swap(&mut left[1].1, &mut right[1].1);
    assert_eq!(seen(&copy.thread()), [7, 6, -5, 4, 3, -2, 1], "two that changed places");
}

#[test]
fn every_changed_byte_beside_an_old_checkpoint_is_noticed() {
    let mut copy = original("one");
    assert!(copy.entries.iter().any(|(name, _)| name == "halt"));
    for entry in 0..copy.entries.len() {
        for place in 0..copy.entries[entry].1.len() {
            copy.entries[entry].1[place] ^= 0x41;
            let thread = copy.thread();
            assert_eq!(verified(&thread).unwrap_err().0, 3, "entry {entry}, byte {place}");
            if copy.entries[entry].0 == "halt" {
                assert_eq!(seen(&thread), [7, 6, 5, 4, -3, 2, 1], "byte {place}");
            }
            copy.entries[entry].1[place] ^= 0x41;
        }
    }
}

/// A store notices damage by itself, and then gives no page that has the record.
#[test]
fn a_record_that_the_store_cannot_give_is_named() {
    for damaged in 1..=31 {
        let store = Faulty::new(MemorySaver::new());
        let thread = Walk::builder().context(Probe::default()).checkpointer(store.clone()).build().thread("a");
        block_on(thread.invoke(Trail::to(10))).unwrap().finished().unwrap();
        store.damage(CheckpointId(damaged));
        let damaged = i64::try_from(damaged).unwrap();
        let wanted: Vec<_> = (1..=31).rev().map(|id| if id == damaged { -id } else { id }).collect();
        assert_eq!(seen(&thread), wanted);
        assert_eq!(verified(&thread).unwrap_err().0, damaged.unsigned_abs());
        let id = CheckpointId(damaged.unsigned_abs());
        let at = block_on(thread.at(id).snapshot());
        assert!(matches!(&at, Err(Error::Corrupt { checkpoint, .. }) if *checkpoint == id), "{at:?}");
        let behind: Vec<_> = block_on(thread.history().before(id).collect());
        assert_eq!(behind.iter().filter(|item| item.is_ok()).count() as u64, id.0 - 1);
    }
}

#[test]
fn a_store_that_fails_ends_the_history() {
    let store = Faulty::new(MemorySaver::new());
    let thread = Walk::builder().context(Probe::default()).checkpointer(store.clone()).build().thread("a");
    block_on(thread.invoke(Trail::to(2))).unwrap().finished().unwrap();
    for call in 0.. {
        store.fail_after(call, Fault::Failed);
        let items: Vec<_> = block_on(thread.history().collect());
        let verified = {
            store.fail_after(call, Fault::Failed);
            block_on(thread.verify())
        };
        if !store.heal() {
            assert_eq!((items.len(), verified.unwrap()), (7, 7));
            assert!(call > 7, "there were calls that could fail");
            break;
        }
        assert!(matches!(verified, Err(Error::Store(StoreError::Failed { .. }))), "call {call}: {verified:?}");
        let Some((last, whole)) = items.split_last() else { panic!("call {call}: nothing") };
        assert!(matches!(last, Err(Error::Store(StoreError::Failed { .. }))), "call {call}: {last:?}");
        assert!(whole.iter().all(Result::is_ok), "call {call}");
    }
}

/// The graph before and after its state changed in a way that no attribute explains.
mod before {
    use super::{GraphState, Update, graph};

    #[derive(GraphState, Debug)]
    pub(super) struct Count {
        pub(super) total: u32,
    }

    fn one(count: &Count) -> impl Update<Count> + use<> {
        Count::update().total(count.total + 1)
    }

    graph! {
        pub(super) graph Counter<Count>;
        node one;
        start -> one -> end;
    }
}

mod after {
    use super::{GraphState, Update, graph};

    #[derive(GraphState, Debug)]
    pub(super) struct Count {
        pub(super) total: i64,
    }

    fn one(count: &Count) -> impl Update<Count> + use<> {
        Count::update().total(count.total + 1)
    }

    graph! {
        pub(super) graph Counter<Count>;
        node one;
        start -> one -> end;
    }
}

#[test]
fn records_of_another_program_are_named_and_undamaged() {
    let saver = MemorySaver::new();
    let before: Graph<before::Counter> = before::Counter::builder().checkpointer(saver.clone()).build();
    block_on(before.thread("a").invoke(())).unwrap().finished().unwrap();
    let after: Graph<after::Counter> = after::Counter::builder().checkpointer(saver).build();
    let thread = after.thread("a");
    let items: Vec<_> = block_on(thread.history().collect());
    let named = |item: &Result<Snapshot<after::Counter>, Error>, id: u64| match item {
        Err(Error::Incompatible { checkpoint, reason, .. }) => checkpoint.0 == id && reason.contains("total"),
        _ => false,
    };
    assert!(named(&items[0], 2) && named(&items[1], 1) && items.len() == 2, "{items:?}");
    assert!(named(&block_on(thread.at(CheckpointId(1)).snapshot()), 1));
    assert_eq!(block_on(thread.verify()).unwrap(), 2, "what this program cannot read is no damage");
    let inputs: Vec<_> = block_on(thread.history().source(Source::Input).collect());
    assert!(named(&inputs[0], 1) && inputs.len() == 1, "what is not asked for is not read");
}

/// Checkpoints 8 to 12 are a branch that begins at 3.
#[test]
fn damage_beside_a_branch_is_told_and_damage_in_it_ends_it() {
    let (saver, key) = (MemorySaver::new(), thread_of("Walk", "a"));
    let thread = Walk::builder().context(Probe::default()).checkpointer(saver.clone()).build().thread("a");
    block_on(thread.invoke(Trail::to(2))).unwrap().finished().unwrap();
    block_on(thread.at(CheckpointId(3)).replay()).unwrap().finished().unwrap();
    let mut records = block_on(saver.range(&key, None, 99)).unwrap();
    records.reverse();
    let head = block_on(saver.head(&key)).unwrap().unwrap();
    let mut copy = Copy { key, head, records, entries: vec![] };
    assert_eq!(branch(&copy.thread()), [12, 11, 10, 9, 8, 3, 2, 1]);
    for (damaged, wanted) in
        [(5, &[12, 11, 10, 9, 8, -5, 3, 2, 1][..]), (10, &[12, 11, -10]), (3, &[12, 11, 10, 9, 8, -3]), (12, &[-12])]
    {
        copy.records[damaged - 1].1[50] ^= 0x41;
        assert_eq!(branch(&copy.thread()), wanted, "record {damaged}");
        copy.records[damaged - 1].1[50] ^= 0x41;
    }
    // A tip that cannot be read leads nowhere.
    copy.records[9].1[50] ^= 0x41;
    let items: Vec<_> = block_on(copy.thread().history().branch().before(CheckpointId(10)).collect());
    assert!(matches!(&items[..], [Err(Error::Corrupt { checkpoint: CheckpointId(10), .. })]), "{items:?}");
}
