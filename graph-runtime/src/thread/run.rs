//! A run of a thread: the engine's loop with a commit after every superstep.

use super::commit::Caption;
use super::halt::Halt;
use super::lease::Signal;
use super::stored::{Stored, ThreadStore};
use crate::graph::Shared;
use crate::graph::definition::{Draft, Next};
use crate::graph::engine::{self, Progress};
use crate::{
    Commit, Ctx, Definition, Error, GraphState, Head, NodeCause, NodeName, Outcome, Source, Status, Stop, StopReason,
    StoreError,
};
use futures_lite::future::yield_now;
use std::sync::Arc;
use std::time::Instant;

/// How many steps may follow each other without waiting for anything.
const PATIENCE: u64 = 128;

/// A thread in memory while it runs: everything that the next checkpoint holds.
pub(crate) struct Run<'a, G: Definition> {
    thread: &'a ThreadStore<G>,
    signal: &'a Signal,
    head: Option<Head>,
    /// The head is a checkpoint of this run, not the end of the one before it.
    begun: bool,
    state: G::State,
    /// The supersteps that the state is made of.
    steps: u64,
    next: Next<G::Node>,
    draft: Draft<G::State>,
    cx: Ctx<G::Context>,
    request: Option<Arc<str>>,
    tags: Vec<(String, String)>,
    progress: Progress,
    /// What made the state that no checkpoint holds yet.
    unsaved: Option<Source>,
    /// The size of the last record, so that the next buffer is allocated once.
    size: usize,
    began: Instant,
}

/// Why the loop ended early.
enum Interrupt {
    Node(NodeCause),
    Error(Error),
    /// The run was told, and the store may not know yet.
    Signalled(String),
    /// The store says so.
    Cancelled(String),
}

impl From<Error> for Interrupt {
    fn from(error: Error) -> Self {
        Interrupt::Error(error)
    }
}

impl<'a, G: Definition> Run<'a, G> {
    /// Starts the thread with `patch` applied to its state; the input is a checkpoint of its own.
    pub(crate) async fn start(
        thread: &'a ThreadStore<G>,
        signal: &'a Signal,
        stored: Option<Stored<'_, G>>,
        mut patch: <G::State as GraphState>::Patch,
        request: Option<Arc<str>>,
        tags: Vec<(String, String)>,
    ) -> Result<Outcome<G::State>, Error> {
        let (head, step, state) = match stored {
            Some(stored) => (Some(stored.head), stored.meta.step, Some(stored.state)),
            None => (None, 0, None),
        };
        // Defaults and reducers are the user's code, as nodes are.
        let input = engine::catch(async {
            let mut state = state.unwrap_or_else(G::State::initial);
            state.expire();
            state.apply(&mut patch);
            state
        });
        let blame = |cause| Progress::default().blame::<G>(Some(&thread.key.thread), cause);
        let state = input.await.map_err(blame)?;
        let mut run = Run::new(thread, signal, head, step, state);
        (run.request, run.tags) = (request, tags);
        run.finish(true).await
    }

    /// Goes on from the last checkpoint.
    pub(crate) async fn resume(
        thread: &'a ThreadStore<G>,
        signal: &'a Signal,
        stored: Stored<'_, G>,
    ) -> Result<Outcome<G::State>, Error> {
        let next = stored.next()?;
        let attempts = stored.attempts().await?;
        if stored.head.status != Status::Running {
            stored.wake().await?;
        }
        let mut run = Run::new(thread, signal, Some(stored.head), stored.meta.step, stored.state);
        run.cx.attempt = attempts.saturating_add(1);
        run.next = next;
        run.begun = true;
        run.request = stored.meta.request.map(Into::into);
        run.tags = stored.meta.tags;
        run.finish(false).await
    }

    fn new(thread: &'a ThreadStore<G>, signal: &'a Signal, head: Option<Head>, steps: u64, state: G::State) -> Self {
        let Shared { context, step_limit, .. } = &*thread.shared;
        let (context, name) = (Arc::clone(context), Some(thread.key.thread.clone()));
        Run {
            thread,
            signal,
            head,
            begun: false,
            state,
            steps,
            next: Next::End,
            draft: Draft::default(),
            cx: Ctx { context, thread: name, step: steps, attempt: 1, last: steps.saturating_add(*step_limit) },
            request: None,
            tags: Vec::new(),
            progress: Progress::default(),
            unsaved: None,
            size: 512,
            began: Instant::now(),
        }
    }

