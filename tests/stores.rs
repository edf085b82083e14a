//! The embedded stores, for tests of what they all promise.

use graph_runtime::{Checkpointer, RedbSaver, SledSaver, StoreError};
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
