//! Every page that redb reads is verified, and none that is whole is called damaged.

mod damage;

use super::engine::Redb;
use super::pages::Pages;
use crate::saver::embedded::{Changes, Engine, Order, Settings};
use ::redb::{Database, Durability, ReadableDatabase, ReadableTable, ReadableTableMetadata, TableDefinition};
use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const TABLE: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("store");
/// Next to no cache, so that pages are read from the file again and again.
const CACHE_BYTES: usize = 64 << 10;

type Entries = BTreeMap<Vec<u8>, Vec<u8>>;

/// Opens a file as the store does.
fn verified(path: &Path) -> Database {
    let pages = Pages::open(path).expect("whole").expect("closed");
    Database::builder().set_cache_size(CACHE_BYTES).create_with_backend(pages).expect("whole")
}

fn put(database: &Database, durability: Durability, change: impl FnOnce(&mut ::redb::Table<&[u8], &[u8]>)) {
    let mut transaction = database.begin_write().expect("open");
    transaction.set_durability(durability).expect("no savepoint");
    change(&mut transaction.open_table(TABLE).expect("whole"));
    transaction.commit().expect("whole");
}

fn all(database: &Database) -> Entries {
    let table = database.begin_read().expect("open").open_table(TABLE).expect("whole");
    let entries = ReadableTable::iter(&table).expect("whole").map(|entry| {
        let (key, value) = entry.expect("whole");
        (key.value().to_vec(), value.value().to_vec())
    });
    entries.collect()
}

fn key(number: u64) -> Vec<u8> {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes().repeat(4)
}

/// A closed file with so many entries, some of them longer than a page.
fn create(path: &Path, entries: u64) {
    let database = Database::create(path).expect("a new file");
    put(&database, Durability::Immediate, |table| {
        for number in 0..entries {
            let long = if number % 500 == 0 { 9000 } else { 200 };
            table.insert(&*key(number), &*vec![7; long]).expect("open");
        }
    });
}

#[test]
fn an_open_verifies_a_few_pages_and_reads_verify_all_of_the_tree() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("redb");
    create(&path, 20_000);
    let pages = Pages::open(&path).expect("whole").expect("closed");
    let expected = pages.expected();
    assert_eq!(expected.pages().count(), 1, "the root of the table");
    assert_eq!(expected.chunks(), 1, "the one with the root, of a file of some thousand pages");
    let database = Database::builder().create_with_backend(pages).expect("whole");
    assert_eq!(all(&database).len(), 20_000);
    let table = database.begin_read().expect("open").open_table(TABLE).expect("whole");
    let stats = table.stats().expect("whole");
    assert_eq!(expected.pages().count() as u64, stats.leaf_pages() + stats.branch_pages());
}

#[test]
fn a_file_that_was_not_closed_or_is_none_of_redbs_is_not_trusted() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("redb");
    assert!(Pages::open(&path).expect("nothing").is_none());
    create(&path, 10);
    let killed = directory.path().join("killed");
    let database = verified(&path);
    put(&database, Durability::Immediate, |table| drop(table.insert(&*key(1), &[1][..]).expect("open")));
    fs::copy(&path, &killed).expect("a copy");
    drop(database);
    assert!(Pages::open(&killed).expect("readable").is_none());
    assert!(Pages::open(&path).expect("whole").is_some());
    for bytes in [&[][..], &[0; 100], &[7; 8192]] {
        fs::write(&killed, bytes).expect("a file");
        assert!(Pages::open(&killed).expect("readable").is_none());
    }
}

/// What is in a file, if all of it can be read.
fn read<D: Borrow<Database>>(open: impl FnOnce() -> Option<D>) -> Option<Entries> {
    let read = || -> Option<Entries> {
        let database = open()?;
        let table = database.borrow().begin_read().ok()?.open_table(TABLE).ok()?;
        let entries = ReadableTable::iter(&table).ok()?.map(|entry| {
            let (key, value) = entry.ok()?;
            Some((key.value().to_vec(), value.value().to_vec()))
        });
        entries.collect()
    };
    crate::panic::catch(read).ok().flatten()
}

