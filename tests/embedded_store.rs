//! What every embedded store promises of its directory: one owner, nothing lost, nothing destroyed.

use futures_lite::future::block_on;
use graph_runtime::{CheckpointId, Checkpointer, Commit, StoreError};
use graph_tests::disk::SmallDisk;
use graph_tests::stores::{ENGINES, Options, open_store};
use graph_tests::{append, child_store, newest, pending, record, start_child, thread, thread_of, wait_for, write};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

/// Does it with a store of each engine, which lies in a directory of its own.
fn with_each(test: impl Fn(&Path)) {
    for engine in ENGINES {
        let directory = tempfile::tempdir().unwrap();
        println!("with {engine}");
        test(&directory.path().join(engine));
    }
}

fn engine(store: &Path) -> &str {
    store.file_name().unwrap().to_str().unwrap()
}

/// Every file below a directory, with its bytes.
fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
            files.insert(path, Vec::new());
        } else {
            let bytes = fs::read(&path).unwrap();
            files.insert(path, bytes);
        }
    }
    files
}

fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        fs::copy(from, to).unwrap();
        return;
    }
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

fn remove(path: &Path) {
    if path.is_file() { fs::remove_file(path).unwrap() } else { fs::remove_dir_all(path).unwrap() }
}

/// The body of the other process; an empty test in this one.
#[test]
fn child() {
    if let Some(store) = child_store() {
        let _saver = open_store(Path::new(&store)).unwrap();
        println!("\nheld");
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    }
}

#[test]
fn a_store_that_another_process_holds_is_busy_until_that_process_is_gone() {
    with_each(|store| {
        let (mut child, stdin, mut stdout) = start_child(store);
        wait_for(&mut stdout, "held");
        match open_store(store).map(drop) {
            Err(StoreError::Busy { holder, path }) => {
                assert_eq!(holder, format!("process {}", child.id()));
                assert_eq!(path, store.display().to_string());
            }
            other => panic!("{other:?}"),
        }
        child.kill().unwrap();
        child.wait().unwrap();
        drop(stdin);
        open_store(store).unwrap();
    });
}

#[test]
fn a_store_that_this_process_holds_is_busy_until_the_last_handle_is_dropped() {
    with_each(|store| {
        let first = open_store(store).unwrap();
        let second = Arc::clone(&first);
        assert_eq!(first.store_id(), second.store_id());
        drop(first);
        match open_store(store).map(drop) {
            Err(StoreError::Busy { holder, .. }) => assert_eq!(holder, "another handle in this process"),
            other => panic!("{other:?}"),
        }
        drop(second);
        open_store(store).unwrap();
    });
}

#[test]
fn what_is_not_a_store_is_refused_and_left_as_it_is() {
    with_each(|store| {
        let directory = store.parent().unwrap();
        let path = |name: &str| directory.join(name).join(engine(store));
        fs::create_dir(directory.join("file")).unwrap();
        fs::write(path("file"), "x").unwrap();
        for (name, content, lock) in [
            ("foreign", "notes.txt", None),
            ("foreign-lock", "owner.lock", Some("1234\n")),
            ("empty-foreign-lock", "state", Some("")),
        ] {
            fs::create_dir_all(path(name)).unwrap();
            fs::write(path(name).join(content), "x").unwrap();
            if let Some(lock) = lock {
                fs::write(path(name).join("owner.lock"), lock).unwrap();
            }
        }
        write(&*open_store(&path("without-lock")).unwrap(), &thread("one"), 1..=1, 10);
        fs::remove_file(path("without-lock").join("owner.lock")).unwrap();
        for name in ["file", "foreign", "foreign-lock", "empty-foreign-lock", "without-lock"] {
            let before = files(directory);
            let opened = open_store(&path(name)).map(drop);
            assert!(matches!(opened, Err(StoreError::NotAStore { .. })), "{name}: {opened:?}");
            assert!(files(directory) == before, "{name} was changed");
        }
        fs::create_dir(store).unwrap();
        open_store(store).unwrap();
        fs::write(store.join("README"), "a store may hold a note").unwrap();
        open_store(store).unwrap();
    });
}

#[test]
fn a_store_of_another_engine_is_refused_and_keeps_what_it_has() {
    with_each(|store| {
        let one = thread("one");
        write(&*open_store(store).unwrap(), &one, 1..=3, 300);
        for other in ENGINES.into_iter().filter(|other| *other != engine(store)) {
            let renamed = store.with_file_name(other);
            fs::rename(store, &renamed).unwrap();
            let opened = open_store(&renamed).map(drop);
            assert!(matches!(opened, Err(StoreError::NotAStore { .. })), "{opened:?}");
            fs::rename(&renamed, store).unwrap();
        }
        assert_eq!(newest(&*open_store(store).unwrap(), &one, 300), 3);
    });
}

