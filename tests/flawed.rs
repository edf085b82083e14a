//! Stores that break one promise each.

use crate::flaw::Flaw;
use futures_lite::future::yield_now;
use graph_runtime::{
    Append, CheckpointId, Checkpointer, Commit, Deliver, Head, MemorySaver, Prune, PutPending, RecordHash, Status,
    StoreError, StoreFuture, StoreId, ThreadId, ThreadKey,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

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

    async fn settle(&self) -> Result<(), StoreError> {
        let late = std::mem::take(&mut *self.late.lock().unwrap_or_else(PoisonError::into_inner));
        for append in late {
            self.store.append(append).await?;
        }
        Ok(())
    }

    fn hold(&self, append: Append) {
        self.late.lock().unwrap_or_else(PoisonError::into_inner).push(append);
    }

    async fn append_flawed(&self, mut append: Append) -> Result<(), StoreError> {
        append.thread = self.key(&append.thread);
        let at = self.store.head(&append.thread).await?.map(|head| (head.checkpoint, head.hash));
        let known = match &append.request {
            Some(request) => self.store.request(&append.thread, request).await?.is_some(),
            None => false,
        };
        append.request = append.request.map(|request| self.request_name(&request));
        match self.flaw {
            Flaw::IgnoresTheHead => append.expected = at,
            Flaw::IgnoresTheHash if at.map(|at| at.0) == append.expected.map(|at| at.0) => append.expected = at,
            Flaw::ComparesTooEarly if at == append.expected => {
                yield_now().await;
                append.expected = self.store.head(&append.thread).await?.map(|head| (head.checkpoint, head.hash));
            }
            Flaw::StoresWhatItRefuses if at.is_none() => append.expected = None,
            Flaw::CutsRecords => append.record.truncate(65_535),
            Flaw::ForgetsRequests => append.request = None,
            Flaw::ForgetsWhenDue => append.head.due = None,
            Flaw::AppendsAsleep if append.head.status == Status::Paused => {
                if let Some(expected) = append.expected {
                    let (thread, name, bytes) = (append.thread.clone(), "p".to_owned(), Vec::new());
                    let (status, commit) = (Some((Status::Running, 1)), Commit::Written);
                    self.store.put_pending(PutPending { thread, expected, name, bytes, status, commit }).await?;
                }
            }
            Flaw::KeepsTheFirstRequest if known => append.request = None,
            Flaw::HidesWrittenAppends => {
                self.settle().await?;
                if append.commit == Commit::Written {
                    self.hold(append);
                    return Ok(());
                }
            }
            Flaw::StoresDroppedAppends => {
                self.hold(append);
                yield_now().await;
                return self.settle().await;
            }
            _ => {}
        }
        self.store.append(append).await
    }

    async fn put_flawed(&self, mut entry: PutPending) -> Result<(), StoreError> {
        entry.thread = self.key(&entry.thread);
        let head = self.store.head(&entry.thread).await?;
        let beside = self.store.pending(&entry.thread, entry.expected.0).await?;
        match self.flaw {
            Flaw::ForgetsEntries => return Ok(()),
            Flaw::KeepsTheFirstEntry if beside.iter().any(|(name, _)| *name == entry.name) => return Ok(()),
            Flaw::EntriesBesideAnyHead => match head {
                Some(head) => entry.expected = (head.checkpoint, head.hash),
                None => return Ok(()),
            },
            Flaw::KeepsTheStatus => entry.status = None,
            Flaw::FallsAsleep if matches!(entry.status, Some((Status::Paused, _))) => {
                let awake = PutPending { status: Some((Status::Running, 1)), ..entry.clone() };
                self.store.put_pending(awake).await?;
            }
            Flaw::InventsAStatus => entry.status = entry.status.or(Some((Status::Finished, 1))),
            _ => {}
        }
        self.store.put_pending(entry).await
    }

    /// The name under which this store keeps a delivery.
    fn delivery_name(&self, name: &str) -> String {
        if self.is(Flaw::FoldsDeliveries) { name.to_lowercase() } else { name.to_owned() }
    }

    async fn deliver_flawed(&self, mut delivery: Deliver) -> Result<bool, StoreError> {
        delivery.thread = self.key(&delivery.thread);
        let given = std::mem::take(&mut delivery.name);
        delivery.name = self.delivery_name(&given);
        let thread = delivery.thread.clone();
        let head = self.store.head(&thread).await?;
        let there = self.store.delivered(&thread, &delivery.name).await?.is_some();
        let beside = |name, bytes, status| PutPending {
            thread: thread.clone(),
            expected: delivery.expected,
            name,
            bytes,
            status,
            commit: Commit::Synced,
        };
        match self.flaw {
            Flaw::ForgetsDeliveries => return Ok(true),
            // The memory saver does not replace what is there, so the new bytes lie beside the head.
            Flaw::ReplacesDeliveries if there => {
                let replaced = beside(format!("replaced {given}"), delivery.bytes, None);
                self.store.put_pending(replaced).await?;
                return Ok(false);
            }
            Flaw::ClaimsDeliveries => return self.store.deliver(delivery).await.map(|_| true),
            Flaw::DeliversOnAnyHead => match head {
                Some(head) => delivery.expected = (head.checkpoint, head.hash),
                None => return Ok(true),
            },
            Flaw::DeliversBeforeItCompares if there => return Ok(false),
            Flaw::DeliversBesideTheHead => {
                let entry = beside(given, delivery.bytes, delivery.status);
                return self.store.put_pending(entry).await.map(|()| !there);
            }
            Flaw::DeliversTheStatusAgain if there && delivery.status.is_some() => {
                let told = beside("told".to_owned(), Vec::new(), delivery.status);
                return self.store.put_pending(told).await.map(|()| false);
            }
            Flaw::DeliversWithoutTheStatus => delivery.status = None,
            Flaw::DeliversWithAStatus => delivery.status = delivery.status.or(Some((Status::Running, 1))),
            Flaw::CutsDeliveries => delivery.bytes.truncate(65_535),
            Flaw::DeliversTwice if !there => {
                yield_now().await;
                return self.store.deliver(delivery).await.map(|_| true);
            }
            _ => {}
        }
        self.store.deliver(delivery).await
    }

    async fn delivered_flawed(&self, thread: &ThreadKey, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let thread = self.key(thread);
        let found = self.store.delivered(&thread, &self.delivery_name(name)).await?;
        let Some(head) = self.store.head(&thread).await? else {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            return Ok(kept.get(&(thread, name.to_owned())).cloned().or(found));
        };
        let beside = match self.flaw {
            Flaw::ReplacesDeliveries => format!("replaced {name}"),
            Flaw::DeliversBesideTheHead => name.to_owned(),
            _ => return Ok(found),
        };
        let entries = self.store.pending(&thread, head.checkpoint).await?;
        Ok(entries.into_iter().find(|(name, _)| *name == beside).map(|(_, bytes)| bytes).or(found))
    }

    async fn deliveries_flawed(
        &self,
        thread: &ThreadKey,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let thread = self.key(thread);
        let limit = if self.is(Flaw::IgnoresTheLimitOfDeliveries) { usize::MAX } else { limit };
        let mut page = self.store.deliveries(&thread, after, limit).await?;
        if let Some(after) = after.filter(|_| self.is(Flaw::ListsTheDeliveryBefore))
            && let Some(bytes) = self.store.delivered(&thread, after).await?
        {
            page.insert(0, (after.to_owned(), bytes));
            page.truncate(limit);
        }
        Ok(page)
    }

    async fn prune_flawed(&self, mut prune: Prune) -> Result<(), StoreError> {
        prune.thread = self.key(&prune.thread);
        let thread = prune.thread.clone();
        let head = self.store.head(&thread).await?;
        match self.flaw {
            Flaw::KeepsPruned => prune.remove.clear(),
            Flaw::KeepsPrunedEntries => {
                for id in &prune.remove {
                    let beside = self.store.pending(&thread, *id).await?;
                    prune.entries.extend(beside.into_iter().map(|(name, bytes)| (*id, name, bytes)));
                }
            }
            Flaw::PrunesWithoutAWord => prune.entries.clear(),
            Flaw::PrunesOnAnyHead => match head {
                Some(head) => prune.expected = (head.checkpoint, head.hash),
                None => return Ok(()),
            },
            Flaw::PrunesTheHead if prune.remove.contains(&prune.expected.0) => self.hide(&thread, "pruned"),
            Flaw::PrunesAllBefore => {
                let newest = prune.remove.iter().max().map_or(0, |id| id.0).min(prune.expected.0.0);
                prune.remove = (1..=newest).map(CheckpointId).collect();
            }
            Flaw::PrunesRequests => self.hide(&thread, "request"),
            Flaw::PruneMovesTheHead => {
                let told = Head { hash: RecordHash::default(), ..head.ok_or(StoreError::Conflict { head: None })? };
                self.store.prune(prune.clone()).await?;
                let record = self.store.get(&thread, told.checkpoint).await?.unwrap_or_default();
                let (expected, commit) = (Some(prune.expected), Commit::Synced);
                return self.store.append(Append { thread, expected, head: told, record, request: None, commit }).await;
            }
            _ => {}
        }
        self.store.prune(prune).await
    }

    /// Notes what this store no longer shows of a thread.
    fn hide(&self, thread: &ThreadKey, what: &str) {
        let hidden = (thread.clone(), what.to_owned());
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(hidden, Vec::new());
    }

    fn hides(&self, thread: &ThreadKey, what: &str) -> bool {
        let hidden = (thread.clone(), what.to_owned());
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&hidden)
    }

    async fn delete_flawed(&self, thread: ThreadKey) -> Result<(), StoreError> {
        match self.flaw {
            Flaw::KeepsDeleted => return Ok(()),
            Flaw::KeepsDeliveries => {
                let delivered = self.store.deliveries(&thread, None, usize::MAX).await?;
                let delivered = delivered.into_iter().map(|(name, bytes)| ((thread.clone(), name), bytes));
                self.kept.lock().unwrap_or_else(PoisonError::into_inner).extend(delivered);
            }
            Flaw::RefusesToDeleteNothing if self.store.head(&thread).await?.is_none() => {
                return Err(StoreError::Failed { reason: "no such thread".to_owned() });
            }
            Flaw::DeletesNeighbours => {
                for (id, _) in self.store.threads(&thread.graph, None, usize::MAX).await? {
                    if id.as_str().starts_with(thread.thread.as_str()) {
                        self.store.delete(&ThreadKey { graph: thread.graph.clone(), thread: id }).await?;
                    }
                }
            }
            _ => {}
        }
        self.store.delete(&thread).await
    }

    async fn threads_flawed(
        &self,
        graph: &str,
        after: Option<&ThreadId>,
        limit: usize,
    ) -> Result<Vec<(ThreadId, Head)>, StoreError> {
        let graph = if matches!(self.flaw, Flaw::MixesGraphs | Flaw::JoinsNames) { "" } else { graph };
        let limit = if self.is(Flaw::IgnoresTheLimitOfThreads) { usize::MAX } else { limit };
        let all = self.store.threads(graph, None, usize::MAX).await?;
        let start = all.iter().find(|(id, _)| Some(id) == after).filter(|_| limit > 0);
        if self.is(Flaw::NeedsTheStart) && after.is_some() && start.is_none() {
            return Ok(Vec::new());
        }
        let mut page = self.store.threads(graph, after, limit).await?;
        match self.flaw {
            Flaw::ThreadsBackwards => page.reverse(),
            Flaw::IncludesTheStart => page.splice(..0, start.cloned()).for_each(drop),
            Flaw::ListsAnotherHead => page.iter_mut().for_each(|(_, head)| head.updated = 0),
            _ => {}
        }
        Ok(page)
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
