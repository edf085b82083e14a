//! The public saver: checks, hands in, and reads.

use super::keys::{self, Names};
use super::options::SledOptions;
use super::store::{Store, changed, compare};
use super::ticket::Answer;
use super::write::Write;
use super::{frame, head, listing};
use crate::{
    Append, BoxFuture, CheckpointId, Checkpointer, Commit, Deliver, Head, Prune, PutPending, StoreError, StoreId,
    ThreadId, ThreadKey,
};
use std::path::Path;
use std::sync::Arc;

/// Keeps checkpoints in a directory of the local disk, with sled made crash-safe.
///
/// A directory is open once: a second open, from this process or another, is [`StoreError::Busy`]. Handles are cheap to
/// clone and graphs of several types may share one. A write is handed in when the method is called, before its future is
/// first polled; dropping the future does not take it back. Reads may touch the disk on the calling thread, for well under a
/// millisecond unless the record is large.
///
/// When the last handle is dropped, what was handed in is made durable and the directory is released.
///
/// # Examples
///
/// ```
/// use graph_runtime::{Checkpointer, SledSaver};
///
/// let directory = tempfile::tempdir()?;
/// let saver = SledSaver::open(directory.path().join("state.db"))?;
/// assert!(SledSaver::open(directory.path().join("state.db")).is_err(), "it is open already");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SledSaver(Arc<Store>);

impl SledSaver {
    /// Opens the store in a directory, or creates it, with the default options.
    ///
    /// # Errors
    ///
    /// As [`SledOptions::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<SledSaver, StoreError> {
        SledSaver::options().open(path)
    }

    /// Options to open a store with.
    pub fn options() -> SledOptions {
        SledOptions::default()
    }

    pub(super) fn new(store: Store) -> SledSaver {
        SledSaver(Arc::new(store))
    }
}

impl Checkpointer for SledSaver {
    fn store_id(&self) -> StoreId {
        self.0.id
    }

