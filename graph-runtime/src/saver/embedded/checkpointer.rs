//! The calls of a saver, on any engine: checks, hands in, and reads.

use super::engine::{Engine, Scan};
use super::keys::{self, Names};
use super::store::{Store, changed, compare};
use super::ticket::Answer;
use super::write::Write;
use super::{frame, head, listing};
use crate::fault::fault;
use crate::{
    Append, BoxFuture, CheckpointId, Checkpointer, Commit, Deliver, Head, Prune, PutPending, StoreError, StoreId,
    ThreadId, ThreadKey,
};

impl<E: Engine> Checkpointer for Store<E> {
    fn store_id(&self) -> StoreId {
        self.id
    }

    fn append(&self, append: Append) -> BoxFuture<'_, Answer> {
        let thread = append.thread.clone();
        let submitted = self.submit(&thread, append.commit, append.record.len(), |names, head| {
            compare(head, append.expected)?;
            let mut append = append;
            append.head.status = append.head.status.after(head.map(|head| head.status));
            let next = Some(append.head);
            Ok((Write::Append(names, append), next))
        });
        Box::pin(async move {
            let ticket = submitted?;
            fault!(AppendQueued);
            ticket.wait().await?;
            fault!(AppendAnswered);
            Ok(())
        })
    }

    fn head<'a>(&'a self, thread: &'a ThreadKey) -> BoxFuture<'a, Result<Option<Head>, StoreError>> {
        let head = Names::of(thread).and_then(|names| Ok(self.head_in_queue(thread, &names)?.0));
        Box::pin(std::future::ready(head))
    }

    fn get<'a>(
        &'a self,
        thread: &'a ThreadKey,
        id: CheckpointId,
    ) -> BoxFuture<'a, Result<Option<Vec<u8>>, StoreError>> {
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
    ) -> BoxFuture<'a, Result<Vec<(CheckpointId, Vec<u8>)>, StoreError>> {
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
    ) -> BoxFuture<'a, Result<Vec<(CheckpointId, Vec<u8>)>, StoreError>> {
        self.read(move |engine: &E| {
            let names = Names::of(thread)?;
            engine.read(|scan| listing::newer(scan, &names, after, limit))
        })
    }

    fn put_pending(&self, entry: PutPending) -> BoxFuture<'_, Answer> {
        let thread = entry.thread.clone();
        let bytes = entry.name.len() + entry.bytes.len();
        let submitted = self.submit(&thread, entry.commit, bytes, |names, head| {
            compare(head, Some(entry.expected))?;
            let changed = changed(head, entry.status);
            Ok((Write::Pending(names, entry, changed), changed.or(head)))
        });
        Box::pin(async move {
            let ticket = submitted?;
            fault!(PendingQueued);
            ticket.wait().await?;
            fault!(PendingAnswered);
            Ok(())
        })
    }

    fn pending<'a>(
        &'a self,
        thread: &'a ThreadKey,
        id: CheckpointId,
    ) -> BoxFuture<'a, Result<Vec<(String, Vec<u8>)>, StoreError>> {
        self.read(move |engine: &E| {
            let names = Names::of(thread)?;
            let mut entries = engine.read(|scan| listing::entries(scan, &names, names.pendings(id), usize::MAX))?;
            // Keys sort by the digests of the names.
            entries.sort_unstable();
            Ok(entries)
        })
    }

    fn deliver(&self, delivery: Deliver) -> BoxFuture<'_, Result<bool, StoreError>> {
        let submitted = self.submit_delivery(delivery);
        Box::pin(async move {
            let (ticket, new) = submitted?;
            fault!(DeliveryQueued);
            ticket.wait().await?;
            fault!(DeliveryAnswered);
            Ok(new)
        })
    }

    fn delivered<'a>(
        &'a self,
        thread: &'a ThreadKey,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Option<Vec<u8>>, StoreError>> {
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
    ) -> BoxFuture<'a, Result<Vec<(String, Vec<u8>)>, StoreError>> {
        self.read(move |engine: &E| {
            let names = Names::of(thread)?;
            engine.read(|scan| listing::entries(scan, &names, names.deliveries(after), limit))
        })
    }

    fn request<'a>(
        &'a self,
        thread: &'a ThreadKey,
        request: &'a str,
    ) -> BoxFuture<'a, Result<Option<CheckpointId>, StoreError>> {
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

    fn prune(&self, prune: Prune) -> BoxFuture<'_, Answer> {
        // Not refused when the disk is nearly full, as a delete is not.
        let submitted = self.submit_prune(prune);
        Box::pin(async move {
            let ticket = submitted?;
            fault!(PruneQueued);
            ticket.wait().await?;
            fault!(PruneAnswered);
            Ok(())
        })
    }

    fn delete<'a>(&'a self, thread: &'a ThreadKey) -> BoxFuture<'a, Answer> {
        // Not refused when the disk is nearly full: it makes room.
        let submitted = Names::of(thread).and_then(|names| {
            let state = self.queue.lock();
            state.healthy()?;
            self.queue.push(state, thread, None, Write::Delete(names), Commit::Synced)
        });
        Box::pin(async move {
            let ticket = submitted?;
            fault!(DeleteQueued);
            ticket.wait().await?;
            fault!(DeleteAnswered);
            Ok(())
        })
    }

    fn threads<'a>(
        &'a self,
        graph: &'a str,
        after: Option<&'a ThreadId>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<(ThreadId, Head)>, StoreError>> {
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

    fn flush(&self) -> BoxFuture<'_, Answer> {
        let submitted = self.queue.durable(self.queue.lock());
        Box::pin(async move {
            let ticket = submitted?;
            fault!(FlushQueued);
            ticket.wait().await?;
            fault!(FlushAnswered);
            Ok(())
        })
    }
}

