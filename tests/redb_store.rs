//! What redb does not notice, and the redb saver does.

use futures_lite::future::block_on;
use graph_runtime::{CheckpointId, Checkpointer, RedbSaver, StoreError};
use graph_tests::{record, thread, write};
use std::fs;

#[test]
fn without_the_check_a_damaged_value_is_noticed_when_it_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().join("store");
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
fn a_large_store_is_checked_whole_and_opened_again() {
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().join("store");
    let one = thread("one");
    write(&RedbSaver::open(&store).unwrap(), &one, 1..=10, 1_000_000);
    let file = store.join("redb");
    assert!(fs::metadata(&file).unwrap().len() > 10_000_000);
    // What was written since is there after the check, the second open and the close.
    write(&RedbSaver::open(&store).unwrap(), &one, 11..=11, 300);
    let saver = RedbSaver::open(&store).unwrap();
    assert_eq!(block_on(saver.get(&one, CheckpointId(1))).unwrap(), Some(record(&one, 1, 1_000_000)));
    assert_eq!(block_on(saver.head(&one)).unwrap(), Some(graph_tests::head(11)));
    let again = RedbSaver::open(&store);
    assert!(matches!(again, Err(StoreError::Busy { .. })), "{again:?}");
    drop(saver);

    let whole = fs::read(&file).unwrap();
    for number in [1, 5, 10] {
        let wanted = record(&one, number, 1_000_000);
        let mut bytes = whole.clone();
        let at = bytes.windows(32).position(|window| *window == wanted[500_000..500_032]).unwrap();
        bytes[at] ^= 1;
        fs::write(&file, bytes).unwrap();
        let checked = RedbSaver::open(&store);
        assert!(matches!(checked, Err(StoreError::Corrupt { .. })), "{checked:?}");
    }
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let cut = RedbSaver::open(&store);
    assert!(cut.is_err(), "{cut:?}");
    fs::write(&file, whole).unwrap();
    assert_eq!(block_on(RedbSaver::open(&store).unwrap().head(&one)).unwrap(), Some(graph_tests::head(11)));
}
