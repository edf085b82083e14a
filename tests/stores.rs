//! The embedded stores, for tests of what they all promise.

use graph_runtime::{Builder, Checkpointer, Definition, Durable, RedbSaver, SledSaver, StoreError};
use std::path::Path;
use std::sync::Arc;

/// What the engines are called, each in its store's directory.
pub const ENGINES: [&str; 2] = ["redb", "sled"];

/// Opens a store in a directory that is named after its engine.
///
/// # Errors
///
/// What the saver says.
///
/// # Panics
///
/// If the directory is not named after an engine.
pub fn open_store(directory: &Path) -> Result<Arc<dyn Checkpointer>, StoreError> {
    match directory.file_name().and_then(|name| name.to_str()) {
        Some("redb") => Ok(Arc::new(RedbSaver::open(directory)?)),
        Some("sled") => Ok(Arc::new(SledSaver::open(directory)?)),
        _ => panic!("`{}` is not named after an engine", directory.display()),
    }
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
