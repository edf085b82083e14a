//! The model: a tree of checkpoints in a vector, the newest of which is the head.

use crate::Call;
use crate::graph::{Wander, WanderingNode, Way, entry, way};
use graph_runtime::{Source, Status};
use std::collections::BTreeMap;

/// How many steps a run may take.
pub(crate) const LIMIT: u64 = 6;

/// A checkpoint as a snapshot shows it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) id: u64,
    pub(crate) parent: Option<u64>,
    pub(crate) step: u64,
    pub(crate) source: Source,
    pub(crate) status: Status,
    pub(crate) tasks: Vec<String>,
    pub(crate) state: Wander,
}

/// How a call ends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    Done,
    Edited(Seen),
    Limit,
    Cancelled,
    Failed,
    Unfinished(Status),
    Nothing(Status),
    Unknown,
}

#[derive(Clone, Debug)]
struct Checkpoint {
    parent: Option<usize>,
    step: u64,
    source: Source,
    /// What its record says.
    recorded: Status,
    /// Where a run ended beside it.
    halted: Option<Status>,
    state: Wander,
    tasks: Vec<u8>,
    /// What its tasks have written before their step ended.
    written: BTreeMap<u8, u8>,
}

#[derive(Default)]
pub(crate) struct Model {
    tree: Vec<Checkpoint>,
    ran: Vec<u8>,
    /// How many checkpoints there were when the call began.
    pub(crate) known: usize,
}

fn number(node: WanderingNode) -> u8 {
    match node {
        WanderingNode::One => 1,
        WanderingNode::Two => 2,
        WanderingNode::Three => 3,
        WanderingNode::Left => 4,
        WanderingNode::Right => 5,
    }
}

fn name(number: u8) -> String {
    ["", "one", "two", "three", "left", "right"][usize::from(number)].to_owned()
}

/// What follows a node that stands alone, or a group.
fn follows(state: &Wander) -> Vec<u8> {
    match way(state) {
        Way::One => vec![1],
        Way::Two => vec![2],
        Way::Three => vec![3],
        Way::Both => vec![4, 5],
        Way::End => vec![],
    }
}

impl Checkpoint {
    fn status(&self) -> Status {
        self.halted.unwrap_or(self.recorded)
    }

    fn unfinished(&self) -> bool {
        !matches!(self.status(), Status::Finished | Status::Cancelled)
    }

    /// The next checkpoint of its branch.
    fn next(&self, place: usize, source: Source) -> Checkpoint {
        let (halted, written) = (None, BTreeMap::new());
        Checkpoint { parent: Some(place), source, halted, written, ..self.clone() }
    }
}

impl Model {
    pub(crate) fn ran(&self) -> Vec<u8> {
        let mut ran = self.ran.clone();
        ran.sort_unstable();
        ran
    }

    pub(crate) fn history(&self) -> Vec<Seen> {
        (0..self.tree.len()).rev().map(|place| self.seen(place)).collect()
    }

    /// The ids of the head's branch.
    pub(crate) fn line(&self) -> Vec<u64> {
        let head = self.tree.len().checked_sub(1);
        let line = std::iter::successors(head, |place| self.tree[*place].parent);
        line.map(|place| place as u64 + 1).collect()
    }

    fn seen(&self, place: usize) -> Seen {
        let at = &self.tree[place];
        let head = place + 1 == self.tree.len();
        let left = at.tasks.iter().filter(|task| !head || !at.written.contains_key(task));
        Seen {
            id: place as u64 + 1,
            parent: at.parent.map(|parent| parent as u64 + 1),
            step: at.step,
            source: at.source,
            status: at.status(),
            tasks: left.map(|task| name(*task)).collect(),
            state: at.state.clone(),
        }
    }

    pub(crate) fn call(&mut self, call: &Call) -> End {
        self.ran.clear();
        self.known = self.tree.len();
        match call {
            Call::Invoke { table, restart, fails } => self.invoke(table, *restart, *fails),
            Call::Resume { fails } => match self.tree.last() {
                None => End::Unknown,
                Some(head) if head.unfinished() => self.run(*fails),
                Some(head) => End::Nothing(head.status()),
            },
            Call::Replay { at, fails } => self.fork(*at, None, *fails),
            Call::Fork { at, word, fails } => self.fork(*at, Some(*word), *fails),
            Call::Update { word, node } => self.update(*word, *node),
            Call::UpdateAt { at, word, node } => self.update_at(*at, *word, *node),
            Call::Cancel => self.cancel(),
        }
    }

