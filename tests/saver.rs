//! What every saver of this library promises: the conformance suite, and what only savers within the process can promise.

use futures_lite::future::block_on;
use graph_runtime::conformance::{self, Life};
use graph_runtime::{Append, CheckpointId, Checkpointer, Commit, Head, MemorySaver, RedbSaver, SledSaver, StoreError};
use graph_tests::stores::{ENGINES, open_store};
use graph_tests::{append, hash, head, record, thread};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

#[test]
fn the_memory_saver_conforms() {
    block_on(conformance::check(Life::Volatile, async |_| Ok(MemorySaver::new()))).unwrap();
}

#[test]
fn the_redb_saver_conforms() {
    let directory = tempfile::tempdir().unwrap();
    let open = async |name: &str| RedbSaver::open(directory.path().join(name));
    block_on(conformance::check(Life::Persistent, open)).unwrap();
}

#[test]
fn the_sled_saver_conforms() {
    let directory = tempfile::tempdir().unwrap();
    let open = async |name: &str| SledSaver::open(directory.path().join(name));
    block_on(conformance::check(Life::Persistent, open)).unwrap();
}

type Saver = Arc<dyn Checkpointer>;

/// Runs a check on each saver, empty.
fn each_saver(check: impl Fn(Saver)) {
    let directory = tempfile::tempdir().unwrap();
    for engine in ENGINES {
        check(open_store(&directory.path().join(engine)).unwrap());
    }
    check(Arc::new(MemorySaver::new()));
}

#[test]
fn written_appends_are_ready_at_once_and_seen_by_the_next_read() {
    each_saver(|saver| {
        block_on(async {
            let thread = thread("one");
            for number in 1..=500 {
                let mut written = pin!(saver.append(append(&thread, number, 300, Commit::Written)));
                let poll = written.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                assert!(matches!(poll, Poll::Ready(Ok(()))), "{poll:?}");
            }
            assert_eq!(saver.head(&thread).await.unwrap(), Some(head(500)));
            assert_eq!(saver.get(&thread, CheckpointId(500)).await.unwrap(), Some(record(&thread, 500, 300)));
            assert_eq!(saver.range(&thread, None, usize::MAX).await.unwrap().len(), 500);
            saver.flush().await.unwrap();
            saver.flush().await.unwrap();
        });
    });
}

#[test]
fn of_sixteen_runners_on_one_thread_one_wins_each_checkpoint() {
    each_saver(|saver| {
        let key = thread("one");
        let wins = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for runner in 0..16_u64 {
                let (saver, key, wins) = (&saver, &key, &wins);
                scope.spawn(move || {
                    block_on(async {
                        for _ in 0..20 {
                            let at = saver.head(key).await.unwrap();
                            let number = at.map_or(0, |head| head.checkpoint.0) + 1;
                            let mine = Append {
                                expected: at.map(|head| (head.checkpoint, head.hash)),
                                head: Head { hash: hash(number * 100 + runner), ..head(number) },
                                record: record(key, number * 100 + runner, 600),
                                commit: if number % 2 == 0 { Commit::Synced } else { Commit::Written },
                                ..append(key, number, 0, Commit::Synced)
                            };
                            match saver.append(mine).await {
                                Ok(()) => wins.fetch_add(1, Ordering::Relaxed),
                                Err(StoreError::Conflict { .. }) => 0,
                                Err(error) => panic!("{error}"),
                            };
                        }
                    });
                });
            }
        });
        block_on(async {
            let wins = wins.into_inner();
            assert_eq!(saver.head(&key).await.unwrap().map(|head| head.checkpoint), Some(CheckpointId(wins)));
            let all = saver.range(&key, None, usize::MAX).await.unwrap();
            assert_eq!(all.len() as u64, wins);
            for (id, found) in all {
                assert!((0..16).any(|runner| found == record(&key, id.0 * 100 + runner, 600)), "{id}");
            }
        });
    });
}

#[test]
fn clones_are_handles_of_one_store() {
    let directory = tempfile::tempdir().unwrap();
    let sled = SledSaver::open(directory.path().join("store")).unwrap();
    assert_eq!(sled.clone().store_id(), sled.store_id());
    let memory = MemorySaver::new();
    assert_eq!(memory.clone().store_id(), memory.store_id());
    assert_ne!(memory.store_id(), sled.store_id());
}
