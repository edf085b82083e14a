//! How a run ends, and what of it is stored then.

use super::{Interrupt, Rest, Run};
use crate::fault::fault;
use crate::graph::engine::path::TaskPath;
use crate::graph::engine::scene::Ledger;
use crate::graph::engine::{self, Progress};
use crate::thread::stored::commit::Caption;
use crate::thread::stored::halt::Halt;
use crate::thread::view::waiting::{self, Pause};
use crate::{Commit, Definition, Error, NodeCause, NodeError, Outcome, Source, Status, Stop, StopReason, StoreError};

impl<G: Definition> Run<'_, G> {
    /// Drives the loop to its end, and then removes what need not be kept.
    pub(in crate::thread) async fn finish(self: Box<Self>) -> Result<Outcome<G::State>, Error> {
        let thread = self.thread;
        let outcome = self.end().await?;
        thread.retain().await;
        Ok(outcome)
    }

    /// Drives the loop to whatever ends it, and stores that end.
    async fn end(mut self: Box<Self>) -> Result<Outcome<G::State>, Error> {
        let thread = Some(self.thread.key.thread.clone());
        self.signal.take_mail(true);
        let advanced = engine::catch(self.advance()).await;
        self.signal.take_mail(false);
        let interrupt = match advanced {
            Ok(Ok(None)) => return Ok(Outcome::Finished(self.machine.into_state()?)),
            Ok(Ok(Some(Rest::Paused))) => {
                let waiting = waiting::of(&mut self.machine);
                return Ok(Outcome::Paused(Pause::new(self.thread.key.thread.clone(), waiting)));
            }
            Ok(Ok(Some(Rest::Stopped(reason)))) => match self.stop(&reason).await {
                Ok(()) => return Ok(Outcome::Stopped(Stop { thread, reason })),
                Err(interrupt) => interrupt,
            },
            Ok(Err(interrupt)) => interrupt,
            Err(panic) => Interrupt::Nodes(vec![self.stray(panic)]),
        };
        let interrupt = match interrupt {
            Interrupt::Signalled(reason) => self.cancel(reason).await.unwrap_or_else(Interrupt::Error),
            other => other,
        };
        match interrupt {
            Interrupt::Signalled(reason) | Interrupt::Cancelled(reason) => {
                Ok(Outcome::Stopped(Stop { thread, reason: StopReason::Cancelled { reason } }))
            }
            Interrupt::Error(error) => Err(error),
            Interrupt::Nodes(errors) => {
                // If this cannot be stored, the thread counts as interrupted, which `resume` mends as well; the nodes'
                // own errors tell the caller more than the store's.
                let _ = self.halt(Status::Failed, &Halt::of_failures(&errors)).await;
                Err(Error::of_nodes(errors))
            }
        }
    }

    /// The error of a panic that no task could be blamed for.
    fn stray(&self, cause: NodeCause) -> NodeError {
        let mut error = Progress::default().blame::<G>(Some(&self.thread.key.thread), cause);
        error.step = self.steps + 1;
        error
    }

    /// Waits until the store has taken what the run has told it, where that was not waited for.
    pub(super) async fn acknowledge(&mut self) -> Result<(), Interrupt> {
        if self.thread.shared.persistence.durability.at_exit() == Commit::Written {
            fault!(Acknowledging);
            if let Err(error) = self.confirm().await {
                return Err(self.thread.interrupted(error).await);
            }
        }
        Ok(())
    }

    /// Stores why the run stops before its end.
    async fn stop(&mut self, reason: &StopReason) -> Result<(), Interrupt> {
        match reason {
            StopReason::StepLimit { limit } => self.halt(Status::Stopped, &Halt::StepLimit { limit: *limit }).await,
            StopReason::Breakpoint { nodes } => {
                let nodes = nodes.iter().map(|node| (*node).to_owned()).collect();
                self.halt(Status::Stopped, &Halt::Breakpoint(nodes)).await
            }
            // The thread counts as interrupted, so that `recover` goes on with it.
            _ => {
                self.save().await?;
                // What was picked up and put down again is not to blame.
                if let Some(head) = self.head.filter(|_| self.begun) {
                    self.thread.wake(head).await?;
                }
                Ok(())
            }
        }
    }

    /// Asks whether the store has refused a queued write since it took it; a read of the thread comes after all of them.
    ///
    /// A store that failed may still answer reads, and then only its head tells: it stands before the one of this run.
    async fn confirm(&self) -> Result<(), StoreError> {
        let store = &self.thread.store;
        let found = store.head(&self.thread.key).await?.map(|head| (head.checkpoint, head.hash));
        let refused = self.head.is_some_and(|head| {
            found != Some((head.checkpoint, head.hash)) && found.is_none_or(|(found, _)| found <= head.checkpoint)
        });
        if !refused {
            return Ok(());
        }
        // It tells the failure. Without one, somebody else was faster.
        store.flush().await?;
        Err(StoreError::Conflict { head: found.map(|(found, _)| found) })
    }

    /// Stores why the run ends here, so that every process knows.
    async fn halt(&mut self, status: Status, halt: &Halt) -> Result<(), Interrupt> {
        self.save().await?;
        // A run that has stored nothing has no place to keep its error: the thread is as it was before. One that has stored its
        // end has nothing to go on with, whatever came after that.
        let Some(head) = self.head.filter(|head| self.begun && head.status != Status::Finished) else { return Ok(()) };
        fault!(Halting);
        match self.thread.halt(head, status, halt).await {
            Ok(()) => {
                fault!(Halted);
                Ok(())
            }
            Err(error) => Err(self.thread.interrupted(error).await),
        }
    }

    /// Stores the checkpoint that was held back, if there is one.
    pub(super) async fn save(&mut self) -> Result<(), Interrupt> {
        // What settles is neither the state before the step nor the one after it.
        if let (Some(source), false) = (self.unsaved, self.machine.settling) {
            fault!(SaveBegun);
            self.append(source, Status::Running, Commit::Synced).await?;
            fault!(SaveStored);
            self.keep().await?;
            fault!(SaveKept);
        }
        Ok(())
    }

    /// Stores what the tasks of the step have left, which had no checkpoint to lie beside until now.
    pub(super) async fn keep(&self) -> Result<(), Interrupt> {
        let mut left = Vec::new();
        self.machine.left(&TaskPath::new(), &mut left).map_err(|source| self.thread.not_storable(source))?;
        let ledger = self.ledger();
        for left in left {
            ledger.finished(&left.task, left.next, left.fields).await?;
        }
        Ok(())
    }

    /// Stores that the run was cancelled, unless whoever cancelled it was faster.
    async fn cancel(&mut self, reason: String) -> Result<Interrupt, Error> {
        // A run that has stored nothing leaves its thread as it was before.
        if !self.begun {
            return Ok(Interrupt::Cancelled(reason));
        }
        self.machine.abandon();
        let (written, _, memory) = self.thread.next(&self.machine, self.extent.take())?;
        let caption = Caption::cancelled(self.steps, self.request.clone(), &self.tags, memory, &reason);
        let next = self.thread.after(self.head, caption, (written, &self.machine.state), Commit::Synced, self.size)?;
        match self.store(next.append, Source::Cancel).await {
            Ok(()) => Ok(Interrupt::Cancelled(reason)),
            Err(interrupt) => Ok(interrupt),
        }
    }
}
