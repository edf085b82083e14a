//! The public saver.

use super::engine::Sled;
use super::options::SledOptions;
use crate::saver::embedded::Store;
use crate::saver::forward::forward;
use crate::{Checkpointer, StoreError};
use std::path::Path;
use std::sync::Arc;

/// Keeps checkpoints in a directory of the local disk, with sled made crash-safe.
///
/// A directory is open once: a second open, from this process or another, is [`StoreError::Busy`]. Handles are cheap to
/// clone and graphs of several types may share one. A write is handed in when the method is called, before its future is
/// first polled; dropping the future does not take it back. Reads may touch the disk on the calling thread, for well under a
/// millisecond unless the record is large.
///
/// When the last handle is dropped, what was handed in is made durable and the directory is released.
///
/// # Examples
///
/// ```
/// use graph_runtime::{Checkpointer, SledSaver};
///
/// let directory = tempfile::tempdir()?;
/// let saver = SledSaver::open(directory.path().join("state.db"))?;
/// assert!(SledSaver::open(directory.path().join("state.db")).is_err(), "it is open already");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SledSaver(Arc<Store<Sled>>);

impl SledSaver {
    /// Opens the store in a directory, or creates it, with the default options.
    ///
    /// # Errors
    ///
    /// As [`SledOptions::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<SledSaver, StoreError> {
        SledSaver::options().open(path)
    }

    /// Options to open a store with.
    pub fn options() -> SledOptions {
        SledOptions::default()
    }

    pub(super) fn new(store: Store<Sled>) -> SledSaver {
        SledSaver(Arc::new(store))
    }
}

impl Checkpointer for SledSaver {
    forward!(self => Checkpointer, &*self.0);
}
