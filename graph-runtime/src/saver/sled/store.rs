//! What the handles of a store share: how writes are handed in and how reads follow them.

use super::committer::Committer;
use super::engine::Engine;
use super::head;
use super::keys::Names;
use super::queue::{Queue, State};
use super::ticket::{Answer, Ticket};
use super::write::Write;
use crate::{BoxFuture, CheckpointId, Commit, Head, RecordHash, StoreError, StoreId, ThreadKey};
use std::sync::{Arc, MutexGuard};

/// An open store. The fields are dropped in this order, so that the committer holds the engine last and closes it.
pub(super) struct Store {
    pub(super) engine: Arc<Engine>,
    pub(super) queue: Arc<Queue>,
    pub(super) record_limit: usize,
    pub(super) id: StoreId,
    pub(super) _committer: Committer,
}

impl Store {
    /// The head of a thread with all writes that were handed in, and the queue, locked, to hand in the next.
    pub(super) fn head_in_queue(
        &self,
        thread: &ThreadKey,
        names: &Names,
    ) -> Result<(Option<Head>, MutexGuard<'_, State>), StoreError> {
        loop {
            let state = self.queue.lock();
            if let Some(known) = state.heads.get(thread) {
                return Ok((known.head, state));
            }
            let forgotten = state.heads.forgotten();
            drop(state);
            let head = self.engine.read(|scan| head::read(scan, names))?;
            let state = self.queue.lock();
            // Otherwise the thread was written to and forgotten meanwhile, so what was read may be old.
            if state.heads.forgotten() == forgotten {
                let head = state.heads.get(thread).map_or(head, |known| known.head);
                return Ok((head, state));
            }
        }
    }

    /// Compares and hands in. `write` makes the write and the thread's next head of the present one.
    pub(super) fn submit(
        &self,
        thread: &ThreadKey,
        commit: Commit,
        bytes: usize,
        write: impl FnOnce(Names, Option<Head>) -> Result<(Write, Option<Head>), StoreError>,
    ) -> Result<Ticket, StoreError> {
        if bytes > self.record_limit {
            return Err(StoreError::TooLarge { bytes, limit: self.record_limit });
        }
        let names = Names::of(thread)?;
        let (head, mut state) = self.head_in_queue(thread, &names)?;
        self.queue.admit(&mut state)?;
        let (write, next) = write(names, head)?;
        self.queue.push(state, thread, next, write, commit)
    }

    /// Reads after everything that was handed in before the call.
    pub(super) fn read<'a, T: Send + 'a>(
        &'a self,
        read: impl FnOnce(&Engine) -> Result<T, StoreError> + Send + 'a,
    ) -> BoxFuture<'a, Result<T, StoreError>> {
        let applied = self.queue.applied();
        Box::pin(async move {
            if let Some(applied) = applied {
                let _ = applied.await;
            }
            read(&self.engine)
        })
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Refuses a write on another head.
pub(super) fn compare(head: Option<Head>, expected: Option<(CheckpointId, RecordHash)>) -> Answer {
    if head.map(|head| (head.checkpoint, head.hash)) == expected {
        Ok(())
    } else {
        Err(StoreError::Conflict { head: head.map(|head| head.checkpoint) })
    }
}
