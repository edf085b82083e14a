//! The records of a thread, oldest first, each with what lies beside it and compared with the one before it.

use crate::record::checkpoint::{self, Opened, RecordError};
use crate::record::entry;
use crate::thread::stored::chain::{PAGE, PAGE_BYTES, Paging};
use crate::thread::stored::tombstone::{PRUNED, Tombstone};
use crate::thread::stored::{ThreadStore, beside};
use crate::{CheckpointId, Definition, Error, Head, RecordHash};
use futures_lite::future::yield_now;
use std::collections::VecDeque;
use std::sync::Arc;

/// A walk from the oldest record of a thread that was not pruned up to a head.
///
/// The thread may go on meanwhile, for what is before a head does not change; if it is pruned or deleted, the walk ends with
/// a conflict.
pub(in crate::thread) struct Forward<'a, G: Definition> {
    pub(in crate::thread) thread: &'a ThreadStore<G>,
    pub(in crate::thread) head: Head,
    /// Records of which nobody has read yet what lies beside them.
    bare: VecDeque<(CheckpointId, Vec<u8>)>,
    page: VecDeque<Found>,
    paging: Paging,
    /// The newest record that was on a page.
    read: CheckpointId,
    /// The last one that was found to follow the one before it.
    last: Option<(CheckpointId, RecordHash)>,
}

/// A record, and what lies beside it. Nothing of it is verified.
pub(in crate::thread) struct Found {
    pub(in crate::thread) id: CheckpointId,
    pub(in crate::thread) bytes: Vec<u8>,
    pub(in crate::thread) entries: Vec<(String, Vec<u8>)>,
}

impl<'a, G: Definition> Forward<'a, G> {
    pub(in crate::thread) fn new(thread: &'a ThreadStore<G>, head: Head) -> Self {
        let (bare, page, paging) = (VecDeque::new(), VecDeque::new(), Paging::default());
        Forward { thread, head, bare, page, paging, read: CheckpointId(0), last: None }
    }

    /// The next record, once [`link`](Forward::link) has found the one before it to be in its place; `None` behind the head.
    pub(in crate::thread) async fn next(&mut self) -> Result<Option<Found>, Error> {
        if self.page.is_empty() {
            if self.last == Some(beside(self.head)) {
                return Ok(None);
            }
            self.page = self.fill().await?;
        }
        self.page.pop_front().map(Some).ok_or_else(|| self.moved())
    }

    async fn fill(&mut self) -> Result<VecDeque<Found>, Error> {
        // A store that never waits lets the executor's other tasks in, now and then.
        yield_now().await;
        let thread = self.thread;
        if self.bare.is_empty() {
            let records = self.records(self.paging.size(PAGE)).await?;
            self.paging.seen(records.iter().map(|(_, bytes)| bytes.len()));
            self.bare = records.into_iter().take_while(|(id, _)| *id <= self.head.checkpoint).collect();
        }
        let (mut found, mut beside) = (VecDeque::new(), 0);
        // Nobody knows how much lies beside the next one; of what is too much for a page, the last record has the most.
        while beside < PAGE_BYTES
            && let Some((id, bytes)) = self.bare.pop_front()
        {
            let entries = thread.entries_beside(id).await?;
            beside += entries.iter().map(|(name, bytes)| name.len() + bytes.len()).sum::<usize>();
            found.push_back(Found { id, bytes, entries });
        }
        // Whoever prunes or deletes takes a record and what lies beside it in one step: if the records are still there, all of
        // that was.
        let again = self.records(found.len()).await?;
        if !found.iter().map(|found| (found.id, &found.bytes)).eq(again.iter().map(|(id, bytes)| (*id, bytes))) {
            return Err(self.moved());
        }
        self.read = found.back().map_or(self.read, |found| found.id);
        Ok(found)
    }

    /// The next records.
    async fn records(&self, most: usize) -> Result<Vec<(CheckpointId, Vec<u8>)>, Error> {
        let thread = self.thread;
        thread.store.newer(&thread.key, self.read, most).await.map_err(|error| thread.failed(error))
    }

    /// Makes sure that a record follows the last one, directly or behind a tombstone.
    pub(in crate::thread) async fn link(
        &mut self,
        opened: &Opened<'_>,
        entries: &[(String, Vec<u8>)],
    ) -> Result<(), Error> {
        let id = CheckpointId(opened.meta.checkpoint);
        let place = (id, opened.hash);
        if !opened.follows(self.last) && self.tombstone(place, entries)?.is_none_or(|found| !found.leads(self.last)) {
            return Err(self.broken(id).await?);
        }
        self.last = Some(place);
        Ok(())
    }

    fn tombstone(
        &self,
        place: (CheckpointId, RecordHash),
        entries: &[(String, Vec<u8>)],
    ) -> Result<Option<Tombstone>, Error> {
        let tombstone = entries.iter().find(|(name, _)| name == PRUNED).map(|(name, bytes)| {
            let opened = entry::open(&self.thread.key, place, name, bytes);
            opened.map_err(|error| self.thread.unreadable(place.0, error))
        });
        tombstone.transpose()
    }

    /// The error of a record that does not follow the last one. Those that were pruned or deleted meanwhile are not damaged.
    async fn broken(&self, id: CheckpointId) -> Result<Error, Error> {
        let thread = self.thread;
        for id in self.last.map(|(last, _)| last).into_iter().chain([id]) {
            let found = thread.store.get(&thread.key, id).await.map_err(|error| thread.failed(error))?;
            if found.is_none() {
                return Ok(self.moved());
            }
        }
        if !self.stands().await? {
            return Ok(self.moved());
        }
        let reason = "its record does not follow the one before it".to_owned();
        Ok(thread.unreadable(id, RecordError::Corrupt(reason)))
    }

    /// Whether the thread still has the head that the walk leads to, or has gone on from there. One that was deleted and
    /// begun anew has not.
    pub(in crate::thread) async fn stands(&self) -> Result<bool, Error> {
        let (thread, (id, hash)) = (self.thread, beside(self.head));
        let found = thread.store.get(&thread.key, id).await.map_err(|error| thread.unreached(id, error))?;
        let opened = found.as_deref().map(|bytes| checkpoint::open(&thread.key, id, bytes));
        Ok(opened.is_some_and(|opened| opened.is_ok_and(|opened| opened.hash == hash)))
    }

    /// Another run prunes or deletes the thread.
    pub(in crate::thread) fn moved(&self) -> Error {
        Error::Conflict { thread: self.thread.key.thread.clone() }
    }

    /// The request that a checkpoint is the last to answer.
    pub(in crate::thread) async fn answered(&self, opened: &Opened<'_>) -> Result<Option<Arc<str>>, Error> {
        let Some(request) = &opened.meta.request else { return Ok(None) };
        let thread = self.thread;
        let found = thread.store.request(&thread.key, request).await.map_err(|error| thread.failed(error))?;
        Ok(found.filter(|id| id.0 == opened.meta.checkpoint).map(|_| request.as_str().into()))
    }

    /// A page of what was delivered to the thread, behind the entry of this name; empty behind the last one.
    pub(in crate::thread) async fn deliveries(&mut self, after: Option<&str>) -> Result<Vec<(String, Vec<u8>)>, Error> {
        yield_now().await;
        let thread = self.thread;
        let page = thread.store.deliveries(&thread.key, after, self.paging.size(PAGE)).await;
        let page = page.map_err(|error| thread.failed(error))?;
        self.paging.seen(page.iter().map(|(_, bytes)| bytes.len()));
        Ok(page)
    }
}
