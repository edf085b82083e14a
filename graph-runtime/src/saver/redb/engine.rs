//! redb behind a guard: its panics are errors, and its file is verified before it is trusted.

use super::damage::Damage;
use super::format::PAGE;
use super::opening;
use crate::StoreError;
use crate::fault::fault;
use crate::saver::embedded::{Answer, Changes, Engine, Lock, Order, Scan, Settings, free_space, guard};
use ::redb::{
    AccessGuard, Database, Durability, ReadOnlyTable, ReadableDatabase, ReadableTable, ReadableTableMetadata,
    TableDefinition,
};
use either::Either;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// From how many written bytes on a file is made as short as it can be when it is closed.
///
/// redb doubles its file when it is full and takes its pages from anywhere in it, so that up to half of a file may be free with its
/// last pages in use. Measured: 10,000 steps of 200 bytes leave 9.4 MB, and 8.4 after this.
const COMPACTED_BYTES: usize = 1 << 20;
/// To move the pages of longer files would take longer than a close should.
const COMPACTED_FILE_BYTES: u64 = 64 << 20;
/// And with a smaller part of it free there is little to give back.
const FREE_PART: u64 = 16;
const TABLE: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("store");

/// An open file of redb.
pub(super) struct Redb {
    /// `None` only while it is being dropped.
    database: Option<Database>,
    damage: Damage,
    path: PathBuf,
    /// How many bytes were written since the file was opened; 0 after a failure, when nothing more is asked of redb.
    written: AtomicUsize,
    /// How much of the disk is kept free.
    reserve: u64,
    /// Released after redb is closed.
    _lock: Option<Lock>,
}

impl Redb {
    fn database(&self) -> Result<&Database, StoreError> {
        self.database.as_ref().ok_or(StoreError::Closed)
    }

    /// Once a page was found damaged, redb is asked nothing more, and nothing that it says is believed.
    fn guarded<T>(&self, call: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.whole()?;
        let said = guarded(call);
        self.whole()?;
        said
    }

    fn whole(&self) -> Answer {
        self.damage.reason().map_or(Ok(()), |reason| Err(StoreError::Corrupt { reason }))
    }

    fn write(&self, changes: Changes<Vec<u8>>, durability: Durability) -> Answer {
        let mut bytes = 0;
        let written = self.guarded(|| {
            let mut transaction = self.database()?.begin_write()?;
            transaction.set_durability(durability)?;
            fault!(RedbBegun);
            let mut table = transaction.open_table(TABLE)?;
            for (key, value) in changes {
                bytes += key.len() + value.as_ref().map_or(0, Vec::len);
                match value {
                    Some(value) => table.insert(&*key, &*value)?,
                    None => table.remove(&*key)?,
                };
            }
            drop(table);
            fault!(RedbFilled);
            self.whole()?;
            self.damage.committing(|| transaction.commit())?;
            fault!(RedbCommitted);
            Ok(())
        });
        match &written {
            Ok(()) => self.written.fetch_add(bytes, Ordering::Relaxed),
            Err(_) => self.written.swap(0, Ordering::Relaxed),
        };
        written
    }

    /// Gives free pages back to the system, if that is worth what it costs.
    fn compact(&mut self) -> Answer {
        let bytes = std::fs::metadata(&self.path)?.len();
        if *self.written.get_mut() < COMPACTED_BYTES || bytes > COMPACTED_FILE_BYTES {
            return Ok(());
        }
        // Moved pages take room before they give any back, and a full disk would leave a file that has to be checked whole.
        if free_space(&self.path) < self.reserve.saturating_add(bytes) {
            return Ok(());
        }
        // Pages are moved as they are, so this reads, and verifies, all of them.
        let used = self.read(|State(table)| {
            let table = table.stats()?;
            Ok(table.stored_bytes() + table.metadata_bytes() + table.fragmented_bytes())
        })?;
        if bytes.saturating_sub(used) < bytes / FREE_PART {
            return Ok(());
        }
        fault!(RedbCompacting);
        let damage = self.damage.clone();
        let database = self.database.as_mut().ok_or(StoreError::Closed)?;
        damage.committing(|| database.compact())?;
        fault!(RedbCompacted);
        Ok(())
    }
}

impl Engine for Redb {
    const NAME: &'static str = "redb";

    /// Every step copies the pages down to what it changes, and they are free again only after the next sync.
    const PLENTY: usize = 512;

    type Bytes = Vec<u8>;
    type Scan<'engine> = State;

    /// redb gives a value that is longer than a page the next power of two of them, so up to half of what a long one takes would
    /// be empty. A chunk takes one page, with its key and 12 bytes that say where they end, and fills it.
    fn chunk_bytes(key_bytes: usize) -> usize {
        PAGE - 12 - key_bytes.min(PAGE / 2)
    }

    fn open(path: &Path, settings: &Settings, lock: Option<Lock>) -> Result<Redb, StoreError> {
        let (database, damage) = guarded(|| opening::create(path, settings))?;
        fault!(RedbOpened);
        let (path, written, reserve) = (path.to_owned(), AtomicUsize::new(0), settings.reserve_bytes);
        let redb = Redb { database: Some(database), damage, path, written, reserve, _lock: lock };
        // Before anything was written, reads would find no table.
        if redb.guarded(|| Ok(redb.database()?.begin_read()?.list_tables()?.next().is_none()))? {
            fault!(RedbEmpty);
            redb.write(Changes::default(), Durability::Immediate)?;
        }
        Ok(redb)
    }

    fn read<T>(&self, read: impl FnOnce(&State) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.guarded(|| read(&State(self.database()?.begin_read()?.open_table(TABLE)?)))
    }

    /// A crash before the next commit leaves nothing of it.
    fn apply(&self, changes: Changes<Vec<u8>>, _: Order) -> Answer {
        self.write(changes, Durability::None)
    }

    fn commit(&self, changes: Changes<Vec<u8>>, _: Order, applied: impl FnOnce()) -> Answer {
        self.write(changes, Durability::Immediate)?;
        applied();
        Ok(())
    }
}

impl Drop for Redb {
    fn drop(&mut self) {
        // Otherwise the file stays longer than what it holds, and that is all.
        let _ = guarded(|| self.compact());
        let (database, damage) = (self.database.take(), self.damage.clone());
        // redb writes when it is closed; everything acknowledged is durable by now.
        let _ = guarded(move || {
            fault!(RedbClosing);
            damage.committing(|| drop(database));
            Ok(())
        });
    }
}

/// Reads of one state.
pub(super) struct State(ReadOnlyTable<&'static [u8], &'static [u8]>);

impl Scan for State {
    type Bytes = Vec<u8>;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(ReadableTable::get(&self.0, key)?.map(|value| bytes(&value)))
    }

    fn range(&self, range: Range<Vec<u8>>) -> impl DoubleEndedIterator<Item = Result<(Vec<u8>, Vec<u8>), StoreError>> {
        match ReadableTable::range::<&[u8]>(&self.0, &*range.start..&*range.end) {
            Ok(entries) => Either::Left(entries.map(|entry| {
                let (key, value) = entry?;
                Ok((bytes(&key), bytes(&value)))
            })),
            Err(error) => Either::Right(std::iter::once(Err(error.into()))),
        }
    }
}

fn bytes(guard: &AccessGuard<'_, &'static [u8]>) -> Vec<u8> {
    guard.value().to_vec()
}

/// redb panics on some damage, so no call is made outside of this.
fn guarded<T>(call: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    guard("redb", call)
}
