//! Stores that break one promise each.

mod appends;
mod inbox;
mod life;

use crate::flaw::Flaw;
use graph_runtime::{
    Append, CheckpointId, Checkpointer, Deliver, Head, MemorySaver, Prune, PutPending, StoreError, StoreFuture,
    StoreId, ThreadId, ThreadKey,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// A [`MemorySaver`] that keeps all promises but one.
pub struct Flawed {
    store: MemorySaver,
    flaw: Flaw,
    /// What is stored later than it is acknowledged.
    late: Mutex<Vec<Append>>,
    /// What was delivered to threads that are deleted, and what is no longer shown of others.
    kept: Mutex<BTreeMap<(ThreadKey, String), Vec<u8>>>,
}

impl Flawed {
    /// A store that does `flaw` wrong.
    #[must_use]
    pub fn new(flaw: Flaw) -> Flawed {
        Flawed { store: MemorySaver::new(), flaw, late: Mutex::default(), kept: Mutex::default() }
    }

    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    /// The thread that this store takes the given one for.
    fn key(&self, key: &ThreadKey) -> ThreadKey {
        let id = key.thread.as_str();
        let (graph, id) = match self.flaw {
            Flaw::MixesThreads => (key.graph.to_string(), "all".to_owned()),
            Flaw::FoldsThreads => (key.graph.to_string(), id.to_lowercase()),
            Flaw::CutsThreads => (key.graph.to_string(), id.chars().take(254).collect()),
            Flaw::MixesGraphs => (String::new(), id.to_owned()),
            Flaw::JoinsNames => (String::new(), format!("{}{id}", key.graph).chars().take(255).collect()),
            _ => return key.clone(),
        };
        ThreadKey { graph: graph.into(), thread: ThreadId::new(id).expect("a valid id") }
    }

    fn request_name(&self, request: &str) -> Arc<str> {
        if self.is(Flaw::FoldsRequests) { request.to_lowercase().into() } else { request.into() }
    }
}

impl Checkpointer for Flawed {
    fn store_id(&self) -> StoreId {
        if self.is(Flaw::HasNoId) { StoreId::new() } else { self.store.store_id() }
    }

    fn append(&self, append: Append) -> StoreFuture<'_, ()> {
        Box::pin(self.append_flawed(append))
    }

    fn head<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Option<Head>> {
        Box::pin(async move {
            let thread = self.key(thread);
            let head = self.store.head(&thread).await?;
            if self.is(Flaw::StoresDroppedAppends) {
                let _ = self.settle().await;
            }
            let beside = match head {
                Some(head) if self.is(Flaw::EndsWhatIsDue) => self.store.pending(&thread, head.checkpoint).await?,
                _ => Vec::new(),
            };
            let due = |head: Head| Head { due: head.due.filter(|_| beside.is_empty()), ..head };
            let head = head.map(due);
            let first = self.store.get(&thread, CheckpointId(1)).await?.is_some() && self.is(Flaw::KeepsTheFirstHead);
            Ok(head.map(|head| if first { Head { checkpoint: CheckpointId(1), ..head } } else { head }))
        })
    }

    fn get<'a>(&'a self, thread: &'a ThreadKey, id: CheckpointId) -> StoreFuture<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            let thread = self.key(thread);
            let record = self.store.get(&thread, id).await?;
            if self.is(Flaw::FindsTheNewestOnly) {
                let head = self.store.head(&thread).await?;
                return Ok(record.filter(|_| head.is_some_and(|head| head.checkpoint == id)));
            }
            assert!(record.is_some() || !self.is(Flaw::Panics), "there is no record {id}");
            if record.is_none() && self.is(Flaw::GuessesRecords) {
                let older = self.store.range(&thread, Some(id), 1).await?;
                return Ok(older.into_iter().next().map(|(_, record)| record));
            }
            Ok(record)
        })
    }

    fn range<'a>(
        &'a self,
        thread: &'a ThreadKey,
        before: Option<CheckpointId>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(CheckpointId, Vec<u8>)>> {
        Box::pin(async move {
            let end = self.is(Flaw::IncludesTheEnd).then(|| before.map(|before| CheckpointId(before.0 + 1)));
            let limit = if self.is(Flaw::IgnoresTheLimit) { usize::MAX } else { limit };
            let mut records = self.store.range(&self.key(thread), end.unwrap_or(before), limit).await?;
            if self.is(Flaw::OldestFirst) {
                records.reverse();
            }
            if self.hides(&self.key(thread), "pruned") {
                records.clear();
            }
            Ok(records)
        })
    }

    fn newer<'a>(
        &'a self,
        thread: &'a ThreadKey,
        after: CheckpointId,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(CheckpointId, Vec<u8>)>> {
        Box::pin(async move {
            let from = after.0.saturating_sub(u64::from(self.is(Flaw::IncludesTheBeginning)));
            let limit = if self.is(Flaw::IgnoresTheLimit) { usize::MAX } else { limit };
            let mut records = self.store.newer(&self.key(thread), CheckpointId(from), limit).await?;
            if self.is(Flaw::NewestFirst) {
                records.reverse();
            }
            Ok(records)
        })
    }

    fn put_pending(&self, entry: PutPending) -> StoreFuture<'_, ()> {
        Box::pin(self.put_flawed(entry))
    }

    fn pending<'a>(&'a self, thread: &'a ThreadKey, id: CheckpointId) -> StoreFuture<'a, Vec<(String, Vec<u8>)>> {
        Box::pin(async move {
            let thread = self.key(thread);
            let mut entries = self.store.pending(&thread, id).await?;
            if entries.is_empty() && self.is(Flaw::EntriesOfTheParent) {
                entries = self.store.pending(&thread, CheckpointId(id.0.saturating_sub(1))).await?;
            }
            if self.is(Flaw::EntriesBackwards) {
                entries.reverse();
            }
            Ok(entries)
        })
    }

    fn deliver(&self, delivery: Deliver) -> StoreFuture<'_, bool> {
        Box::pin(self.deliver_flawed(delivery))
    }

    fn delivered<'a>(&'a self, thread: &'a ThreadKey, name: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        Box::pin(self.delivered_flawed(thread, name))
    }

    fn deliveries<'a>(
        &'a self,
        thread: &'a ThreadKey,
        after: Option<&'a str>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(String, Vec<u8>)>> {
        Box::pin(self.deliveries_flawed(thread, after, limit))
    }

    fn request<'a>(&'a self, thread: &'a ThreadKey, request: &'a str) -> StoreFuture<'a, Option<CheckpointId>> {
        Box::pin(async move {
            let thread = self.key(thread);
            let found = self.store.request(&thread, &self.request_name(request)).await?;
            Ok(found.filter(|_| !self.hides(&thread, "request")))
        })
    }

    fn prune(&self, prune: Prune) -> StoreFuture<'_, ()> {
        Box::pin(self.prune_flawed(prune))
    }

    fn delete<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, ()> {
        Box::pin(self.delete_flawed(self.key(thread)))
    }

    fn threads<'a>(
        &'a self,
        graph: &'a str,
        after: Option<&'a ThreadId>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(ThreadId, Head)>> {
        Box::pin(self.threads_flawed(graph, after, limit))
    }

    fn flush(&self) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            if self.is(Flaw::RefusesToFlush) {
                return Err(StoreError::Failed { reason: "told to".to_owned() });
            }
            self.store.flush().await
        })
    }
}
