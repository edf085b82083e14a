//! The one thread that writes: applies what is queued, makes it durable where that is due, then answers.

use super::changes::Changes;
use super::engine::{Bytes, Engine, Order, Scan};
use super::keys::Names;
use super::queue::Queue;
use super::ticket::{Answer, answer};
use super::watermark::Watermark;
use super::write::{Drained, Write};
use super::{frame, head, meta};
use crate::fault::fault;
use crate::{Append, Head, StoreError, panic};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::ThreadId;
use std::time::Duration;

/// The handle's side of the thread. Dropping it closes the store: what was handed in is made durable first.
#[derive(Debug)]
pub(super) struct Committer {
    queue: Arc<Queue>,
    thread: ThreadId,
    /// In a mutex only because handles are shared between threads.
    finished: Mutex<Receiver<()>>,
}

/// What the thread works with.
struct Work<E> {
    engine: Arc<E>,
    queue: Arc<Queue>,
    watermark: Watermark,
    commits: u64,
    /// A commit has failed, and the count may be ahead of what the engine holds.
    failed: bool,
}

impl Committer {
    /// How long a drop waits for the thread. A disk that hangs must not hang the program with it.
    const PATIENCE: Duration = Duration::from_secs(30);

    pub(super) fn start<E: Engine>(
        engine: Arc<E>,
        queue: Arc<Queue>,
        watermark: Watermark,
        commits: u64,
    ) -> Result<Committer, StoreError> {
        let (sender, finished) = channel();
        let work = Work { engine, queue: Arc::clone(&queue), watermark, commits, failed: false };
        let thread =
            std::thread::Builder::new().name("graph-committer".to_owned()).spawn(move || run(work, &sender))?;
        Ok(Committer { queue, thread: thread.thread().id(), finished: Mutex::new(finished) })
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.queue.close();
        // A waker that the committer drops may own the last handle: then the thread ends by itself.
        if std::thread::current().id() != self.thread {
            let finished = self.finished.get_mut().unwrap_or_else(PoisonError::into_inner);
            // Also ends when the thread died, and when it hangs for too long; there is nobody to tell.
            let _ = finished.recv_timeout(Self::PATIENCE);
        }
    }
}

fn run<E: Engine>(mut work: Work<E>, finished: &Sender<()>) {
    while let Some(drained) = work.queue.take() {
        work.commit(drained);
    }
    // Closes the engine and releases the lock, unless a read still holds the engine.
    drop(work);
    let _ = finished.send(());
}

impl<E> Drop for Work<E> {
    fn drop(&mut self) {
        // Nobody may wait for a thread that is gone, whatever ended it.
        self.queue.poison("the store was closed");
    }
}

impl<E: Engine> Work<E> {
    fn commit(&mut self, drained: Drained) {
        // Nothing more is handed in then, but the thread may be woken once more: it must note nothing.
        if self.failed {
            return;
        }
        let (position, synced) = (drained.position, drained.synced);
        // Whoever waits is told of a panic as of any failure; what it left half done is not used again.
        let written = panic::catch(|| self.write(drained.writes, position, synced))
            .unwrap_or_else(|message| Err(StoreError::Failed { reason: format!("the committer panicked: {message}") }));
        match written {
            Ok(()) => {
                answer(drained.waiting, || Ok(()));
                self.queue.look_for_space();
            }
            Err(error) => {
                self.failed = true;
                let (reason, again) = repeat(error);
                self.queue.poison(&reason);
                answer(drained.waiting, || Err(again(reason.clone())));
            }
        }
    }

    /// Applies the writes, and where somebody waits for it, makes everything durable and notes that it is.
    fn write(&mut self, writes: Vec<Write>, position: u64, synced: bool) -> Answer {
        fault!(Taken);
        let (changes, order) = self.changes(writes)?;
        let queue = &self.queue;
        if !synced {
            self.engine.apply(changes, order)?;
            queue.set_applied(position);
            fault!(Applied);
            return Ok(());
        }
        self.engine.commit(changes, order, || queue.set_applied(position))?;
        fault!(Written);
        self.queue.set_durable(position);
        // The mark may lag; a disk that refuses it will refuse the next commit too.
        let _ = self.watermark.write(self.commits);
        fault!(Marked);
        Ok(())
    }

