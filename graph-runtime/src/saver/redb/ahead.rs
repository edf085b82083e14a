//! Reads a file from its begin to its end, so that redb finds it in the system's page cache.
//!
//! redb checks a file page by page in the order of its trees, and waits for the disk at each: a file of 150 MB takes some seconds
//! so, where the disk would give all of it in a fraction of one.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, Scope};

const BLOCK_BYTES: usize = 1 << 20;

/// Begins to read beside what the caller does, until the end or until `done`. What cannot be read is left to the caller.
pub(super) fn start<'scope, 'env>(scope: &'scope Scope<'scope, 'env>, path: &'env Path, done: &'env AtomicBool) {
    let read = move || {
        let Ok(mut file) = File::open(path) else { return };
        let mut block = vec![0; BLOCK_BYTES];
        while !done.load(Ordering::Relaxed) && file.read(&mut block).is_ok_and(|bytes| bytes > 0) {}
    };
    // Without the thread the check takes longer, and that is all.
    let _ = Builder::new().name("graph-redb-ahead".to_owned()).spawn_scoped(scope, read);
}
