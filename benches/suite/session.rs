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

/// Copies a file, or a directory with all that it holds.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    if !from.is_dir() {
        std::fs::copy(from, to)?;
        return Ok(());
    }
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Lets the system's page cache forget the files below a path, where it can be told to.
pub(crate) fn cool(path: &Path) -> Result<(), Failure> {
    if path.is_dir() {
        return std::fs::read_dir(path)?.try_for_each(|entry| cool(&entry?.path()));
    }
    let file = std::fs::File::open(path)?;
    // What is not on the disk yet cannot be forgotten.
    file.sync_all()?;
    #[cfg(target_os = "linux")]
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?;
    Ok(())
}

/// A line of what Linux tells of the memory of this process, in bytes; elsewhere nothing is told.
pub(crate) fn memory(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
    kilobytes.map_or(f64::NAN, |kilobytes| kilobytes * 1024.0)
}
