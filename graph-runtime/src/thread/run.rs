//! A run of a thread: the engine's loop with a commit after every superstep.

use super::commit::Caption;
use super::halt::Halt;
use super::journal::StepJournal;
use super::lease::Signal;
use super::ledger::StepLedger;
use super::series::Extent;
use super::stored::{Stored, ThreadStore, beside};
use super::waiting::{self, Pause};
use crate::graph::effect::journal::Journal;
use crate::graph::engine::image;
use crate::graph::engine::machine::Machine;
use crate::graph::engine::observer::Observer;
use crate::graph::engine::path::TaskPath;
use crate::graph::engine::position::Position;
use crate::graph::engine::scene::{Ledger, Scene};
use crate::graph::engine::{self, Progress};
use crate::graph::timed;
use crate::record::checkpoint::ReplyRecord;
use crate::telemetry::Meters;
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
    /// The records that the head is read from.
    pub(super) extent: Option<Extent>,
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
    /// The replies that pauses have been given and have not used yet.
    pub(super) replies: Vec<ReplyRecord>,
    /// Those that were used and of which no checkpoint tells yet.
    pub(super) used: Vec<ReplyRecord>,
    /// When the first of the pauses' deadlines is over.
    pub(super) due: Option<u64>,
    /// The head, if the store takes the thread for one that stands still.
    pub(super) asleep: Option<Head>,
    /// The store may take the thread for one that has a reply, of those that the run has taken.
    pub(super) called: bool,
    /// The run goes on from a breakpoint, so it does not stop there again.
    passing: bool,
    /// The size of the last record, so that the next buffer is allocated once.
    pub(super) size: usize,
    pub(super) began: Instant,
    pub(super) meters: Meters,
}

