//! One owner per store: a lock file of our own, taken before the engine touches anything.

use crate::StoreError;
use crate::fault::fault;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// What the file starts with, so that a directory is known as a store.
pub(super) const MAGIC: &str = "graph-runtime store\n";

/// The room for the holder's name. The file is overwritten in place and never truncated, so no crash tears the magic.
const HOLDER_BYTES: usize = 108;

/// The held lock; the system releases it when the file is closed, also when the process is killed.
#[derive(Debug)]
pub(in crate::saver) struct Lock {
    _file: File,
}

impl Lock {
    /// A process that was just forked holds its parent's locks until it runs its own program.
    const PATIENCE: Duration = Duration::from_millis(200);

    /// Takes the lock and writes the holder into the file.
    pub(super) fn take(path: &Path, store: &Path) -> Result<Lock, StoreError> {
        // Created if missing, never truncated: another process may hold it.
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        fault!(LockOpened);
        if !try_for(&file, Self::PATIENCE)? {
            return Err(StoreError::Busy { path: store.display().to_string(), holder: holder(&mut file) });
        }
        fault!(LockTaken);
        let holder = format!("process {} boot {}", std::process::id(), boot_id());
        file.rewind()?;
        file.write_all(format!("{MAGIC}{holder:HOLDER_BYTES$.HOLDER_BYTES$}").as_bytes())?;
        fault!(LockWritten);
        file.sync_all()?;
        Ok(Lock { _file: file })
    }
}

/// Locks a file; `false` if somebody else keeps it locked for that long.
pub(in crate::saver) fn try_for(file: &File, patience: Duration) -> io::Result<bool> {
    let until = Instant::now() + patience;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if Instant::now() >= until => return Ok(false),
            // The system has no lock that waits for a bounded time.
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}

/// Who holds the lock, as far as the file tells.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    // Where locks are mandatory the file cannot be read; a damaged one tells nothing either.
    if file.read_to_string(&mut text).is_err() {
        return "another process".to_owned();
    }
    let Some((process, boot)) = text
        .strip_prefix(MAGIC)
        .and_then(|holder| holder.strip_prefix("process "))
        .and_then(|holder| holder.trim_end().split_once(" boot "))
    else {
        return "another process".to_owned();
    };
    if boot != boot_id() {
        format!("process {process} on another machine")
    } else if process == std::process::id().to_string() {
        "another handle in this process".to_owned()
    } else {
        format!("process {process}")
    }
}

/// Tells one boot of one machine from another, so that a process id is not taken for one of ours.
fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map_or_else(|_| "unknown".to_owned(), |id| id.trim().to_owned())
}
