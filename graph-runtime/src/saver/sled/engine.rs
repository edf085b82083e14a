//! sled behind a guard: its panics are errors, and what it calls flushed is made durable.

use super::changes::Changes;
use super::frame;
use super::keys;
use super::lock::{self, Lock};
use crate::{StoreError, panic};
use ::sled::{Config, Db, IVec};
use std::fs::{File, OpenOptions};
use std::ops::Range;
use std::path::Path;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// Never to be changed for a given format: sled refuses a directory that was made with another one.
const SEGMENT_BYTES: usize = 512 * 1024;
/// sled's own flusher is the only thread of sled that syncs and that cleans segments, so it must run.
const FLUSH_EVERY_MS: u64 = 500;
const FORMAT: u32 = 1;
/// How long sled's own lock, which nobody else takes, may outlive a close.
const PATIENCE: Duration = Duration::from_secs(5);

/// An open sled directory.
pub(super) struct Engine {
    /// `None` only while it is being dropped.
    db: Option<Db>,
    /// Our own handle of sled's log, for the sync that sled leaves out.
    log: File,
    /// Reads of several keys see one state: writes wait for them.
    snapshot: RwLock<()>,
    /// Released after sled is closed.
    _lock: Option<Lock>,
}

impl Engine {
    /// Opens a directory of sled, or creates it. `lock` is kept until sled is closed.
    pub(super) fn open(directory: &Path, cache_bytes: u64, lock: Option<Lock>) -> Result<Engine, StoreError> {
        // A process that was forked before the last close may hold sled's lock for a moment; sled would not wait for it.
        match File::open(directory.join("db")) {
            Ok(log) => drop(lock::try_for(&log, PATIENCE)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        let db = guard(|| {
            Ok(Config::new()
                .path(directory)
                .cache_capacity(cache_bytes)
                .segment_size(SEGMENT_BYTES)
                .flush_every_ms(Some(FLUSH_EVERY_MS))
                .open()?)
        })?;
        // Windows syncs only through a handle that may write.
        let log = OpenOptions::new().write(true).open(directory.join("db"))?;
        Ok(Engine { db: Some(db), log, snapshot: RwLock::new(()), _lock: lock })
    }

    /// Reads any number of keys in one state of the store.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Scan<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let _state = self.snapshot.read().unwrap_or_else(PoisonError::into_inner);
        guard(|| read(&Scan { db: self.db()? }))
    }

    /// Applies changes as one atomic step, in memory until [`Engine::sync`].
    pub(super) fn apply(&self, changes: Changes) -> Result<(), StoreError> {
        let _state = self.snapshot.write().unwrap_or_else(PoisonError::into_inner);
        guard(|| Ok(self.db()?.apply_batch(changes.into())?))
    }

    /// Applies changes one after the other: a crash before [`Engine::sync`] leaves the first few of them, for sled recovers
    /// its log up to a point.
    ///
    /// A batch of sled's goes to the log in two writes, each synced by sled, so this is faster by a third where it will do.
    pub(super) fn apply_in_order(&self, changes: Changes) -> Result<(), StoreError> {
        let _state = self.snapshot.write().unwrap_or_else(PoisonError::into_inner);
        guard(|| {
            let db = self.db()?;
            for (key, value) in changes {
                match value {
                    Some(value) => db.insert(key, value)?,
                    None => db.remove(key)?,
                };
            }
            Ok(())
        })
    }

    /// Makes everything that was applied survive a power cut.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        guard(|| Ok(self.db()?.flush()?))?;
        Ok(self.log.sync_data()?)
    }

    /// How many commits the store holds; `None` if it was never set up.
    pub(super) fn commits(&self) -> Result<Option<u64>, StoreError> {
        let Some(meta) = self.read(|scan| scan.get(keys::META))? else {
            return Ok(None);
        };
        let meta = frame::open_small(keys::META, &meta)?;
        let (format, commits) =
            meta.split_first_chunk().ok_or_else(|| frame::damaged("the store's own record is short"))?;
        match u32::from_be_bytes(*format) {
            FORMAT => {}
            newer => {
                return Err(StoreError::Failed {
                    reason: format!("it has format {newer}, and this program knows {FORMAT}"),
                });
            }
        }
        let commits = commits.try_into().map_err(|_| frame::damaged("the store's own record is short"))?;
        Ok(Some(u64::from_be_bytes(commits)))
    }

    /// Adds the count of commits to the changes that make it true.
    pub(super) fn put_commits(changes: &mut Changes, commits: u64) {
        let meta = [&FORMAT.to_be_bytes()[..], &commits.to_be_bytes()].concat();
        frame::put_small(changes, keys::META, &meta);
    }

    fn db(&self) -> Result<&Db, StoreError> {
        self.db.as_ref().ok_or(StoreError::Closed)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let db = self.db.take();
        // sled's own closing unwraps the result of its sync; everything acknowledged is durable by now.
        let _ = guard(move || {
            drop(db);
            Ok(())
        });
        // sled's pool may still hold the log for a moment, and with it sled's own lock: ours goes last.
        let _ = lock::try_for(&self.log, PATIENCE);
    }
}

/// Reads of one state.
pub(super) struct Scan<'engine> {
    db: &'engine Db,
}

impl Scan<'_> {
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<IVec>, StoreError> {
        Ok(self.db.get(key)?)
    }

    pub(super) fn range(
        &self,
        range: Range<Vec<u8>>,
    ) -> impl DoubleEndedIterator<Item = Result<(IVec, IVec), StoreError>> {
        self.db.range(range).map(|entry| Ok(entry?))
    }
}

/// sled panics on some damage and leaks it through every call, so none is made outside of this.
fn guard<T>(call: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let corrupt = |message| Err(StoreError::Corrupt { reason: format!("sled panicked: {message}") });
    panic::catch(call).unwrap_or_else(corrupt)
}

impl From<::sled::Error> for StoreError {
    fn from(error: ::sled::Error) -> StoreError {
        match error {
            ::sled::Error::Io(error) => error.into(),
            ::sled::Error::Corruption { .. }
            | ::sled::Error::ReportableBug(_)
            | ::sled::Error::CollectionNotFound(_) => StoreError::Corrupt { reason: error.to_string() },
            ::sled::Error::Unsupported(_) => StoreError::Failed { reason: error.to_string() },
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> StoreError {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                StoreError::Full { reason: error.to_string() }
            }
            _ => StoreError::Failed { reason: error.to_string() },
        }
    }
}