    fn append(&self, append: Append) -> BoxFuture<'_, Answer> {
        let thread = append.thread.clone();
        let submitted = self.0.submit(&thread, append.commit, append.record.len(), |names, head| {
            compare(head, append.expected)?;
            let mut append = append;
            append.head.status = append.head.status.after(head.map(|head| head.status));
            let next = Some(append.head);
            Ok((Write::Append(names, append), next))
        });
        Box::pin(async move { submitted?.wait().await })
    }

    fn head<'a>(&'a self, thread: &'a ThreadKey) -> BoxFuture<'a, Result<Option<Head>, StoreError>> {
        let head = Names::of(thread).and_then(|names| Ok(self.0.head_in_queue(thread, &names)?.0));
        Box::pin(std::future::ready(head))
    }

    fn get<'a>(
        &'a self,
        thread: &'a ThreadKey,
        id: CheckpointId,
    ) -> BoxFuture<'a, Result<Option<Vec<u8>>, StoreError>> {
        self.0.read(move |engine| {
            let names = Names::of(thread)?;
            engine.read(|scan| match head::read(scan, &names)? {
                Some(head) if id <= head.checkpoint => frame::get(scan, &names.record(id)),
                _ => Ok(None),
            })
        })
    }

    fn range<'a>(
        &'a self,
        thread: &'a ThreadKey,
        before: Option<CheckpointId>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<(CheckpointId, Vec<u8>)>, StoreError>> {
        self.0.read(move |engine| {
            let names = Names::of(thread)?;
            engine.read(|scan| listing::older(scan, &names, before, limit))
        })
    }

    fn newer<'a>(
        &'a self,
        thread: &'a ThreadKey,
        after: CheckpointId,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<(CheckpointId, Vec<u8>)>, StoreError>> {
        self.0.read(move |engine| {
            let names = Names::of(thread)?;
            engine.read(|scan| listing::newer(scan, &names, after, limit))
        })
    }

    fn put_pending(&self, entry: PutPending) -> BoxFuture<'_, Answer> {
        let thread = entry.thread.clone();
        let bytes = entry.name.len() + entry.bytes.len();
        let submitted = self.0.submit(&thread, entry.commit, bytes, |names, head| {
            compare(head, Some(entry.expected))?;
            let changed = changed(head, entry.status);
            Ok((Write::Pending(names, entry, changed), changed.or(head)))
        });
        Box::pin(async move { submitted?.wait().await })
    }

    fn pending<'a>(
        &'a self,
        thread: &'a ThreadKey,
        id: CheckpointId,
    ) -> BoxFuture<'a, Result<Vec<(String, Vec<u8>)>, StoreError>> {
        self.0.read(move |engine| {
            let names = Names::of(thread)?;
            let mut entries = engine.read(|scan| listing::entries(scan, names.pendings(id), usize::MAX))?;
            // Keys sort by the digests of the names.
            entries.sort_unstable();
            Ok(entries)
        })
    }

    fn deliver(&self, delivery: Deliver) -> BoxFuture<'_, Result<bool, StoreError>> {
        let submitted = self.0.deliver(delivery);
        Box::pin(async move {
            let (ticket, new) = submitted?;
            ticket.wait().await?;
            Ok(new)
        })
    }

    fn delivered<'a>(
        &'a self,
        thread: &'a ThreadKey,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Option<Vec<u8>>, StoreError>> {
        self.0.read(move |engine| {
            let key = Names::of(thread)?.delivered(name);
            let entry = engine.read(|scan| frame::get(scan, &key))?;
            entry.map(|entry| Ok(listing::named(&entry)?.1)).transpose()
        })
    }

    fn deliveries<'a>(
        &'a self,
        thread: &'a ThreadKey,
        after: Option<&'a str>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<(String, Vec<u8>)>, StoreError>> {
        self.0.read(move |engine| {
            let range = Names::of(thread)?.deliveries(after);
            engine.read(|scan| listing::entries(scan, range, limit))
        })
    }

    fn request<'a>(
        &'a self,
        thread: &'a ThreadKey,
        request: &'a str,
    ) -> BoxFuture<'a, Result<Option<CheckpointId>, StoreError>> {
        self.0.read(move |engine| {
            let key = Names::of(thread)?.request(request);
            let Some(sealed) = engine.read(|scan| scan.get(&key))? else {
                return Ok(None);
            };
            let id = frame::open_small(&key, &sealed)?;
            let id = id.try_into().map_err(|_| frame::damaged("a request lost its checkpoint"))?;
            Ok(Some(CheckpointId(u64::from_be_bytes(id))))
        })
    }

    fn prune(&self, prune: Prune) -> BoxFuture<'_, Answer> {
        // Not refused when the disk is nearly full, as a delete is not.
        let submitted = self.0.prune(prune);
        Box::pin(async move { submitted?.wait().await })
    }

    fn delete<'a>(&'a self, thread: &'a ThreadKey) -> BoxFuture<'a, Answer> {
        // Not refused when the disk is nearly full: it makes room.
        let submitted = Names::of(thread).and_then(|names| {
            let state = self.0.queue.lock();
            state.healthy()?;
            self.0.queue.push(state, thread, None, Write::Delete(names), Commit::Synced)
        });
        Box::pin(async move { submitted?.wait().await })
    }

    fn threads<'a>(
        &'a self,
        graph: &'a str,
        after: Option<&'a ThreadId>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<(ThreadId, Head)>, StoreError>> {
        self.0.read(move |engine| {
            let heads = keys::heads(graph, after.map(ThreadId::as_str))?;
            engine.read(|scan| {
                let mut threads = Vec::new();
                for entry in scan.range(heads).take(limit) {
                    let (key, sealed) = entry?;
                    let thread = keys::head_thread(graph, &key).and_then(|id| ThreadId::new(id).ok());
                    let thread = thread.ok_or_else(|| frame::damaged("a thread lost its id"))?;
                    threads.push((thread, head::decode(&frame::open_small(&key, &sealed)?)?));
                }
                Ok(threads)
            })
        })
    }

    fn flush(&self) -> BoxFuture<'_, Answer> {
        let submitted = self.0.queue.durable(self.0.queue.lock());
        Box::pin(async move { submitted?.wait().await })
    }
}
