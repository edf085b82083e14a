//! What the tests share: updates applied by hand, records whose content follows from their number, tests in a second process.

pub mod disk;
pub mod faulty;
pub mod flaw;
pub mod flawed;
pub mod kills;
pub mod orders;
pub mod reader;
pub mod script;
pub mod shared;
pub mod stores;
pub mod walk;

use graph_runtime::{
    Append, CheckpointId, Checkpointer, Commit, Deliver, GraphState, Head, Outcome, Pause, PutPending, RecordHash,
    Status, Stop, ThreadId, ThreadKey, Update,
};
use std::ffi::OsString;
use std::future::Future;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::pin::pin;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::task::{Context, Poll, Waker};

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

/// The record of a checkpoint, and all that lies beside it, byte for byte.
pub type Laid = (Vec<u8>, Vec<(String, Vec<u8>)>);

/// All that a store holds of a thread's checkpoints, the oldest first.
///
/// # Panics
///
/// If something cannot be read.
#[must_use]
pub fn laid(saver: &dyn Checkpointer, thread: &ThreadKey) -> Vec<Laid> {
    futures_lite::future::block_on(async {
        let mut records = saver.range(thread, None, usize::MAX).await.unwrap();
        records.reverse();
        let mut laid = Vec::new();
        for (id, record) in records {
            laid.push((record, saver.pending(thread, id).await.unwrap()));
        }
        laid
    })
}

/// The store that a test's other process works on; `None` in the test's own process.
#[must_use]
pub fn child_store() -> Option<OsString> {
    std::env::var_os(STORE)
}

const STORE: &str = "GRAPH_TESTS_STORE";

/// The entries that were delivered to a thread, by their names.
pub type Inbox = Vec<(String, Vec<u8>)>;

/// All that a store holds of a thread: its head, [its checkpoints](laid), and its deliveries.
///
/// # Panics
///
/// If something cannot be read.
#[must_use]
pub fn whole(saver: &dyn Checkpointer, thread: &ThreadKey) -> (Option<Head>, Vec<Laid>, Inbox) {
    let (head, inbox) = futures_lite::future::block_on(async {
        (saver.head(thread).await.unwrap(), saver.deliveries(thread, None, usize::MAX).await.unwrap())
    });
    (head, laid(saver, thread), inbox)
}

/// What a thread waits for.
///
/// # Panics
///
/// If it does not wait.
pub fn paused<S>(outcome: Outcome<S>) -> Pause {
    match outcome {
        Outcome::Paused(pause) => pause,
        other => panic!("it does not wait: {}", ended(&other)),
    }
}

/// Why a run stopped.
///
/// # Panics
///
/// If it did not.
pub fn stopped<S>(outcome: Outcome<S>) -> Stop {
    match outcome {
        Outcome::Stopped(stop) => stop,
        other => panic!("it did not stop: {}", ended(&other)),
    }
}

fn ended<S>(outcome: &Outcome<S>) -> String {
    match outcome {
        Outcome::Finished(_) => "it finished".to_owned(),
        Outcome::Paused(pause) => pause.to_string(),
        Outcome::Stopped(stop) => stop.to_string(),
        _ => "it ended in an unknown way".to_owned(),
    }
}

/// Starts the running test binary again, with its test `child` alone.
///
/// # Panics
///
/// If the system refuses.
#[must_use]
pub fn start_child(store: &Path) -> (Child, ChildStdin, BufReader<ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(STORE, store)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdin = child.stdin.take().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    (child, stdin, stdout)
}

/// Reads until a line that ends in the given word: the test harness may have begun the line.
///
/// # Panics
///
/// If the other process ends before.
pub fn wait_for(stdout: &mut BufReader<ChildStdout>, word: &str) {
    let mut line = String::new();
    while !line.trim_end().ends_with(word) {
        line.clear();
        assert_ne!(stdout.read_line(&mut line).unwrap(), 0, "the child ended before it said `{word}`");
    }
}
