//! The cancellation of a thread, as its store holds it.

use crate::fault::fault;
use crate::record::checkpoint;
use crate::thread::run::lease;
use crate::thread::stored::commit::Caption;
use crate::thread::stored::{Stored, ThreadStore};
use crate::{Append, Commit, Definition, Durability, Error, Status, StoreError};

impl<G: Definition> ThreadStore<G> {
    /// Moves the head to a checkpoint that says that the thread was cancelled; its state stays as it is.
    ///
    /// A run of this process is told, and stores the cancellation itself if it is faster. It is not waited for: whoever
    /// cancels may be the one who polls it.
    pub(crate) async fn cancel(&self, reason: &str) -> Result<(), Error> {
        loop {
            let stored = match self.newest().await? {
                Some(stored) if stored.unfinished() => stored,
                stored => {
                    // Of a run that has stored nothing yet, the store does not know.
                    let unknown = stored.is_none() || self.shared.persistence.durability == Durability::Exit;
                    if unknown && self.signal(reason) {
                        return Ok(());
                    }
                    let thread = self.key.thread.clone();
                    return match stored.map(|stored| stored.head.status) {
                        None => Err(Error::UnknownThread { thread }),
                        Some(Status::Cancelled) => Ok(()),
                        Some(status) => Err(Error::NothingToCancel { thread, status }),
                    };
                }
            };
            fault!(Cancelling);
            let appended = self.store.append(stored.cancellation(reason)?).await;
            if appended.is_ok() || matches!(appended, Err(StoreError::Conflict { .. })) {
                self.signal(reason);
            }
            fault!(Cancelled);
            match appended {
                // The thread moved on between the read and the append: look again.
                Err(StoreError::Conflict { .. }) => {}
                other => return other.map_err(|error| self.failed(error)),
            }
        }
    }

    /// Tells the run of this thread in this process, if there is one, that it is cancelled.
    fn signal(&self, reason: &str) -> bool {
        let running = lease::running(self.store.store_id(), &self.key);
        running.inspect(|run| run.cancel(reason)).is_some()
    }

    /// The reason, if the head has moved because the thread was cancelled.
    pub(crate) async fn cancelled(&self, error: &StoreError) -> Option<String> {
        let StoreError::Conflict { .. } = error else {
            return None;
        };
        let head = self.head().await.ok()??;
        if head.status != Status::Cancelled {
            return None;
        }
        let bytes = self.bytes(head.checkpoint).await.ok()?;
        let opened = checkpoint::open(&self.key, head.checkpoint, &bytes).ok()?;
        Some(opened.meta.note.unwrap_or_default())
    }
}

impl<G: Definition> Stored<'_, G> {
    fn cancellation(self, reason: &str) -> Result<Append, Error> {
        let thread = self.thread;
        let (head, meta, machine, extent) = self.into_idle()?;
        let (written, _, memory) = thread.next(&machine, Some(extent))?;
        let request = meta.request.as_deref().map(Into::into);
        let caption = Caption::cancelled(meta.step, request, &meta.tags, memory, reason);
        Ok(thread.after(Some(head), caption, (written, &machine.state), Commit::Synced, 0)?.append)
    }
}