#[test]
fn a_setup_that_was_interrupted_is_done_again() {
    with_each(|store| {
        fs::create_dir(store).unwrap();
        fs::write(store.join("owner.lock"), "graph-run").unwrap();
        drop(open_store(store).unwrap());
        let (place, setup) = (store.join(engine(store)), store.join(format!("{}.new", engine(store))));
        fs::rename(&place, &setup).unwrap();
        fs::write(if setup.is_dir() { setup.join("conf") } else { setup.clone() }, "torn").unwrap();
        write(&*open_store(store).unwrap(), &thread("one"), 1..=3, 10);
        assert!(!setup.exists());
        assert_eq!(newest(&*open_store(store).unwrap(), &thread("one"), 10), 3);
    });
}

#[test]
fn a_store_that_went_back_is_told_and_can_be_accepted() {
    with_each(|store| {
        let one = thread("one");
        let (place, old) = (store.join(engine(store)), store.with_file_name("old"));
        write(&*open_store(store).unwrap(), &one, 1..=10, 300);
        copy(&place, &old);
        write(&*open_store(store).unwrap(), &one, 11..=20, 300);
        remove(&place);
        copy(&old, &place);
        for _ in 0..2 {
            let opened = open_store(store).map(drop);
            assert!(matches!(opened, Err(StoreError::RolledBack { at_least: 20, found: 10 })), "{opened:?}");
        }
        let accepting = Options { accept_rollback: true, ..Options::default() };
        assert_eq!(newest(&*accepting.open(store).unwrap(), &one, 300), 10);
        write(&*open_store(store).unwrap(), &one, 11..=12, 300);

        remove(&place);
        let opened = open_store(store).map(drop);
        assert!(matches!(opened, Err(StoreError::RolledBack { at_least: 12, found: 0 })), "{opened:?}");
        drop(accepting.open(store).unwrap());
        assert_eq!(newest(&*open_store(store).unwrap(), &one, 300), 0);
    });
}

#[test]
fn a_damaged_watermark_alone_is_no_obstacle() {
    with_each(|store| {
        let one = thread("one");
        write(&*open_store(store).unwrap(), &one, 1..=5, 300);
        let mark = fs::read(store.join("watermark")).unwrap();
        for at in 0..mark.len() {
            fs::write(store.join("watermark"), &mark[..at]).unwrap();
            assert_eq!(newest(&*open_store(store).unwrap(), &one, 300), 5);
            let mut flipped = mark.clone();
            flipped[at] ^= 0x40;
            fs::write(store.join("watermark"), flipped).unwrap();
            assert_eq!(newest(&*open_store(store).unwrap(), &one, 300), 5);
        }
    });
}

#[test]
fn a_record_above_the_limit_is_refused_and_nothing_is_written() {
    with_each(|store| {
        let one = thread("one");
        let saver = Options { record_limit: 1000, ..Options::default() }.open(store).unwrap();
        write(&*saver, &one, 1..=1, 1000);
        let large = block_on(saver.append(append(&one, 2, 1001, Commit::Synced)));
        assert!(matches!(large, Err(StoreError::TooLarge { bytes: 1001, limit: 1000 })), "{large:?}");
        let large = block_on(saver.put_pending(pending(&one, 1, "a", vec![0; 1000])));
        assert!(matches!(large, Err(StoreError::TooLarge { .. })), "{large:?}");
        assert_eq!(newest(&*saver, &one, 1000), 1);
        assert_eq!(block_on(saver.pending(&one, CheckpointId(1))).unwrap(), []);
    });
}

#[test]
fn a_record_of_the_default_limit_is_kept() {
    with_each(|store| {
        let one = thread("one");
        write(&*open_store(store).unwrap(), &one, 1..=1, 16 << 20);
        assert_eq!(newest(&*open_store(store).unwrap(), &one, 16 << 20), 1);
    });
}

#[test]
fn a_graph_name_that_no_key_can_hold_is_refused() {
    with_each(|store| {
        let saver = open_store(store).unwrap();
        for name in ["a\0b", &"x".repeat(129)] {
            let key = thread_of(name, "one");
            let refused = block_on(saver.append(append(&key, 1, 10, Commit::Synced)));
            assert!(matches!(refused, Err(StoreError::InvalidGraphName { .. })), "{refused:?}");
            let refused = block_on(saver.threads(name, None, 1));
            assert!(matches!(refused, Err(StoreError::InvalidGraphName { .. })), "{refused:?}");
        }
    });
}

