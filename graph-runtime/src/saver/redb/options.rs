//! What a store can be opened with.

use super::saver::RedbSaver;
use crate::StoreError;
use crate::saver::embedded::Settings;
use std::path::Path;
use std::time::Duration;

/// Options of a [`RedbSaver`].
///
/// # Examples
///
/// ```
/// use graph_runtime::RedbSaver;
///
/// let directory = tempfile::tempdir()?;
/// let saver = RedbSaver::options().cache_bytes(8 << 20).record_limit(1 << 20).open(directory.path().join("state.db"))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct RedbOptions(Settings);

impl RedbOptions {
    /// Sets how much redb keeps in memory, in bytes; 64 MiB by default.
    pub fn cache_bytes(mut self, bytes: u64) -> RedbOptions {
        self.0.cache_bytes = bytes;
        self
    }

    /// Sets the longest record, in bytes; 16 MiB by default, and never above 1 GiB.
    pub fn record_limit(mut self, bytes: usize) -> RedbOptions {
        self.0.record_limit = bytes.min(Settings::MOST_RECORD_BYTES);
        self
    }

    /// Sets how long a [`Commit::Written`](crate::Commit::Written) write may wait until it is made durable; 50 ms by default,
    /// and never above a minute.
    pub fn flush_delay(mut self, delay: Duration) -> RedbOptions {
        self.0.flush_delay = delay.min(Settings::MOST_DELAY);
        self
    }

    /// Sets from how many bytes in the queue on writers wait for room; 8 MiB by default.
    pub fn queue_bytes(mut self, bytes: usize) -> RedbOptions {
        self.0.queue_bytes = bytes;
        self
    }

    /// Sets how much of the disk is kept free: with less, writes are refused with [`StoreError::Full`] until there is more;
    /// 32 MiB by default. redb needs room to open, and to delete. A close that has not got the size of the file beyond that moves
    /// no pages, so that the file stays as long as it is.
    pub fn reserve_bytes(mut self, bytes: u64) -> RedbOptions {
        self.0.reserve_bytes = bytes;
        self
    }

    /// Sets whether a store that holds less than it acknowledged is opened as it is; `false` by default, which is
    /// [`StoreError::RolledBack`].
    pub fn accept_rollback(mut self, accept: bool) -> RedbOptions {
        self.0.accept_rollback = accept;
        self
    }

    /// Sets whether the whole file is checked whenever it is opened; `false` by default.
    ///
    /// Every page is verified when it is read, so a store opens at once, however large it is. Damage is [`StoreError::Corrupt`] for
    /// whoever comes upon it, and for everybody after that until the store is opened again; then what is whole can be read. A check
    /// finds damage that nobody has come upon, and refuses the store. It takes about a second of the processor's time for a gigabyte,
    /// and little memory. After a crash the file is checked in any case.
    pub fn check(mut self, check: bool) -> RedbOptions {
        self.0.check = check;
        self
    }

    /// Opens the store in a directory, or creates it with the directories above it.
    ///
    /// # Errors
    ///
    /// * [`StoreError::Busy`] if it is open already, in this process or another.
    /// * [`StoreError::NotAStore`] if the path is a file or a directory of something else; it is left untouched.
    /// * [`StoreError::RolledBack`] if it holds less than it once acknowledged.
    /// * [`StoreError::Corrupt`] if it is damaged.
    /// * [`StoreError::Full`] and [`StoreError::Failed`] if the system refuses.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<RedbSaver, StoreError> {
        Ok(RedbSaver::new(self.0.open(path.as_ref())?))
    }
}