    /// Drives the loop to whatever ends it, and stores that end.
    async fn finish(mut self, input: bool) -> Result<Outcome<G::State>, Error> {
        let thread = Some(self.thread.key.thread.clone());
        let interrupt = match engine::catch(self.advance(input)).await {
            Ok(Ok(None)) => return Ok(Outcome::Finished(self.state)),
            Ok(Ok(Some(limit))) => match self.halt(Status::Stopped, &Halt::StepLimit { limit }).await {
                Ok(()) => return Ok(Outcome::Stopped(Stop { thread, reason: StopReason::StepLimit { limit } })),
                Err(interrupt) => interrupt,
            },
            Ok(Err(interrupt)) => interrupt,
            Err(panic) => Interrupt::Node(panic),
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
            Interrupt::Node(cause) => {
                let error = self.progress.blame::<G>(thread.as_ref(), cause);
                // If this cannot be stored, the thread counts as interrupted, which `resume` mends as well; the node's own
                // error tells the caller more than the store's.
                let _ = self.halt(Status::Failed, &Halt::of_failure(&error, self.cx.attempt)).await;
                Err(error.into())
            }
        }
    }

    /// The loop: a superstep, a commit, and again, to the end of the graph or to the step limit, which it returns.
    async fn advance(&mut self, input: bool) -> Result<Option<u64>, Interrupt> {
        let limit = self.thread.shared.step_limit;
        let durability = self.thread.shared.persistence.durability;
        if input {
            self.next = G::entry(&self.state);
            self.commit(Source::Input).await?;
        }
        let mut taken = 0;
        while let Next::Node(node) = self.next {
            if taken == limit {
                return Ok(Some(limit));
            }
            if taken % PATIENCE == PATIENCE - 1 {
                // A loop that never waits lets the executor's other tasks in, a cancellation for one.
                yield_now().await;
            }
            taken += 1;
            self.began = Instant::now();
            self.cx.step = self.steps + 1;
            self.progress.enter(node.index(), self.cx.step);
            // Only the node can be cut off by a cancellation; a commit runs to its end, so that the outcome which is
            // returned is the one that is stored.
            let step = self.signal.guard(G::step(node, &mut self.state, &self.cx, &mut self.draft)).await;
            let step = step.map_err(|cancelled| Interrupt::Signalled(cancelled.0))?;
            self.next = step.map_err(|error| Interrupt::Node(NodeCause::Error(error)))?;
            self.draft.settling = false;
            self.steps += 1;
            self.cx.attempt = 1;
            self.commit(Source::Step).await?;
        }
        if durability.at_exit() == Commit::Written
            && let Err(error) = self.confirm().await
        {
            return Err(self.refused(error).await);
        }
        Ok(None)
    }

    /// Commits the state as the durability asks for it at this point.
    async fn commit(&mut self, source: Source) -> Result<(), Interrupt> {
        let durability = self.thread.shared.persistence.durability;
        match (self.next, durability.between_steps()) {
            (Next::End, _) => self.append(source, Status::Finished, durability.at_exit()).await,
            (Next::Node(_), Some(commit)) => self.append(source, Status::Running, commit).await,
            (Next::Node(_), None) => {
                self.unsaved = Some(source);
                Ok(())
            }
        }
    }

    /// Appends one checkpoint.
    async fn append(&mut self, source: Source, status: Status, commit: Commit) -> Result<(), Interrupt> {
        // Forgotten first: should encoding panic, the way out must not encode again.
        self.unsaved = None;
        let caption = Caption {
            steps: self.steps,
            source,
            status,
            duration: self.began.elapsed(),
            task: match self.next {
                Next::Node(node) => Some(node.name()),
                Next::End => None,
            },
            request: self.request.clone(),
            tags: &self.tags,
            note: None,
        };
        let append = self.thread.after(self.head, caption, &self.state, commit, self.size)?;
        self.size = append.record.len();
        let head = append.head;
        if let Err(error) = self.thread.store.append(append).await {
            return Err(self.refused(error).await);
        }
        self.head = Some(head);
        self.begun = true;
        Ok(())
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
        if let (Some(source), false) = (self.unsaved, self.draft.settling) {
            self.append(source, Status::Running, Commit::Synced).await?;
        }
        // A run that has stored nothing has no place to keep its error: the thread is as it was before.
        let Some(head) = self.head.filter(|_| self.begun) else { return Ok(()) };
        match self.thread.halt(head, status, halt).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.refused(error).await),
        }
    }

    /// Stores that the run was cancelled, unless whoever cancelled it was faster.
    async fn cancel(&mut self, reason: String) -> Result<Interrupt, Error> {
        // A run that has stored nothing leaves its thread as it was before.
        if !self.begun {
            return Ok(Interrupt::Cancelled(reason));
        }
        let caption = Caption::cancelled(self.steps, self.request.clone(), &self.tags, &reason);
        let append = self.thread.after(self.head, caption, &self.state, Commit::Synced, self.size)?;
        match self.thread.store.append(append).await {
            Ok(()) => Ok(Interrupt::Cancelled(reason)),
            Err(error) => Ok(self.refused(error).await),
        }
    }

    /// A cancellation moves the head like any other runner, but its run has stopped, not lost a race.
    async fn refused(&self, error: StoreError) -> Interrupt {
        match self.thread.cancelled(&error).await {
            Some(reason) => Interrupt::Cancelled(reason),
            None => Interrupt::Error(self.thread.failed(error)),
        }
    }
}
