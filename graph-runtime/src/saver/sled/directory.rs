//! The store's directory: `owner.lock`, `watermark`, and sled's own files under `sled/`.
//!
//! sled is set up under another name and renamed when its first commit is durable, so `sled/` is never half made.

use super::changes::Changes;
use super::engine::Engine;
use super::keys;
use super::lock::{self, Lock};
use super::watermark::Watermark;
use crate::StoreError;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

const LOCK: &str = "owner.lock";
const WATERMARK: &str = "watermark";
const SLED: &str = "sled";
const SETUP: &str = "sled.new";

/// A directory that this process owns.
pub(super) struct Directory {
    path: PathBuf,
    lock: Lock,
}

/// What an open directory holds.
pub(super) struct Opened {
    pub(super) engine: Engine,
    pub(super) watermark: Watermark,
    pub(super) commits: u64,
}

impl Directory {
    /// Makes sure that the path is a store or can become one, and takes its lock. What is something else is left untouched.
    pub(super) fn claim(path: &Path) -> Result<Directory, StoreError> {
        match fs::metadata(path) {
            Ok(metadata) if !metadata.is_dir() => return Err(not_a_store(path, "it is a file")),
            Ok(_) => recognize(path)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(path)?;
                sync_directory(
                    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")),
                )?;
            }
            Err(error) => return Err(error.into()),
        }
        let lock = Lock::take(&path.join(LOCK), path)?;
        sync_directory(path)?;
        Ok(Directory { path: path.to_owned(), lock })
    }

    /// Opens what is there, or sets it up.
    pub(super) fn open(self, cache_bytes: u64, accept_rollback: bool) -> Result<Opened, StoreError> {
        let mut watermark = Watermark::open(&self.path.join(WATERMARK))?;
        let at_least = watermark.at_least();
        let sled = self.path.join(SLED);
        if !sled.try_exists()? {
            if at_least > 0 && !accept_rollback {
                return Err(StoreError::RolledBack { at_least, found: 0 });
            }
            set_up(&self.path, cache_bytes)?;
        }
        remove_torn_snapshots(&sled)?;
        let engine = Engine::open(&sled, cache_bytes, Some(self.lock))?;
        // sled renames its snapshot without syncing the directory.
        sync_directory(&sled)?;
        let commits = match engine.commits()? {
            // The first commit was durable before the directory got its name.
            None if at_least == 0 => {
                return Err(StoreError::Corrupt { reason: "it lost its first commit".to_owned() });
            }
            commits => commits.unwrap_or(0),
        };
        if commits < at_least {
            if !accept_rollback {
                return Err(StoreError::RolledBack { at_least, found: commits });
            }
            first_commit(&engine, commits)?;
            watermark.write(commits)?;
        }
        Ok(Opened { engine, watermark, commits })
    }
}

/// Accepts an empty directory, one with a lock file of ours, and one in which a crash left nothing but a part of that file.
fn recognize(path: &Path) -> Result<(), StoreError> {
    // Listed before the lock file is read: whoever sets the store up meanwhile writes the lock file first.
    let entries = fs::read_dir(path)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?;
    let foreign = entries.iter().find(|name| **name != *LOCK);
    let lock = match fs::read(path.join(LOCK)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        // Where locks are mandatory a held file cannot be read; taking the lock will tell.
        Err(_) => return Ok(()),
    };
    match foreign {
        _ if lock.starts_with(lock::MAGIC.as_bytes()) => Ok(()),
        Some(name) => Err(not_a_store(path, &format!("it holds `{}`", name.display()))),
        None if lock::MAGIC.as_bytes().starts_with(&lock) => Ok(()),
        None => Err(not_a_store(path, &format!("its `{LOCK}` is another program's"))),
    }
}

/// Creates sled's directory with the first commit in it.
fn set_up(path: &Path, cache_bytes: u64) -> Result<(), StoreError> {
    let setup = path.join(SETUP);
    // What an interrupted setup left; nothing in it was ever acknowledged.
    if setup.try_exists()? {
        fs::remove_dir_all(&setup)?;
    }
    let engine = Engine::open(&setup, cache_bytes, None)?;
    let mut padding = Changes::default();
    keys::padding().for_each(|key| padding.put(&key, &[]));
    engine.apply(padding)?;
    first_commit(&engine, 0)?;
    drop(engine);
    for entry in fs::read_dir(&setup)? {
        let entry = entry?.path();
        if entry.is_dir() {
            sync_directory(&entry)?;
        } else {
            File::options().write(true).open(&entry)?.sync_all()?;
        }
    }
    sync_directory(&setup)?;
    fs::rename(&setup, path.join(SLED))?;
    Ok(sync_directory(path)?)
}

/// Makes the count of commits durable, so that a store without one is known to be damaged.
fn first_commit(engine: &Engine, commits: u64) -> Result<(), StoreError> {
    let mut changes = Changes::default();
    Engine::put_commits(&mut changes, commits);
    engine.apply(changes)?;
    engine.sync()
}

/// An open that was killed leaves `snap.*.generating`, which sled would take for a snapshot and call corrupt.
fn remove_torn_snapshots(sled: &Path) -> io::Result<()> {
    for entry in fs::read_dir(sled)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().ends_with(".generating") {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn sync_directory(path: &Path) -> io::Result<()> {
    // Windows neither opens directories as files nor needs this.
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

fn not_a_store(path: &Path, reason: &str) -> StoreError {
    StoreError::NotAStore { path: path.display().to_string(), reason: reason.to_owned() }
}
