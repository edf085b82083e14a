//! The records of a thread, newest first, page by page, each compared with what the one after it says of it.

use crate::record::checkpoint::{self, Opened, RecordError};
use crate::thread::stored::tombstone::Tombstone;
use crate::thread::stored::{ThreadStore, beside};
use crate::{CheckpointId, Definition, Error, Head, RecordHash, StoreError};
use futures_lite::future::yield_now;
use std::collections::VecDeque;

/// The most records that are read at once: enough to hide the call.
pub(in crate::thread) const PAGE: usize = 256;

/// How many bytes a page should have at most. A record may be larger; then a page is one record.
pub(in crate::thread) const PAGE_BYTES: usize = 1 << 20;

/// How many times larger than the last page the next one may be, because nobody knows how large older records are.
const GROWTH: usize = 4;

/// How many records to read at once, when nobody knows how large the next ones are.
pub(in crate::thread) struct Paging(usize);

impl Default for Paging {
    fn default() -> Paging {
        Paging(1)
    }
}

impl Paging {
    /// The size of the next page, if no more than so many records are wanted.
    pub(in crate::thread) fn size(&self, wanted: usize) -> usize {
        self.0.min(wanted).max(1)
    }

    /// Learns from the sizes of the records on a page.
    pub(in crate::thread) fn seen(&mut self, sizes: impl Iterator<Item = usize>) {
        let largest = sizes.max().unwrap_or(0).max(1);
        self.0 = (PAGE_BYTES / largest).min(self.0.saturating_mul(GROWTH)).clamp(1, PAGE);
    }
}

/// A walk along the records of a thread.
///
/// What was read is a link of the chain that begins at the thread's head, or at the record that the walk was told to begin
/// after. What was pruned is a gap that a tombstone bridges. Damage breaks the chain: the walk names it and goes on behind it, where a new chain begins.
pub(in crate::thread) struct Chain<G: Definition> {
    pub(in crate::thread) thread: ThreadStore<G>,
    /// The head of the thread when the walk began; all that it reads was there by then.
    pub(in crate::thread) head: Option<Head>,
    page: VecDeque<(CheckpointId, Vec<u8>)>,
    /// The records of the next page are older than this.
    before: CheckpointId,
    /// What the next record must be; `None` behind damage, hash zero behind the first record.
    expected: Option<(CheckpointId, RecordHash)>,
    paging: Paging,
    /// The size of the last record.
    pub(in crate::thread) bytes: usize,
    /// The store has no older page.
    exhausted: bool,
}

impl<G: Definition> Chain<G> {
    /// The records older than `before`; all, if it is `None`.
    pub(in crate::thread) async fn begin(thread: ThreadStore<G>, before: Option<CheckpointId>) -> Result<Self, Error> {
        let (mut above, mut expected, mut exhausted) = (CheckpointId(0), None, true);
        let mut head = None;
        if let Some(id) = before {
            let found = thread.head_at(id).await?;
            // Whoever walked into a damaged record goes on behind it by its id.
            let bytes = match thread.store.get(&thread.key, id).await {
                Err(StoreError::Corrupt { .. }) => None,
                got => got.map_err(|error| thread.failed(error))?,
            };
            if bytes.is_none() && thread.pruned(id).await?.is_some() {
                return Err(Error::UnknownCheckpoint { thread: thread.key.thread.clone(), checkpoint: id });
            }
            let opened = bytes.as_deref().map(|bytes| checkpoint::open(&thread.key, id, bytes));
            expected = opened.and_then(Result::ok).map(|opened| (below(id), opened.before));
            (head, above, exhausted) = (Some(found), id, false);
        } else if let Some(found) = thread.head().await? {
            let next = CheckpointId::after(Some(found.checkpoint));
            (head, above, expected, exhausted) = (Some(found), next, Some(beside(found)), false);
        }
        Ok(Chain {
            thread,
            head,
            page: VecDeque::new(),
            before: above,
            expected,
            paging: Paging::default(),
            bytes: 0,
            exhausted,
        })
    }

