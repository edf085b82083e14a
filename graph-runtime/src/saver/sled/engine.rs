//! sled behind a guard: its panics are errors, and what it calls flushed is made durable.

use super::watch::Watch;
use crate::StoreError;
use crate::fault::fault;
use crate::saver::embedded::{Answer, Changes, Engine, Lock, Order, Scan, Settings, guard, sync_directory, try_for};
use ::sled::{Batch, Config, Db, IVec};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// Never to be changed for a given format: sled refuses a directory that was made with another one.
///
/// sled cleans a segment when at most half of it is in use, and writes a leaf again at every tenth change in it, which is five times
/// what steps add to it. So what is stored takes up to twice its room. Measured with 10,000 synced steps whose records have 5.0 MB:
/// 10.0 MB, and 9.7 and 9.5 with segments of 256 and 128 KiB and chunks of 2 and 1 KiB. But an index page, which holds 256 keys, must
/// stay below a quarter of a segment, too: the names of threads would have to be as much shorter.
const SEGMENT_BYTES: usize = 512 * 1024;
/// sled's own flusher is the only thread of sled that syncs and that cleans segments, so it must run.
const FLUSH_EVERY_MS: u64 = 500;
/// From how many bytes on sled is made to note where its pages are before its directory is released.
///
/// It does so only when it is opened: it reads all of its log that is newer than the last note, which is some times as long as
/// what was written. What a store costs at its end so is what it would have cost at its next begin, where people wait for it.
/// Measured with 100,000 threads of two checkpoints, 30 MB: 110 ms of the processor's time to open without the note, and 30 with it.
const NOTED_BYTES: usize = 4 << 20;
/// How long sled's own lock, which nobody else takes, may outlive a close.
const PATIENCE: Duration = Duration::from_secs(5);

/// An open sled directory.
pub(super) struct Sled {
    db: Handle,
    /// `None` only while it is being dropped.
    watch: Option<Watch>,
    /// Our own handle of sled's log, for the sync that sled leaves out.
    log: File,
    /// Reads of several keys see one state: writes wait for them.
    snapshot: RwLock<()>,
    directory: PathBuf,
    /// How many bytes were written since the directory was opened; 0 after a failure, when nothing more is asked of it.
    written: AtomicUsize,
    /// Released after sled is closed.
    _lock: Option<Lock>,
}

impl Sled {
    /// Lets sled write, and looks after it meanwhile.
    fn write(&self, write: impl FnOnce(&Db) -> Answer) -> Answer {
        let write = || guarded(|| write(self.db.get()?));
        let written = self.watch.as_ref().ok_or(StoreError::Closed)?.during(write);
        if written.is_err() {
            self.written.store(0, Ordering::Relaxed);
        }
        written
    }

    /// Makes everything that was applied survive a power cut.
    fn sync(&self) -> Answer {
        self.write(|db| Ok(db.flush().map(drop)?))?;
        fault!(SledFlushed);
        self.log.sync_data().inspect_err(|_| self.written.store(0, Ordering::Relaxed))?;
        fault!(SledSynced);
        Ok(())
    }
}

impl Engine for Sled {
    const NAME: &'static str = "sled";

    /// sled rewrites a leaf, which is up to 27 neighbours, at every tenth change in it. The count of commits changes with every
    /// one, so no record may be its neighbour.
    const PADDING: u8 = 32;

    /// Changes are inserted one by one, so what is applied together costs as much as alone.
    const PLENTY: usize = 64;

    type Bytes = IVec;
    type Scan<'engine> = State<'engine>;

    /// The longest value that sled is given.
    ///
    /// sled writes a page of a quarter of a segment or more to a blob file, which it never syncs, and a leaf holds up to 27
    /// values. So 4 KiB go with sled's own segments of 512 KiB, 16 KiB with 2 MiB, 64 KiB with 8 MiB. Measured on ext4 with two
    /// cores, one runner, synced, no blobs in any:
    ///
    /// | chunk, segment | 300 B | 20 KB | 300 KB | disk / payload | reopen |
    /// |---|---|---|---|---|---|
    /// | 4 KiB, 512 KiB | 0.39 ms | 0.55 ms | 1.9 ms | 4.6, 1.9, 1.8 | 6-14 ms |
    /// | 16 KiB, 2 MiB | 0.72 ms | 0.62 ms | 2.2 ms | 6.1, 2.3, 2.1 | 11-19 ms |
    /// | 64 KiB, 8 MiB | 0.90 ms | 2.0 ms | 3.3 ms | 14, 3.5, 2.8 | 43-58 ms |
    ///
    /// Only reading back gains from larger chunks: 0.2 ms against 0.06 ms for 300 KB.
    fn chunk_bytes(_: usize) -> usize {
        4096
    }

    fn open(directory: &Path, settings: &Settings, lock: Option<Lock>) -> Result<Sled, StoreError> {
        let held = hold(directory)?;
        fault!(SledUnlocked);
        remove_torn_snapshots(directory)?;
        fault!(SledCleaned);
        // sled takes the lock itself. Dropped, the file would keep it for as long as a process that was forked has it open.
        held.map_or(Ok(()), |log| log.unlock())?;
        let db = Handle::new(guarded(|| Ok(config(directory).cache_capacity(settings.cache_bytes).open()?))?);
        fault!(SledOpened);
        // Windows syncs only through a handle that may write.
        let log = OpenOptions::new().write(true).open(directory.join("db"))?;
        let watch = Watch::start(db.get()?)?;
        let sled = Sled {
            db,
            watch: Some(watch),
            log,
            snapshot: RwLock::new(()),
            directory: directory.to_owned(),
            written: AtomicUsize::new(0),
            _lock: lock,
        };
        // sled renames its snapshot without syncing the directory.
        sync_directory(directory)?;
        fault!(SledReady);
        Ok(sled)
    }

