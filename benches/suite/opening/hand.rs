//! The engines alone, on the same files: opened as the runtime opens them, and given as many bytes as its first step.

use super::request::First;
use crate::Failure;
use redb::{Database, TableDefinition};
use std::fs::OpenOptions;
use std::path::Path;
use std::time::Instant;

/// A request that is answered is two checkpoints, each a record of about this size and a head.
const CHECKPOINTS: u64 = 2;
const RECORD: [u8; 300] = [1; 300];
const HEAD: [u8; 41] = [2; 41];
const CACHE_BYTES: usize = 64 << 20;

/// The keys of a record and of the head.
fn keys(checkpoint: u64) -> [Vec<u8>; 2] {
    let thread = b"Support\0new\0";
    [[b"R", &thread[..], &checkpoint.to_be_bytes(), &[0; 4]].concat(), [b"H", &thread[..]].concat()]
}

pub(super) fn sled(path: &Path) -> Result<(sled::Db, First), Failure> {
    let began = Instant::now();
    let db = sled::Config::new()
        .path(path.join("sled"))
        .cache_capacity(u64::try_from(CACHE_BYTES)?)
        .segment_size(512 << 10)
        .flush_every_ms(Some(500))
        .open()?;
    let log = OpenOptions::new().write(true).open(path.join("sled/db"))?;
    let opened = began.elapsed();
    for checkpoint in 1..=CHECKPOINTS {
        let [record, head] = keys(checkpoint);
        db.insert(record, &RECORD[..])?;
        db.insert(head, &HEAD[..])?;
        db.flush()?;
        log.sync_data()?;
    }
    Ok((db, First { opened, served: began.elapsed().saturating_sub(opened) }))
}

/// With redb's own defaults: it does not check the file.
pub(super) fn redb(path: &Path) -> Result<(Database, First), Failure> {
    const TABLE: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("store");
    let began = Instant::now();
    let database = Database::builder().set_cache_size(CACHE_BYTES).create(path.join("redb"))?;
    let opened = began.elapsed();
    for checkpoint in 1..=CHECKPOINTS {
        let [record, head] = keys(checkpoint);
        let transaction = database.begin_write()?;
        let mut table = transaction.open_table(TABLE)?;
        table.insert(&*record, &RECORD[..])?;
        table.insert(&*head, &HEAD[..])?;
        drop(table);
        transaction.commit()?;
    }
    Ok((database, First { opened, served: began.elapsed().saturating_sub(opened) }))
}
