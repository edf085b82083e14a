//! What the redb saver promises of its directory: one owner, nothing lost, nothing destroyed.

use futures_lite::future::block_on;
use graph_runtime::{CheckpointId, Checkpointer, Commit, RedbSaver, SledSaver, StoreError};
use graph_tests::{append, child_store, newest, pending, record, start_child, thread, wait_for, write};
use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

fn directory() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().join("store");
    (directory, store)
}

/// The body of the other process; an empty test in this one.
#[test]
fn child() {
    if let Some(store) = child_store() {
        let _saver = RedbSaver::open(store).unwrap();
        println!("\nheld");
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    }
}

#[test]
fn a_store_that_another_process_holds_is_busy_until_that_process_is_gone() {
    let (_directory, store) = directory();
    let (mut child, stdin, mut stdout) = start_child(&store);
    wait_for(&mut stdout, "held");
    match RedbSaver::open(&store) {
        Err(StoreError::Busy { holder, path }) => {
            assert_eq!(holder, format!("process {}", child.id()));
            assert_eq!(path, store.display().to_string());
        }
        other => panic!("{other:?}"),
    }
    child.kill().unwrap();
    child.wait().unwrap();
    drop(stdin);
    RedbSaver::open(&store).unwrap();
}

#[test]
fn a_store_is_busy_until_the_last_handle_is_dropped_and_then_holds_everything() {
    let (_directory, store) = directory();
    let one = thread("one");
    let first = RedbSaver::options().flush_delay(Duration::from_secs(60)).open(&store).unwrap();
    let second = first.clone();
    assert_eq!(first.store_id(), second.store_id());
    for number in 1..=50 {
        drop(first.append(append(&one, number, 3000, Commit::Written)));
    }
    drop(first);
    assert!(matches!(RedbSaver::open(&store), Err(StoreError::Busy { .. })));
    drop(second);
    assert_eq!(newest(&RedbSaver::open(&store).unwrap(), &one, 3000), 50);
}

#[test]
fn a_store_of_the_other_engine_is_refused_and_keeps_what_it_has() {
    let (directory, redb) = directory();
    let sled = directory.path().join("other");
    let one = thread("one");
    write(&RedbSaver::open(&redb).unwrap(), &one, 1..=3, 300);
    write(&SledSaver::open(&sled).unwrap(), &one, 1..=4, 300);
    for refused in [SledSaver::open(&redb).map(drop), RedbSaver::open(&sled).map(drop)] {
        assert!(matches!(refused, Err(StoreError::NotAStore { .. })), "{refused:?}");
    }
    assert_eq!(newest(&RedbSaver::open(&redb).unwrap(), &one, 300), 3);
    assert_eq!(newest(&SledSaver::open(&sled).unwrap(), &one, 300), 4);
}

#[test]
fn a_setup_that_was_interrupted_is_done_again() {
    let (_directory, store) = directory();
    drop(RedbSaver::open(&store).unwrap());
    fs::remove_file(store.join("redb")).unwrap();
    fs::write(store.join("redb.new"), "torn").unwrap();
    write(&RedbSaver::open(&store).unwrap(), &thread("one"), 1..=3, 10);
    assert!(!store.join("redb.new").exists());
    assert_eq!(newest(&RedbSaver::open(&store).unwrap(), &thread("one"), 10), 3);
}

#[test]
fn a_store_that_went_back_is_told_and_can_be_accepted() {
    let (directory, store) = directory();
    let one = thread("one");
    write(&RedbSaver::open(&store).unwrap(), &one, 1..=10, 300);
    let old = directory.path().join("old");
    fs::copy(store.join("redb"), &old).unwrap();
    write(&RedbSaver::open(&store).unwrap(), &one, 11..=20, 300);
    fs::copy(&old, store.join("redb")).unwrap();
    for _ in 0..2 {
        let opened = RedbSaver::open(&store);
        assert!(matches!(opened, Err(StoreError::RolledBack { at_least: 20, found: 10 })), "{opened:?}");
    }
    let saver = RedbSaver::options().accept_rollback(true).open(&store).unwrap();
    assert_eq!(newest(&saver, &one, 300), 10);
    drop(saver);
    write(&RedbSaver::open(&store).unwrap(), &one, 11..=12, 300);

    fs::remove_file(store.join("redb")).unwrap();
    let opened = RedbSaver::open(&store);
    assert!(matches!(opened, Err(StoreError::RolledBack { at_least: 12, found: 0 })), "{opened:?}");
}

