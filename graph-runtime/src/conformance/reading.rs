//! Readings of the store under test, each compared with what was to be found.

use super::difference::{Bytes, Verdict, refused, same};
use super::sample::{head, record, whole};
use super::store::Store;
use crate::{CheckpointId, Head, ThreadId, ThreadKey};

impl Store<'_> {
    pub(super) async fn head_is(&self, thread: &ThreadKey, wanted: Option<Head>) -> Verdict {
        let found = self.saver.head(thread).await.map_err(|error| refused("head", &error))?;
        same(format_args!("head of {thread:?}"), &found, &wanted)
    }

    pub(super) async fn record_is(&self, thread: &ThreadKey, number: u64, wanted: Option<Vec<u8>>) -> Verdict {
        let found = self.saver.get(thread, CheckpointId(number)).await.map_err(|error| refused("get", &error))?;
        let shown = |record: Option<Vec<u8>>| record.map(Bytes);
        same(format_args!("get of {number} in {thread:?}"), &shown(found), &shown(wanted))
    }

    pub(super) async fn range_is(
        &self,
        thread: &ThreadKey,
        before: Option<u64>,
        limit: usize,
        wanted: Vec<(u64, Vec<u8>)>,
    ) -> Verdict {
        let found = self.saver.range(thread, before.map(CheckpointId), limit).await;
        let found = found.map_err(|error| refused("range", &error))?;
        let found: Vec<_> = found.into_iter().map(|(id, record)| (id.0, Bytes(record))).collect();
        let wanted: Vec<_> = wanted.into_iter().map(|(number, record)| (number, Bytes(record))).collect();
        same(format_args!("range of {thread:?} before {before:?}, at most {limit}"), &found, &wanted)
    }

    /// Compares a range whose records have their numbers and one size.
    pub(super) async fn numbers_are(
        &self,
        thread: &ThreadKey,
        before: Option<u64>,
        limit: usize,
        bytes: usize,
        wanted: impl IntoIterator<Item = u64>,
    ) -> Verdict {
        let wanted = wanted.into_iter().map(|number| (number, record(thread, number, bytes))).collect();
        self.range_is(thread, before, limit, wanted).await
    }

    /// Compares the records behind a number, which have one size.
    pub(super) async fn newer_are(
        &self,
        thread: &ThreadKey,
        after: u64,
        limit: usize,
        bytes: usize,
        wanted: impl IntoIterator<Item = u64>,
    ) -> Verdict {
        let found = self.saver.newer(thread, CheckpointId(after), limit).await;
        let found = found.map_err(|error| refused("newer", &error))?;
        let found: Vec<_> = found.into_iter().map(|(id, record)| (id.0, Bytes(record))).collect();
        let wanted: Vec<_> = wanted.into_iter().map(|number| (number, Bytes(record(thread, number, bytes)))).collect();
        same(format_args!("records of {thread:?} newer than {after}, at most {limit}"), &found, &wanted)
    }

    pub(super) async fn entries_are(&self, thread: &ThreadKey, number: u64, wanted: Vec<(&str, Vec<u8>)>) -> Verdict {
        let found =
            self.saver.pending(thread, CheckpointId(number)).await.map_err(|error| refused("pending", &error))?;
        let found: Vec<_> = found.into_iter().map(|(name, bytes)| (name, Bytes(bytes))).collect();
        let wanted: Vec<_> = wanted.into_iter().map(|(name, bytes)| (name.to_owned(), Bytes(bytes))).collect();
        same(format_args!("pending beside {number} in {thread:?}"), &found, &wanted)
    }

    pub(super) async fn delivered_is(&self, thread: &ThreadKey, name: &str, wanted: Option<Vec<u8>>) -> Verdict {
        let found = self.saver.delivered(thread, name).await.map_err(|error| refused("delivered", &error))?;
        same(format_args!("what was delivered as {name:?} in {thread:?}"), &found.map(Bytes), &wanted.map(Bytes))
    }

    /// Compares all that was delivered, in any order.
    pub(super) async fn deliveries_are(&self, thread: &ThreadKey, wanted: Vec<(&str, Vec<u8>)>) -> Verdict {
        let found = self.saver.deliveries(thread, None, usize::MAX).await;
        let found = found.map_err(|error| refused("deliveries", &error))?;
        let mut found: Vec<_> = found.into_iter().map(|(name, bytes)| (name, Bytes(bytes))).collect();
        let mut wanted: Vec<_> = wanted.into_iter().map(|(name, bytes)| (name.to_owned(), Bytes(bytes))).collect();
        found.sort_by(|one, other| one.0.cmp(&other.0));
        wanted.sort_by(|one, other| one.0.cmp(&other.0));
        same(format_args!("deliveries of {thread:?}"), &found, &wanted)
    }

    pub(super) async fn request_is(&self, thread: &ThreadKey, request: &str, wanted: Option<u64>) -> Verdict {
        let found = self.saver.request(thread, request).await.map_err(|error| refused("request", &error))?;
        same(format_args!("request {request:?} in {thread:?}"), &found.map(|id| id.0), &wanted)
    }

    pub(super) async fn threads_are(
        &self,
        graph: &str,
        after: Option<&str>,
        limit: usize,
        wanted: Vec<(&str, Head)>,
    ) -> Verdict {
        let id = after.and_then(|after| ThreadId::new(after).ok());
        let found = self.saver.threads(graph, id.as_ref(), limit).await.map_err(|error| refused("threads", &error))?;
        let found: Vec<_> = found.iter().map(|(id, head)| (id.as_str(), *head)).collect();
        same(format_args!("threads of {graph:?} after {after:?}, at most {limit}"), &found, &wanted)
    }

    /// Compares everything that [`Store::write_whole`] wrote.
    pub(super) async fn is_whole(&self, thread: &ThreadKey) -> Verdict {
        let (appends, entries, delivery) = whole(thread);
        self.head_is(thread, Some(head(2))).await?;
        let records = appends.into_iter().rev().map(|append| (append.head.checkpoint.0, append.record)).collect();
        self.range_is(thread, None, usize::MAX, records).await?;
        self.entries_are(thread, 1, Vec::new()).await?;
        let entries = entries.iter().map(|entry| (entry.name.as_str(), entry.bytes.clone())).collect();
        self.entries_are(thread, 2, entries).await?;
        self.delivered_is(thread, &delivery.name, Some(delivery.bytes)).await?;
        self.request_is(thread, "r", Some(1)).await
    }

    /// Makes sure that nothing that [`Store::write_whole`] writes is there.
    pub(super) async fn is_empty(&self, thread: &ThreadKey) -> Verdict {
        self.head_is(thread, None).await?;
        self.range_is(thread, None, usize::MAX, Vec::new()).await?;
        self.newer_are(thread, 0, usize::MAX, 0, []).await?;
        for number in [1, 2] {
            self.record_is(thread, number, None).await?;
            self.entries_are(thread, number, Vec::new()).await?;
        }
        self.delivered_is(thread, "d", None).await?;
        self.deliveries_are(thread, Vec::new()).await?;
        self.request_is(thread, "r", None).await
    }
}