    fn read<T>(&self, read: impl FnOnce(&State<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let _state = self.snapshot.read().unwrap_or_else(PoisonError::into_inner);
        guarded(|| read(&State { db: self.db.get()? }))
    }

    /// sled recovers its log up to a point, so what is inserted one by one is left up to a point by a crash. A batch of sled's goes
    /// to the log in two writes, each synced by sled, and in no order, which costs a third more.
    fn apply(&self, changes: Changes<IVec>, order: Order) -> Answer {
        let changes = changes.into_iter().inspect(|(key, value)| {
            let bytes = key.len() + value.as_ref().map_or(0, |value| value.len());
            self.written.fetch_add(bytes, Ordering::Relaxed);
        });
        let _state = self.snapshot.write().unwrap_or_else(PoisonError::into_inner);
        match order {
            Order::Atomic => {
                let mut batch = Batch::default();
                for (key, value) in changes {
                    match value {
                        Some(value) => batch.insert(key, value),
                        None => batch.remove(key),
                    }
                }
                self.write(|db| Ok(db.apply_batch(batch)?))?;
                fault!(SledBatched);
            }
            Order::Gradual => {
                self.write(|db| {
                    for (key, value) in changes {
                        match value {
                            Some(value) => db.insert(key, value)?,
                            None => db.remove(key)?,
                        };
                        fault!(SledInserted);
                    }
                    Ok(())
                })?;
                fault!(SledAppended);
            }
        }
        Ok(())
    }

    fn commit(&self, changes: Changes<IVec>, order: Order, applied: impl FnOnce()) -> Answer {
        if !changes.is_empty() {
            self.apply(changes, order)?;
        }
        applied();
        self.sync()
    }
}

impl Drop for Sled {
    fn drop(&mut self) {
        // It holds sled too.
        drop(self.watch.take());
        self.db.close();
        // sled's pool may still hold the log for a moment, and with it sled's own lock: ours goes last.
        let closed = try_for(&self.log, PATIENCE);
        if *self.written.get_mut() >= NOTED_BYTES && matches!(closed, Ok(true)) {
            // Without the note the next open takes longer, and that is all.
            let _ = guarded(|| self.note());
            let _ = try_for(&self.log, PATIENCE);
        }
    }
}

impl Sled {
    /// Opens sled once more and closes it.
    fn note(&self) -> Answer {
        // sled takes the lock itself.
        self.log.unlock()?;
        fault!(SledNoting);
        let mut db = Handle::new(guarded(|| Ok(config(&self.directory).cache_capacity(NOTED_BYTES as u64).open()?))?);
        fault!(SledNoted);
        db.close();
        fault!(SledNoteClosed);
        Ok(sync_directory(&self.directory)?)
    }
}

/// What a directory is always opened with.
fn config(directory: &Path) -> Config {
    Config::new().path(directory).segment_size(SEGMENT_BYTES).flush_every_ms(Some(FLUSH_EVERY_MS))
}

/// sled, closed with care whatever becomes of the store.
struct Handle(Option<Db>);

impl Handle {
    fn new(db: Db) -> Handle {
        Handle(Some(db))
    }

    fn get(&self) -> Result<&Db, StoreError> {
        self.0.as_ref().ok_or(StoreError::Closed)
    }

    fn close(&mut self) {
        let Some(db) = self.0.take() else { return };
        // sled's own closing unwraps the result of its sync; everything acknowledged is durable by now.
        let _ = guarded(move || {
            fault!(SledClosing);
            drop(db);
            Ok(())
        });
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.close();
    }
}

/// Reads of one state.
pub(super) struct State<'engine> {
    db: &'engine Db,
}

impl Scan for State<'_> {
    type Bytes = IVec;

    fn get(&self, key: &[u8]) -> Result<Option<IVec>, StoreError> {
        Ok(self.db.get(key)?)
    }

    fn range(&self, range: Range<Vec<u8>>) -> impl DoubleEndedIterator<Item = Result<(IVec, IVec), StoreError>> {
        self.db.range(range).map(|entry| Ok(entry?))
    }
}

/// sled leaks some damage through every call, so none is made outside of this.
pub(super) fn guarded<T>(call: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    guard("sled", call)
}

/// Takes sled's lock, if there is something to lock: a process that was forked before the last close may hold it for a
/// moment, and sled would not wait for it. What is another program's is left untouched.
fn hold(directory: &Path) -> Result<Option<File>, StoreError> {
    let log = match File::open(directory.join("db")) {
        Ok(log) => log,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if try_for(&log, PATIENCE)? {
        return Ok(Some(log));
    }
    let path = directory.display().to_string();
    Err(StoreError::Busy { path, holder: "a program that opened the file itself".to_owned() })
}

/// An open that was killed leaves `snap.*.generating`, which sled would take for a snapshot and call corrupt.
fn remove_torn_snapshots(sled: &Path) -> io::Result<()> {
    if !sled.try_exists()? {
        return Ok(());
    }
    for entry in fs::read_dir(sled)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().ends_with(".generating") {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
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
