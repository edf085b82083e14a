//! A thread whose record is damaged says so: no panic, and never another state.

use futures_lite::future::block_on;
use graph_runtime::{Append, CheckpointId, Checkpointer, Commit, Error, Graph, Head, MemorySaver, ThreadId, ThreadKey};
use graph_tests::walk::{Probe, Trail, Trouble, Walk};
use std::sync::Arc;

/// A thread that failed in its second step, and its newest record.
fn failed_thread() -> (ThreadKey, Head, Vec<u8>) {
    let saver = MemorySaver::new();
    let probe = Arc::new(Probe::default());
    probe.trouble(2, Trouble::Error, 1);
    let graph = Walk::builder().context(probe).checkpointer(saver.clone()).build();
    let run = graph.thread("a").invoke(Trail::to(2)).request_id("r-7").tag("tenant", "acme");
    block_on(run).unwrap_err();
    let key = ThreadKey { graph: "Walk".into(), thread: ThreadId::new("a").unwrap() };
    let head = block_on(saver.head(&key)).unwrap().unwrap();
    let record = block_on(saver.get(&key, head.checkpoint)).unwrap().unwrap();
    (key, head, record)
}

/// A store that holds these bytes where the record was.
fn store(key: &ThreadKey, head: Head, record: Vec<u8>) -> Graph<Walk> {
    let saver = MemorySaver::new();
    let (thread, request, commit) = (key.clone(), Some("r-7".into()), Commit::Synced);
    block_on(saver.append(Append { thread, expected: None, head, record, request, commit })).unwrap();
    Walk::builder().context(Probe::default()).checkpointer(saver).build()
}

fn is_refused(graph: &Graph<Walk>, checkpoint: CheckpointId, what: &str) {
    let thread = graph.thread("a");
    let refused = |error: Option<Error>| match error {
        Some(Error::Corrupt { thread, checkpoint: damaged, .. }) => {
            assert_eq!((thread.as_str(), damaged), ("a", checkpoint), "{what}");
        }
        Some(error) => panic!("{what}: {error}"),
        None => panic!("{what} is not noticed"),
    };
    refused(block_on(thread.snapshot()).err());
    refused(block_on(thread.resume()).err());
    refused(block_on(thread.invoke(()).restart()).err());
    refused(block_on(thread.resume_or_invoke(()).request_id("r-7")).err());
    refused(block_on(thread.cancel("no")).err());
}

#[test]
fn every_flipped_bit_is_noticed() {
    let (key, head, record) = failed_thread();
    for place in 0..record.len() {
        for bit in 0..8 {
            let mut flipped = record.clone();
            flipped[place] ^= 1 << bit;
            is_refused(&store(&key, head, flipped), head.checkpoint, &format!("bit {bit} of byte {place}"));
        }
    }
}

#[test]
fn every_changed_byte_is_noticed() {
    let (key, head, record) = failed_thread();
    for place in 0..record.len() {
        for change in [1, 0x55, 0x80, 0xff] {
            let mut changed = record.clone();
            changed[place] = changed[place].wrapping_add(change);
            is_refused(&store(&key, head, changed), head.checkpoint, &format!("byte {place} plus {change}"));
        }
    }
}

#[test]
fn every_truncation_is_noticed() {
    let (key, head, record) = failed_thread();
    for length in 0..record.len() {
        is_refused(&store(&key, head, record[..length].to_vec()), head.checkpoint, &format!("{length} bytes"));
        is_refused(&store(&key, head, record[length + 1..].to_vec()), head.checkpoint, &format!("without {length}"));
    }
    let longer = [record.as_slice(), &[0]].concat();
    is_refused(&store(&key, head, longer), head.checkpoint, "a byte more");
}

/// The checksum of a record is whole, and yet it is not the one that the head names.
#[test]
fn an_older_record_in_the_place_of_the_head_is_noticed() {
    let (key, mut head, record) = failed_thread();
    head.hash.0[3] ^= 1;
    is_refused(&store(&key, head, record), head.checkpoint, "another head");
}

#[test]
fn an_undamaged_record_is_read() {
    let (key, head, record) = failed_thread();
    let graph = store(&key, head, record);
    assert_eq!(block_on(graph.thread("a").snapshot()).unwrap().unwrap().state.steps(), [1]);
    block_on(graph.thread("a").resume()).unwrap().finished().unwrap();
}
