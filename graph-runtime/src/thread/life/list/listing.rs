//! Where a listing is, and which threads it leaves.

use super::{PAGE, ThreadSummary};
use crate::clock;
use crate::graph::Shared;
use crate::record::checkpoint::{self, RecordError};
use crate::thread::stored::named;
use crate::{Checkpointer, Definition, Error, Head, Status, StoreError, ThreadId, ThreadKey};
use futures_core::Stream;
use futures_lite::stream;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::SystemTime;

/// What a listing is asked for, and where it is under each name that the graph has or had.
pub(super) struct Listing {
    store: Arc<dyn Checkpointer>,
    pub(super) filter: Filter,
    names: Vec<Named>,
}

/// The threads under one name: the heads of the page that was read, and the thread after which the next one begins.
struct Named {
    graph: Arc<str>,
    page: VecDeque<(ThreadId, Head)>,
    after: Option<ThreadId>,
    last: bool,
}

/// Which threads are wanted.
#[derive(Default)]
pub(super) struct Filter {
    pub(super) status: Option<Status>,
    pub(super) since: Option<SystemTime>,
    pub(super) before: Option<SystemTime>,
    pub(super) tags: Vec<(String, String)>,
}

impl Listing {
    pub(super) fn new<G: Definition>(shared: &Shared<G>) -> Listing {
        let named = |graph| Named { graph, page: VecDeque::new(), after: None, last: false };
        Listing {
            store: Arc::clone(&shared.persistence.store),
            filter: Filter::default(),
            names: named::names(shared).map(named).collect(),
        }
    }

    /// All that is wanted. What cannot be read is an item of its own; any other error ends the stream.
    pub(super) fn stream(self) -> impl Stream<Item = Result<ThreadSummary, Error>> + Send {
        stream::unfold(self, async |mut listing| {
            let item = listing.next().await.transpose()?;
            if item.as_ref().is_err_and(|error| !matches!(error, Error::Corrupt { .. } | Error::Incompatible { .. })) {
                listing.names.clear();
            }
            Some((item, listing))
        })
    }

    async fn next(&mut self) -> Result<Option<ThreadSummary>, Error> {
        while let Some((key, head)) = self.head().await? {
            if self.filter.admits(head) && self.tagged(&key, head).await? {
                return Ok(Some(ThreadSummary::new(key.thread, head)));
            }
        }
        Ok(None)
    }

    /// The next thread with its head: of those that come next under each name, the first.
    async fn head(&mut self) -> Result<Option<(ThreadKey, Head)>, Error> {
        for named in &mut self.names {
            named.fill(&*self.store).await?;
        }
        let next = self.names.iter_mut().filter_map(|named| Some((named.page.front()?.0.clone(), named)));
        let Some((_, named)) = next.min_by(|(one, _), (other, _)| one.cmp(other)) else { return Ok(None) };
        let head = named.page.pop_front();
        Ok(head.map(|(thread, head)| (ThreadKey { graph: Arc::clone(&named.graph), thread }, head)))
    }

    /// Whether the newest checkpoint of a thread has the tags. It is what the listing saw, also if it is no longer the newest.
    async fn tagged(&self, key: &ThreadKey, head: Head) -> Result<bool, Error> {
        if self.filter.tags.is_empty() {
            return Ok(true);
        }
        let id = &key.thread;
        let unreadable = |reason| Error::Corrupt { thread: id.clone(), checkpoint: head.checkpoint, reason };
        let bytes = match self.store.get(key, head.checkpoint).await {
            Err(StoreError::Corrupt { reason }) => return Err(unreadable(reason)),
            bytes => bytes?,
        };
        let Some(bytes) = bytes else {
            // A thread that was deleted, or went on and was pruned, since the page was read is not damaged.
            let same = self.store.head(key).await? == Some(head);
            return if same { Err(unreadable("its record is missing".to_owned())) } else { Ok(false) };
        };
        match checkpoint::open(key, head.checkpoint, &bytes) {
            Ok(opened) => Ok(self.filter.tags.iter().all(|tag| opened.meta.tags.contains(tag))),
            Err(RecordError::Corrupt(reason)) => Err(unreadable(reason)),
            Err(RecordError::Incompatible(reason)) => {
                Err(Error::Incompatible { thread: id.clone(), checkpoint: head.checkpoint, reason })
            }
        }
    }
}

impl Named {
    /// Reads the next page, if there is one and the last is used up.
    async fn fill(&mut self, store: &dyn Checkpointer) -> Result<(), Error> {
        if self.page.is_empty() && !self.last {
            let page = store.threads(&self.graph, self.after.as_ref(), PAGE).await?;
            self.last = page.len() < PAGE;
            self.after = page.last().map(|(id, _)| id.clone());
            self.page = page.into();
        }
        Ok(())
    }
}

impl Filter {
    fn admits(&self, head: Head) -> bool {
        // A change in the millisecond of an instant may have come after it.
        self.status.is_none_or(|status| status == head.status)
            && self.since.is_none_or(|since| head.updated >= clock::within(since))
            && self.before.is_none_or(|before| head.updated < clock::within(before))
    }
}
