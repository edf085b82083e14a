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