    /// What writes change, and what a crash may leave of it.
    fn changes(&mut self, writes: Vec<Write>) -> Result<(Changes<E::Bytes>, Order), StoreError> {
        let appends: Option<Vec<_>> = writes.iter().map(Write::gradual).collect();
        if let Some(appends) = appends {
            let changes = self.appends(&appends);
            fault!(Appends);
            return Ok((changes, Order::Gradual));
        }
        let mut changes = Changes::default();
        for write in writes {
            match write {
                Write::Append(names, append) => {
                    put_record::<E>(&mut changes, &names, &append);
                    if let Some(request) = &append.request {
                        let id = append.head.checkpoint.0.to_be_bytes();
                        frame::put_small(&mut changes, &names.request(request), &id);
                    }
                    put_head(&mut changes, &names, &append.head);
                }
                Write::Pending(names, entry, head) => {
                    let key = names.pending(entry.expected.0, &entry.name);
                    put_entry::<E>(&mut changes, &key, &entry.name, &entry.bytes);
                    if let Some(head) = head {
                        put_head(&mut changes, &names, &head);
                    }
                }
                Write::Deliver(names, delivery, head) => {
                    put_entry::<E>(&mut changes, &names.delivered(&delivery.name), &delivery.name, &delivery.bytes);
                    if let Some(head) = head {
                        put_head(&mut changes, &names, &head);
                    }
                }
                Write::Prune(names, prune) => {
                    self.settle(&mut changes)?;
                    let head = prune.expected.0;
                    let gone = prune.remove.into_iter().filter(|id| *id != head);
                    self.remove(&mut changes, gone.flat_map(|id| names.checkpoint(id)))?;
                    for (id, name, bytes) in &prune.entries {
                        put_entry::<E>(&mut changes, &names.pending(*id, name), name, bytes);
                    }
                }
                Write::Delete(names) => {
                    self.settle(&mut changes)?;
                    self.remove(&mut changes, names.everything())?;
                }
            }
        }
        if !changes.is_empty() {
            self.count(&mut changes);
        }
        fault!(Several);
        Ok((changes, Order::Atomic))
    }

    /// What appends change, in the order in which a crash may leave the first few of it.
    ///
    /// The heads come last, each as the last append to its thread leaves it. A crash before one leaves records that no head names:
    /// no read finds them, and the thread's next appends replace them.
    fn appends(&mut self, appends: &[(&Names, &Append)]) -> Changes<E::Bytes> {
        let (mut changes, mut heads) = (Changes::default(), BTreeMap::new());
        for (names, append) in appends {
            put_record::<E>(&mut changes, names, append);
            heads.insert(*names, &append.head);
        }
        if !changes.is_empty() {
            self.count(&mut changes);
        }
        for (names, head) in heads {
            put_head(&mut changes, names, head);
        }
        changes
    }

    /// Applies what was handed in before a write that reads what it removes.
    fn settle(&mut self, changes: &mut Changes<E::Bytes>) -> Answer {
        if changes.is_empty() {
            return Ok(());
        }
        self.count(changes);
        self.engine.apply(std::mem::take(changes), Order::Atomic)?;
        fault!(Settled);
        Ok(())
    }

    /// Adds the count of commits. One that fails is the last.
    fn count(&mut self, changes: &mut Changes<E::Bytes>) {
        self.commits += 1;
        meta::put_commits(changes, self.commits);
    }

    /// Adds the removal of all keys in some ranges.
    fn remove(&self, changes: &mut Changes<E::Bytes>, ranges: impl Iterator<Item = Range<Vec<u8>>>) -> Answer {
        for range in ranges {
            self.engine
                .read(|scan| scan.range(range).try_for_each(|entry| entry.map(|(key, _)| changes.remove(key))))?;
        }
        fault!(Scanned);
        Ok(())
    }
}

fn put_record<E: Engine>(changes: &mut Changes<E::Bytes>, names: &Names, append: &Append) {
    frame::put(changes, &names.record(append.head.checkpoint), &[&append.record], E::chunk_bytes);
}

/// The key has only a digest of the name.
fn put_entry<E: Engine>(changes: &mut Changes<E::Bytes>, key: &[u8], name: &str, bytes: &[u8]) {
    let name_bytes = u32::try_from(name.len()).unwrap_or(u32::MAX).to_be_bytes();
    frame::put(changes, key, &[&name_bytes, name.as_bytes(), bytes], E::chunk_bytes);
}

fn put_head<B: Bytes>(changes: &mut Changes<B>, names: &Names, head: &Head) {
    frame::put_small(changes, &names.head(), &head::encode(head));
}

/// What went wrong, and how to tell it to each who waits.
fn repeat(error: StoreError) -> (String, fn(String) -> StoreError) {
    match error {
        StoreError::Full { reason } => (reason, |reason| StoreError::Full { reason }),
        StoreError::Corrupt { reason } => (reason, |reason| StoreError::Corrupt { reason }),
        StoreError::Failed { reason } => (reason, |reason| StoreError::Failed { reason }),
        other => (other.to_string(), |reason| StoreError::Failed { reason }),
    }
}
