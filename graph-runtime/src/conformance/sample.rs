//! Threads, records and heads whose content follows from their number, so that whatever comes back can be compared.

use crate::{Append, CheckpointId, Commit, Deliver, Head, PutPending, RecordHash, Status, ThreadId, ThreadKey};

/// The graph of most cases.
pub(super) const GRAPH: &str = "Agent";

/// Ids that a store may confuse: prefixes of each other, of other case, with what queries, paths and patterns are made of.
pub(super) const IDS: [&str; 22] = [
    "a",
    "A",
    "aa",
    "ab",
    "a ",
    " a",
    "a\u{1}",
    "a/b",
    "a\\b",
    "../a",
    ".",
    "%",
    "a%",
    "a_",
    "a'; --",
    "\"a\"",
    "é",
    "e\u{301}",
    "ß",
    "\u{1}",
    "\u{10FFFF}",
    "z",
];

/// Sizes around what stores cut their values into.
pub(super) const SIZES: [usize; 12] = [0, 1, 255, 256, 4087, 4096, 8184, 20_000, 65_535, 65_536, 300_000, 1 << 20];

/// A thread of the graph of most cases.
pub(super) fn thread(id: &str) -> ThreadKey {
    thread_of(GRAPH, id)
}

pub(super) fn thread_of(graph: &str, id: &str) -> ThreadKey {
    ThreadKey { graph: graph.into(), thread: ThreadId::new(id).expect("an id of the suite names a thread") }
}

/// Bytes that differ for every thread and number.
pub(super) fn record(thread: &ThreadKey, number: u64, bytes: usize) -> Vec<u8> {
    let mut seed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    for byte in thread.graph.bytes().chain([0]).chain(thread.thread.as_str().bytes()) {
        seed = (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    }
    let mut word = seed | 1;
    let mut record = Vec::with_capacity(bytes + size_of::<u64>());
    while record.len() < bytes {
        record.extend_from_slice(&word.to_le_bytes());
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
    }
    record.truncate(bytes);
    record
}

/// The hash of the record with a number; a store only compares it.
pub(super) fn hash(number: u64) -> RecordHash {
    RecordHash(u128::from(number).to_be_bytes())
}

pub(super) fn head(number: u64) -> Head {
    Head {
        checkpoint: CheckpointId(number),
        hash: hash(number),
        status: Status::Running,
        updated: 1000 + number,
        due: None,
    }
}

/// The append of a number on the one before; 1 is the first of its thread.
pub(super) fn append(thread: &ThreadKey, number: u64, bytes: usize) -> Append {
    Append {
        thread: thread.clone(),
        expected: (number > 1).then(|| (CheckpointId(number - 1), hash(number - 1))),
        head: head(number),
        record: record(thread, number, bytes),
        request: None,
        commit: Commit::Synced,
    }
}

/// An entry beside a number, with the bytes of its own number.
pub(super) fn entry(thread: &ThreadKey, number: u64, name: &str, own: u64, bytes: usize) -> PutPending {
    PutPending {
        thread: thread.clone(),
        expected: (CheckpointId(number), hash(number)),
        name: name.to_owned(),
        bytes: record(thread, own, bytes),
        status: None,
        commit: Commit::Synced,
    }
}

/// A delivery on a number, with the bytes of its own number.
pub(super) fn delivery(thread: &ThreadKey, number: u64, name: &str, own: u64, bytes: usize) -> Deliver {
    Deliver {
        thread: thread.clone(),
        expected: (CheckpointId(number), hash(number)),
        name: name.to_owned(),
        bytes: record(thread, own, bytes),
        status: None,
    }
}

/// Everything that a thread can own: two records, the first with a request, the second with two entries, and a delivery.
pub(super) fn whole(thread: &ThreadKey) -> (Vec<Append>, Vec<PutPending>, Deliver) {
    let first = Append { request: Some("r".into()), ..append(thread, 1, 9000) };
    let entries = vec![entry(thread, 2, "p", 20, 9000), entry(thread, 2, "q", 21, 3)];
    (vec![first, append(thread, 2, 10)], entries, delivery(thread, 2, "d", 22, 5000))
}
