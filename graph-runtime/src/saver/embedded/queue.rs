//! What runs hand to the committer: writes in their order, compared with the heads when they are handed in.

use super::head::Heads;
use super::keys;
use super::space::free_space;
use super::ticket::{Answer, Ticket, answer, join};
use super::write::{Drained, Write};
use crate::{Commit, Head, StoreError, ThreadKey};
use futures_channel::oneshot::{self, Receiver, Sender};
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The queue between the runs and the committer.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    wake: Condvar,
    limits: Limits,
}

/// Bounds of a queue.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    /// How long a write may wait for its sync if nobody waits for it.
    pub(super) delay: Duration,
    /// As many writes are applied even if nobody waits for them.
    pub(super) plenty: usize,
    /// From this many bytes on, writers wait for room.
    pub(super) bytes: usize,
    /// Writes are refused while the disk has less free.
    pub(super) reserve: u64,
    /// Where the disk is.
    pub(super) directory: PathBuf,
}

/// What has been handed in and not yet taken, and what is known of the rest.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not states of one machine")]
pub(super) struct State {
    pub(super) heads: Heads,
    drained: Drained,
    bytes: usize,
    /// The position of the last write that reads can see.
    applied: u64,
    /// The position of the last write that is durable.
    durable: u64,
    /// Who waits until everything up to a position can be read.
    readers: Vec<(u64, Sender<Answer>)>,
    /// Who waits until the queue is no longer full.
    writers: Vec<Sender<Answer>>,
    /// When the oldest write that nobody waits for and that is not durable has to be.
    due: Option<Instant>,
    /// The committer has something to do before that.
    urgent: bool,
    /// The committer sleeps.
    idle: bool,
    closed: bool,
    poison: Option<String>,
    /// The disk was nearly full when the committer last looked.
    scarce: bool,
    /// The bytes taken since it looked, and when that was.
    unseen: usize,
    looked: Option<Instant>,
}

impl Queue {
    /// Much less than is kept in reserve.
    const LOOK_BYTES: usize = 1024 * 1024;
    const LOOK_EVERY: Duration = Duration::from_millis(50);

