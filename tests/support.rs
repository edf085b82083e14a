//! What the tests share: updates applied by hand, records whose content follows from their number.

pub mod faulty;
pub mod walk;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use graph_runtime::{
    Append, CheckpointId, Commit, GraphState, Head, PutPending, RecordHash, Status, ThreadId, ThreadKey, Update,
};

/// The state after an update, written and applied as the engine does it.
#[must_use]
pub fn after<S: GraphState, U: Update<S>>(mut state: S, update: U) -> S {
    let mut patch = S::Patch::default();
    update.write(&mut patch);
    U::apply(&mut patch, &mut state);
    state
}

/// A new state after an update.
#[must_use]
pub fn new<S: GraphState, U: Update<S>>(update: U) -> S {
    after(S::initial(), update)
}

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
    Head { checkpoint: CheckpointId(number), hash: hash(number), status: Status::Running, updated: 1000 + number }
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

/// Drives a future that needs no executor: one that is never woken from outside.
///
/// # Panics
///
/// If the future is still pending after 1,000 polls.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..1_000 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
    }
    panic!("the future waits for something from outside");
}
