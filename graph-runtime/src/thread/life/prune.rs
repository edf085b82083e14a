//! Removing old checkpoints, page by page; after each page the thread is whole.

mod page;

use crate::fault::fault;
use crate::record::checkpoint::{self, RecordError};
use crate::record::entry;
use crate::thread::Thread;
use crate::thread::call::invoke;
use crate::thread::life::keep::Keep;
use crate::thread::stored::chain::{Chain, PAGE, Paging};
use crate::thread::stored::tombstone::{PRUNED, Tombstone};
use crate::thread::stored::{ThreadStore, beside};
use crate::{CheckpointId, Commit, Definition, Error, Head, Prune, RecordHash, clock};
use page::{Gap, Page, Seen};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

impl<G: Definition> Thread<G> {
    /// Removes old checkpoints for good, and returns how many.
    ///
    /// What stays is as it was: it reads, replays, forks and [verifies](Thread::verify), and a checkpoint that is gone is
    /// [`Error::UnknownCheckpoint`]. Its `parent` may be one of those. What lies beside a checkpoint goes with it; what was
    /// replied to the thread stays. The record of a checkpoint that stays may tell what some steps before it have changed, too, and so
    /// hold what those added and removed: only [`delete`](Thread::delete) leaves nothing. A request whose outcome is gone is not served again: it gets
    /// [`Error::RequestPruned`].
    ///
    /// The checkpoints go page by page, so that a history of any length needs little memory. A prune that is dropped or
    /// killed half-way has removed some pages, and leaves a thread that is whole.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if the thread is running in this process; [`Error::Conflict`] if another process moves it on
    /// meanwhile; [`Error::Corrupt`] or [`Error::Incompatible`] if a record that has to be read cannot be, and then it and
    /// what is older stays; [`Error::Store`] if the store fails.
    ///
    /// # Examples
    ///
    /// ```
    /// # use graph_runtime::{graph, GraphState, MemorySaver, Update};
    /// # #[derive(GraphState)]
    /// # struct Count { total: u64 }
    /// # fn one(count: &Count) -> impl Update<Count> { Count::update().total(count.total + 1) }
    /// # graph! { graph Counter<Count>; node one; start -> one -> end; }
    /// # futures_lite::future::block_on(async {
    /// use graph_runtime::{CheckpointId, Error, Keep};
    ///
    /// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a");
    /// for _ in 0..3 {
    ///     thread.invoke(()).await?.finished()?;
    /// }
    /// assert_eq!(thread.prune(Keep::Last(2)).await?, 4);
    /// assert_eq!(thread.verify().await?, 2);
    /// assert_eq!(thread.at(CheckpointId(5)).snapshot().await?.state.total, 2);
    /// let gone = thread.at(CheckpointId(4)).snapshot().await;
    /// assert!(matches!(gone, Err(Error::UnknownCheckpoint { .. })));
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn prune(&self, keep: Keep) -> impl Future<Output = Result<u64, Error>> + Send + 'static + use<G> {
        let stored = self.stored();
        async move {
            let stored = stored.await?;
            let _lease = invoke::lease(&stored)?;
            stored.prune(keep, Commit::Synced).await
        }
    }
}

impl<G: Definition> ThreadStore<G> {
    /// Removes what the graph does not retain, now that a run has ended. The run's outcome is stored, whatever comes of this.
    pub(in crate::thread) async fn retain(&self) {
        let persistence = &self.shared.persistence;
        if let Some(keep) = persistence.retention {
            // What stays for now goes after the next run.
            let _ = Box::pin(self.prune(keep, persistence.durability.at_exit())).await;
        }
    }

    /// Removes what need not be kept.
    ///
    /// Every page names the head that was read first, so that nothing is removed of a thread that has moved on.
    pub(in crate::thread) async fn prune(&self, keep: Keep, commit: Commit) -> Result<u64, Error> {
        let Some(head) = self.head().await? else {
            return Ok(0);
        };
        // A checkpoint of the millisecond of an instant may have been made after it.
        let ago = |age: Duration| clock::system().checked_sub(age).map_or(0, clock::within);
        match keep {
            Keep::Last(count) => {
                let newest = head.checkpoint.0.saturating_sub(count.max(1));
                if newest == 0 { Ok(0) } else { self.trim(head, commit, |id, _| Ok(id.0 <= newest)).await }
            }
            Keep::Since(time) => self.older_than(head, commit, clock::within(time)).await,
            Keep::For(age) => self.older_than(head, commit, ago(age)).await,
            Keep::Pauses => self.sift(head, commit).await,
        }
    }

    async fn older_than(&self, head: Head, commit: Commit, time: u64) -> Result<u64, Error> {
        let old = |id, bytes: &[u8]| Ok(checkpoint::open(&self.key, id, bytes)?.meta.time < time);
        self.trim(head, commit, old).await
    }