/// Makes a handle of a shared [`Store`] the saver that its users see.
macro_rules! checkpointer {
    ($saver:ty) => {
        impl $crate::Checkpointer for $saver {
            fn store_id(&self) -> $crate::StoreId {
                self.0.store_id()
            }

            fn append(&self, append: $crate::Append) -> $crate::StoreFuture<'_, ()> {
                self.0.append(append)
            }

            fn head<'a>(&'a self, thread: &'a $crate::ThreadKey) -> $crate::StoreFuture<'a, Option<$crate::Head>> {
                self.0.head(thread)
            }

            fn get<'a>(
                &'a self,
                thread: &'a $crate::ThreadKey,
                id: $crate::CheckpointId,
            ) -> $crate::StoreFuture<'a, Option<Vec<u8>>> {
                self.0.get(thread, id)
            }

            fn range<'a>(
                &'a self,
                thread: &'a $crate::ThreadKey,
                before: Option<$crate::CheckpointId>,
                limit: usize,
            ) -> $crate::StoreFuture<'a, Vec<($crate::CheckpointId, Vec<u8>)>> {
                self.0.range(thread, before, limit)
            }

            fn newer<'a>(
                &'a self,
                thread: &'a $crate::ThreadKey,
                after: $crate::CheckpointId,
                limit: usize,
            ) -> $crate::StoreFuture<'a, Vec<($crate::CheckpointId, Vec<u8>)>> {
                self.0.newer(thread, after, limit)
            }

            fn put_pending(&self, entry: $crate::PutPending) -> $crate::StoreFuture<'_, ()> {
                self.0.put_pending(entry)
            }

            fn pending<'a>(
                &'a self,
                thread: &'a $crate::ThreadKey,
                id: $crate::CheckpointId,
            ) -> $crate::StoreFuture<'a, Vec<(String, Vec<u8>)>> {
                self.0.pending(thread, id)
            }

            fn deliver(&self, delivery: $crate::Deliver) -> $crate::StoreFuture<'_, bool> {
                self.0.deliver(delivery)
            }

            fn delivered<'a>(
                &'a self,
                thread: &'a $crate::ThreadKey,
                name: &'a str,
            ) -> $crate::StoreFuture<'a, Option<Vec<u8>>> {
                self.0.delivered(thread, name)
            }

            fn deliveries<'a>(
                &'a self,
                thread: &'a $crate::ThreadKey,
                after: Option<&'a str>,
                limit: usize,
            ) -> $crate::StoreFuture<'a, Vec<(String, Vec<u8>)>> {
                self.0.deliveries(thread, after, limit)
            }

            fn request<'a>(
                &'a self,
                thread: &'a $crate::ThreadKey,
                request: &'a str,
            ) -> $crate::StoreFuture<'a, Option<$crate::CheckpointId>> {
                self.0.request(thread, request)
            }

            fn prune(&self, prune: $crate::Prune) -> $crate::StoreFuture<'_, ()> {
                self.0.prune(prune)
            }

            fn delete<'a>(&'a self, thread: &'a $crate::ThreadKey) -> $crate::StoreFuture<'a, ()> {
                self.0.delete(thread)
            }

            fn threads<'a>(
                &'a self,
                graph: &'a str,
                after: Option<&'a $crate::ThreadId>,
                limit: usize,
            ) -> $crate::StoreFuture<'a, Vec<($crate::ThreadId, $crate::Head)>> {
                self.0.threads(graph, after, limit)
            }

            fn flush(&self) -> $crate::StoreFuture<'_, ()> {
                self.0.flush()
            }
        }
    };
}
pub(in crate::saver) use checkpointer;
