//! Damage that redb comes upon, and what that leaves of the file.

use super::super::pages::Pages;
use super::{all, create, engine, key, read, verified};
use crate::StoreError;
use crate::saver::embedded::{Engine, Scan};
use ::redb::{Database, StorageBackend};
use std::fs;
use std::path::Path;
use std::thread;

/// Creates a closed file, and damages the root of its table; the offset of that.
fn damaged(path: &Path) -> u64 {
    create(path, 300);
    let pages = Pages::open(path).expect("whole").expect("closed");
    let root = pages.expected().pages().next().expect("a table");
    let mut bytes = fs::read(path).expect("readable");
    bytes[usize::try_from(root).expect("a short file") + 4] ^= 1;
    fs::write(path, bytes).expect("a file");
    root
}

#[test]
fn damage_is_an_error_to_the_thread_that_commits_and_to_no_other() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("redb");
    let root = damaged(&path);
    let pages = Pages::open(&path).expect("whole").expect("closed");
    let damage = pages.damage();
    let read = || pages.read(root, &mut [0; 4096]);
    damage.committing(|| {
        assert!(read().is_err());
        assert!(thread::scope(|scope| scope.spawn(read).join().expect("no panic")).is_ok());
    });
    assert!(read().is_ok());
    assert!(crate::panic::catch(|| damage.committing(|| panic!("as redb does on some damage"))).is_err());
    assert!(read().is_ok());
    assert!(damage.reason().is_some_and(|reason| reason.ends_with("is not what was written")));
}

#[test]
fn a_reader_that_comes_upon_damage_while_another_thread_commits_leaves_a_file_that_can_be_closed() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("redb");
    damaged(&path);
    let pages = Pages::open(&path).expect("whole").expect("closed");
    let damage = pages.damage();
    let database = Database::builder().create_with_backend(pages).expect("whole");
    let read = || crate::panic::catch(|| drop(read(|| Some(&database))));
    damage.committing(|| thread::scope(|scope| drop(scope.spawn(read).join().expect("no panic"))));
    assert!(damage.reason().is_some());
    drop(database);
    assert!(Pages::open(&path).expect("readable").is_some(), "closed");
}

#[test]
fn a_page_that_the_system_cannot_read_is_damage_and_leaves_a_file_that_can_be_closed() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("redb");
    create(&path, 3_000);
    let pages = Pages::open(&path).expect("whole").expect("closed");
    let damage = pages.damage();
    let database = Database::builder().create_with_backend(pages).expect("whole");
    let bytes = fs::read(&path).expect("readable");
    // Nothing can be read there now.
    fs::write(&path, &bytes[..4096]).expect("a file");
    drop(read(|| Some(&database)));
    let reason = damage.reason().expect("found");
    assert!(reason.starts_with("redb's page at byte ") && reason.contains(" could not be read: "), "{reason}");
    fs::write(&path, &bytes).expect("a file");
    drop(database);
    assert!(Pages::open(&path).expect("readable").is_some(), "closed");
    assert_eq!(all(&verified(&path)).len(), 3_000);
}

#[test]
fn redb_is_asked_nothing_more_after_damage_was_found() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("redb");
    damaged(&path);
    let engine = engine(&path, 0);
    let read = engine.read(|state| state.get(&key(1)));
    assert!(matches!(read, Err(StoreError::Corrupt { .. })), "{read:?}");
    let mut asked = false;
    let read = engine.read(|_| {
        asked = true;
        Ok(())
    });
    assert!(matches!(read, Err(StoreError::Corrupt { .. })) && !asked, "{read:?}");
}
