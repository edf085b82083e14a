//! redb behind a guard: its panics are errors, and its file is verified before it is trusted.

use super::ahead;
use super::pages::{Damage, Pages};
use crate::StoreError;
use crate::fault::fault;
use crate::saver::embedded::{Answer, Changes, Engine, Lock, Order, Scan, Settings, guard};
use ::redb::{
    AccessGuard, Builder, CommitError, Database, DatabaseError, Durability, ReadOnlyTable, ReadableDatabase,
    ReadableTable, SetDurabilityError, StorageError, TableDefinition, TableError, TransactionError,
};
use either::Either;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long redb's own lock, which nobody else takes, may outlive a close.
const PATIENCE: Duration = Duration::from_secs(5);
/// A page of redb, unless it is told otherwise.
const PAGE_BYTES: usize = 4096;
const TABLE: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("store");

/// An open file of redb.
pub(super) struct Redb {
    /// `None` only while it is being dropped.
    database: Option<Database>,
    damage: Damage,
    /// Released after redb is closed.
    _lock: Option<Lock>,
}

impl Redb {
    fn database(&self) -> Result<&Database, StoreError> {
        self.database.as_ref().ok_or(StoreError::Closed)
    }

    /// Nothing that redb says is believed once a page was found damaged.
    fn guarded<T>(&self, call: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let said = guarded(call);
        self.whole()?;
        said
    }

    fn whole(&self) -> Answer {
        self.damage.reason().map_or(Ok(()), |reason| Err(StoreError::Corrupt { reason }))
    }

    fn write(&self, changes: Changes<Vec<u8>>, durability: Durability) -> Answer {
        self.guarded(|| {
            let mut transaction = self.database()?.begin_write()?;
            transaction.set_durability(durability)?;
            fault!(RedbBegun);
            let mut table = transaction.open_table(TABLE)?;
            for (key, value) in changes {
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
        })
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
        PAGE_BYTES - 12 - key_bytes.min(PAGE_BYTES / 2)
    }

    fn open(path: &Path, settings: &Settings, lock: Option<Lock>) -> Result<Redb, StoreError> {
        let (database, damage) = guarded(|| create(path, settings))?;
        fault!(RedbOpened);
        let redb = Redb { database: Some(database), damage, _lock: lock };
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
        let (database, damage) = (self.database.take(), self.damage.clone());
        // redb writes when it is closed; everything acknowledged is durable by now.
        let _ = guarded(move || {
            fault!(RedbClosing);
            damage.committing(|| drop(database));
            Ok(())
        });
    }
}

/// From this size on, a file is checked whole by a handle of its own.
const LARGE_BYTES: u64 = 8 << 20;
/// What redb keeps in memory while it checks. It goes through the file twice, in no order of it, so that a cache smaller than the file
/// is of no use; and what it once took, the allocator does not give back.
const CHECK_CACHE_BYTES: usize = 1 << 20;

/// Opens the file, or creates it. One that was closed is verified page by page as it is read; one that was not is checked whole, and
/// so is any if the settings say so.
fn create(path: &Path, settings: &Settings) -> Result<(Database, Damage), StoreError> {
    let cache = usize::try_from(settings.cache_bytes).unwrap_or(usize::MAX);
    let open = |cache, whole| attempt(|| builder(cache).set_check_integrity_on_open(whole).create(path), path);
    if !settings.check
        && let Some(opened) = verified(path, cache)?
    {
        return Ok(opened);
    }
    if std::fs::metadata(path).map_or(0, |file| file.len()) < LARGE_BYTES {
        return Ok((open(cache, true)?, Damage::default()));
    }
    let done = AtomicBool::new(false);
    let checked = std::thread::scope(|scope| {
        ahead::start(scope, path, &done);
        let checked = open(cache.min(CHECK_CACHE_BYTES), true);
        done.store(true, Ordering::Relaxed);
        checked
    });
    drop(checked?);
    match verified(path, cache)? {
        Some(opened) => Ok(opened),
        None => Ok((open(cache, false)?, Damage::default())),
    }
}

/// Opens a file of which every page is verified when it is read.
fn verified(path: &Path, cache: usize) -> Result<Option<(Database, Damage)>, StoreError> {
    let mut damage = Damage::default();
    let opened = attempt(
        || {
            let Some(pages) = Pages::open(path)? else { return Ok(None) };
            damage = pages.damage();
            builder(cache).create_with_backend(pages).map(Some)
        },
        path,
    );
    match (opened, damage.reason()) {
        (Err(_), Some(reason)) => Err(StoreError::Corrupt { reason }),
        (opened, _) => Ok(opened?.map(|database| (database, damage))),
    }
}

fn builder(cache: usize) -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(cache);
    builder
}

fn attempt<T>(mut open: impl FnMut() -> Result<T, DatabaseError>, path: &Path) -> Result<T, StoreError> {
    let until = Instant::now() + PATIENCE;
    loop {
        match open() {
            // A process that was forked before the last close may hold redb's lock a moment longer than ours.
            Err(DatabaseError::DatabaseAlreadyOpen) if Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(DatabaseError::DatabaseAlreadyOpen) => {
                let path = path.display().to_string();
                return Err(StoreError::Busy { path, holder: "a program that opened the file itself".to_owned() });
            }
            opened => return Ok(opened?),
        }
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

impl From<StorageError> for StoreError {
    fn from(error: StorageError) -> StoreError {
        match error {
            // What has no magic number, or ends too early, is no store any more.
            StorageError::Io(error)
                if matches!(error.kind(), std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof) =>
            {
                StoreError::Corrupt { reason: error.to_string() }
            }
            StorageError::Io(error) => error.into(),
            StorageError::Corrupted(_) => StoreError::Corrupt { reason: error.to_string() },
            _ => StoreError::Failed { reason: error.to_string() },
        }
    }
}

impl From<DatabaseError> for StoreError {
    fn from(error: DatabaseError) -> StoreError {
        match error {
            DatabaseError::Storage(error) => error.into(),
            _ => StoreError::Failed { reason: error.to_string() },
        }
    }
}

impl From<TransactionError> for StoreError {
    fn from(error: TransactionError) -> StoreError {
        match error {
            TransactionError::Storage(error) => error.into(),
            _ => StoreError::Failed { reason: error.to_string() },
        }
    }
}

impl From<TableError> for StoreError {
    fn from(error: TableError) -> StoreError {
        match error {
            TableError::Storage(error) => error.into(),
            // The store has one table, of one type, since it was set up.
            _ => StoreError::Corrupt { reason: error.to_string() },
        }
    }
}

impl From<CommitError> for StoreError {
    fn from(error: CommitError) -> StoreError {
        match error {
            CommitError::Storage(error) => error.into(),
            _ => StoreError::Failed { reason: error.to_string() },
        }
    }
}

impl From<SetDurabilityError> for StoreError {
    fn from(error: SetDurabilityError) -> StoreError {
        StoreError::Failed { reason: error.to_string() }
    }
}
