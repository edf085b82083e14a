//! The calls of a saver, on any engine: checks, hands in, and reads.

use super::engine::{Engine, Scan};
use super::keys::{self, Names};
use super::store::{Store, changed, compare};
use super::write::Write;
use super::{frame, head, listing};
use crate::fault::fault;
use crate::{
    Append, CheckpointId, Checkpointer, Commit, Deliver, Head, Prune, PutPending, StoreFuture, StoreId, ThreadId,
    ThreadKey,
};

/// The future of a write that was handed in, with the points before and after its answer.
macro_rules! answered {
    ($submitted:ident, $queued:ident, $answered:ident) => {
        Box::pin(async move {
            let ticket = $submitted?;
            fault!($queued);
            ticket.wait().await?;
            fault!($answered);
            Ok(())
        })
    };
}

impl<E: Engine> Checkpointer for Store<E> {
    fn store_id(&self) -> StoreId {
        self.id
    }

    fn append(&self, append: Append) -> StoreFuture<'_, ()> {
        let thread = append.thread.clone();
        let submitted = self.submit(&thread, append.commit, append.record.len(), |names, head| {
            compare(head, append.expected)?;
            let mut append = append;
            append.head.status = append.head.status.after(head.map(|head| head.status));
            let next = Some(append.head);
            Ok((Write::Append(names, append), next))
        });
        answered!(submitted, AppendQueued, AppendAnswered)
    }

    fn head<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Option<Head>> {
        let head = Names::of(thread).and_then(|names| Ok(self.head_in_queue(thread, &names)?.0));
        Box::pin(std::future::ready(head))
    }

    fn get<'a>(&'a self, thread: &'a ThreadKey, id: CheckpointId) -> StoreFuture<'a, Option<Vec<u8>>> {
        self.read(move |engine: &E| {
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
    ) -> StoreFuture<'a, Vec<(CheckpointId, Vec<u8>)>> {
        self.read(move |engine: &E| {
            let names = Names::of(thread)?;
            engine.read(|scan| listing::older(scan, &names, before, limit))
        })
    }

    fn newer<'a>(
        &'a self,
        thread: &'a ThreadKey,
        after: CheckpointId,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(CheckpointId, Vec<u8>)>> {
        self.read(move |engine: &E| {
            let names = Names::of(thread)?;
            engine.read(|scan| listing::newer(scan, &names, after, limit))
        })
    }

    fn put_pending(&self, entry: PutPending) -> StoreFuture<'_, ()> {
        let thread = entry.thread.clone();
        let bytes = entry.name.len() + entry.bytes.len();
        let submitted = self.submit(&thread, entry.commit, bytes, |names, head| {
            compare(head, Some(entry.expected))?;
            let changed = changed(head, entry.status);
            Ok((Write::Pending(names, entry, changed), changed.or(head)))
        });
        answered!(submitted, PendingQueued, PendingAnswered)
    }

    fn pending<'a>(&'a self, thread: &'a ThreadKey, id: CheckpointId) -> StoreFuture<'a, Vec<(String, Vec<u8>)>> {
        self.read(move |engine: &E| {
            let names = Names::of(thread)?;
            let mut entries = engine.read(|scan| listing::entries(scan, &names, names.pendings(id), usize::MAX))?;
            // Keys sort by the digests of the names.
            entries.sort_unstable();
            Ok(entries)
        })
    }

    fn deliver(&self, delivery: Deliver) -> StoreFuture<'_, bool> {
        let submitted = self.submit_delivery(delivery);
        Box::pin(async move {
            let (ticket, new) = submitted?;
            fault!(DeliveryQueued);
            ticket.wait().await?;
            fault!(DeliveryAnswered);
            Ok(new)
        })
    }

    fn delivered<'a>(&'a self, thread: &'a ThreadKey, name: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        self.read(move |engine: &E| {
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
    ) -> StoreFuture<'a, Vec<(String, Vec<u8>)>> {
        self.read(move |engine: &E| {
            let names = Names::of(thread)?;
            engine.read(|scan| listing::entries(scan, &names, names.deliveries(after), limit))
        })
    }

    fn request<'a>(&'a self, thread: &'a ThreadKey, request: &'a str) -> StoreFuture<'a, Option<CheckpointId>> {
        self.read(move |engine: &E| {
            let key = Names::of(thread)?.request(request);
            let Some(sealed) = engine.read(|scan| scan.get(&key))? else {
                return Ok(None);
            };
            let id = frame::open_small(&key, sealed.as_ref())?;
            let id = id.try_into().map_err(|_| frame::damaged("a request lost its checkpoint"))?;
            Ok(Some(CheckpointId(u64::from_be_bytes(id))))
        })
    }

    fn prune(&self, prune: Prune) -> StoreFuture<'_, ()> {
        // Not refused when the disk is nearly full, as a delete is not.
        let submitted = self.submit_prune(prune);
        answered!(submitted, PruneQueued, PruneAnswered)
    }

    fn delete<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, ()> {
        // Not refused when the disk is nearly full: it makes room.
        let submitted = Names::of(thread).and_then(|names| {
            let state = self.queue.lock();
            state.healthy()?;
            self.queue.push(state, thread, None, Write::Delete(names), Commit::Synced)
        });
        answered!(submitted, DeleteQueued, DeleteAnswered)
    }

    fn threads<'a>(
        &'a self,
        graph: &'a str,
        after: Option<&'a ThreadId>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(ThreadId, Head)>> {
        self.read(move |engine: &E| {
            let heads = keys::heads(graph, after.map(ThreadId::as_str))?;
            engine.read(|scan| {
                let mut threads = Vec::new();
                for entry in scan.range(heads).take(limit) {
                    let (key, sealed) = entry?;
                    let thread = keys::head_thread(graph, key.as_ref()).and_then(|id| ThreadId::new(id).ok());
                    let thread = thread.ok_or_else(|| frame::damaged("a thread lost its id"))?;
                    threads.push((thread, head::decode(frame::open_small(key.as_ref(), sealed.as_ref())?)?));
                }
                Ok(threads)
            })
        })
    }

    fn flush(&self) -> StoreFuture<'_, ()> {
        let submitted = self.queue.durable(self.queue.lock());
        answered!(submitted, FlushQueued, FlushAnswered)
    }
}
