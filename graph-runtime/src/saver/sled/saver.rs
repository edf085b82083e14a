//! The public saver: checks, hands in, and reads.

use super::engine::Scan;
use super::keys::{self, Names};
use super::options::SledOptions;
use super::store::{Store, changed, compare};
use super::ticket::Answer;
use super::write::Write;
use super::{frame, head};
use crate::{
    Append, BoxFuture, CheckpointId, Checkpointer, Commit, Deliver, Head, PutPending, StoreError, StoreId, ThreadId,
    ThreadKey,
};
use std::ops::Range;
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
            engine.read(|scan| {
                let mut records = Vec::new();
                let Some(head) = head::read(scan, &names)? else {
                    return Ok(records);
                };
                let above = CheckpointId(head.checkpoint.0.saturating_add(1));
                let before = before.map_or(above, |before| before.min(above));
                let mut entries = scan.range(names.records(before)).rev();
                while records.len() < limit
                    && let Some(entry) = entries.next()
                {
                    let (key, first) = entry?;
                    // The chunks of a record come before its first one here, and are read with it.
                    if let Some(record) = frame::first_chunk(&key) {
                        let id = names.record_id(record).ok_or_else(|| frame::damaged("a record lost its number"))?;
                        records.push((id, frame::gather(scan, record, &first)?));
                    }
                }
                Ok(records)
            })
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
            let mut entries = engine.read(|scan| entries(scan, names.pendings(id), usize::MAX))?;
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
            entry.map(|entry| Ok(named(&entry)?.1)).transpose()
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
            engine.read(|scan| entries(scan, range, limit))
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

/// Up to `limit` entries whose keys are in a range, in the order of the digests of their names.
fn entries(scan: &Scan<'_>, range: Range<Vec<u8>>, limit: usize) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let mut entries = Vec::new();
    let mut values = scan.range(range);
    while entries.len() < limit
        && let Some(value) = values.next()
    {
        let (key, first) = value?;
        if let Some(key) = frame::first_chunk(&key) {
            entries.push(named(&frame::gather(scan, key, &first)?)?);
        }
    }
    Ok(entries)
}

/// Takes the name off an entry.
fn named(value: &[u8]) -> Result<(String, Vec<u8>), StoreError> {
    let split = value.split_first_chunk().and_then(|(length, rest)| {
        let (name, bytes) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        Some((std::str::from_utf8(name).ok()?.to_owned(), bytes.to_vec()))
    });
    split.ok_or_else(|| frame::damaged("an entry lost its name"))
}
