//! What is written and not synced: it is read at once, it becomes durable within its delay, and of many appends that are cut off
//! half-way every thread keeps whole checkpoints, the first ones.
//!
//! The committer is watched and stopped at its points, which are those of the process, so one test at a time has them.

use futures_lite::future::block_on;
use graph_runtime::fault::{self, Effect, Point};
use graph_runtime::{CheckpointId, Checkpointer, Commit, StoreError, ThreadKey};
use graph_tests::stores::{ENGINES, Options, open_store};
use graph_tests::{append, newest, thread, write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A store that syncs nothing unless it is told to, in a directory of its own.
fn each(test: impl Fn(&Path, &dyn Fn() -> Arc<dyn Checkpointer>)) {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for engine in ENGINES {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join(engine);
        let lazy = Options { flush_delay: Duration::from_secs(60), ..Options::default() };
        test(&store, &|| lazy.open(&store).unwrap());
        fault::watch();
    }
}

fn hits(point: Point) -> u64 {
    fault::hits().get(&point).copied().unwrap_or_default()
}

fn written(saver: &dyn Checkpointer, thread: &ThreadKey, numbers: std::ops::RangeInclusive<u64>, bytes: usize) {
    for number in numbers {
        block_on(saver.append(append(thread, number, bytes, Commit::Written))).unwrap();
    }
}

#[test]
fn a_read_sees_what_was_written_without_a_sync() {
    each(|store, open| {
        let saver = open();
        let one = thread("one");
        fault::watch();
        written(&*saver, &one, 1..=10, 300);
        assert_eq!(newest(&*saver, &one, 300), 10);
        written(&*saver, &one, 11..=2_000, 300);
        assert_eq!(newest(&*saver, &one, 300), 2_000);
        assert!(hits(Point::Applied) > 1, "what was read was not applied");
        assert_eq!(hits(Point::Written), 0, "somebody has waited for a sync");
        // One sync makes all of it durable, and another call finds nothing left to do.
        block_on(saver.flush()).unwrap();
        assert_eq!(hits(Point::Written), 1);
        block_on(saver.flush()).unwrap();
        assert_eq!(hits(Point::Written), 1);
        drop(saver);
        assert_eq!(newest(&*open_store(store).unwrap(), &one, 300), 2_000);
    });
}

#[test]
fn what_was_read_before_it_was_durable_is_durable_after_a_close() {
    each(|store, open| {
        let saver = open();
        let one = thread("one");
        written(&*saver, &one, 1..=5, 300);
        assert_eq!(newest(&*saver, &one, 300), 5);
        fault::watch();
        drop(saver);
        assert_eq!(hits(Point::Written), 1, "the close has synced nothing");
        assert_eq!(newest(&*open_store(store).unwrap(), &one, 300), 5);
    });
}

#[test]
fn a_failure_of_what_nobody_waits_for_is_told_to_the_next_who_calls() {
    each(|store, open| {
        let saver = open();
        let one = thread("one");
        write(&*saver, &one, 1..=1, 300);
        written(&*saver, &one, 2..=3, 300);
        fault::arm(Point::Applied, 1, Effect::Error);
        // The read waits for the writes before it, which were applied by then.
        let _ = block_on(saver.get(&one, CheckpointId(3)));
        let refused = loop {
            match block_on(saver.flush()) {
                Ok(()) => panic!("a store that has failed calls itself durable"),
                Err(StoreError::Poisoned { reason }) => break reason,
                // It fails just now.
                Err(StoreError::Failed { reason }) => assert!(reason.contains("Applied"), "{reason}"),
                Err(other) => panic!("{other}"),
            }
        };
        assert!(refused.contains("Applied"), "{refused}");
        drop(saver);
        fault::watch();
        assert!((1..=3).contains(&newest(&*open_store(store).unwrap(), &one, 300)));
    });
}

#[test]
fn appends_that_are_cut_off_leave_whole_checkpoints_of_every_thread() {
    let names = ["a", "b", "c"].map(thread);
    each(|store, open| {
        let mut cut = 0;
        // 10 kB are several chunks, so a cut also falls into a record.
        for hit in 1.. {
            let _ = std::fs::remove_dir_all(store);
            let saver = open();
            for name in &names {
                write(&*saver, name, 1..=1, 10_000);
            }
            for (number, name) in (2..=4).flat_map(|number| names.iter().map(move |name| (number, name))) {
                written(&*saver, name, number..=number, 10_000);
            }
            fault::arm(Point::SledInserted, hit, Effect::Error);
            if block_on(saver.flush()).is_ok() {
                assert!(names.iter().all(|name| newest(&*saver, name, 10_000) == 4));
                break;
            }
            cut += 1;
            drop(saver);
            fault::watch();
            let saver = open_store(store).unwrap();
            for name in &names {
                let newest_there = newest(&*saver, name, 10_000);
                assert!([1, 4].contains(&newest_there), "{newest_there} of four");
                let behind = block_on(saver.newer(name, CheckpointId(newest_there), 9)).unwrap();
                assert!(behind.is_empty(), "what no head names is read");
                // What the next appends find there, they replace: also with less.
                for number in newest_there + 1..=newest_there + 4 {
                    block_on(saver.append(append(name, number, 300, Commit::Synced))).unwrap();
                    let read = block_on(saver.get(name, CheckpointId(number))).unwrap();
                    assert_eq!(read, Some(append(name, number, 300, Commit::Synced).record));
                }
            }
        }
        let sled = store.ends_with("sled");
        assert_eq!(cut > 9, sled, "sled is cut off at every change, redb at none");
    });
}
