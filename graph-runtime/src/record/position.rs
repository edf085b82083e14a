//! Where a thread is, as its checkpoints hold it.

use super::bytes::Bytes;
use super::checkpoint::RecordError;
use super::delta::DeltaRecord;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::HashMap;

/// The position of a thread, or of one of its subgraphs: what runs next, and the items of the `for`s around it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PositionRecord {
    pub(crate) tasks: Vec<TaskRecord>,
    pub(crate) loops: Vec<LoopRecord>,
}

impl PositionRecord {
    /// Fills in what the record before this one holds as well: lists of items, and states of subgraphs.
    pub(crate) fn complete(&mut self, before: PositionRecord) -> Result<(), RecordError> {
        let PositionRecord { tasks, loops } = before;
        let lists = loops.into_iter().map(|LoopRecord { region, items, list }| ((region, items), list));
        let mut lists: HashMap<_, _> = lists.collect();
        for LoopRecord { region, items, list } in self.loops.iter_mut().filter(|open| open.list.is_none()) {
            let place = (std::mem::take(region), std::mem::take(items));
            let found = lists.remove(&place).flatten();
            (*region, *items) = place;
            *list = Some(found.ok_or_else(|| RecordError::Corrupt(format!("the items of `{region}` are missing")))?);
        }
        let children = tasks.into_iter().filter_map(|task| Some(((task.node, task.items), task.child?)));
        let mut children: HashMap<_, _> = children.collect();
        for TaskRecord { node, items, child, .. } in &mut self.tasks {
            let Some(child) = child.as_mut().filter(|child| child.fields.is_none()) else { continue };
            let place = (std::mem::take(node), std::mem::take(items));
            let found = children.remove(&place);
            (*node, *items) = place;
            let missing = || RecordError::Corrupt(format!("the state of subgraph `{node}` is missing"));
            let ChildRecord { position, fields, mut changes, .. } = *found.ok_or_else(missing)?;
            changes.append(&mut child.changes);
            (child.fields, child.changes) = (fields, changes);
            child.position.complete(position)?;
        }
        Ok(())
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
    /// What has changed since.
    pub(crate) changes: Vec<DeltaRecord>,
    /// What the subgraphs inside of it keep.
    pub(crate) memory: Vec<KeptRecord>,
}

impl ChildRecord {
    fn size(&self) -> usize {
        let changes: usize = self.changes.iter().map(DeltaRecord::size).sum();
        let memory: usize = self.memory.iter().map(KeptRecord::size).sum();
        self.fields.as_ref().map_or(0, |fields| fields.0.len()) + changes + memory + self.position.size()
    }
}

/// The state that a subgraph keeps between its runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptRecord {
    /// The subgraph: `research`, or `research/search` for one inside another.
    pub(crate) path: String,
    pub(crate) fields: Bytes,
}

impl KeptRecord {
    pub(crate) fn size(&self) -> usize {
        self.fields.0.len()
    }
}
