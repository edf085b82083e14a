//! The one thread that writes: drains the queue into one atomic batch, makes it durable, then answers.

use super::engine::Engine;
use super::queue::{Answer, Drained, Queue, Write, answer};
use super::watermark::Watermark;
use super::{frame, head};
use crate::StoreError;
use ::sled::Batch;
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
struct Work {
    engine: Arc<Engine>,
    queue: Arc<Queue>,
    watermark: Watermark,
    commits: u64,
}

impl Committer {
    /// How long a drop waits for the thread. A disk that hangs must not hang the program with it.
    const PATIENCE: Duration = Duration::from_secs(30);

    pub(super) fn start(
        engine: Arc<Engine>,
        queue: Arc<Queue>,
        watermark: Watermark,
        commits: u64,
    ) -> Result<Committer, StoreError> {
        let (sender, finished) = channel();
        let work = Work { engine, queue: Arc::clone(&queue), watermark, commits };
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

fn run(mut work: Work, finished: &Sender<()>) {
    while let Some(drained) = work.queue.take() {
        work.commit(drained);
    }
    // Closes sled and releases the lock, unless a read still holds the engine.
    drop(work);
    let _ = finished.send(());
}

impl Drop for Work {
    fn drop(&mut self) {
        // Nobody may wait for a thread that is gone, whatever ended it.
        self.queue.poison("the store was closed");
    }
}

impl Work {
    fn commit(&mut self, drained: Drained) {
        let position = drained.position;
        let committed = self.write(drained.writes).and_then(|()| {
            self.queue.set_applied(position);
            self.engine.sync()
        });
        match committed {
            Ok(()) => {
                self.queue.set_durable(position);
                // The mark may lag; a disk that refuses it will refuse the next commit too.
                let _ = self.watermark.write(self.commits);
                answer(drained.waiting, || Ok(()));
            }
            Err(error) => {
                let error = Arc::new(error);
                self.queue.poison(&error.to_string());
                answer(drained.waiting, || Err(again(&error)));
            }
        }
    }

    /// Applies the writes as one batch. A delete reads what it removes, so it ends the batch before it.
    fn write(&mut self, writes: Vec<Write>) -> Answer {
        let mut batch = Batch::default();
        let mut empty = true;
        for write in writes {
            match write {
                Write::Append(names, append) => {
                    frame::put(&mut batch, &names.record(append.head.checkpoint), &[&append.record]);
                    frame::put_small(&mut batch, &names.head(), &head::encode(&append.head));
                    if let Some(request) = append.request {
                        let id = append.head.checkpoint.0.to_be_bytes();
                        frame::put_small(&mut batch, &names.request(&request), &id);
                    }
                }
                Write::Pending(names, entry, changed) => {
                    let name_bytes = u32::try_from(entry.name.len()).unwrap_or(u32::MAX).to_be_bytes();
                    let key = names.pending(entry.expected.0, &entry.name);
                    frame::put(&mut batch, &key, &[&name_bytes, entry.name.as_bytes(), &entry.bytes]);
                    if let Some(changed) = changed {
                        frame::put_small(&mut batch, &names.head(), &head::encode(&changed));
                    }
                }
                Write::Delete(names) => {
                    if !empty {
                        self.apply(std::mem::take(&mut batch))?;
                    }
                    for range in names.everything() {
                        self.engine.read(|scan| {
                            scan.range(range).try_for_each(|entry| entry.map(|(key, _)| batch.remove(key)))
                        })?;
                    }
                }
            }
            empty = false;
        }
        if empty { Ok(()) } else { self.apply(batch) }
    }

    fn apply(&mut self, mut batch: Batch) -> Answer {
        Engine::put_commits(&mut batch, self.commits + 1);
        self.engine.apply(batch)?;
        self.commits += 1;
        Ok(())
    }
}

/// The same failure for each who waits.
fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Full { reason } => StoreError::Full { reason: reason.clone() },
        StoreError::Corrupt { reason } => StoreError::Corrupt { reason: reason.clone() },
        StoreError::Failed { reason } => StoreError::Failed { reason: reason.clone() },
        other => StoreError::Failed { reason: other.to_string() },
    }
}
