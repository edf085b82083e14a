//! How a file is opened, and which way it is verified.

use super::ahead;
use super::damage::Damage;
use super::pages::Pages;
use crate::StoreError;
use crate::saver::embedded::Settings;
use ::redb::{Builder, Database, DatabaseError};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long redb's own lock, which nobody else takes, may outlive a close.
const PATIENCE: Duration = Duration::from_secs(5);
/// From this size on, a file is checked whole by a handle of its own.
const LARGE_BYTES: u64 = 8 << 20;
/// What redb keeps in memory while it checks. It goes through the file twice, in no order of it, so that a cache smaller than the file
/// is of no use; and what it once took, the allocator does not give back.
const CHECK_CACHE_BYTES: usize = 1 << 20;

/// Opens the file, or creates it. One that was closed is verified page by page as it is read; one that was not is checked whole, and
/// so is any if the settings say so.
pub(super) fn create(path: &Path, settings: &Settings) -> Result<(Database, Damage), StoreError> {
    let cache = usize::try_from(settings.cache_bytes).unwrap_or(usize::MAX);
    let open = |cache, whole| attempt(|| builder(cache).set_check_integrity_on_open(whole).create(path), path);
    if !settings.check
        && let Some(opened) = verified(path, cache)?
    {
        return Ok(opened);
    }
    if std::fs::metadata(path).map_or(0, |file| file.len()) < LARGE_BYTES {
        return Ok((open(cache, true)?, Damage::default()));
    }
    let done = AtomicBool::new(false);
    let checked = std::thread::scope(|scope| {
        ahead::start(scope, path, &done);
        let checked = open(cache.min(CHECK_CACHE_BYTES), true);
        done.store(true, Ordering::Relaxed);
        checked
    });
    drop(checked?);
    match verified(path, cache)? {
        Some(opened) => Ok(opened),
        None => Ok((open(cache, false)?, Damage::default())),
    }
}

/// Opens a file of which every page is verified when it is read.
fn verified(path: &Path, cache: usize) -> Result<Option<(Database, Damage)>, StoreError> {
    let mut damage = Damage::default();
    let opened = attempt(
        || {
            let Some(pages) = Pages::open(path)? else { return Ok(None) };
            damage = pages.damage();
            // redb writes when it opens, too.
            damage.committing(|| builder(cache).create_with_backend(pages)).map(Some)
        },
        path,
    );
    match (opened, damage.reason()) {
        (Err(_), Some(reason)) => Err(StoreError::Corrupt { reason }),
        (opened, _) => Ok(opened?.map(|database| (database, damage))),
    }
}

fn builder(cache: usize) -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(cache);
    builder
}

fn attempt<T>(mut open: impl FnMut() -> Result<T, DatabaseError>, path: &Path) -> Result<T, StoreError> {
    let until = Instant::now() + PATIENCE;
    loop {
        match open() {
            // A process that was forked before the last close may hold redb's lock a moment longer than ours.
            Err(DatabaseError::DatabaseAlreadyOpen) if Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(DatabaseError::DatabaseAlreadyOpen) => {
                let path = path.display().to_string();
                return Err(StoreError::Busy { path, holder: "a program that opened the file itself".to_owned() });
            }
            opened => return Ok(opened?),
        }
    }
}