/// Where the loop ends before the end of the graph.
enum Rest {
    /// Nothing can run before a reply comes.
    Paused,
    Stopped(StopReason),
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
        let (head, step, extent, kept) = match stored {
            Some(stored) => {
                let extent = stored.extent;
                let (head, meta, machine) = stored.into_idle()?;
                let kept = (machine.memory, machine.delta, machine.state.into_inner());
                (Some(head), meta.step, Some(extent), Some(kept))
            }
            None => (None, 0, None, None),
        };
        let (memory, mut delta, state) = kept.unwrap_or_default();
        if let Some(hub) = &thread.hub {
            let fields = image::fields(|fields| G::State::encode_patch(&patch, fields));
            hub.begin(&thread.key.thread, head.map(|head| head.checkpoint), Some(fields));
        }
        // Defaults and reducers are the user's code, as nodes are.
        let input = engine::catch(async {
            let mut state = state.unwrap_or_else(G::State::initial);
            state.expire();
            if let Some(delta) = &mut delta {
                delta.note::<G::State>(&patch);
            }
            state.apply(&mut patch);
            state
        });
        let blame = |cause| Progress::default().blame::<G>(Some(&thread.key.thread), cause);
        let state = input.await.map_err(blame)?;
        let machine = Machine { delta, ..Machine::new(state, Position::end(), memory) };
        let mut run = Run::new(thread, signal, head, step, machine);
        (run.request, run.tags, run.extent) = (request, tags, extent);
        run.watched(true).await
    }

    /// Goes on from the last checkpoint.
    pub(crate) async fn resume(
        thread: &'a ThreadStore<G>,
        signal: &'a Signal,
        stored: Stored<'_, G>,
    ) -> Result<Outcome<G::State>, Error> {
        let run = Run::take_up(thread, signal, stored).await?;
        if let Some(hub) = &thread.hub {
            hub.begin(&thread.key.thread, run.head.map(|head| head.checkpoint), None);
        }
        run.watched(false).await
    }

    /// Goes on from the first checkpoint of a branch, whose beginning everyone has heard of.
    pub(super) async fn branch(
        thread: &'a ThreadStore<G>,
        signal: &'a Signal,
        stored: Stored<'_, G>,
    ) -> Result<Outcome<G::State>, Error> {
        Run::take_up(thread, signal, stored).await?.watched(false).await
    }

    async fn take_up(thread: &'a ThreadStore<G>, signal: &'a Signal, stored: Stored<'_, G>) -> Result<Self, Error> {
        timed::<G>()?;
        let entries = stored.entries().await?;
        let left = stored.left(&entries)?;
        let passing = matches!(stored.halted(&entries)?, Some(Halt::Breakpoint(_)));
        let (origin, extent) = (stored.origin(), Some(stored.extent));
        let asleep = (stored.head.status != Status::Running).then_some(stored.head);
        let (head, meta, machine) = stored.into_machine(left)?;
        let mut run = Run::new(thread, signal, Some(head), meta.step, machine);
        (run.begun, run.asleep, run.passing) = (true, asleep, passing);
        (run.entries, run.origin, run.extent) = (entries, origin, extent);
        run.request = meta.request.map(Into::into);
        run.tags = meta.tags;
        Ok(run)
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
            extent: None,
            footing: Commit::Written,
            steps,
            last,
            request: None,
            tags: Vec::new(),
            unsaved: None,
            replies: Vec::new(),
            used: Vec::new(),
            due: None,
            asleep: None,
            called: false,
            passing: false,
            size: 512,
            began: Instant::now(),
            meters: Meters::new(G::NAME),
        }
    }

    /// Drives the loop to its end, and then removes what need not be kept.
    pub(super) async fn finish(self, input: bool) -> Result<Outcome<G::State>, Error> {
        let thread = self.thread;
        let outcome = self.end(input).await?;
        thread.retain().await;
        Ok(outcome)
    }

    /// Drives the loop to whatever ends it, and stores that end.
    async fn end(mut self, input: bool) -> Result<Outcome<G::State>, Error> {
        let thread = Some(self.thread.key.thread.clone());
        self.signal.take_mail(true);
        let advanced = engine::catch(self.advance(input)).await;
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

    /// The loop: a superstep, a commit, and again, to the end of the graph or to where it rests before that.
    async fn advance(&mut self, input: bool) -> Result<Option<Rest>, Interrupt> {
        let thread = self.thread;
        let name = &thread.key.thread;
        let journal: Arc<dyn Journal> = Arc::clone(&self.journal) as Arc<dyn Journal>;
        let (last, path, brake) = (self.last, TaskPath::new(), Some(&self.signal.brake));
        let observer = thread.hub.as_ref().map(|hub| Arc::clone(hub) as Arc<dyn Observer>);
        let meters = self.meters.clone();
        let (journal, observer, meters) = (Some(&journal), observer.as_ref(), Some(&meters));
        let (name, step, ledger, several) = (Some(name), 0, None, false);
        let scene = Scene { thread: name, step, last, path, ledger, journal, brake, observer, meters, several };
        if input {
            let scene = Scene { step: self.steps + 1, ..scene.clone() };
            self.machine.begin(G::entry, &scene).map_err(|error| Interrupt::Nodes(vec![error]))?;
            self.commit(Source::Input).await?;
            self.heard().await;
        } else {
            self.listen().await?;
        }
        let (mut taken, mut passed) = (0, Vec::new());
        while !self.machine.at_end() {
            if self.machine.idle() {
                if self.rest().await? {
                    return Ok(Some(Rest::Paused));
                }
                continue;
            }
            if let Some(reason) = self.stops(passed, taken) {
                return Ok(Some(Rest::Stopped(reason)));
            }
            if taken % PATIENCE == PATIENCE - 1 {
                // A loop that never waits lets the executor's other tasks in, a cancellation for one.
                yield_now().await;
            }
            if let Some(head) = self.asleep.take() {
                thread.wake(head).await?;
                self.called = false;
            }
            taken += 1;
            passed = self.stops_after();
            self.began = Instant::now();
            let ledger = self.ledger();
            self.journal.begin(ledger.beside, self.footing, std::mem::take(&mut self.entries));
            if let Some(origin) = self.origin.take() {
                self.journal.key_by(origin);
            }
            let (step, several) = (self.steps + 1, ledger.beside.is_some() && self.machine.width() > 1);
            let scene = Scene { step, several, ledger: Some(&ledger as &dyn Ledger), ..scene.clone() };
            self.tell_step(step);
            let errors = self.perform(&scene).await?;
            if !errors.is_empty() {
                return Err(Interrupt::Nodes(errors));
            }
            self.machine.settle(&scene).map_err(|error| Interrupt::Nodes(vec![error]))?;
            self.steps += 1;
            let listened = self.listen().await;
            self.tell_settled();
            self.commit(Source::Step).await?;
            self.heard().await;
            if let Err(deaf) = listened {
                // A reply that cannot be taken is no reason to lose the step.
                self.save().await?;
                return Err(deaf);
            }
        }
        self.acknowledge().await?;
        Ok(None)
    }

    /// What stops the run before its next step.
    fn stops(&mut self, passed: Vec<&'static str>, taken: u64) -> Option<StopReason> {
        if let Some(reason) = self.signal.brake.pulled() {
            return Some(StopReason::Drained { reason });
        }
        if !passed.is_empty() {
            return Some(StopReason::Breakpoint { nodes: passed });
        }
        let limit = self.thread.shared.step_limit;
        if taken == limit {
            return Some(StopReason::StepLimit { limit });
        }
        let nodes = self.stops_before();
        let passing = std::mem::take(&mut self.passing);
        (!nodes.is_empty() && !passing).then_some(StopReason::Breakpoint { nodes })
    }

    /// Ends the run where nothing can run before a reply comes, unless one has come in the meantime.
    async fn rest(&mut self) -> Result<bool, Interrupt> {
        // The commit has said so, unless the thread was on its way to something else. Said before the last look: a reply that
        // comes after that finds a thread that waits, and wakes it.
        if let Some(head) = self.head.filter(|head| head.status != Status::Paused) {
            if head.status == Status::Replied {
                // The reply was taken. One that comes from now on keeps the thread awake.
                self.thread.wake(head).await?;
            }
            if let Err(error) = self.thread.pause(head).await {
                return Err(self.thread.interrupted(error).await);
            }
            self.asleep = Some(head);
            self.head = Some(Head { status: Status::Paused, ..head });
        }
        self.listen().await?;
        if !self.machine.idle() {
            return Ok(false);
        }
        self.acknowledge().await?;
        Ok(self.signal.close())
    }

    /// Waits until the store has taken what the run has told it, where that was not waited for.
    async fn acknowledge(&mut self) -> Result<(), Interrupt> {
        if self.thread.shared.persistence.durability.at_exit() == Commit::Written
            && let Err(error) = self.confirm().await
        {
            return Err(self.thread.interrupted(error).await);
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
        self.save().await?;
        // A run that has stored nothing has no place to keep its error: the thread is as it was before.
        let Some(head) = self.head.filter(|_| self.begun) else { return Ok(()) };
        match self.thread.halt(head, status, halt).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.thread.interrupted(error).await),
        }
    }

    /// Stores the checkpoint that was held back, if there is one.
    async fn save(&mut self) -> Result<(), Interrupt> {
        // What settles is neither the state before the step nor the one after it.
        if let (Some(source), false) = (self.unsaved, self.machine.settling) {
            self.append(source, Status::Running, Commit::Synced).await?;
            self.keep().await?;
        }
        Ok(())
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
        let written = self.thread.written(&self.machine, self.extent)?;
        let next = self.thread.after(self.head, caption, (&written, &self.machine.state), Commit::Synced, self.size)?;
        match self.store(next.append, Source::Cancel).await {
            Ok(()) => Ok(Interrupt::Cancelled(reason)),
            Err(error) => Ok(self.thread.interrupted(error).await),
        }
    }
}
