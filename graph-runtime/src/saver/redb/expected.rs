//! The checksums that the pages of a file must have.

use super::format::{Node, PAGE_BYTES};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// The pages of a chunk, which is made when the first of them is named.
const CHUNK_PAGES: usize = 512;

type Chunk = OnceLock<Box<[AtomicU64; CHUNK_PAGES]>>;

/// Half of the checksum of each page that the page above it has named since the file was opened, and 0 for the others: 8 bytes for a
/// page of 4096, and next to nothing where no page was named. Who finds a 0 reads what redb has written itself.
#[derive(Clone)]
pub(super) struct Expected(Arc<[Chunk]>);

impl Expected {
    pub(super) fn of(file_bytes: u64) -> Expected {
        let chunks = file_bytes.div_ceil(PAGE_BYTES).div_ceil(CHUNK_PAGES as u64);
        Expected((0..chunks).map(|_| Chunk::new()).collect())
    }

    /// The chunk of a page, and its place in that.
    fn place(&self, offset: u64) -> Option<(&Chunk, usize)> {
        let page = usize::try_from(offset / PAGE_BYTES).ok()?;
        Some((self.0.get(page / CHUNK_PAGES)?, page % CHUNK_PAGES))
    }

    fn at(&self, offset: u64) -> Option<&AtomicU64> {
        let (chunk, page) = self.place(offset)?;
        chunk.get()?.get(page)
    }

    pub(super) fn set(&self, node: Node) {
        let Some((chunk, page)) = self.place(node.offset) else { return };
        let chunk = chunk.get_or_init(|| Box::new([const { AtomicU64::new(0) }; CHUNK_PAGES]));
        chunk[page].store(half(node.checksum), Ordering::Release);
    }

    /// Half of the checksum of a page, if one was named.
    pub(super) fn get(&self, offset: u64) -> Option<u64> {
        self.at(offset).map(|page| page.load(Ordering::Acquire)).filter(|half| *half != 0)
    }

    pub(super) fn forget(&self, offset: u64, bytes: usize) {
        let end = offset.saturating_add(bytes as u64).div_ceil(PAGE_BYTES);
        for page in (offset / PAGE_BYTES..end).filter_map(|page| self.at(page * PAGE_BYTES)) {
            page.store(0, Ordering::Release);
        }
    }
}

pub(super) fn half(checksum: u128) -> u64 {
    u64::try_from(checksum & u128::from(u64::MAX)).unwrap_or_default().max(1)
}

#[cfg(test)]
impl Expected {
    /// The offsets of the pages of which something is expected.
    pub(super) fn pages(&self) -> impl Iterator<Item = u64> {
        let offsets = (0..self.0.len() * CHUNK_PAGES).map(|page| page as u64 * PAGE_BYTES);
        offsets.filter(|offset| self.get(*offset).is_some())
    }

    /// How many chunks were made.
    pub(super) fn chunks(&self) -> usize {
        self.0.iter().filter(|chunk| chunk.get().is_some()).count()
    }
}