    /// The next older record and its bytes, as `read` sees it, with what was pruned before it; `wanted` is how many more the caller may ask
    /// for.
    pub(in crate::thread) async fn next<T>(
        &mut self,
        wanted: usize,
        read: impl FnOnce(Opened<'_>, Option<&Tombstone>) -> Result<T, RecordError>,
    ) -> Result<Option<(CheckpointId, Vec<u8>, T)>, Error> {
        self.fill(wanted).await?;
        let gap = self.bridge().await?;
        let Some((id, bytes)) = self.page.pop_front() else {
            return Ok(None);
        };
        self.bytes = bytes.len();
        let opened = match checkpoint::open(&self.thread.key, id, &bytes) {
            Ok(opened) => opened,
            Err(error) => {
                (self.before, self.expected) = (id, None);
                return Err(self.thread.unreadable(id, error));
            }
        };
        if self.expected.is_some_and(|expected| expected != (id, opened.hash)) {
            (self.before, self.expected) = (id, None);
            let reason = "its record is not the one that the record after it, or the thread's head, names";
            return Err(self.broken(id, reason.to_owned()).await);
        }
        (self.before, self.expected) = (id, Some((below(id), opened.before)));
        let read = read(opened, gap.as_ref()).map_err(|error| self.thread.unreadable(id, error))?;
        Ok(Some((id, bytes, read)))
    }

    /// Leads over what was pruned to the next record that is there, or says which is missing.
    async fn bridge(&mut self) -> Result<Option<Tombstone>, Error> {
        let mut gap = None;
        while let Some((wanted, hash)) = self.expected
            && hash != RecordHash::default()
            && self.page.front().is_none_or(|(id, _)| *id < wanted)
        {
            // What is on the page is whole; it is the turn of the one that should be in between.
            self.expected = None;
            match self.thread.pruned(wanted).await? {
                None => return Err(self.broken(wanted, "its record is missing".to_owned()).await),
                Some(tombstone) => {
                    self.expected = Some(tombstone.older());
                    gap = Some(tombstone);
                }
            }
        }
        Ok(gap)
    }

    /// Reads the next page, if the last one is used up.
    async fn fill(&mut self, wanted: usize) -> Result<(), Error> {
        while self.page.is_empty() && !self.exhausted {
            // A store that never waits lets the executor's other tasks in, now and then.
            yield_now().await;
            let size = self.paging.size(wanted);
            let page = match self.thread.store.range(&self.thread.key, Some(self.before), size).await {
                Ok(page) => page,
                // One of them is damaged; alone they tell which.
                Err(StoreError::Corrupt { .. }) if size > 1 => {
                    self.paging = Paging::default();
                    continue;
                }
                Err(error) => return Err(self.skip(error).await),
            };
            let newest_first =
                page.iter().map(|(id, _)| *id).try_fold(self.before, |above, id| (id < above).then_some(id));
            if newest_first.is_none() {
                self.exhausted = true;
                let reason = "it gave records in another order than newest first".to_owned();
                return Err(Error::Store(StoreError::Corrupt { reason }));
            }
            self.paging.seen(page.iter().map(|(_, bytes)| bytes.len()));
            self.exhausted = page.is_empty();
            self.page = page.into();
        }
        Ok(())
    }

    /// The error of the record that the store cannot read, behind which the walk goes on; or of the store, which ends it.
    async fn skip(&mut self, error: StoreError) -> Error {
        let mut damaged = below(self.before);
        if let Ok(Some(tombstone)) = self.thread.pruned(damaged).await {
            damaged = tombstone.older().0;
        }
        let readable = matches!(error, StoreError::Corrupt { .. }) && damaged.0 > 0;
        if !readable || self.thread.head().await.is_err() {
            (self.exhausted, self.expected) = (true, None);
            return self.thread.failed(error);
        }
        (self.before, self.expected) = (damaged, None);
        self.thread.unreached(damaged, error)
    }

    /// The error of a record that breaks the chain. A thread that was deleted, or deleted and started again, while it was
    /// read is not damaged, and there is nothing more to read.
    async fn broken(&mut self, id: CheckpointId, reason: String) -> Error {
        let error = match self.replaced().await {
            Ok(None) => return self.thread.unreadable(id, RecordError::Corrupt(reason)),
            Ok(Some(error)) | Err(error) => error,
        };
        (self.exhausted, self.expected) = (true, None);
        self.page.clear();
        error
    }

    /// What became of the thread, if it is another one than the walk began with.
    async fn replaced(&self) -> Result<Option<Error>, Error> {
        let thread = &self.thread;
        let (Some(now), Some(head)) = (thread.head().await?, self.head) else {
            return Ok(Some(Error::UnknownThread { thread: thread.key.thread.clone() }));
        };
        let same = if now.checkpoint <= head.checkpoint {
            (now.checkpoint, now.hash) == (head.checkpoint, head.hash)
        } else {
            let bytes = thread.bytes(head.checkpoint).await?;
            checkpoint::open(&thread.key, head.checkpoint, &bytes).is_ok_and(|opened| opened.hash == head.hash)
        };
        Ok((!same).then(|| Error::Conflict { thread: thread.key.thread.clone() }))
    }
}

/// The id of the checkpoint before this one.
fn below(id: CheckpointId) -> CheckpointId {
    CheckpointId(id.0.saturating_sub(1))
}
