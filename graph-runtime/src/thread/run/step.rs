//! One superstep of a run, and its commit.

use crate::fault::fault;
use crate::graph::engine::scene::Scene;
use crate::telemetry::span;
use crate::thread::run::{Interrupt, Run};
use crate::thread::stored::commit::{Caption, Next};
use crate::thread::stored::extent::Extent;
use crate::thread::stored::{ThreadStore, beside};
use crate::{Commit, Definition, EffectError, Error, NodeCause, NodeError, Source, Status, StoreError};
use futures_lite::future;
use std::pin::pin;

impl<G: Definition> Run<'_, G> {
    /// Runs the tasks of the next superstep; those that fail are the value.
    pub(in crate::thread) async fn perform(&mut self, scene: &Scene<'_>) -> Result<Vec<NodeError>, Interrupt> {
        let (thread, signal) = (self.thread, self.signal);
        self.machine.share();
        // Only the nodes can be cut off by a cancellation; a commit runs to its end, so that the outcome which is
        // returned is the one that is stored.
        let begun = self.head;
        let performed = {
            let performing = self.machine.perform(&thread.shared.context, scene);
            let step = span::step(scene.step, || self.machine.width());
            let mut performing = pin!(span::within(step, performing));
            loop {
                let asked = async {
                    self.journal.asked().await;
                    None
                };
                let performing = async { Some(signal.guard(&mut performing).await) };
                if let Some(performed) = future::or(performing, asked).await {
                    break performed;
                }
                // An effect waits for the checkpoint that its step runs from, which was held back until now.
                let source = self.unsaved.unwrap_or(Source::Step);
                let (head, stored) = {
                    let extent = self.extent.take();
                    let Next { append, extent } = self.following(extent, source, Status::Running, Commit::Synced)?;
                    (self.unsaved, self.size, self.extent) = (None, append.record.len(), Some(extent));
                    // On the heap, so that the tasks of every other step need no room beside it.
                    (append.head, Box::pin(self.store(append, self.source(source))))
                };
                // What was not stored is no record to read another one with.
                stored.await.inspect_err(|_| self.extent = None)?;
                (self.head, self.begun, self.footing, self.called) = (Some(head), true, Commit::Synced, false);
                self.used.clear();
                fault!(Placed);
                self.journal.stored(beside(head));
            }
        };
        if self.head != begun {
            self.machine.stored(self.extent.as_ref().and_then(Extent::room));
        }
        let errors = match performed {
            Err(cancelled) => return Err(Interrupt::Signalled(cancelled.0)),
            // Somebody else moved the head while the tasks kept what they did.
            Ok(Err(Error::Conflict { .. })) => return Err(thread.interrupted(moved()).await),
            Ok(performed) => performed?,
        };
        if errors.iter().any(conflicting) {
            return Err(thread.interrupted(moved()).await);
        }
        if self.head != begun && !errors.is_empty() {
            // Those that have finished had no checkpoint to leave it beside. Should it fail, they run again.
            let _ = self.keep().await;
        }
        Ok(errors)
    }

    /// Commits the state as the durability asks for it at this point.
    pub(in crate::thread) async fn commit(&mut self, source: Source) -> Result<(), Interrupt> {
        let durability = self.thread.shared.persistence.durability;
        self.due = self.thread.stamp(&mut self.machine, self.head);
        self.tell();
        let commit = match (self.machine.at_end(), self.machine.idle()) {
            (true, _) => return self.append(source, Status::Finished, durability.at_exit()).await,
            // Over a reply that was taken, the store would not let it fall asleep: it is told so once it is up again.
            (_, true) if self.called => return self.append(source, Status::Running, durability.at_exit()).await,
            (_, true) => return self.append(source, Status::Paused, durability.at_exit()).await,
            (false, false) => durability.between_steps(),
        };
        if let Some(commit) = commit {
            return self.append(source, Status::Running, commit).await;
        }
        self.unsaved = Some(source);
        Ok(())
    }

    /// Appends one checkpoint.
    pub(in crate::thread) async fn append(
        &mut self,
        source: Source,
        status: Status,
        commit: Commit,
    ) -> Result<(), Interrupt> {
        // Forgotten first: should encoding panic, the way out must not encode again.
        self.unsaved = None;
        let (head, stored) = {
            let extent = self.extent.take();
            let Next { append, extent } = self.following(extent, source, status, commit)?;
            (self.size, self.extent) = (append.record.len(), Some(extent));
            (append.head, self.store(append, self.source(source)))
        };
        stored.await.inspect_err(|_| self.extent = None)?;
        (self.head, self.begun, self.footing) = (Some(head), true, commit);
        self.tell_waiting();
        (self.asleep, self.called) = ((status == Status::Paused).then_some(head), false);
        self.used.clear();
        self.machine.stored(self.extent.as_ref().and_then(Extent::room));
        Ok(())
    }

    /// What made the checkpoint: a reply, if the step has used one.
    fn source(&self, source: Source) -> Source {
        if self.used.is_empty() { source } else { Source::Reply }
    }

    /// The checkpoint that follows the head, which is read from these records.
    fn following(&self, extent: Option<Extent>, source: Source, status: Status, commit: Commit) -> Result<Next, Error> {
        let (written, position, memory) = self.thread.next(&self.machine, extent)?;
        let caption = Caption {
            steps: self.steps,
            source: self.source(source),
            status,
            duration: self.began.elapsed(),
            position,
            memory,
            request: self.request.clone(),
            tags: &self.tags,
            note: None,
            replies: &self.used,
            due: self.due,
            branch: None,
            carried: None,
        };
        self.thread.after(self.head, caption, (written, &self.machine.state), commit, self.size)
    }
}

impl<G: Definition> ThreadStore<G> {
    /// A cancellation moves the head like any other runner, but its run has stopped, not lost a race.
    pub(in crate::thread) async fn interrupted(&self, error: StoreError) -> Interrupt {
        match Box::pin(self.cancelled(&error)).await {
            Some(reason) => Interrupt::Cancelled(reason),
            None => Interrupt::Error(self.failed(error)),
        }
    }
}

/// Somebody else moved the head.
fn moved() -> StoreError {
    StoreError::Conflict { head: None }
}

/// Whether a node failed because another runner moved the thread on while it had an effect.
fn conflicting(error: &NodeError) -> bool {
    let NodeCause::Error(cause) = &error.cause else { return false };
    matches!(cause.downcast_ref(), Some(EffectError::Conflict { .. }))
}