    fn bare() -> Checkpoint {
        Checkpoint {
            parent: None,
            step: 0,
            source: Source::Update,
            recorded: Status::Finished,
            halted: None,
            state: Wander { table: vec![], log: vec![], hint: None },
            tasks: vec![],
            written: BTreeMap::new(),
        }
    }

    fn invoke(&mut self, table: &[u8], restart: bool, fails: u8) -> End {
        let mut next = match self.tree.last() {
            Some(head) if head.unfinished() && !restart => return End::Unfinished(head.status()),
            Some(head) => head.next(self.tree.len() - 1, Source::Input),
            None => Checkpoint { source: Source::Input, ..Self::bare() },
        };
        next.state = Wander { table: table.to_vec(), hint: None, ..next.state };
        (next.tasks, next.recorded) = (vec![1], Status::Running);
        self.tree.push(next);
        self.run(fails)
    }

    fn fork(&mut self, at: usize, word: Option<u8>, fails: u8) -> End {
        let Some(place) = at.checked_rem(self.known) else { return End::Unknown };
        let mut next = self.tree[place].next(place, Source::Fork);
        next.state.log.extend(word);
        if !next.tasks.is_empty() {
            next.recorded = Status::Running;
        }
        self.tree.push(next);
        self.run(fails)
    }

    fn update(&mut self, word: u8, node: Option<WanderingNode>) -> End {
        let (mut next, head) = match self.tree.last() {
            Some(head) => (head.next(self.tree.len() - 1, Source::Update), head.clone()),
            None => (Self::bare(), Self::bare()),
        };
        if let Some(node) = node {
            let written = head.tasks.iter().filter_map(|task| head.written.get(task));
            next.state.log.extend(written);
            next.stand_in(node, word);
        } else {
            next.state.log.push(word);
            (next.halted, next.written, next.recorded) = (head.halted, head.written.clone(), head.status());
        }
        self.tree.push(next);
        End::Edited(self.seen(self.tree.len() - 1))
    }

    fn update_at(&mut self, at: usize, word: u8, node: Option<WanderingNode>) -> End {
        let Some(place) = at.checked_rem(self.known) else { return End::Unknown };
        let mut next = self.tree[place].next(place, Source::Fork);
        if let Some(node) = node {
            next.stand_in(node, word);
        } else {
            next.state.log.push(word);
            if !next.tasks.is_empty() {
                next.recorded = Status::Stopped;
            }
        }
        self.tree.push(next);
        End::Edited(self.seen(self.tree.len() - 1))
    }

    fn cancel(&mut self) -> End {
        let Some(head) = self.tree.last() else { return End::Unknown };
        if !head.unfinished() {
            let status = head.status();
            return if status == Status::Cancelled { End::Done } else { End::Nothing(status) };
        }
        let mut next = head.next(self.tree.len() - 1, Source::Cancel);
        (next.tasks, next.recorded) = (vec![], Status::Cancelled);
        self.tree.push(next);
        End::Done
    }

    /// Drives the head.
    fn run(&mut self, mut fails: u8) -> End {
        let mut taken = 0;
        loop {
            let place = self.tree.len() - 1;
            let head = &mut self.tree[place];
            if head.tasks.is_empty() {
                return if head.recorded == Status::Cancelled { End::Cancelled } else { End::Done };
            }
            if taken == LIMIT {
                head.halted = Some(Status::Stopped);
                return End::Limit;
            }
            taken += 1;
            let mut failed = false;
            let mut written = head.written.clone();
            for task in &head.tasks {
                if written.contains_key(task) {
                    continue;
                }
                self.ran.push(*task);
                failed |= fails == 1;
                if fails != 1 {
                    written.insert(*task, entry(*task, head.state.hint));
                }
                fails = fails.saturating_sub(1);
            }
            if failed {
                head.halted = Some(Status::Failed);
                if head.tasks.len() > 1 {
                    head.written = written;
                }
                return End::Failed;
            }
            let mut next = head.next(place, Source::Step);
            next.step += 1;
            next.state.hint = None;
            for task in &head.tasks {
                next.state.log.push(written[task]);
                if *task < 4 {
                    next.state.hint = Some(*task);
                }
            }
            next.tasks = if head.tasks[0] == 4 { vec![2] } else { follows(&next.state) };
            next.recorded = if next.tasks.is_empty() { Status::Finished } else { Status::Running };
            self.tree.push(next);
        }
    }
}

impl Checkpoint {
    /// An edit in the place of a node.
    fn stand_in(&mut self, node: WanderingNode, word: u8) {
        debug_assert!(number(node) < 4, "it stands alone");
        self.state.hint = None;
        self.state.log.push(word);
        self.tasks = follows(&self.state);
        self.recorded = if self.tasks.is_empty() { Status::Finished } else { Status::Stopped };
    }
}
