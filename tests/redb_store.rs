//! What redb does not notice, and the redb saver does.

use futures_lite::future::block_on;
use graph_runtime::{CheckpointId, Checkpointer, Commit, RedbSaver, StoreError};
use graph_tests::{append, head, record, thread, write};
use std::fs;
use std::path::Path;

/// A store with so many large records, one of which is damaged in its middle, and the file as it was.
fn damaged(store: &Path, records: u64, number: u64) -> Vec<u8> {
    let one = thread("one");
    write(&RedbSaver::open(store).unwrap(), &one, 1..=records, 1_000_000);
    let whole = fs::read(store.join("redb")).unwrap();
    let wanted = record(&one, number, 1_000_000);
    let mut bytes = whole.clone();
    let at = bytes.windows(32).position(|window| *window == wanted[500_000..500_032]).unwrap();
    bytes[at] ^= 1;
    fs::write(store.join("redb"), bytes).unwrap();
    whole
}

#[test]
fn damage_is_noticed_when_it_is_read_and_the_store_says_so_from_then_on() {
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().join("store");
    let one = thread("one");
    damaged(&store, 10, 5);
    let saver = RedbSaver::open(&store).unwrap();
    assert_eq!(block_on(saver.get(&one, CheckpointId(4))).unwrap(), Some(record(&one, 4, 1_000_000)));
    assert_eq!(block_on(saver.head(&one)).unwrap(), Some(head(10)));
    let read = block_on(saver.get(&one, CheckpointId(5)));
    assert!(matches!(read, Err(StoreError::Corrupt { .. })), "{read:?}");
    let read = block_on(saver.get(&one, CheckpointId(1)));
    assert!(matches!(read, Err(StoreError::Corrupt { .. })), "{read:?}");
    let written = block_on(saver.append(append(&one, 11, 300, Commit::Synced)));
    assert!(matches!(written, Err(StoreError::Corrupt { .. })), "{written:?}");
    drop(saver);

    // What was not damaged is there for whoever opens it again.
    let saver = RedbSaver::open(&store).unwrap();
    assert_eq!(block_on(saver.get(&one, CheckpointId(4))).unwrap(), Some(record(&one, 4, 1_000_000)));
    block_on(saver.append(append(&one, 11, 300, Commit::Synced))).unwrap();
    drop(saver);
    let saver = RedbSaver::open(&store).unwrap();
    assert_eq!(block_on(saver.head(&one)).unwrap(), Some(head(11)));
    let read = block_on(saver.get(&one, CheckpointId(5)));
    assert!(matches!(read, Err(StoreError::Corrupt { .. })), "{read:?}");
}

#[test]
fn a_check_finds_damage_before_anything_is_read() {
    let directory = tempfile::tempdir().unwrap();
    for number in [1, 5, 10] {
        let store = directory.path().join(number.to_string());
        damaged(&store, 10, number);
        let checked = RedbSaver::options().check(true).open(&store);
        assert!(matches!(checked, Err(StoreError::Corrupt { .. })), "{checked:?}");
    }
    let small = directory.path().join("small");
    damaged(&small, 1, 1);
    let checked = RedbSaver::options().check(true).open(&small);
    assert!(matches!(checked, Err(StoreError::Corrupt { .. })), "{checked:?}");
}

#[test]
fn a_large_store_is_checked_whole_and_opened_again() {
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().join("store");
    let one = thread("one");
    let whole = damaged(&store, 10, 5);
    let file = store.join("redb");
    assert!(whole.len() > 10_000_000);
    fs::write(&file, whole).unwrap();
    // What was written since is there after the check, the second open and the close.
    let checked = || RedbSaver::options().check(true).open(&store);
    write(&checked().unwrap(), &one, 11..=11, 300);
    let saver = checked().unwrap();
    assert_eq!(block_on(saver.get(&one, CheckpointId(1))).unwrap(), Some(record(&one, 1, 1_000_000)));
    assert_eq!(block_on(saver.head(&one)).unwrap(), Some(head(11)));
    let again = checked();
    assert!(matches!(again, Err(StoreError::Busy { .. })), "{again:?}");
    drop(saver);

    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    for cut in [checked(), RedbSaver::open(&store)] {
        assert!(cut.is_err(), "{cut:?}");
    }
    fs::write(&file, whole).unwrap();
    assert_eq!(block_on(RedbSaver::open(&store).unwrap().head(&one)).unwrap(), Some(head(11)));
}

#[test]
fn a_store_that_was_not_closed_is_checked_whole() {
    let directory = tempfile::tempdir().unwrap();
    let (store, killed) = (directory.path().join("store"), directory.path().join("killed"));
    let one = thread("one");
    let saver = RedbSaver::open(&store).unwrap();
    block_on(async {
        for number in 1..=10 {
            saver.append(append(&one, number, 1_000_000, Commit::Synced)).await.unwrap();
        }
    });
    // As a kill would leave it.
    fs::create_dir(&killed).unwrap();
    for name in ["owner.lock", "watermark", "redb"] {
        fs::copy(store.join(name), killed.join(name)).unwrap();
    }
    drop(saver);
    let opened = RedbSaver::open(&killed).unwrap();
    assert_eq!(block_on(opened.get(&one, CheckpointId(10))).unwrap(), Some(record(&one, 10, 1_000_000)));
    assert_eq!(block_on(opened.head(&one)).unwrap(), Some(head(10)));
}

#[test]
fn a_close_gives_back_the_room_of_what_was_deleted() {
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().join("store");
    let (kept, gone) = (thread("kept"), thread("gone"));
    let saver = RedbSaver::open(&store).unwrap();
    for number in 1..=4 {
        write(&saver, &kept, number..=number, 1_000_000);
        write(&saver, &gone, number..=number, 1_000_000);
    }
    block_on(saver.delete(&gone)).unwrap();
    drop(saver);
    let bytes = fs::metadata(store.join("redb")).unwrap().len();
    assert!(bytes < 4_300_000, "{bytes}");
    let saver = RedbSaver::open(&store).unwrap();
    for number in 1..=4 {
        assert_eq!(block_on(saver.get(&kept, CheckpointId(number))).unwrap(), Some(record(&kept, number, 1_000_000)));
    }
    assert_eq!(block_on(saver.head(&gone)).unwrap(), None);
}

#[test]
fn a_close_moves_nothing_while_a_page_is_damaged() {
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().join("store");
    let (one, two) = (thread("one"), thread("two"));
    damaged(&store, 4, 2);
    write(&RedbSaver::open(&store).unwrap(), &two, 1..=2, 1_000_000);
    let saver = RedbSaver::open(&store).unwrap();
    for (thread, number) in [(&one, 1), (&one, 3), (&one, 4), (&two, 1), (&two, 2)] {
        let found = block_on(saver.get(thread, CheckpointId(number))).unwrap();
        assert_eq!(found, Some(record(thread, number, 1_000_000)));
    }
    let read = block_on(saver.get(&one, CheckpointId(2)));
    assert!(matches!(read, Err(StoreError::Corrupt { .. })), "{read:?}");
}
