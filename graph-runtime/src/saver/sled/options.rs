//! What a store can be opened with.

use super::committer::Committer;
use super::directory::{Directory, Opened};
use super::queue::{Limits, Queue};
use super::saver::{SledSaver, Store};
use crate::{StoreError, StoreId};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const MIB: u64 = 1024 * 1024;

/// Options of a [`SledSaver`].
///
/// # Examples
///
/// ```
/// use graph_runtime::SledSaver;
///
/// let directory = tempfile::tempdir()?;
/// let saver = SledSaver::options().cache_bytes(8 << 20).record_limit(1 << 20).open(directory.path().join("state.db"))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct SledOptions {
    cache_bytes: u64,
    record_limit: usize,
    flush_delay: Duration,
    queue_bytes: usize,
    reserve_bytes: u64,
    accept_rollback: bool,
}

impl Default for SledOptions {
    fn default() -> SledOptions {
        SledOptions {
            cache_bytes: 64 * MIB,
            record_limit: 16 * 1024 * 1024,
            flush_delay: Duration::from_millis(50),
            queue_bytes: 8 * 1024 * 1024,
            reserve_bytes: 32 * MIB,
            accept_rollback: false,
        }
    }
}

impl SledOptions {
    /// Sets how much sled keeps in memory, in bytes; 64 MiB by default.
    pub fn cache_bytes(mut self, bytes: u64) -> SledOptions {
        self.cache_bytes = bytes;
        self
    }

    /// Sets the longest record, in bytes; 16 MiB by default, and never above 1 GiB.
    pub fn record_limit(mut self, bytes: usize) -> SledOptions {
        self.record_limit = bytes.min(1 << 30);
        self
    }

    /// Sets how long a [`Commit::Written`](crate::Commit::Written) write may wait until it is made durable; 50 ms by default,
    /// and never above a minute.
    pub fn flush_delay(mut self, delay: Duration) -> SledOptions {
        self.flush_delay = delay.min(Duration::from_secs(60));
        self
    }

    /// Sets from how many bytes in the queue on writers wait for room; 8 MiB by default.
    pub fn queue_bytes(mut self, bytes: usize) -> SledOptions {
        self.queue_bytes = bytes;
        self
    }

    /// Sets how much of the disk is kept free: with less, writes are refused with [`StoreError::Full`] until there is more;
    /// 32 MiB by default. sled needs room to open and to clean up.
    pub fn reserve_bytes(mut self, bytes: u64) -> SledOptions {
        self.reserve_bytes = bytes;
        self
    }

    /// Sets whether a store that holds less than it acknowledged is opened as it is; `false` by default, which is
    /// [`StoreError::RolledBack`].
    pub fn accept_rollback(mut self, accept: bool) -> SledOptions {
        self.accept_rollback = accept;
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
    pub fn open(&self, path: impl AsRef<Path>) -> Result<SledSaver, StoreError> {
        let path = path.as_ref();
        let Opened { engine, watermark, commits } =
            Directory::claim(path)?.open(self.cache_bytes, self.accept_rollback)?;
        let engine = Arc::new(engine);
        let queue = Arc::new(Queue::new(Limits {
            delay: self.flush_delay,
            bytes: self.queue_bytes,
            reserve: self.reserve_bytes,
            directory: path.to_owned(),
        }));
        let committer = Committer::start(Arc::clone(&engine), Arc::clone(&queue), watermark, commits)?;
        Ok(SledSaver::new(Store {
            engine,
            queue,
            record_limit: self.record_limit,
            id: StoreId::new(),
            _committer: committer,
        }))
    }
}
