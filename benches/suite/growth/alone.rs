//! The engines alone, given what the store has given them: its keys and values, step by step, each step made durable.
//!
//! What that takes on the disk is the engine's own: how full its pages are, what it writes again for every change, and what of it
//! it cleans away.

use crate::Failure;
use crate::session::{bytes, copy};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use std::fs::OpenOptions;
use std::path::Path;

const TABLE: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("store");

type Entry = (Vec<u8>, Vec<u8>);

/// What one thread has put into a store.
struct Held {
    /// Keys that are there before anything else.
    first: Vec<Entry>,
    /// The chunks of each record, in the order in which the steps have stored them.
    steps: Vec<Vec<Entry>>,
    /// The count of commits and the head of the thread, which every step replaces.
    last: Vec<Entry>,
}

impl Held {
    /// Sorts the entries of a store by what their keys say: the tag, the names, and of a record the length of its number, the number,
    /// and behind that the number of a chunk.
    fn of(entries: impl Iterator<Item = Result<Entry, Failure>>) -> Result<Held, Failure> {
        let (mut held, mut newest) = (Held { first: Vec::new(), steps: Vec::new(), last: Vec::new() }, Vec::new());
        for entry in entries {
            let entry = entry?;
            match entry.0.first() {
                Some(b'R') => {
                    let names = entry.0.iter().enumerate().filter(|(_, byte)| **byte == 0).map(|(at, _)| at).nth(1);
                    let length = names.and_then(|at| Some((at + 1, usize::from(*entry.0.get(at + 1)?))));
                    let (at, digits) = length.ok_or("a record has a number")?;
                    let number = entry.0.get(..=at + digits).ok_or("a record has a number")?.to_vec();
                    if number != newest {
                        held.steps.push(Vec::new());
                        newest = number;
                    }
                    held.steps.last_mut().ok_or("a step was begun")?.push(entry);
                }
                Some(b'M' | b'H') => held.last.push(entry),
                _ => held.first.push(entry),
            }
        }
        Ok(held)
    }

    fn commits(&self) -> impl Iterator<Item = impl Iterator<Item = &Entry>> {
        let first = (!self.first.is_empty()).then_some((&self.first, &[][..]));
        let steps = self.steps.iter().map(|step| (step, &*self.last));
        first.into_iter().chain(steps).map(|(step, last)| step.iter().chain(last))
    }
}

/// The bytes of a directory of sled's that was given what a closed store holds.
pub(super) fn sled(store: &Path, path: &Path) -> Result<u64, Failure> {
    let open = |path: &Path| sled::Config::new().path(path).segment_size(512 << 10).flush_every_ms(Some(500)).open();
    copy(&store.join("sled"), &path.join("given"))?;
    let given = open(&path.join("given"))?;
    let held = Held::of(given.iter().map(|entry| {
        let (key, value) = entry?;
        Ok((key.to_vec(), value.to_vec()))
    }))?;
    drop(given);
    let alone = path.join("sled");
    let db = open(&alone)?;
    let log = OpenOptions::new().write(true).open(alone.join("db"))?;
    for commit in held.commits() {
        for (key, value) in commit {
            db.insert(&**key, &**value)?;
        }
        db.flush()?;
        log.sync_data()?;
    }
    drop(db);
    bytes(&alone)
}

/// The bytes of a file of redb's that was given what a closed store holds.
pub(super) fn redb(store: &Path, path: &Path) -> Result<u64, Failure> {
    std::fs::create_dir_all(path)?;
    copy(&store.join("redb"), &path.join("given"))?;
    let given = Database::create(path.join("given"))?;
    let table = given.begin_read()?.open_table(TABLE)?;
    let held = Held::of(ReadableTable::iter(&table)?.map(|entry| {
        let (key, value) = entry?;
        Ok((key.value().to_vec(), value.value().to_vec()))
    }))?;
    drop((table, given));
    let alone = path.join("redb");
    let database = Database::create(&alone)?;
    for commit in held.commits() {
        let transaction = database.begin_write()?;
        let mut table = transaction.open_table(TABLE)?;
        for (key, value) in commit {
            table.insert(&**key, &**value)?;
        }
        drop(table);
        transaction.commit()?;
    }
    drop(database);
    bytes(&alone)
}
