//! One run of the suite: how much it does, and where.

use crate::Failure;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// How much each part does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Size {
    /// Next to nothing, to see that it runs.
    Trial,
    /// All parts in a quarter of an hour.
    Short,
    /// What the figures of the README are from.
    Long,
}

/// What the parts share.
pub(crate) struct Session {
    pub(crate) size: Size,
    directory: TempDir,
}

impl Session {
    pub(crate) fn new(size: Size) -> Result<Session, Failure> {
        // Under the build directory, so that the disk is a disk: a temporary directory is often memory.
        Ok(Session { size, directory: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))? })
    }

    /// One of three numbers, by the size of the run.
    pub(crate) fn pick<T>(&self, trial: T, short: T, long: T) -> T {
        match self.size {
            Size::Trial => trial,
            Size::Short => short,
            Size::Long => long,
        }
    }

    /// A path of this name for the stores of one part; nothing is there yet, and it goes with the run.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

/// The bytes that the files below a path hold.
pub(crate) fn bytes(path: &Path) -> Result<u64, Failure> {
    if path.is_file() {
        return Ok(path.metadata()?.len());
    }
    std::fs::read_dir(path)?.map(|entry| bytes(&entry?.path())).sum()
}