#[test]
fn without_the_check_a_damaged_value_is_noticed_when_it_is_read() {
    let (_directory, store) = directory();
    let one = thread("one");
    write(&RedbSaver::open(&store).unwrap(), &one, 1..=1, 50_000);
    let wanted = record(&one, 1, 50_000);
    let mut bytes = fs::read(store.join("redb")).unwrap();
    let at = bytes.windows(32).position(|window| *window == wanted[25_000..25_032]).unwrap();
    bytes[at] ^= 1;
    fs::write(store.join("redb"), bytes).unwrap();
    let checked = RedbSaver::open(&store);
    assert!(matches!(checked, Err(StoreError::Corrupt { .. })), "{checked:?}");
    let saver = RedbSaver::options().check(false).open(&store).unwrap();
    let read = block_on(saver.get(&one, CheckpointId(1)));
    assert!(matches!(read, Err(StoreError::Corrupt { .. })), "{read:?}");
    assert_eq!(block_on(saver.head(&one)).unwrap(), Some(graph_tests::head(1)));
}

#[test]
fn a_record_above_the_limit_is_refused_and_nothing_is_written() {
    let (_directory, store) = directory();
    let one = thread("one");
    let saver = RedbSaver::options().record_limit(1000).open(&store).unwrap();
    write(&saver, &one, 1..=1, 1000);
    let large = block_on(saver.append(append(&one, 2, 1001, Commit::Synced)));
    assert!(matches!(large, Err(StoreError::TooLarge { bytes: 1001, limit: 1000 })), "{large:?}");
    let large = block_on(saver.put_pending(pending(&one, 1, "a", vec![0; 1000])));
    assert!(matches!(large, Err(StoreError::TooLarge { .. })), "{large:?}");
    assert_eq!(newest(&saver, &one, 1000), 1);
}

#[test]
fn a_record_of_the_default_limit_is_kept() {
    let (_directory, store) = directory();
    let one = thread("one");
    write(&RedbSaver::open(&store).unwrap(), &one, 1..=1, 16 << 20);
    assert_eq!(newest(&RedbSaver::open(&store).unwrap(), &one, 16 << 20), 1);
}

/// A small file system of its own; unmounted when dropped.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Option<SmallDisk> {
        let directory = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"])
            .arg(directory.path())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        mounted.then_some(SmallDisk(directory))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let Some(disk) = SmallDisk::mount() else {
        println!("not run: mounting a small file system needs root");
        return;
    };
    let store = disk.0.path().join("store");
    let filler = disk.0.path().join("filler");
    fs::write(&filler, vec![1; 12 << 20]).unwrap();
    let one = thread("one");
    let saver = RedbSaver::options().reserve_bytes(0).open(&store).unwrap();
    let mut acknowledged = 0;
    let failed = loop {
        match block_on(saver.append(append(&one, acknowledged + 1, 100_000, Commit::Synced))) {
            Ok(()) => acknowledged += 1,
            Err(error) => break error,
        }
        assert!(acknowledged < 1000, "24 MB hold 120");
    };
    assert!(matches!(failed, StoreError::Full { .. }), "{failed:?}");
    let next = block_on(saver.append(append(&one, acknowledged + 1, 10, Commit::Written)));
    assert!(matches!(next, Err(StoreError::Poisoned { .. })), "{next:?}");
    let flush = block_on(saver.flush());
    assert!(matches!(flush, Err(StoreError::Poisoned { .. })), "{flush:?}");
    let read = block_on(saver.get(&one, CheckpointId(1)));
    assert!(matches!(&read, Ok(Some(bytes)) if *bytes == record(&one, 1, 100_000)) || read.is_err(), "{read:?}");
    drop(saver);
    // Whatever it says to an open without room, it harms nothing.
    drop(RedbSaver::options().reserve_bytes(0).open(&store));
    fs::remove_file(&filler).unwrap();
    let saver = RedbSaver::options().reserve_bytes(0).open(&store).unwrap();
    let found = newest(&saver, &one, 100_000);
    assert!(found >= acknowledged, "{found} of {acknowledged}");
    write(&saver, &one, found + 1..=found + 1, 100_000);
}
