//! The embedded stores, for tests of what they all promise.

use graph_runtime::{Builder, Checkpointer, Definition, Durable, RedbSaver, SledSaver, StoreError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// What the engines are called, each in its store's directory.
pub const ENGINES: [&str; 2] = ["redb", "sled"];

/// What every embedded store can be opened with; the default is theirs.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The longest record.
    pub record_limit: usize,
    /// How long a write may wait for its sync.
    pub flush_delay: Duration,
    /// From how many bytes in the queue on writers wait.
    pub queue_bytes: usize,
    /// How much of the disk is kept free.
    pub reserve_bytes: u64,
    /// Whether a store that went back is opened as it is.
    pub accept_rollback: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            record_limit: 16 << 20,
            flush_delay: Duration::from_millis(50),
            queue_bytes: 8 << 20,
            reserve_bytes: 32 << 20,
            accept_rollback: false,
        }
    }
}

impl Options {
    /// Opens a store in a directory that is named after its engine.
    ///
    /// # Errors
    ///
    /// What the saver says.
    ///
    /// # Panics
    ///
    /// If the directory is not named after an engine.
    pub fn open(&self, directory: &Path) -> Result<Arc<dyn Checkpointer>, StoreError> {
        let Options { record_limit, flush_delay, queue_bytes, reserve_bytes, accept_rollback } = *self;
        // The builders have the same methods and no trait in common.
        macro_rules! open {
            ($saver:ident) => {
                Ok(Arc::new(
                    $saver::options()
                        .record_limit(record_limit)
                        .flush_delay(flush_delay)
                        .queue_bytes(queue_bytes)
                        .reserve_bytes(reserve_bytes)
                        .accept_rollback(accept_rollback)
                        .open(directory)?,
                ))
            };
        }
        match directory.file_name().and_then(|name| name.to_str()) {
            Some("redb") => open!(RedbSaver),
            Some("sled") => open!(SledSaver),
            _ => panic!("`{}` is not named after an engine", directory.display()),
        }
    }
}

/// Opens a store in a directory that is named after its engine, with the default options.
///
/// # Errors
///
/// What the saver says.
///
/// # Panics
///
/// If the directory is not named after an engine.
pub fn open_store(directory: &Path) -> Result<Arc<dyn Checkpointer>, StoreError> {
    Options::default().open(directory)
}

/// A store of one of the engines, for graphs.
#[derive(Clone, Debug)]
pub enum Embedded {
    /// On redb.
    Redb(RedbSaver),
    /// On sled.
    Sled(SledSaver),
}

impl Embedded {
    /// Opens a store in a directory that is named after its engine; one that went back only if that is accepted.
    ///
    /// # Errors
    ///
    /// What the saver says.
    pub fn open(directory: &Path, accept_rollback: bool) -> Result<Embedded, StoreError> {
        Ok(if directory.ends_with("redb") {
            Embedded::Redb(RedbSaver::options().accept_rollback(accept_rollback).open(directory)?)
        } else {
            Embedded::Sled(SledSaver::options().accept_rollback(accept_rollback).open(directory)?)
        })
    }

    /// The store itself.
    #[must_use]
    pub fn saver(&self) -> &dyn Checkpointer {
        match self {
            Embedded::Redb(saver) => saver,
            Embedded::Sled(saver) => saver,
        }
    }

    /// Gives a graph this store.
    pub fn under<G: Definition, X, P>(&self, graph: Builder<G, X, P>) -> Builder<G, X, Durable> {
        match self {
            Embedded::Redb(saver) => graph.checkpointer(saver.clone()),
            Embedded::Sled(saver) => graph.checkpointer(saver.clone()),
        }
    }
}
