//! A thread as it should be: the tree of its checkpoints, what lies beside them, and its inbox.

use crate::graph::{Life, LivingNode};
use crate::operation::Answer;
use graph_runtime::{NodeName, Source, Status};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub(crate) struct Thread {
    /// By their ids; those that were pruned are missing.
    pub(crate) kept: BTreeMap<u64, Arc<Checkpoint>>,
    /// Of every checkpoint that was ever made.
    pub(crate) parents: BTreeMap<u64, Option<u64>>,
    pub(crate) status: Status,
    /// The replies that were delivered, by the numbers of their pauses.
    pub(crate) inbox: BTreeMap<u64, Answer>,
    /// The newest checkpoint of each request.
    pub(crate) requests: BTreeMap<u8, u64>,
}

/// A checkpoint, and what lies beside it.
#[derive(Clone, Debug)]
pub(crate) struct Checkpoint {
    pub(crate) parent: Option<u64>,
    pub(crate) step: u64,
    pub(crate) source: Source,
    /// What its record says.
    pub(crate) status: Status,
    pub(crate) state: Life,
    pub(crate) tasks: Vec<Task>,
    pub(crate) request: Option<u8>,
    pub(crate) tag: Option<String>,
    /// The pauses whose replies its step used.
    pub(crate) used: Vec<u64>,
    /// How many marks there were when it was made.
    pub(crate) mark: usize,
    pub(crate) halt: Option<Halt>,
    /// What its tasks have left before their step has ended, by their names.
    pub(crate) left: BTreeMap<String, Patch>,
}

/// Where a run ended.
#[derive(Clone, Debug)]
pub(crate) enum Halt {
    /// The tasks, and how many of their attempts have failed.
    Failed(Vec<(String, u32)>),
    Limit,
    Breakpoint,
}

#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) node: LivingNode,
    /// The item of the `for` around it, and which one it is.
    pub(crate) item: Option<(usize, u8)>,
    pub(crate) ask: Option<Ask>,
}

/// What a pause asks.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// Which of all pauses that any thread has come to; 0 until its first checkpoint.
    pub(crate) number: u64,
    pub(crate) question: String,
}

/// What a node writes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Patch {
    pub(crate) count: usize,
    pub(crate) log: Vec<u8>,
    pub(crate) text: String,
    pub(crate) verdict: Option<bool>,
    pub(crate) hint: Option<u8>,
}

impl Patch {
    pub(crate) fn apply(&self, state: &mut Life) {
        state.count += self.count;
        state.log.extend(&self.log);
        state.text.push_str(&self.text);
        state.verdict = self.verdict.or(state.verdict);
        state.hint = self.hint.or(state.hint);
    }
}

impl Task {
    pub(crate) fn name(&self) -> String {
        self.item.map_or_else(|| self.node.name().to_owned(), |(index, _)| format!("{}[{index}]", self.node.name()))
    }

    fn waits(&self) -> Option<Waits> {
        let Ask { number, question } = self.ask.clone()?;
        Some(Waits { number, task: self.name(), item: self.item.map(|(index, _)| index), question })
    }
}

/// A pause at which a thread waits.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Waits {
    pub(crate) number: u64,
    pub(crate) task: String,
    pub(crate) item: Option<usize>,
    pub(crate) question: String,
}

/// A checkpoint as a snapshot shows it.
#[derive(Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) id: u64,
    pub(crate) parent: Option<u64>,
    pub(crate) step: u64,
    pub(crate) source: Source,
    pub(crate) status: Status,
    pub(crate) state: Life,
    pub(crate) tasks: Vec<String>,
    pub(crate) waiting: Vec<Waits>,
    pub(crate) replies: Vec<u64>,
    pub(crate) failures: Vec<(String, u32)>,
    pub(crate) request: Option<String>,
    pub(crate) tags: Vec<(String, String)>,
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Seen { id, parent, step, source, status, state, tasks, waiting, replies, failures, request, tags } = self;
        let Life { table, count, log, text, verdict, hint } = state;
        let text = text.len();
        write!(f, "{id} of {parent:?}, step {step}, {source:?}, {status:?}, tasks {tasks:?}, waiting {waiting:?}, ")?;
        write!(f, "replies {replies:?}, failures {failures:?}, request {request:?}, tags {tags:?}, table {table:?}, ")?;
        write!(f, "count {count}, log {log:?}, {text} bytes of text, verdict {verdict:?}, hint {hint:?}")
    }
}

impl Thread {
    pub(crate) fn new(status: Status) -> Thread {
        let (kept, parents, inbox, requests) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Thread { kept, parents, status, inbox, requests }
    }

    /// What the store is told that it is doing: a thread with a reply does not fall asleep over it.
    pub(crate) fn say(&mut self, status: Status) {
        if (self.status, status) != (Status::Replied, Status::Paused) {
            self.status = status;
        }
    }

    /// How many checkpoints it has ever made.
    pub(crate) fn made(&self) -> u64 {
        self.parents.len() as u64
    }

    pub(crate) fn head(&self) -> &Checkpoint {
        &self.kept[&self.made()]
    }

    /// The newest checkpoint, for what is put beside it.
    pub(crate) fn head_mut(&mut self) -> &mut Checkpoint {
        let head = self.made();
        Arc::make_mut(self.kept.get_mut(&head).expect("the newest checkpoint stays"))
    }

    pub(crate) fn unfinished(&self) -> bool {
        !matches!(self.status, Status::Finished | Status::Cancelled)
    }

    /// The pauses whose replies have not come.
    pub(crate) fn open(&self) -> Vec<Waits> {
        let mut waits: Vec<_> = self.head().tasks.iter().filter_map(Task::waits).collect();
        waits.retain(|waits| !self.inbox.contains_key(&waits.number));
        waits
    }

    /// The ids of the newest checkpoint's branch, as far as they are kept.
    pub(crate) fn branch(&self) -> Vec<u64> {
        let before = |id: &u64| self.parents[id];
        let line = std::iter::successors(Some(self.made()).filter(|made| *made > 0), before);
        line.filter(|id| self.kept.contains_key(id)).collect()
    }

    /// The newest checkpoint as a snapshot of the thread shows it.
    pub(crate) fn snapshot(&self) -> Seen {
        self.seen(self.made())
    }

    /// All that are kept, the newest first.
    pub(crate) fn history(&self) -> impl Iterator<Item = Seen> {
        self.kept.keys().rev().map(|id| self.seen(*id))
    }

    fn seen(&self, id: u64) -> Seen {
        let at = &*self.kept[&id];
        let newest = id == self.made();
        let halted = match at.halt {
            None => at.status,
            Some(Halt::Failed(_)) => Status::Failed,
            Some(Halt::Limit | Halt::Breakpoint) => Status::Stopped,
        };
        let status = if newest { self.status } else { halted };
        let tasks = at.tasks.iter().map(Task::name).filter(|task| !newest || !at.left.contains_key(task));
        let failures = match &at.halt {
            Some(Halt::Failed(failures)) if status == Status::Failed => failures.clone(),
            _ => Vec::new(),
        };
        Seen {
            id,
            parent: at.parent,
            step: at.step,
            source: at.source,
            status,
            state: at.state.clone(),
            tasks: tasks.collect(),
            waiting: if newest { self.open() } else { at.tasks.iter().filter_map(Task::waits).collect() },
            replies: at.used.clone(),
            failures,
            request: at.request.map(|request| request.to_string()),
            tags: at.tag.iter().map(|tag| ("table".to_owned(), tag.clone())).collect(),
        }
    }
}
