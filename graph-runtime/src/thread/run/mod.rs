//! A run of a thread: the engine's loop with a commit after every superstep.

pub(in crate::thread) mod breakpoint;
mod drive;
mod end;
pub(in crate::thread) mod inbox;
pub(in crate::thread) mod journal;
pub(in crate::thread) mod lease;
pub(in crate::thread) mod ledger;
mod step;
mod watch;

use crate::fault::fault;
use crate::graph::engine::Progress;
use crate::graph::engine::image;
use crate::graph::engine::machine::Machine;
use crate::graph::engine::position::Position;
use crate::graph::timed;
use crate::record::checkpoint::ReplyRecord;
use crate::telemetry::Meters;
use crate::thread::run::journal::StepJournal;
use crate::thread::run::lease::Signal;
use crate::thread::stored::extent::Extent;
use crate::thread::stored::halt::Halt;
use crate::thread::stored::{Stored, ThreadStore};
use crate::{
    CheckpointId, Commit, Definition, Error, GraphState, Head, NodeCause, NodeError, RecordHash, Source, Status,
    StopReason, panic,
};
use std::sync::Arc;
use std::time::Instant;

/// A thread in memory while it runs: everything that the next checkpoint holds.
///
/// On the heap from its beginning: the futures that drive it hand it on.
pub(crate) struct Run<'a, G: Definition> {
    thread: &'a ThreadStore<G>,
    signal: &'a Signal,
    head: Option<Head>,
    /// The head is a checkpoint of this run, not the end of the one before it.
    begun: bool,
    machine: Machine<G>,
    journal: Arc<StepJournal>,
    /// What lies beside the head that this run began with.
    entries: Vec<(String, Vec<u8>)>,
    /// The checkpoint that the keys of that step's effects come from, if it is another one.
    origin: Option<(CheckpointId, RecordHash)>,
    /// The records that the head is read from.
    extent: Option<Extent>,
    /// How firmly the head stands in the store.
    footing: Commit,
    /// The supersteps that the state is made of.
    steps: u64,
    /// The last step that this run may take.
    last: u64,
    request: Option<Arc<str>>,
    tags: Vec<(String, String)>,
    /// What made the state that no checkpoint holds yet.
    unsaved: Option<Source>,
    /// The replies that pauses have been given and have not used yet.
    replies: Vec<ReplyRecord>,
    /// Those that were used and of which no checkpoint tells yet.
    used: Vec<ReplyRecord>,
    /// When the first of the pauses' deadlines is over.
    due: Option<u64>,
    /// The head, if the store takes the thread for one that stands still.
    asleep: Option<Head>,
    /// The store may take the thread for one that has a reply, of those that the run has taken.
    called: bool,
    /// The run goes on from a breakpoint, so it does not stop there again.
    passing: bool,
    /// The size of the last record, so that the next buffer is allocated once.
    size: usize,
    began: Instant,
    meters: Meters,
}
/// Where the loop ends before the end of the graph.
enum Rest {
    /// Nothing can run before a reply comes.
    Paused,
    Stopped(StopReason),
}

/// Why the loop ended early.
pub(in crate::thread) enum Interrupt {
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

#[cfg(feature = "faults")]
impl From<crate::fault::Fault> for Interrupt {
    fn from(fault: crate::fault::Fault) -> Self {
        Interrupt::Error(fault.into())
    }
}

impl<'a, G: Definition> Run<'a, G> {
    /// The thread with `patch` applied to its state, about to start; the input is a checkpoint of its own.
    pub(crate) fn start(
        thread: &'a ThreadStore<G>,
        signal: &'a Signal,
        stored: Option<Stored<'_, G>>,
        mut patch: <G::State as GraphState>::Patch,
        request: Option<Arc<str>>,
        tags: Vec<(String, String)>,
    ) -> Result<Box<Self>, Error> {
        timed::<G>()?;
        let (head, step, extent, kept) = match stored {
            Some(stored) => {
                let (head, meta, machine, extent) = stored.into_idle()?;
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
        let input = panic::catch(|| {
            let mut state = state.unwrap_or_else(G::State::initial);
            state.expire();
            if let Some(delta) = &mut delta {
                delta.note(&mut state, &mut patch);
            }
            state.apply(&mut patch);
            state
        });
        let blame = |message| Progress::default().blame::<G>(Some(&thread.key.thread), NodeCause::Panic(message));
        let state = input.map_err(blame)?;
        let machine = Machine { delta, ..Machine::new(state, Position::end(), memory) };
        let mut run = Run::new(thread, signal, head, step, machine);
        (run.request, run.tags, run.extent) = (request, tags, extent);
        Ok(run)
    }

    /// The thread, about to go on from the last checkpoint.
    pub(crate) async fn resume(
        thread: &'a ThreadStore<G>,
        signal: &'a Signal,
        stored: Stored<'_, G>,
    ) -> Result<Box<Self>, Error> {
        let run = Run::branch(thread, signal, stored).await?;
        if let Some(hub) = &thread.hub {
            hub.begin(&thread.key.thread, run.head.map(|head| head.checkpoint), None);
        }
        Ok(run)
    }

    /// The thread, about to go on from the first checkpoint of a branch, whose beginning everyone has heard of.
    pub(in crate::thread) async fn branch(
        thread: &'a ThreadStore<G>,
        signal: &'a Signal,
        stored: Stored<'_, G>,
    ) -> Result<Box<Self>, Error> {
        timed::<G>()?;
        let entries = stored.entries().await?;
        let left = stored.left(&entries)?;
        let passing = matches!(stored.halted(&entries)?, Some(Halt::Breakpoint(_)));
        let origin = stored.origin();
        let asleep = (stored.head.status != Status::Running).then_some(stored.head);
        let (head, meta, machine, extent) = stored.into_machine(left)?;
        let mut run = Run::new(thread, signal, Some(head), meta.step, machine);
        (run.begun, run.asleep, run.passing) = (true, asleep, passing);
        (run.entries, run.origin, run.extent) = (entries, origin, Some(extent));
        run.request = meta.request.map(Into::into);
        run.tags = meta.tags;
        fault!(TakenUp);
        Ok(run)
    }

    fn new(
        thread: &'a ThreadStore<G>,
        signal: &'a Signal,
        head: Option<Head>,
        steps: u64,
        machine: Machine<G>,
    ) -> Box<Self> {
        let last = steps.saturating_add(thread.shared.step_limit);
        Box::new(Run {
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
        })
    }
}
