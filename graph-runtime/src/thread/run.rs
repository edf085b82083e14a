//! A run of a thread: the engine's loop with a commit after every superstep.

use super::commit::Caption;
use super::halt::Halt;
use super::journal::StepJournal;
use super::lease::Signal;
use super::ledger::StepLedger;
use super::stored::{Stored, ThreadStore, beside};
use crate::graph::effect::journal::Journal;
use crate::graph::engine::machine::Machine;
use crate::graph::engine::path::TaskPath;
use crate::graph::engine::position::Position;
use crate::graph::engine::scene::{Ledger, Scene};
use crate::graph::engine::{self, Progress};
use crate::graph::timed;
use crate::{
    CheckpointId, Commit, Definition, Error, GraphState, Head, NodeCause, NodeError, Outcome, RecordHash, Source,
    Status, Stop, StopReason, StoreError,
};
use futures_lite::future::yield_now;
use std::sync::Arc;
use std::time::Instant;

/// How many steps may follow each other without waiting for anything.
const PATIENCE: u64 = 128;

/// A thread in memory while it runs: everything that the next checkpoint holds.
pub(crate) struct Run<'a, G: Definition> {
    pub(super) thread: &'a ThreadStore<G>,
    pub(super) signal: &'a Signal,
    pub(super) head: Option<Head>,
    /// The head is a checkpoint of this run, not the end of the one before it.
    pub(super) begun: bool,
    pub(super) machine: Machine<G>,
    pub(super) journal: Arc<StepJournal>,
    /// What lies beside the head that this run began with.
    entries: Vec<(String, Vec<u8>)>,
    /// The checkpoint that the keys of that step's effects come from, if it is another one.
    origin: Option<(CheckpointId, RecordHash)>,
    /// How firmly the head stands in the store.
    pub(super) footing: Commit,
    /// The supersteps that the state is made of.
    pub(super) steps: u64,
    /// The last step that this run may take.
    last: u64,
    pub(super) request: Option<Arc<str>>,
    pub(super) tags: Vec<(String, String)>,
    /// What made the state that no checkpoint holds yet.
    pub(super) unsaved: Option<Source>,
    /// The size of the last record, so that the next buffer is allocated once.
    pub(super) size: usize,
    pub(super) began: Instant,
}

