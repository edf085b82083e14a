//! A checkpoint as its reader sees it.

use crate::clock;
use crate::graph::engine::image::Found;
use crate::graph::engine::path::TaskPath;
use crate::record::checkpoint::ReplyRecord;
use crate::thread::stored::Stored;
use crate::thread::stored::halt::Halt;
use crate::thread::view::picture::ItemsLeft;
use crate::thread::view::waiting::{self, Waiting, WaitingId};
use crate::{CheckpointId, Definition, Error, Failure, Source, Status};
use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, SystemTime};

/// A checkpoint of a thread: its state, what runs next, and how it came to be. [`Thread::snapshot`](crate::Thread::snapshot)
/// reads the newest, [`Thread::history`](crate::Thread::history) all of them.
///
/// # Examples
///
/// ```
/// # use graph_runtime::{graph, GraphState, MemorySaver, Update};
/// # #[derive(GraphState)]
/// # struct Count { total: u64 }
/// # fn one(count: &Count) -> impl Update<Count> { Count::update().total(count.total + 1) }
/// # graph! { graph Counter<Count>; node one; start -> one -> end; }
/// # futures_lite::future::block_on(async {
/// use graph_runtime::Status;
///
/// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a");
/// thread.invoke(()).await?.finished()?;
/// let snapshot = thread.snapshot().await?.expect("the thread has run");
/// assert_eq!((snapshot.state.total, snapshot.step, snapshot.status), (1, 1, Status::Finished));
/// assert!(snapshot.next.is_empty());
/// # Ok::<(), graph_runtime::Error>(())
/// # }).unwrap();
/// ```
#[non_exhaustive]
pub struct Snapshot<G: Definition> {
    /// The state.
    pub state: G::State,
    /// The nodes that run next; none if the thread is at its end. Of a step that was interrupted, those that have not run;
    /// of an older checkpoint, all that were to run there.
    pub next: Vec<G::Node>,
    /// The tasks that run next by their full names, those inside of subgraphs included: `fetch[3]`, `research/search`.
    pub tasks: Vec<String>,
    /// The id of the checkpoint.
    pub id: CheckpointId,
    /// The checkpoint that it was made of: the one before it, or another one, where a branch begins; `None` for the thread's first.
    pub parent: Option<CheckpointId>,
    /// How many supersteps the thread has taken over its life.
    pub step: u64,
    /// What made the checkpoint.
    pub source: Source,
    /// What the thread is doing. Of an older checkpoint, what it did there: `Failed` or `Stopped` if a run ended there before
    /// its end, also if a later one went on; else what its record says.
    pub status: Status,
    /// When the checkpoint was made.
    pub time: SystemTime,
    /// How long its superstep took.
    pub duration: Duration,
    /// The request that the run answers.
    pub request: Option<String>,
    /// The tags of the run, in the order in which they were given.
    pub tags: Vec<(String, String)>,
    /// The pauses that wait for a reply; of an older checkpoint, all that the thread had come to there.
    pub waiting: Vec<Waiting>,
    /// The replies that its superstep used.
    pub replies: Vec<Replied>,
    /// The errors that the thread failed with, in the order of the tasks; none unless its status is `Failed`. An older
    /// checkpoint keeps those of the last run that failed there, also if the thread went on after that.
    pub failures: Vec<Failure>,
    /// What a picture says of the `for`s.
    pub(in crate::thread) items: Vec<ItemsLeft>,
}

/// A reply that a superstep used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replied {
    /// The pause.
    pub id: WaitingId,
    /// When the reply came.
    pub time: SystemTime,
    /// Who [replied](crate::Call::by), as far as that was said; nobody, where a deadline was over.
    pub by: Option<String>,
    /// [Why](crate::Call::because), as far as that was said.
    pub because: Option<String>,
}

impl Replied {
    fn new(ReplyRecord { id, time, by, because }: ReplyRecord) -> Replied {
        Replied { id: id.into(), time: clock::instant(time), by, because }
    }
}

impl<G: Definition> Snapshot<G> {
    /// Of the thread's newest checkpoint, with the entries beside it.
    pub(crate) fn of(stored: Stored<'_, G>, entries: &[(String, Vec<u8>)]) -> Result<Self, Error> {
        let (halt, left) = (stored.halted(entries)?, stored.left(entries)?);
        Self::new(stored, left, halt)
    }

    /// Of a checkpoint that the thread has left behind.
    ///
    /// Its record was written before its tasks ran and is never changed. How far they came is told by what lies beside it.
    pub(crate) fn past(mut stored: Stored<'_, G>, entries: &[(String, Vec<u8>)]) -> Result<Self, Error> {
        let halt = stored.halted(entries)?;
        match &halt {
            Some(Halt::Failed(_)) => stored.head.status = Status::Failed,
            Some(Halt::StepLimit { .. } | Halt::Breakpoint(_)) => stored.head.status = Status::Stopped,
            None => {}
        }
        Self::new(stored, HashMap::new(), halt)
    }

    fn new(stored: Stored<'_, G>, left: HashMap<String, Found>, halt: Option<Halt>) -> Result<Self, Error> {
        let (head, meta, mut machine, _) = stored.into_machine(left)?;
        let (mut next, mut tasks) = (Vec::new(), Vec::new());
        for task in &machine.position.tasks {
            let before = tasks.len();
            machine.visit(&TaskPath::new(), task, &mut |task, _| tasks.push(task.to_string()));
            next.extend((tasks.len() > before).then_some(task.node));
        }
        let items = ItemsLeft::of(&machine);
        let failed = head.status == Status::Failed;
        let waiting = waiting::of(&mut machine);
        Ok(Snapshot {
            items,
            state: machine.into_state()?,
            next,
            tasks,
            id: head.checkpoint,
            parent: meta.parent.map(CheckpointId),
            step: meta.step,
            source: meta.source,
            status: head.status,
            time: clock::instant(meta.time),
            duration: Duration::from_micros(meta.duration),
            request: meta.request,
            tags: meta.tags,
            waiting,
            replies: meta.replies.into_iter().map(Replied::new).collect(),
            failures: match halt {
                Some(Halt::Failed(failures)) if failed => failures,
                _ => Vec::new(),
            },
        })
    }
}

/// Shows everything but the state, which may hold what nobody should read in a log.
impl<G: Definition> fmt::Debug for Snapshot<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("id", &self.id)
            .field("parent", &self.parent)
            .field("step", &self.step)
            .field("source", &self.source)
            .field("status", &self.status)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}
