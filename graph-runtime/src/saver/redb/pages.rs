//! redb's file, of which every page is verified when it is read.
//!
//! redb writes a checksum of every page into the page above and verifies none of them when it reads. So the pages are verified where
//! redb asks for their bytes: a page that is whole says what those below it are, and what redb writes itself is known to be whole. A
//! store is opened so without a look at what it holds, and damage is found before anything comes of it.

use super::format::{self, HEADER_BYTES, Node, PAGE_BYTES, Widths};
use crate::fault::fault;
use ::redb::backends::FileBackend;
use ::redb::{BackendError, DatabaseError, StorageBackend};
use std::fmt;
use std::fs::OpenOptions;
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// The deepest tree that is followed.
const MOST_DEPTH: u32 = 64;

/// A file that its last owner closed.
pub(super) struct Pages {
    file: FileBackend,
    expected: Expected,
    damage: Damage,
}

/// Half of the checksum of each page that the page above it has named since the file was opened, and 0 for the others: 8 bytes for a
/// page of 4096. Who finds a 0 reads what redb has written itself.
#[derive(Clone)]
pub(super) struct Expected(Arc<[AtomicU64]>);

impl Expected {
    fn of(file_bytes: u64) -> Expected {
        Expected((0..file_bytes / PAGE_BYTES).map(|_| AtomicU64::new(0)).collect())
    }

    fn at(&self, offset: u64) -> Option<&AtomicU64> {
        self.0.get(usize::try_from(offset / PAGE_BYTES).ok()?)
    }

    fn set(&self, node: Node) {
        if let Some(page) = self.at(node.offset) {
            page.store(half(node.checksum), Ordering::Release);
        }
    }

    fn get(&self, offset: u64) -> Option<u64> {
        self.at(offset).map(|page| page.load(Ordering::Acquire)).filter(|half| *half != 0)
    }

    fn forget(&self, offset: u64, bytes: usize) {
        let end = offset.saturating_add(bytes as u64).div_ceil(PAGE_BYTES);
        for page in (offset / PAGE_BYTES..end).filter_map(|page| self.at(page * PAGE_BYTES)) {
            page.store(0, Ordering::Release);
        }
    }

    /// The pages of which something is expected.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.0.iter().filter(|page| page.load(Ordering::Acquire) != 0).count()
    }
}

fn half(checksum: u128) -> u64 {
    u64::try_from(checksum & u128::from(u64::MAX)).unwrap_or_default().max(1)
}

/// Which page was found damaged, if one was.
///
/// To redb that page is an empty one: an error would keep it from closing the file, and the next open would refuse all of it. So
/// nothing of what redb says may be believed after that, and nothing may be committed.
#[derive(Clone, Debug, Default)]
pub(super) struct Damage(Arc<Found>);

#[derive(Debug, Default)]
struct Found {
    page: OnceLock<u64>,
    /// Nobody looks before redb writes: then damage is an error after all.
    committing: AtomicBool,
}

impl Damage {
    pub(super) fn reason(&self) -> Option<String> {
        self.0.page.get().map(|offset| format!("redb's page at byte {offset} is not what was written"))
    }

    /// Lets redb write to its trees.
    pub(super) fn committing<T>(&self, commit: impl FnOnce() -> T) -> T {
        self.0.committing.store(true, Ordering::SeqCst);
        let committed = commit();
        self.0.committing.store(false, Ordering::SeqCst);
        committed
    }

    fn found(&self, offset: u64) -> io::Error {
        let _ = self.0.page.set(offset);
        io::Error::new(io::ErrorKind::InvalidData, self.reason().unwrap_or_default())
    }
}

impl Pages {
    /// Opens a file and verifies the way to its tables, and the few pages of redb's own. None if the file was not closed, or is not of
    /// the format that is known here: then redb itself has to check it.
    pub(super) fn open(path: &Path) -> Result<Option<Pages>, DatabaseError> {
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => FileBackend::new(file)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let bytes = file.len()?;
        if bytes < PAGE_BYTES {
            return Ok(None);
        }
        let mut header = [0; HEADER_BYTES];
        file.read(0, &mut header)?;
        let Some(roots) = format::roots(&header, bytes) else { return Ok(None) };
        let pages = Pages { file, expected: Expected::of(bytes), damage: Damage::default() };
        let mut known = true;
        for root in roots.into_iter().flatten() {
            pages.walk(root, Widths::ANY, 0, &mut |page| {
                for table in format::tables(page) {
                    match table {
                        Some((None, _)) => {}
                        Some((Some(root), Widths::ANY)) => pages.expected.set(root),
                        Some((Some(root), widths)) => pages.walk(root, widths, 0, &mut |_| Ok(()))?,
                        None => known = false,
                    }
                }
                Ok(())
            })?;
        }
        Ok(known.then_some(pages))
    }

    /// What becomes of the file while redb has it.
    pub(super) fn damage(&self) -> Damage {
        self.damage.clone()
    }

    /// Verifies all pages of a tree, and shows its leaves.
    fn walk(
        &self,
        node: Node,
        widths: Widths,
        depth: u32,
        leaf: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let within = node.offset.saturating_add(node.bytes) <= self.file.len()? && depth < MOST_DEPTH;
        let mut page = vec![0; if within { usize::try_from(node.bytes).unwrap_or(0) } else { 0 }];
        self.file.read(node.offset, &mut page)?;
        if format::checksum(&page, widths) != Some(node.checksum) {
            return Err(self.damage.found(node.offset));
        }
        if format::is_leaf(&page) {
            return leaf(&page);
        }
        for child in format::children(&page) {
            let child = child.ok_or_else(|| self.damage.found(node.offset))?;
            self.walk(child, widths, depth + 1, leaf)?;
        }
        Ok(())
    }

    fn verify(&self, offset: u64, page: &[u8]) -> io::Result<()> {
        let Some(expected) = self.expected.get(offset) else { return Ok(()) };
        if format::checksum(page, Widths::ANY).map(half) != Some(expected) {
            return Err(self.damage.found(offset));
        }
        format::children(page).flatten().for_each(|child| self.expected.set(child));
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn expected(&self) -> Expected {
        self.expected.clone()
    }
}

impl StorageBackend for Pages {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)?;
        let verified = self.verify(offset, out);
        if verified.is_ok() || self.damage.0.committing.load(Ordering::SeqCst) {
            return verified;
        }
        format::empty(out);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        fault!(RedbSyncing);
        self.file.sync_data()
    }

    /// redb never writes a page that anybody may still read.
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.expected.forget(offset, data.len());
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.query_lock_range(start, end)
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("damage", &self.damage).finish_non_exhaustive()
    }
}