    /// Removes the oldest checkpoints, up to the first that is not `old`: from the oldest on, so that what is left is one
    /// piece after every page, and the cost is that of what goes.
    async fn trim(
        &self,
        head: Head,
        commit: Commit,
        old: impl Fn(CheckpointId, &[u8]) -> Result<bool, RecordError>,
    ) -> Result<u64, Error> {
        let (mut page, mut paging, mut after) = (Page::default(), Paging::default(), CheckpointId(0));
        let mut removed = 0;
        loop {
            let records = self.store.newer(&self.key, after, paging.size(PAGE)).await;
            let records = records.map_err(|error| self.failed(error))?;
            paging.seen(records.iter().map(|(_, bytes)| bytes.len()));
            if records.is_empty() {
                // It was deleted meanwhile, or the head's own record is missing.
                return Err(Error::Conflict { thread: self.key.thread.clone() });
            }
            for (id, bytes) in records {
                after = id;
                let goes = id < head.checkpoint && old(id, &bytes).map_err(|error| self.unreadable(id, error))?;
                if !goes || page.is_full() {
                    if !page.remove.is_empty() {
                        let opened = checkpoint::open(&self.key, id, &bytes);
                        let opened = opened.map_err(|error| self.unreadable(id, error))?;
                        page.entries.extend(self.heirlooms(&opened.meta, opened.hash).await?);
                        page.entries.extend(self.rested(id, &bytes).await?);
                        page.entries.push(self.buried((id, opened.hash), &Tombstone::default())?);
                        removed += self.remove(head, &mut page, commit).await?;
                    }
                    if !goes {
                        return Ok(removed);
                    }
                }
                page.take(id, bytes.len());
            }
        }
    }

    /// Removes what is between the pauses: from the newest on, along the chain of the records.
    async fn sift(&self, head: Head, commit: Commit) -> Result<u64, Error> {
        let walked = ThreadStore::of(Arc::clone(&self.shared), self.key.clone());
        let mut chain = Chain::begin(walked, None).await?;
        let (mut page, mut removed) = (Page::default(), 0);
        let (mut last, mut gap) = (None, Gap::default());
        loop {
            let next = chain.next(PAGE, |opened, passed| Ok(Seen::of(&opened, passed))).await?;
            let next = next.map(|(_, _, seen)| seen);
            if let Some(Seen { passed: Some(passed), .. }) = &next {
                gap.tombstone.branches.extend(&passed.branches);
            }
            let keeps = next.as_ref().is_none_or(|seen| seen.waits || seen.place.0 == head.checkpoint);
            if let Some(last) = last
                && gap.dug
                && (keeps || page.is_full())
            {
                gap.tombstone.lead(next.as_ref().map(|seen| seen.place));
                page.entries.push(self.buried(last, &gap.tombstone)?);
            }
            if page.is_full() || next.is_none() && !page.remove.is_empty() {
                removed += self.remove(head, &mut page, commit).await?;
            }
            let Some(Seen { place, parent, inherits, whole, .. }) = next else {
                return Ok(removed);
            };
            if keeps {
                (last, gap) = (Some(place), Gap { opens: inherits || !whole, ..Gap::default() });
                continue;
            }
            if let Some((last, _)) = last.filter(|_| std::mem::take(&mut gap.opens)) {
                let bytes = self.bytes(last).await?;
                let opened = checkpoint::open(&self.key, last, &bytes);
                let opened = opened.map_err(|error| self.unreadable(last, error))?;
                page.entries.extend(self.heirlooms(&opened.meta, opened.hash).await?);
                page.entries.extend(self.rested(last, &bytes).await?);
            }
            page.take(place.0, chain.bytes);
            gap.tombstone.bury(place.0, parent);
            gap.dug = true;
        }
    }

    fn buried(
        &self,
        beside: (CheckpointId, RecordHash),
        tombstone: &Tombstone,
    ) -> Result<(CheckpointId, String, Vec<u8>), Error> {
        let sealed = entry::seal(&self.key, beside, PRUNED, tombstone);
        let reason = |error: entry::EntryError| RecordError::Incompatible(error.to_string());
        let bytes = sealed.map_err(|error| self.unreadable(beside.0, reason(error)))?;
        Ok((beside.0, PRUNED.to_owned(), bytes))
    }

    /// Removes a page, and returns how many checkpoints it had.
    async fn remove(&self, head: Head, page: &mut Page, commit: Commit) -> Result<u64, Error> {
        let Page { remove, entries, .. } = std::mem::take(page);
        let removed = remove.len() as u64;
        let prune = Prune { thread: self.key.clone(), expected: beside(head), remove, entries, commit };
        fault!(PagePruning);
        self.store.prune(prune).await.map_err(|error| self.failed(error))?;
        fault!(PagePruned);
        Ok(removed)
    }
}
