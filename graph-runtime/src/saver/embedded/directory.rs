//! The store's directory: `owner.lock`, `watermark`, and what is the engine's under the engine's name.
//!
//! An engine is set up under another name and renamed when its first commit is durable, so what has its name is never half made.

use super::changes::Changes;
use super::engine::{Engine, Order};
use super::keys;
use super::lock::{self, Lock};
use super::meta;
use super::settings::Settings;
use super::watermark::Watermark;
use crate::StoreError;
use crate::fault::fault;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

const LOCK: &str = "owner.lock";
const WATERMARK: &str = "watermark";
/// The engines that a store may have been made with.
const ENGINES: [&str; 2] = ["redb", "sled"];

/// A directory that this process owns.
pub(super) struct Directory {
    path: PathBuf,
    lock: Lock,
}

/// What an open directory holds.
pub(super) struct Opened<E> {
    pub(super) engine: E,
    pub(super) watermark: Watermark,
    pub(super) commits: u64,
}

impl Directory {
    /// Makes sure that the path is a store or can become one, and takes its lock. What is something else is left untouched.
    pub(super) fn claim(path: &Path) -> Result<Directory, StoreError> {
        fault!(Claim);
        match fs::metadata(path) {
            Ok(metadata) if !metadata.is_dir() => return Err(not_a_store(path, "it is a file")),
            Ok(_) => recognize(path)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(path)?;
                fault!(DirectoryCreated);
                sync_directory(
                    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")),
                )?;
            }
            Err(error) => return Err(error.into()),
        }
        let lock = Lock::take(&path.join(LOCK), path)?;
        fault!(Claimed);
        sync_directory(path)?;
        Ok(Directory { path: path.to_owned(), lock })
    }

    /// Opens what is there, or sets it up.
    pub(super) fn open<E: Engine>(self, settings: &Settings) -> Result<Opened<E>, StoreError> {
        for other in ENGINES.into_iter().filter(|engine| *engine != E::NAME) {
            if self.path.join(other).try_exists()? {
                return Err(not_a_store(&self.path, &format!("it is a store of {other}")));
            }
        }
        let mut watermark = Watermark::open(&self.path.join(WATERMARK))?;
        let at_least = watermark.at_least();
        fault!(MarkOpened);
        let place = self.path.join(E::NAME);
        if !place.try_exists()? {
            if at_least > 0 && !settings.accept_rollback {
                return Err(StoreError::RolledBack { at_least, found: 0 });
            }
            set_up::<E>(&self.path, settings)?;
        }
        let engine = E::open(&place, settings, Some(self.lock))?;
        fault!(EngineOpened);
        let commits = match meta::commits(&engine)? {
            // The first commit was durable before the directory got its name.
            None if at_least == 0 => {
                return Err(StoreError::Corrupt { reason: "it lost its first commit".to_owned() });
            }
            commits => commits.unwrap_or(0),
        };
        fault!(Counted);
        if commits < at_least {
            if !settings.accept_rollback {
                return Err(StoreError::RolledBack { at_least, found: commits });
            }
            fault!(RollbackAccepted);
            first_commit(&engine, commits)?;
            fault!(RollbackCommitted);
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

/// Creates the engine with the first commit in it.
fn set_up<E: Engine>(path: &Path, settings: &Settings) -> Result<(), StoreError> {
    let setup = path.join(format!("{}.new", E::NAME));
    // What an interrupted setup left; nothing in it was ever acknowledged.
    if setup.is_dir() {
        fs::remove_dir_all(&setup)?;
    } else if setup.try_exists()? {
        fs::remove_file(&setup)?;
    }
    fault!(SetupBegun);
    let engine = E::open(&setup, settings, None)?;
    fault!(SetupOpened);
    if E::PADDING > 0 {
        let mut padding = Changes::default();
        keys::padding(E::PADDING).for_each(|key| padding.put(&key[..], &[][..]));
        engine.apply(padding, Order::Atomic)?;
        fault!(SetupPadded);
    }
    first_commit(&engine, 0)?;
    fault!(SetupCommitted);
    drop(engine);
    sync(&setup)?;
    fault!(SetupSynced);
    fs::rename(&setup, path.join(E::NAME))?;
    fault!(SetupNamed);
    Ok(sync_directory(path)?)
}

/// Syncs a file, or a directory with all that it holds.
fn sync(path: &Path) -> io::Result<()> {
    if !path.is_dir() {
        return File::options().write(true).open(path)?.sync_all();
    }
    for entry in fs::read_dir(path)? {
        sync(&entry?.path())?;
    }
    sync_directory(path)
}

/// Makes the count of commits durable, so that a store without one is known to be damaged.
fn first_commit<E: Engine>(engine: &E, commits: u64) -> Result<(), StoreError> {
    let mut changes = Changes::default();
    meta::put_commits(&mut changes, commits);
    engine.commit(changes, Order::Atomic, || {})
}

pub(in crate::saver) fn sync_directory(path: &Path) -> io::Result<()> {
    // Windows neither opens directories as files nor needs this.
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

fn not_a_store(path: &Path, reason: &str) -> StoreError {
    StoreError::NotAStore { path: path.display().to_string(), reason: reason.to_owned() }
}