/// Why the loop ended early.
pub(super) enum Interrupt {
    Nodes(Vec<NodeError>),
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
        timed::<G>()?;
        let (head, step, kept) = match stored {
            Some(stored) => {
                let (head, meta, machine) = stored.into_idle()?;
                (Some(head), meta.step, Some((machine.memory, machine.state.into_inner())))
            }
            None => (None, 0, None),
        };
        let (memory, state) = kept.unwrap_or_default();
        // Defaults and reducers are the user's code, as nodes are.
        let input = engine::catch(async {
            let mut state = state.unwrap_or_else(G::State::initial);
            state.expire();
            state.apply(&mut patch);
            state
        });
        let blame = |cause| Progress::default().blame::<G>(Some(&thread.key.thread), cause);
        let state = input.await.map_err(blame)?;
        let machine = Machine::new(state, Position::end(), memory);
        let mut run = Run::new(thread, signal, head, step, machine);
        (run.request, run.tags) = (request, tags);
        run.finish(true).await
    }

    /// Goes on from the last checkpoint.
    pub(crate) async fn resume(
        thread: &'a ThreadStore<G>,
        signal: &'a Signal,
        stored: Stored<'_, G>,
    ) -> Result<Outcome<G::State>, Error> {
        timed::<G>()?;
        let entries = stored.entries().await?;
        let left = stored.left(&entries)?;
        let origin = stored.origin();
        let asleep = (stored.head.status != Status::Running).then_some(stored.head);
        let (head, meta, machine) = stored.into_machine(left)?;
        if let Some(head) = asleep {
            thread.wake(head).await?;
        }
        let mut run = Run::new(thread, signal, Some(head), meta.step, machine);
        run.begun = true;
        (run.entries, run.origin) = (entries, origin);
        run.request = meta.request.map(Into::into);
        run.tags = meta.tags;
        run.finish(false).await
    }

    fn new(
        thread: &'a ThreadStore<G>,
        signal: &'a Signal,
        head: Option<Head>,
        steps: u64,
        machine: Machine<G>,
    ) -> Self {
        let last = steps.saturating_add(thread.shared.step_limit);
        Run {
            thread,
            signal,
            head,
            begun: false,
            machine,
            journal: Arc::new(StepJournal::new(Arc::clone(&thread.store), thread.key.clone())),
            entries: Vec::new(),
            origin: None,
            footing: Commit::Written,
            steps,
            last,
            request: None,
            tags: Vec::new(),
            unsaved: None,
            size: 512,
            began: Instant::now(),
        }
    }

    /// Drives the loop to its end, and then removes what need not be kept.
    async fn finish(self, input: bool) -> Result<Outcome<G::State>, Error> {
        let thread = self.thread;
        let outcome = self.end(input).await?;
        thread.retain().await;
        Ok(outcome)
    }

    /// Drives the loop to whatever ends it, and stores that end.
    async fn end(mut self, input: bool) -> Result<Outcome<G::State>, Error> {
        let thread = Some(self.thread.key.thread.clone());
        let interrupt = match engine::catch(self.advance(input)).await {
            Ok(Ok(None)) => return Ok(Outcome::Finished(self.machine.into_state()?)),
            Ok(Ok(Some(limit))) => match self.halt(Status::Stopped, &Halt::StepLimit { limit }).await {
                Ok(()) => return Ok(Outcome::Stopped(Stop { thread, reason: StopReason::StepLimit { limit } })),
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

    /// The loop: a superstep, a commit, and again, to the end of the graph or to the step limit, which it returns.
    async fn advance(&mut self, input: bool) -> Result<Option<u64>, Interrupt> {
        let thread = self.thread;
        let limit = thread.shared.step_limit;
        let durability = thread.shared.persistence.durability;
        let name = &thread.key.thread;
        let journal: Arc<dyn Journal> = Arc::clone(&self.journal) as Arc<dyn Journal>;
        let (last, path) = (self.last, TaskPath::new());
        let scene =
            Scene { thread: Some(name), step: 0, last, path, ledger: None, journal: Some(&journal), several: false };
        if input {
            let scene = Scene { step: self.steps + 1, ..scene.clone() };
            self.machine.begin(G::entry, &scene).map_err(|error| Interrupt::Nodes(vec![error]))?;
            self.commit(Source::Input).await?;
        }
        let mut taken = 0;
        while !self.machine.at_end() {
            if taken == limit {
                return Ok(Some(limit));
            }
            if taken % PATIENCE == PATIENCE - 1 {
                // A loop that never waits lets the executor's other tasks in, a cancellation for one.
                yield_now().await;
            }
            taken += 1;
            self.began = Instant::now();
            let ledger = self.ledger();
            self.journal.begin(ledger.beside, self.footing, std::mem::take(&mut self.entries));
            self.journal.key_by(self.origin.take());
            let (step, several) = (self.steps + 1, ledger.beside.is_some() && self.machine.width() > 1);
            let scene = Scene { step, several, ledger: Some(&ledger as &dyn Ledger), ..scene.clone() };
            let errors = self.perform(&scene).await?;
            if !errors.is_empty() {
                return Err(Interrupt::Nodes(errors));
            }
            self.machine.settle(&scene).map_err(|error| Interrupt::Nodes(vec![error]))?;
            self.steps += 1;
            self.commit(Source::Step).await?;
        }
        if durability.at_exit() == Commit::Written
            && let Err(error) = self.confirm().await
        {
            return Err(self.thread.interrupted(error).await);
        }
        Ok(None)
    }

    /// Where the tasks of the next step keep what they do.
    fn ledger(&self) -> StepLedger<'a, G> {
        let current = self.begun && self.unsaved.is_none();
        StepLedger { thread: self.thread, beside: self.head.filter(|_| current).map(beside) }
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
        // What settles is neither the state before the step nor the one after it.
        if let (Some(source), false) = (self.unsaved, self.machine.settling) {
            self.append(source, Status::Running, Commit::Synced).await?;
            self.keep().await?;
        }
        // A run that has stored nothing has no place to keep its error: the thread is as it was before.
        let Some(head) = self.head.filter(|_| self.begun) else { return Ok(()) };
        match self.thread.halt(head, status, halt).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.thread.interrupted(error).await),
        }
    }

    /// Stores what the tasks of the step have left, which had no checkpoint to lie beside until now.
    async fn keep(&self) -> Result<(), Interrupt> {
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
        let memory = self.thread.memory(&self.machine)?;
        let caption = Caption::cancelled(self.steps, self.request.clone(), &self.tags, memory, &reason);
        let append = self.thread.after(self.head, caption, &self.machine.state, Commit::Synced, self.size)?;
        match self.thread.store.append(append).await {
            Ok(()) => Ok(Interrupt::Cancelled(reason)),
            Err(error) => Ok(self.thread.interrupted(error).await),
        }
    }
}