#[test]
fn reads_find_the_damage_that_a_check_of_the_whole_file_finds_and_no_other() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("redb");
    create(&path, 300);
    let whole = fs::read(&path).expect("readable");
    let wanted = all(&verified(&path));
    let (mut harmless, mut found) = (0, 0);
    let mut compare = |what: &str, bytes: &[u8]| {
        fs::write(&path, bytes).expect("a file");
        let checked = read(|| Database::builder().set_check_integrity_on_open(true).create(&path).ok());
        fs::write(&path, bytes).expect("a file");
        let pages = match Pages::open(&path) {
            // It is left to the check.
            Ok(None) => return,
            Ok(Some(pages)) => Some(pages),
            Err(_) => None,
        };
        let damage = pages.as_ref().map(Pages::damage);
        let seen = read(|| Database::builder().create_with_backend(pages?).ok());
        let seen = seen.filter(|_| damage.is_some_and(|damage| damage.reason().is_none()));
        assert_eq!(seen.is_some(), checked.is_some(), "{what}");
        assert!(seen.as_ref().is_none_or(|seen| *seen == wanted), "{what}");
        *(if seen.is_some() { &mut harmless } else { &mut found }) += 1;
    };
    for at in (0..whole.len()).step_by(1499).chain((0..320).step_by(7)) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        compare(&format!("a flip at {at}"), &bytes);
    }
    // Another page, whole in itself, in the place of one.
    let pages: Vec<&[u8]> = whole.chunks(4096).collect();
    for page in 1..pages.len() {
        let mut bytes = whole.clone();
        bytes[page * 4096..][..4096].copy_from_slice(pages[page % (pages.len() - 1) + 1]);
        compare(&format!("another page at {page}"), &bytes);
    }
    assert!(harmless > 20 && found > 20, "{harmless} harmless, {found} found");
}

#[test]
fn whatever_is_written_and_read_between_closes_is_whole() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("redb");
    create(&path, 3_000);
    let mut wanted = all(&verified(&path));
    let mut random = 1_u64;
    let mut next = |most: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % most
    };
    for _ in 0..4 {
        let database = verified(&path);
        for _ in 0..40 {
            let durability = if next(3) == 0 { Durability::Immediate } else { Durability::None };
            put(&database, durability, |table| {
                for _ in 0..next(200) {
                    let key = key(next(4_000));
                    if next(3) == 0 {
                        table.remove(&*key).expect("open");
                        wanted.remove(&key);
                    } else {
                        let value = vec![u8::try_from(next(256)).unwrap_or(0); usize::try_from(next(600)).unwrap_or(0)];
                        table.insert(&*key, &*value).expect("open");
                        wanted.insert(key, value);
                    }
                }
            });
            if next(10) == 0 {
                assert!(all(&database) == wanted);
            }
        }
        assert!(all(&database) == wanted);
    }
}

#[test]
fn a_page_of_a_kind_that_is_not_known_is_left_to_redb() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("redb");
    create(&path, 10);
    let whole = fs::read(&path).expect("readable");
    let mut left = 0;
    for page in (4096..whole.len()).step_by(4096).filter(|page| matches!(whole[*page], 1 | 2)) {
        let mut bytes = whole.clone();
        bytes[page] = 9;
        fs::write(&path, bytes).expect("a file");
        left += usize::from(matches!(Pages::open(&path), Ok(None)));
    }
    assert!(left > 1, "{left} pages are redb's own, or lead to the tables");
}

fn engine(path: &Path, reserve_bytes: u64) -> Redb {
    Redb::open(path, &Settings { reserve_bytes, ..Settings::default() }, None).expect("whole")
}

#[test]
fn a_close_moves_nothing_on_a_disk_that_is_nearly_full() {
    let directory = tempfile::tempdir().expect("a directory");
    let closed = |name: &str, reserve_bytes| {
        let path = directory.path().join(name);
        let engine = engine(&path, reserve_bytes);
        for part in 0..20 {
            let mut changes = Changes::default();
            for number in 0..500 {
                changes.put(key(part * 500 + number), vec![7; 400]);
            }
            engine.commit(changes, Order::Atomic, || ()).expect("room");
        }
        drop(engine);
        fs::metadata(&path).expect("a file").len()
    };
    let (roomy, full) = (closed("roomy", 0), closed("full", u64::MAX));
    assert!(roomy < full, "{roomy} and {full} bytes");
}
