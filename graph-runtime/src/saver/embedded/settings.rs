//! What a store is opened with.

use super::committer::Committer;
use super::directory::{Directory, Opened};
use super::engine::Engine;
use super::queue::{Limits, Queue};
use super::store::Store;
use crate::fault::fault;
use crate::{StoreError, StoreId};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const MIB: u64 = 1024 * 1024;

/// The options of an embedded store, with its bounds.
#[derive(Clone, Debug)]
pub(in crate::saver) struct Settings {
    /// How much the engine keeps in memory.
    pub(in crate::saver) cache_bytes: u64,
    /// The longest record.
    pub(in crate::saver) record_limit: usize,
    /// How long a write may wait for its sync if nobody waits for it.
    pub(in crate::saver) flush_delay: Duration,
    /// From how many bytes in the queue on writers wait for room.
    pub(in crate::saver) queue_bytes: usize,
    /// How much of the disk is kept free.
    pub(in crate::saver) reserve_bytes: u64,
    /// Whether a store that went back is opened as it is.
    pub(in crate::saver) accept_rollback: bool,
    /// Whether everything is checked when the store is opened, and not each thing when it is read.
    #[cfg_attr(not(feature = "redb"), expect(dead_code, reason = "sled reads what it checks in any case"))]
    pub(in crate::saver) check: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            cache_bytes: 64 * MIB,
            record_limit: 16 * 1024 * 1024,
            flush_delay: Duration::from_millis(50),
            queue_bytes: 8 * 1024 * 1024,
            reserve_bytes: 32 * MIB,
            accept_rollback: false,
            check: false,
        }
    }
}

impl Settings {
    /// The longest record that a store can be told to take.
    pub(in crate::saver) const MOST_RECORD_BYTES: usize = 1 << 30;
    /// The longest delay that a store can be told to take.
    pub(in crate::saver) const MOST_DELAY: Duration = Duration::from_secs(60);

    /// Opens the store in a directory, or creates it with the directories above it.
    pub(in crate::saver) fn open<E: Engine>(&self, path: &Path) -> Result<Store<E>, StoreError> {
        let Opened { engine, watermark, commits } = Directory::claim(path)?.open::<E>(self)?;
        let engine = Arc::new(engine);
        let queue = Arc::new(Queue::new(Limits {
            delay: self.flush_delay,
            plenty: E::PLENTY,
            bytes: self.queue_bytes,
            reserve: self.reserve_bytes,
            directory: path.to_owned(),
        }));
        fault!(CommitterStarting);
        let committer = Committer::start(Arc::clone(&engine), Arc::clone(&queue), watermark, commits)?;
        fault!(Opened);
        Ok(Store { engine, queue, record_limit: self.record_limit, id: StoreId::new(), _committer: committer })
    }
}
