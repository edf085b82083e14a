//! Records whose content follows from their number, in a thread that a store is asked about.

use graph_runtime::{
    Append, CheckpointId, Checkpointer, Commit, Deliver, Head, PutPending, RecordHash, Status, ThreadId, ThreadKey,
};

/// A thread of the graph `Agent`.
#[must_use]
pub fn thread(id: &str) -> ThreadKey {
    thread_of("Agent", id)
}

/// A thread of any graph.
///
/// # Panics
///
/// If the id cannot name a thread.
#[must_use]
pub fn thread_of(graph: &str, id: &str) -> ThreadKey {
    ThreadKey { graph: graph.into(), thread: ThreadId::new(id).expect("a valid id") }
}

/// The bytes of a thread's record: different for every thread and number, and known to whoever reads them back.
#[must_use]
pub fn record(thread: &ThreadKey, number: u64, bytes: usize) -> Vec<u8> {
    let mut seed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    for byte in thread.graph.bytes().chain(thread.thread.as_str().bytes()) {
        seed = (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    }
    let words = std::iter::successors(Some(seed | 1), |word| {
        let word = word ^ (word << 13);
        let word = word ^ (word >> 7);
        Some(word ^ (word << 17))
    });
    words.flat_map(u64::to_le_bytes).take(bytes).collect()
}

/// The hash of a record as the tests see it; a store only compares it.
#[must_use]
pub fn hash(number: u64) -> RecordHash {
    RecordHash(u128::from(number).to_be_bytes())
}

/// The head with a number.
#[must_use]
pub fn head(number: u64) -> Head {
    Head {
        checkpoint: CheckpointId(number),
        hash: hash(number),
        status: Status::Running,
        updated: 1000 + number,
        due: None,
    }
}

/// What an append on top of a number expects; 0 is a thread that has never run.
#[must_use]
pub fn expected(number: u64) -> Option<(CheckpointId, RecordHash)> {
    (number > 0).then(|| (CheckpointId(number), hash(number)))
}

/// The append of a number on top of the one before.
#[must_use]
pub fn append(thread: &ThreadKey, number: u64, bytes: usize, commit: Commit) -> Append {
    Append {
        thread: thread.clone(),
        expected: expected(number - 1),
        head: head(number),
        record: record(thread, number, bytes),
        request: None,
        commit,
    }
}

/// An entry beside a number.
///
/// # Panics
///
/// If the number is 0.
#[must_use]
pub fn pending(thread: &ThreadKey, number: u64, name: &str, bytes: Vec<u8>) -> PutPending {
    PutPending {
        thread: thread.clone(),
        expected: expected(number).expect("a head"),
        name: name.to_owned(),
        bytes,
        status: None,
        commit: Commit::Synced,
    }
}

/// A delivery on a number.
///
/// # Panics
///
/// If the number is 0.
#[must_use]
pub fn delivery(thread: &ThreadKey, number: u64, name: &str, bytes: Vec<u8>) -> Deliver {
    let expected = expected(number).expect("a head");
    Deliver { thread: thread.clone(), expected, name: name.to_owned(), bytes, status: None }
}

/// Appends numbers to a thread, durably.
///
/// # Panics
///
/// If one is refused.
pub fn write(saver: &dyn Checkpointer, thread: &ThreadKey, numbers: std::ops::RangeInclusive<u64>, bytes: usize) {
    for number in numbers {
        futures_lite::future::block_on(saver.append(append(thread, number, bytes, Commit::Synced))).unwrap();
    }
}

/// The newest number of a thread, after every record up to it was compared.
///
/// # Panics
///
/// If something cannot be read, or is not what was written.
#[must_use]
pub fn newest(saver: &dyn Checkpointer, thread: &ThreadKey, bytes: usize) -> u64 {
    futures_lite::future::block_on(async {
        let newest = saver.head(thread).await.unwrap().map_or(0, |head| head.checkpoint.0);
        let records = saver.range(thread, None, usize::MAX).await.unwrap();
        let wanted: Vec<_> =
            (1..=newest).rev().map(|number| (CheckpointId(number), record(thread, number, bytes))).collect();
        assert!(records == wanted, "the records up to {newest} are not what was written");
        newest
    })
}