#[test]
fn a_drop_makes_what_was_written_durable_also_within_a_future() {
    with_each(|store| {
        let one = thread("one");
        for round in 0..5 {
            block_on(async {
                let lazy = Options { flush_delay: Duration::from_mins(1), ..Options::default() };
                let saver = lazy.open(store).unwrap();
                for number in round * 10 + 1..=round * 10 + 10 {
                    drop(saver.append(append(&one, number, 300, Commit::Written)));
                }
            });
        }
        assert_eq!(newest(&*open_store(store).unwrap(), &one, 300), 50);
    });
}

/// A task that runs once: waking it only drops it.
struct Once(Mutex<Pin<Box<dyn Future<Output = ()> + Send>>>);

impl Wake for Once {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn the_last_handle_may_be_dropped_by_the_committer_itself() {
    with_each(|store| {
        let one = thread("one");
        let saver = open_store(store).unwrap();
        let key = one.clone();
        let future = async move { saver.append(append(&key, 1, 300, Commit::Synced)).await.unwrap() };
        let task = Arc::new(Once(Mutex::new(Box::pin(future))));
        let waker = Waker::from(Arc::clone(&task));
        let poll = task.0.lock().unwrap().as_mut().poll(&mut Context::from_waker(&waker));
        assert!(poll.is_pending());
        // Now the committer's answer alone keeps the task, and the task the store.
        drop((task, waker));
        let saver = loop {
            match open_store(store) {
                Err(StoreError::Busy { .. }) => {}
                opened => break opened.unwrap(),
            }
        };
        assert_eq!(newest(&*saver, &one, 300), 1);
    });
}

#[test]
fn a_full_queue_makes_writers_wait_and_lets_them_go_on() {
    with_each(|store| {
        let narrow = Options { queue_bytes: 10_000, flush_delay: Duration::from_mins(1), ..Options::default() };
        let saver = narrow.open(store).unwrap();
        std::thread::scope(|scope| {
            for id in 0..4 {
                let saver = Arc::clone(&saver);
                scope.spawn(move || {
                    let key = thread(&format!("t{id}"));
                    for number in 1..=100 {
                        block_on(saver.append(append(&key, number, 3000, Commit::Written))).unwrap();
                    }
                    assert_eq!(newest(&*saver, &key, 3000), 100);
                });
            }
        });
    });
}

#[test]
fn a_nearly_full_disk_refuses_writes_without_harm() {
    with_each(|store| {
        let one = thread("one");
        write(&*open_store(store).unwrap(), &one, 1..=2, 300);
        let saver = Options { reserve_bytes: u64::MAX, ..Options::default() }.open(store).unwrap();
        let refused = block_on(saver.append(append(&one, 3, 300, Commit::Synced)));
        assert!(matches!(refused, Err(StoreError::Full { .. })), "{refused:?}");
        assert_eq!(newest(&*saver, &one, 300), 2);
        // A delete makes room, so it is never refused for the lack of it.
        block_on(saver.delete(&one)).unwrap();
        assert_eq!(newest(&*saver, &one, 300), 0);
    });
}

#[test]
fn a_full_disk_loses_nothing_that_was_acknowledged() {
    for engine in ENGINES {
        let Some(disk) = SmallDisk::mount(24) else { return };
        let store = disk.path().join(engine);
        let filler = disk.path().join("filler");
        fs::write(&filler, vec![1; 8 << 20]).unwrap();
        let one = thread("one");
        let unreserved = Options { reserve_bytes: 0, ..Options::default() };
        let saver = unreserved.open(&store).unwrap();
        let mut acknowledged = 0;
        let failed = loop {
            match block_on(saver.append(append(&one, acknowledged + 1, 60_000, Commit::Synced))) {
                Ok(()) => acknowledged += 1,
                Err(error) => break error,
            }
            assert!(acknowledged < 2000, "24 MB hold 270");
        };
        assert!(matches!(failed, StoreError::Full { .. } | StoreError::Failed { .. }), "{failed:?}");
        let next = block_on(saver.append(append(&one, acknowledged + 1, 10, Commit::Written)));
        assert!(matches!(next, Err(StoreError::Poisoned { .. })), "{next:?}");
        let flush = block_on(saver.flush());
        assert!(matches!(flush, Err(StoreError::Poisoned { .. })), "{flush:?}");
        let read = block_on(saver.get(&one, CheckpointId(1)));
        assert!(matches!(&read, Ok(Some(bytes)) if *bytes == record(&one, 1, 60_000)) || read.is_err(), "{read:?}");
        drop(saver);
        // An engine may need room even to open; whatever it says, it harms nothing.
        drop(unreserved.open(&store));
        fs::remove_file(&filler).unwrap();
        let saver = unreserved.open(&store).unwrap();
        let found = newest(&*saver, &one, 60_000);
        assert!(found >= acknowledged, "{found} of {acknowledged}");
        write(&*saver, &one, found + 1..=found + 1, 60_000);
        println!("{engine}: a disk full after {acknowledged} records of 60 KB, none lost");
    }
}
