//! redb's file, of which every page is verified when it is read.
//!
//! redb writes a checksum of every page into the page above and verifies none of them when it reads. So the pages are verified where
//! redb asks for their bytes: a page that is whole says what those below it are, and what redb writes itself is known to be whole. A
//! store is opened so without a look at what it holds, and damage is found before anything comes of it.

use super::damage::Damage;
use super::expected::{Expected, half};
use super::format::{self, HEADER_BYTES, Node, PAGE_BYTES, Widths};
use crate::fault::fault;
use ::redb::backends::FileBackend;
use ::redb::{BackendError, DatabaseError, StorageBackend};
use std::fmt;
use std::fs::OpenOptions;
use std::io;
use std::ops::Bound;
use std::path::Path;

/// The deepest tree that is followed.
const MOST_DEPTH: u32 = 64;

/// A file that its last owner closed.
pub(super) struct Pages {
    file: FileBackend,
    expected: Expected,
    damage: Damage,
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
        let mut tables = |page: &[u8]| {
            for table in format::tables(page) {
                match table {
                    Some((None, _)) => {}
                    Some((Some(root), Widths::ANY)) => pages.expected.set(root),
                    Some((Some(root), widths)) if pages.walk(root, widths, 0, &mut |_| Ok(true))? => {}
                    Some(_) | None => return Ok(false),
                }
            }
            Ok(true)
        };
        for root in roots.into_iter().flatten() {
            if !pages.walk(root, Widths::ANY, 0, &mut tables)? {
                return Ok(None);
            }
        }
        Ok(Some(pages))
    }

    /// What becomes of the file while redb has it.
    pub(super) fn damage(&self) -> Damage {
        self.damage.clone()
    }

    /// Verifies all pages of a tree, and shows its leaves. Whether all of it is of the format that is known here.
    fn walk(
        &self,
        node: Node,
        widths: Widths,
        depth: u32,
        leaf: &mut dyn FnMut(&[u8]) -> io::Result<bool>,
    ) -> io::Result<bool> {
        if node.offset.saturating_add(node.bytes) > self.file.len()? || depth >= MOST_DEPTH {
            return Err(self.changed(node.offset));
        }
        let mut page = vec![0; usize::try_from(node.bytes).unwrap_or(0)];
        self.file.read(node.offset, &mut page)?;
        if !format::is_known(&page) {
            return Ok(false);
        }
        if format::checksum(&page, widths) != Some(node.checksum) {
            return Err(self.changed(node.offset));
        }
        if format::is_leaf(&page) {
            return leaf(&page);
        }
        for child in format::children(&page) {
            let child = child.ok_or_else(|| self.changed(node.offset))?;
            if !self.walk(child, widths, depth + 1, leaf)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn verify(&self, offset: u64, page: &[u8]) -> io::Result<()> {
        let Some(expected) = self.expected.get(offset) else { return Ok(()) };
        if format::checksum(page, Widths::ANY).map(half) != Some(expected) {
            return Err(self.changed(offset));
        }
        format::children(page).flatten().for_each(|child| self.expected.set(child));
        Ok(())
    }

    fn changed(&self, offset: u64) -> io::Error {
        self.damage.found(offset, "is not what was written")
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
        let read = self.file.read(offset, out);
        // There is no page that could stand for the header.
        if offset < PAGE_BYTES {
            return read;
        }
        let whole = match read {
            Ok(()) => self.verify(offset, out),
            Err(error) => Err(self.damage.found(offset, &format!("could not be read: {error}"))),
        };
        if whole.is_err() && !self.damage.is_error() {
            format::empty(out);
            return Ok(());
        }
        whole
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
