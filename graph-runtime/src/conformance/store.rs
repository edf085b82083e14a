//! The store under test, with readings that compare.

use super::sample::{append, head, record, whole};
use crate::{
    Append, CheckpointId, Checkpointer, Commit, Deliver, Head, Prune, PutPending, StoreError, StoreId, ThreadId,
    ThreadKey,
};
use std::fmt::{Debug, Display, Write};
use std::future::Future;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::Arc;

/// What differed, in a few words.
#[derive(Debug)]
pub(super) struct Difference(pub(super) String);

pub(super) type Verdict = Result<(), Difference>;

/// A boxed future that stays on its thread: what opens a store need not cross threads.
pub(super) type Local<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Opens the store with a name.
pub(super) type Open<'a> = &'a dyn Fn(String) -> Local<'a, Result<Arc<dyn Checkpointer>, StoreError>>;

/// An open store.
pub(super) struct Store<'a> {
    saver: Arc<dyn Checkpointer>,
    name: String,
    open: Open<'a>,
}

/// The calls of the trait, as the cases make them.
impl<'a> Store<'a> {
    pub(super) async fn open(open: Open<'a>, name: String) -> Result<Store<'a>, Difference> {
        let saver = open(name.clone()).await.map_err(|error| refused("opening the store", &error))?;
        Ok(Store { saver, name, open })
    }

    /// Drops the last handle and opens the store again.
    pub(super) async fn reopen(self) -> Result<Store<'a>, Difference> {
        let Store { saver, name, open } = self;
        drop(saver);
        Store::open(open, name).await
    }

    /// A second store.
    pub(super) async fn other(&self) -> Result<Store<'a>, Difference> {
        Store::open(self.open, format!("{}_other", self.name)).await
    }

    pub(super) fn saver(&self) -> &dyn Checkpointer {
        &*self.saver
    }

    pub(super) fn id(&self) -> StoreId {
        self.saver.store_id()
    }

    pub(super) async fn append(&self, append: Append) -> Verdict {
        let number = append.head.checkpoint;
        self.saver.append(append).await.map_err(|error| refused(format_args!("the append of {number}"), &error))
    }

    pub(super) async fn put(&self, entry: PutPending) -> Verdict {
        let name = entry.name.clone();
        self.saver.put_pending(entry).await.map_err(|error| refused(format_args!("putting the entry {name:?}"), &error))
    }

    /// Delivers; `new` is what the store has to answer.
    pub(super) async fn deliver(&self, delivery: Deliver, new: bool) -> Verdict {
        let name = delivery.name.clone();
        let answer = self.saver.deliver(delivery).await;
        let answer = answer.map_err(|error| refused(format_args!("delivering {name:?}"), &error))?;
        same(format_args!("whether the delivery of {name:?} is new"), &answer, &new)
    }

    pub(super) async fn delete(&self, thread: &ThreadKey) -> Verdict {
        self.saver.delete(thread).await.map_err(|error| refused("the delete", &error))
    }

    pub(super) async fn prune(&self, prune: Prune) -> Verdict {
        self.saver.prune(prune).await.map_err(|error| refused("the prune", &error))
    }

    pub(super) async fn flush(&self) -> Verdict {
        self.saver.flush().await.map_err(|error| refused("the flush", &error))
    }

    /// Appends numbers, the last one synced.
    pub(super) async fn write(&self, thread: &ThreadKey, numbers: RangeInclusive<u64>, bytes: usize) -> Verdict {
        let last = *numbers.end();
        for number in numbers {
            let commit = if number == last { Commit::Synced } else { Commit::Written };
            self.append(Append { commit, ..append(thread, number, bytes) }).await?;
        }
        Ok(())
    }

    /// Writes everything that a thread can own.
    pub(super) async fn write_whole(&self, thread: &ThreadKey) -> Verdict {
        let (appends, entries, delivery) = whole(thread);
        for append in appends {
            self.append(append).await?;
        }
        for entry in entries {
            self.put(entry).await?;
        }
        self.deliver(delivery, true).await
    }
}

/// Readings that compare.
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

/// A call that had to succeed was refused.
pub(super) fn refused(what: impl Display, error: &StoreError) -> Difference {
    Difference(format!("{what} was refused: {error}"))
}

/// Compares, and says what was compared.
pub(super) fn same<T: PartialEq + Debug>(what: impl Display, found: &T, wanted: &T) -> Verdict {
    if found == wanted {
        return Ok(());
    }
    Err(Difference(format!("{what}: found {}, wanted {}", shown(found), shown(wanted))))
}

/// Compares the answer of a write with the conflict that it had to be.
pub(super) fn conflicts(what: impl Display, answer: Result<(), StoreError>, wanted: Option<u64>) -> Verdict {
    match answer {
        Err(StoreError::Conflict { head }) => {
            same(format_args!("the head that the conflict of {what} names"), &head.map(|head| head.0), &wanted)
        }
        Err(error) => Err(Difference(format!("{what} was no conflict: {error}"))),
        Ok(()) => Err(Difference(format!("{what} was no conflict; it was accepted"))),
    }
}

/// A value in at most some 300 characters: listings can be long.
fn shown(value: &impl Debug) -> String {
    let whole = format!("{value:?}");
    match whole.char_indices().nth(300) {
        Some((end, _)) => format!("{} …", &whole[..end]),
        None => whole,
    }
}

/// Bytes that are shown by their number and their beginning.
#[derive(PartialEq)]
struct Bytes(Vec<u8>);

impl Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.len())?;
        for (at, byte) in self.0.iter().take(4).enumerate() {
            f.write_str(if at == 0 { " " } else { "" })?;
            write!(f, "{byte:02x}")?;
        }
        if self.0.len() > 4 { f.write_char('…') } else { Ok(()) }
    }
}
