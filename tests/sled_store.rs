//! What sled does that the sled saver must keep it from.

use futures_lite::future::block_on;
use graph_runtime::{CheckpointId, Checkpointer, Commit, SledSaver, StoreError};
use graph_tests::{append, newest, record, thread, thread_of, write};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn directory() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().join("store");
    (directory, store)
}

#[test]
fn a_snapshot_that_an_interrupted_open_left_torn_is_no_obstacle() {
    let (_directory, store) = directory();
    let one = thread("one");
    write(&SledSaver::open(&store).unwrap(), &one, 1..=5, 300);
    fs::write(store.join("sled/snap.FFFFFFFFFFFFFFFF.generating"), "torn").unwrap();
    assert_eq!(newest(&SledSaver::open(&store).unwrap(), &one, 300), 5);
}

#[test]
fn a_directory_that_another_program_has_open_is_busy_and_untouched() {
    let (_directory, store) = directory();
    let one = thread("one");
    write(&SledSaver::open(&store).unwrap(), &one, 1..=5, 300);
    // What that program is just writing.
    let snapshot = store.join("sled/snap.FFFFFFFFFFFFFFFF.generating");
    fs::write(&snapshot, "half").unwrap();
    let held = File::open(store.join("sled/db")).unwrap();
    held.lock().unwrap();
    let refused = SledSaver::open(&store).unwrap_err();
    assert!(
        matches!(&refused, StoreError::Busy { holder, .. } if holder == "a program that opened the file itself"),
        "{refused}"
    );
    assert_eq!(fs::read_to_string(&snapshot).unwrap(), "half");
    drop(held);
    assert_eq!(newest(&SledSaver::open(&store).unwrap(), &one, 300), 5);
    assert!(!snapshot.exists());
}

#[test]
fn no_size_and_no_name_makes_a_blob() {
    let (_directory, store) = directory();
    let saver = SledSaver::options().queue_bytes(1 << 20).open(&store).unwrap();
    let graph = "G".repeat(128);
    let mut keys = Vec::new();
    for id in 0..400_u32 {
        // Long ids that differ at both ends leave sled no prefix to share.
        keys.push(thread_of(&graph, &format!("{id:05}{}{id:05}", "x".repeat(245))));
    }
    for number in 1..=3 {
        for key in &keys {
            block_on(saver.append(append(key, number, 4089, Commit::Written))).unwrap();
        }
    }
    let one = thread("one");
    for (number, bytes) in (1..).zip([4087, 4088, 4089, 65_535, 65_536, 300_000, 1_000_000]) {
        block_on(saver.append(append(&one, number, bytes, Commit::Written))).unwrap();
    }
    block_on(saver.flush()).unwrap();
    assert_eq!(fs::read_dir(store.join("sled/blobs")).unwrap().count(), 0);
    for key in &keys {
        assert_eq!(newest(&saver, key, 4089), 3);
    }
    drop(saver);
    let saver = SledSaver::open(&store).unwrap();
    assert_eq!(block_on(saver.get(&one, CheckpointId(7))).unwrap(), Some(record(&one, 7, 1_000_000)));
    assert_eq!(fs::read_dir(store.join("sled/blobs")).unwrap().count(), 0);
}

/// What sled has noted last of where its pages are.
fn note(store: &Path) -> String {
    let names =
        fs::read_dir(store.join("sled")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let notes: Vec<String> = names.filter(|name| name.starts_with("snap.")).collect();
    assert_eq!(notes.len(), 1, "{notes:?}");
    notes[0].clone()
}

#[test]
fn a_store_that_has_taken_much_is_closed_so_that_it_opens_at_once() {
    let (_directory, store) = directory();
    let one = thread("one");
    let saver = SledSaver::open(&store).unwrap();
    let opened = note(&store);
    write(&saver, &one, 1..=2, 300);
    drop(saver);
    assert_eq!(note(&store), opened, "there is little to read again");

    let saver = SledSaver::open(&store).unwrap();
    let opened = note(&store);
    write(&saver, &one, 3..=7, 1_000_000);
    drop(saver);
    let closed = note(&store);
    assert!(closed > opened, "{closed} after {opened}");
    // The directory is free, and all of it is there.
    let saver = SledSaver::open(&store).unwrap();
    assert_eq!(block_on(saver.head(&one)).unwrap(), Some(graph_tests::head(7)));
    assert_eq!(block_on(saver.get(&one, CheckpointId(7))).unwrap(), Some(record(&one, 7, 1_000_000)));
    assert_eq!(block_on(saver.get(&one, CheckpointId(2))).unwrap(), Some(record(&one, 2, 300)));
}
