//! Where a thread is, as its checkpoints hold it.

use super::bytes::Bytes;
use super::checkpoint::RecordError;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt::Write;

/// The position of a thread, or of one of its subgraphs: what runs next, and the items of the `for`s around it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PositionRecord {
    pub(crate) tasks: Vec<TaskRecord>,
    pub(crate) loops: Vec<LoopRecord>,
}

impl PositionRecord {
    /// Whether nothing of it is left out because a record before this one holds it.
    pub(crate) fn is_whole(&self) -> bool {
        let whole = |task: &TaskRecord| task.child.as_ref().is_none_or(|child| child.fields.is_some());
        self.loops.iter().all(|open| open.list.is_some()) && self.tasks.iter().all(whole)
    }

    /// Fills in what the records before this one hold, the newest first: lists of items, and states of subgraphs.
    pub(crate) fn complete(&mut self, before: &[&PositionRecord]) -> Result<(), RecordError> {
        for LoopRecord { region, items, list } in self.loops.iter_mut().filter(|open| open.list.is_none()) {
            let same = |before: &&PositionRecord| {
                let mut loops = before.loops.iter();
                loops.find(|open| open.region == *region && open.items == *items).map(|open| open.list.clone())
            };
            // It stands in each of them, without its items until the one that holds them.
            let found = before.iter().map_while(same).flatten().next();
            *list = Some(found.ok_or_else(|| RecordError::Corrupt(format!("the items of `{region}` are missing")))?);
        }
        for TaskRecord { node, items, child, .. } in &mut self.tasks {
            let Some(child) = child.as_mut().filter(|child| child.fields.is_none()) else { continue };
            let runs = before.iter().map_while(|before| before.child(node, items));
            child.complete(&runs.collect::<Vec<_>>(), node)?;
        }
        Ok(())
    }

    /// The run of the subgraph that this node is, with these items.
    fn child(&self, node: &str, items: &[u32]) -> Option<&ChildRecord> {
        let task = self.tasks.iter().find(|task| task.node == node && task.items == items)?;
        task.child.as_deref()
    }

    /// The bytes of the lists of items and of the states of subgraphs.
    pub(crate) fn size(&self) -> usize {
        let lists = self.loops.iter().filter_map(|open| open.list.as_ref()).map(|list| list.0.len());
        lists.chain(self.tasks.iter().filter_map(|task| task.child.as_ref()).map(|child| child.size())).sum()
    }

    /// How many nodes run next, those in subgraphs included and those that wait for a reply left out.
    pub(crate) fn width(&self) -> usize {
        let width = |task: &TaskRecord| match (&task.child, &task.pause) {
            (Some(child), _) => child.position.width(),
            (None, pause) => usize::from(pause.is_none()),
        };
        self.tasks.iter().map(width).sum()
    }

    /// The full names of the tasks, those in subgraphs included.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        self.name("", &mut names);
        names
    }

    fn name(&self, path: &str, names: &mut Vec<String>) {
        for TaskRecord { node, items, child, .. } in &self.tasks {
            let mut name = format!("{path}{node}");
            for item in items {
                let _ = write!(name, "[{item}]");
            }
            match child {
                Some(child) => child.position.name(&(name + "/"), names),
                None => names.push(name),
            }
        }
    }

    /// Whether a pause waits, one in a subgraph included.
    pub(crate) fn waits(&self) -> bool {
        let waits =
            |task: &TaskRecord| task.pause.is_some() || task.child.as_ref().is_some_and(|child| child.position.waits());
        self.tasks.iter().any(waits)
    }
}

/// One node to run. The groups around it are those that the graph text puts it in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TaskRecord {
    /// The node's name in the graph text.
    pub(crate) node: Cow<'static, str>,
    /// Its items in the `for`s around it, the outermost first.
    pub(crate) items: Vec<u32>,
    /// The run of the subgraph, if the node is one.
    pub(crate) child: Option<Box<ChildRecord>>,
    /// What it waits for, if the node is a pause.
    pub(crate) pause: Option<Box<PauseRecord>>,
}

/// A pause that waits for a reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PauseRecord {
    /// The name under which the reply comes.
    pub(crate) id: String,
    /// What is asked, as JSON.
    pub(crate) question: String,
    /// When it was asked, in milliseconds since the Unix epoch.
    pub(crate) since: u64,
    /// How many milliseconds it may go without a reply.
    pub(crate) deadline: Option<u64>,
}

/// The items of one `for`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LoopRecord {
    /// The name of the `for`.
    pub(crate) region: Cow<'static, str>,
    /// The items of the `for`s around it.
    pub(crate) items: Vec<u32>,
    /// `None` if it is the list that the record before holds for this `for`.
    pub(crate) list: Option<Bytes>,
}

/// The run of a subgraph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildRecord {
    pub(crate) position: PositionRecord,
    /// The subgraph's state; `None` if it is the one that the record before holds for this run, with the changes.
    pub(crate) fields: Option<Bytes>,
    /// What has changed since, the oldest first, each as fields.
    pub(crate) changes: Vec<Bytes>,
    /// What the subgraphs inside of it keep.
    pub(crate) memory: Vec<KeptRecord>,
}

impl ChildRecord {
    /// Fills in what the records of its run before this one hold.
    fn complete(&mut self, before: &[&ChildRecord], node: &str) -> Result<(), RecordError> {
        let missing = || RecordError::Corrupt(format!("the state of subgraph `{node}` is missing"));
        let whole = before.iter().position(|run| run.fields.is_some()).ok_or_else(missing)?;
        let runs = before.get(..=whole).unwrap_or_default();
        let changes = runs.iter().rev().flat_map(|run| &run.changes).cloned();
        let changes: Vec<Bytes> = changes.chain(std::mem::take(&mut self.changes)).collect();
        (self.fields, self.changes) = (runs.last().and_then(|run| run.fields.clone()), changes);
        complete_memory(&mut self.memory, &runs.iter().map(|run| &*run.memory).collect::<Vec<_>>())?;
        self.position.complete(&runs.iter().map(|run| &run.position).collect::<Vec<_>>())
    }

    fn size(&self) -> usize {
        let changes: usize = self.changes.iter().map(|changes| changes.0.len()).sum();
        let memory: usize = self.memory.iter().map(KeptRecord::size).sum();
        self.fields.as_ref().map_or(0, |fields| fields.0.len()) + changes + memory + self.position.size()
    }
}

/// The state that a subgraph keeps between its runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptRecord {
    /// The subgraph: `research`, or `research/search` for one inside another.
    pub(crate) path: String,
    /// `None` if it is the one that the record before holds.
    pub(crate) fields: Option<Bytes>,
}

impl KeptRecord {
    /// Whether it is here, and not in a record before this one.
    pub(crate) fn is_whole(&self) -> bool {
        self.fields.is_some()
    }

    pub(crate) fn size(&self) -> usize {
        self.fields.as_ref().map_or(0, |fields| fields.0.len())
    }
}

/// Fills in what the records before this one, the newest first, hold of the same subgraphs.
pub(crate) fn complete_memory(memory: &mut [KeptRecord], before: &[&[KeptRecord]]) -> Result<(), RecordError> {
    for KeptRecord { path, fields } in memory.iter_mut().filter(|kept| kept.fields.is_none()) {
        let same =
            |before: &&[KeptRecord]| before.iter().find(|kept| kept.path == *path).map(|kept| kept.fields.clone());
        let found = before.iter().map_while(same).flatten().next();
        *fields = Some(found.ok_or_else(|| RecordError::Corrupt(format!("what `{path}` keeps is missing")))?);
    }
    Ok(())
}
