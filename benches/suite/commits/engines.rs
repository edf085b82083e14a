//! The engines by themselves, and a plain file: what a thread stored by hand is put into.

use crate::Failure;
use ::redb::{Database, Durability, TableDefinition};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

/// Keys and values, in memory or on a disk.
pub(crate) trait Engine: Send + Sync {
    /// Stores some entries; synced, they survive a power cut when it returns.
    fn put(&self, entries: &[(&[u8], &[u8])], synced: bool) -> Result<(), Failure>;

    /// Makes everything that was put survive a power cut.
    fn flush(&self) -> Result<(), Failure>;
}

/// How an engine is opened at a path where nothing is yet.
pub(crate) type Open = fn(&Path) -> Result<Box<dyn Engine>, Failure>;

/// A file that what is put is appended to, and never read from: the lowest floor that there is.
pub(crate) fn file(path: &Path) -> Result<Box<dyn Engine>, Failure> {
    Ok(Box::new(Plain(OpenOptions::new().append(true).create(true).open(path)?)))
}

/// sled with the options that the runtime opens it with.
pub(crate) fn sled(path: &Path) -> Result<Box<dyn Engine>, Failure> {
    let db = ::sled::Config::new()
        .path(path)
        .cache_capacity(64 << 20)
        .segment_size(512 << 10)
        .flush_every_ms(Some(500))
        .open()?;
    Ok(Box::new(Sled { db, log: OpenOptions::new().write(true).open(path.join("db"))? }))
}

/// redb, of which every commit is a transaction.
pub(crate) fn redb(path: &Path) -> Result<Box<dyn Engine>, Failure> {
    Ok(Box::new(Redb(Database::builder().set_cache_size(64 << 20).create(path)?)))
}

struct Plain(File);

impl Engine for Plain {
    fn put(&self, entries: &[(&[u8], &[u8])], synced: bool) -> Result<(), Failure> {
        let bytes: Vec<u8> = entries.iter().flat_map(|(key, value)| [*key, *value]).collect::<Vec<_>>().concat();
        (&self.0).write_all(&bytes)?;
        if synced { self.flush() } else { Ok(()) }
    }

    fn flush(&self) -> Result<(), Failure> {
        Ok(self.0.sync_data()?)
    }
}

struct Sled {
    db: ::sled::Db,
    /// sled's log, to sync it as the runtime does: sled's own flush does not.
    log: File,
}

impl Engine for Sled {
    fn put(&self, entries: &[(&[u8], &[u8])], synced: bool) -> Result<(), Failure> {
        for (key, value) in entries {
            self.db.insert(key, *value)?;
        }
        if synced { self.flush() } else { Ok(()) }
    }

    fn flush(&self) -> Result<(), Failure> {
        self.db.flush()?;
        Ok(self.log.sync_data()?)
    }
}

const TABLE: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("store");

struct Redb(Database);

impl Engine for Redb {
    fn put(&self, entries: &[(&[u8], &[u8])], synced: bool) -> Result<(), Failure> {
        let mut transaction = self.0.begin_write()?;
        transaction.set_durability(if synced { Durability::Immediate } else { Durability::None })?;
        let mut table = transaction.open_table(TABLE)?;
        for (key, value) in entries {
            table.insert(key, value)?;
        }
        drop(table);
        Ok(transaction.commit()?)
    }

    fn flush(&self) -> Result<(), Failure> {
        self.put(&[], true)
    }
}