    pub(super) fn new(limits: Limits) -> Queue {
        let state = State { scarce: free_space(&limits.directory) < limits.reserve, ..State::default() };
        Queue { state: Mutex::new(state), wake: Condvar::new(), limits }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a write may be handed in.
    pub(super) fn admit(&self, state: &mut State) -> Answer {
        state.healthy()?;
        if state.scarce {
            let free = free_space(&self.limits.directory);
            if free < self.limits.reserve {
                let reason = format!("{free} bytes are free, and {} are kept in reserve", self.limits.reserve);
                return Err(StoreError::Full { reason });
            }
            state.scarce = false;
        }
        Ok(())
    }

    /// Hands a write in; its thread's head is `head` from now on.
    pub(super) fn push(
        &self,
        mut state: MutexGuard<'_, State>,
        thread: &ThreadKey,
        head: Option<Head>,
        write: Write,
        commit: Commit,
    ) -> Result<Ticket, StoreError> {
        state.drained.position += 1;
        state.bytes += write.bytes();
        let position = state.drained.position;
        let applied = state.applied;
        state.heads.set(thread, head, position, applied);
        match &write {
            Write::Deliver(_, delivery, _) => state.heads.add(thread, keys::digest(&delivery.name)),
            Write::Delete(_) => state.heads.empty(thread),
            Write::Append(..) | Write::Pending(..) | Write::Prune(..) => {}
        }
        state.drained.writes.push(write);
        if commit == Commit::Synced {
            return self.durable(state);
        }
        let first = state.due.is_none();
        if first {
            state.due = Some(Instant::now() + self.limits.delay);
        }
        let full = state.bytes > self.limits.bytes;
        let ticket = if full { Ticket::Full(join(&mut state.writers)) } else { Ticket::Done };
        state.urgent |= full || state.drained.writes.len() >= self.limits.plenty;
        if first || state.urgent {
            self.wake(state);
        }
        Ok(ticket)
    }

    /// Waits until everything that was handed in is durable.
    pub(super) fn durable(&self, mut state: MutexGuard<'_, State>) -> Result<Ticket, StoreError> {
        state.healthy()?;
        if state.durable == state.drained.position {
            return Ok(Ticket::Done);
        }
        let answer = join(&mut state.drained.waiting);
        state.urgent = true;
        self.wake(state);
        Ok(Ticket::Durable(answer))
    }

    /// Waits until everything that was handed in can be read.
    pub(super) fn applied(&self) -> Option<Receiver<Answer>> {
        let mut state = self.lock();
        let position = state.drained.position;
        if state.applied == position {
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        state.readers.push((position, sender));
        // Otherwise the committer is at it.
        if !state.drained.writes.is_empty() {
            state.urgent = true;
            self.wake(state);
        }
        Some(receiver)
    }

    /// No more writes come.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.urgent = true;
        self.wake(state);
    }

    /// Wakes the committer if it sleeps.
    fn wake(&self, mut state: MutexGuard<'_, State>) {
        if state.idle {
            state.idle = false;
            drop(state);
            self.wake.notify_one();
        }
    }

    /// The committer's side: waits for work. `None` when the queue is closed and empty.
    pub(super) fn take(&self) -> Option<Drained> {
        let mut state = self.lock();
        loop {
            let wait = match state.due {
                _ if state.urgent => Duration::ZERO,
                Some(due) => due.saturating_duration_since(Instant::now()),
                None => Duration::MAX,
            };
            if wait.is_zero() {
                break;
            }
            state.idle = true;
            state = if wait == Duration::MAX {
                self.wake.wait(state).unwrap_or_else(PoisonError::into_inner)
            } else {
                self.wake.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0
            };
            state.idle = false;
        }
        // After a failure nothing becomes durable any more.
        let done = state.durable == state.drained.position || state.poison.is_some();
        if state.closed && done && state.drained.waiting.is_empty() {
            return None;
        }
        // A closed queue stays urgent, so that the loop above never sleeps again.
        state.urgent = state.closed;
        let due = state.due.is_some_and(|due| due <= Instant::now());
        state.drained.synced = due || state.closed || !state.drained.waiting.is_empty();
        if state.drained.synced {
            state.due = None;
        }
        state.unseen += state.bytes;
        state.bytes = 0;
        let drained = state.drained.take();
        let writers = std::mem::take(&mut state.writers);
        drop(state);
        answer(writers, || Ok(()));
        Some(drained)
    }

    /// The committer's side: reads can see everything up to a position.
    pub(super) fn set_applied(&self, position: u64) {
        let mut state = self.lock();
        state.applied = position;
        state.heads.trim(position);
        let ready = state.readers.extract_if(.., |(wanted, _)| *wanted <= position).map(|(_, reader)| reader).collect();
        drop(state);
        answer(ready, || Ok(()));
    }

    /// The committer's side: everything up to a position is durable.
    pub(super) fn set_durable(&self, position: u64) {
        self.lock().durable = position;
    }

    /// The committer's side: looks how full the disk is, if much was written or some time has passed since it last did.
    ///
    /// Looking takes a call into the file system, which a commit of a few bytes would feel.
    pub(super) fn look_for_space(&self) {
        let mut state = self.lock();
        if state.unseen < Self::LOOK_BYTES && state.looked.is_some_and(|looked| looked.elapsed() < Self::LOOK_EVERY) {
            return;
        }
        (state.unseen, state.looked) = (0, Some(Instant::now()));
        drop(state);
        let scarce = free_space(&self.limits.directory) < self.limits.reserve;
        self.lock().scarce = scarce;
    }

    /// The committer's side: refuses every write from now on. Later reads go on with what the engine holds.
    pub(super) fn poison(&self, reason: &str) {
        let mut state = self.lock();
        state.poison = Some(reason.to_owned());
        state.heads.clear();
        state.applied = state.drained.position;
        state.bytes = 0;
        let refused = state.drained.take();
        let readers = std::mem::take(&mut state.readers);
        let writers = std::mem::take(&mut state.writers);
        drop(state);
        // Also those who would read what was refused, or wait for room for it.
        let readers = readers.into_iter().map(|(_, reader)| reader);
        let waiting = refused.waiting.into_iter().chain(readers).chain(writers).collect();
        answer(waiting, || Err(StoreError::Poisoned { reason: reason.to_owned() }));
    }
}

impl State {
    /// Refuses after a failure.
    pub(super) fn healthy(&self) -> Answer {
        match &self.poison {
            Some(reason) => Err(StoreError::Poisoned { reason: reason.clone() }),
            None => Ok(()),
        }
    }
}
