//! What the handles of a store share: how writes are handed in and how reads follow them.

use super::committer::Committer;
use super::engine::Engine;
use super::keys::{self, Names};
use super::queue::{Queue, State};
use super::ticket::{Answer, Ticket};
use super::write::Write;
use super::{frame, head};
use crate::fault::fault;
use crate::{
    CheckpointId, Commit, Deliver, Head, Prune, RecordHash, Status, StoreError, StoreFuture, StoreId, ThreadKey,
};
use std::sync::{Arc, MutexGuard};

/// An open store. The fields are dropped in this order, so that the committer holds the engine last and closes it.
pub(in crate::saver) struct Store<E> {
    pub(super) engine: Arc<E>,
    pub(super) queue: Arc<Queue>,
    pub(super) record_limit: usize,
    pub(super) id: StoreId,
    pub(super) _committer: Committer,
}

impl<E: Engine> Store<E> {
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
            fault!(HeadRead);
            let state = self.queue.lock();
            // Otherwise the thread was written to and forgotten meanwhile, so what was read may be old.
            if state.heads.forgotten() == forgotten {
                let head = state.heads.get(thread).map_or(head, |known| known.head);
                return Ok((head, state));
            }
        }
    }

    /// As [`Store::head_in_queue`], and whether an entry of this name was delivered to the thread.
    pub(super) fn inbox_in_queue(
        &self,
        thread: &ThreadKey,
        names: &Names,
        name: &str,
    ) -> Result<(Option<Head>, bool, MutexGuard<'_, State>), StoreError> {
        let (key, digest) = (names.delivered(name), keys::digest(name));
        loop {
            let (head, state) = self.head_in_queue(thread, names)?;
            if let Some(delivered) = state.heads.delivered(thread, &digest) {
                return Ok((head, delivered, state));
            }
            let forgotten = state.heads.forgotten();
            drop(state);
            let delivered = self.engine.read(|scan| frame::exists(scan, &key))?;
            let (head, state) = self.head_in_queue(thread, names)?;
            // As above.
            if state.heads.forgotten() == forgotten {
                let delivered = state.heads.delivered(thread, &digest).unwrap_or(delivered);
                return Ok((head, delivered, state));
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
        self.fits(bytes)?;
        self.standing()?;
        let names = Names::of(thread)?;
        let (head, mut state) = self.head_in_queue(thread, &names)?;
        self.queue.admit(&mut state)?;
        let (write, next) = write(names, head)?;
        fault!(Admitted);
        self.queue.push(state, thread, next, write, commit)
    }

    /// Hands in a delivery, unless there is one of that name, and says whether it did.
    pub(super) fn submit_delivery(&self, delivery: Deliver) -> Result<(Ticket, bool), StoreError> {
        self.fits(delivery.bytes.len())?;
        self.standing()?;
        let thread = delivery.thread.clone();
        let names = Names::of(&thread)?;
        let (head, delivered, mut state) = self.inbox_in_queue(&thread, &names, &delivery.name)?;
        self.queue.admit(&mut state)?;
        compare(head, Some(delivery.expected))?;
        if delivered {
            // Who is told so may lean on it.
            return Ok((self.queue.durable(state)?, false));
        }
        fault!(DeliveryAdmitted);
        let changed = changed(head, delivery.status);
        let write = Write::Deliver(names, delivery, changed);
        Ok((self.queue.push(state, &thread, changed.or(head), write, Commit::Synced)?, true))
    }

    /// Hands in a prune.
    pub(super) fn submit_prune(&self, prune: Prune) -> Result<Ticket, StoreError> {
        prune.entries.iter().try_for_each(|(_, _, bytes)| self.fits(bytes.len()))?;
        self.standing()?;
        let (thread, commit) = (prune.thread.clone(), prune.commit);
        let names = Names::of(&thread)?;
        let (head, state) = self.head_in_queue(&thread, &names)?;
        state.healthy()?;
        compare(head, Some(prune.expected))?;
        fault!(PruneAdmitted);
        self.queue.push(state, &thread, head, Write::Prune(names, prune), commit)
    }

    /// Refuses a write to a store that has failed, before its engine is asked for a head: that may say anything.
    fn standing(&self) -> Answer {
        self.queue.lock().healthy()
    }

    fn fits(&self, bytes: usize) -> Answer {
        let limit = self.record_limit;
        if bytes > limit { Err(StoreError::TooLarge { bytes, limit }) } else { Ok(()) }
    }

    /// Reads after everything that was handed in before the call.
    pub(super) fn read<'a, T: Send + 'a>(
        &'a self,
        read: impl FnOnce(&E) -> Result<T, StoreError> + Send + 'a,
    ) -> StoreFuture<'a, T> {
        let applied = self.queue.applied();
        Box::pin(async move {
            if let Some(applied) = applied {
                applied.await.unwrap_or(Err(StoreError::Closed))?;
            }
            fault!(ReadBegun);
            read(&self.engine)
        })
    }
}

impl<E> std::fmt::Debug for Store<E> {
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

/// The head with another status, if it gets one.
pub(super) fn changed(head: Option<Head>, status: Option<(Status, u64)>) -> Option<Head> {
    let changed = |head: Head, (status, updated): (Status, u64)| {
        let status = status.after(Some(head.status));
        Head { status, updated, ..head }
    };
    head.zip(status).map(|(head, status)| changed(head, status))
}
