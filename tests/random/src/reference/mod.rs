//! An interpreter of programs that is as simple as DESIGN has it: all tasks of a step see the same state; their updates are
//! applied in the order of the text, then of the items; then the routes are read; then there is a checkpoint.
//!
//! Where a branch stands is a list of the regions around it, and a region is over when nothing stands in it any more:
//! nothing is counted, and nothing of the engine is used.

mod follow;
mod story;

pub(crate) use story::{Checkpoint, Story, tell};

use crate::program::{Chain, Kind, Node, Program, Stage, Tail, Writes, dice};
use crate::trace::{Item, Note, Trace, farewell, name, note};
use std::collections::{BTreeMap, HashMap};

/// The branches around a task: each region, and the branch or the item in it.
type Place = Vec<(usize, usize)>;

/// A position in the text: the chain, and how many of its stages are behind.
type Point<'p> = (&'p Chain, usize);

/// Something that stands somewhere.
struct Task<'p> {
    node: usize,
    place: Place,
    child: Option<Machine<'p>>,
}

/// A way that is followed until it reaches a node.
struct Token<'p> {
    point: Point<'p>,
    place: Place,
    /// The regions it went into; coming back to one is a circle without a node.
    entered: Vec<(usize, Place)>,
}

/// What the subgraphs keep, by the way to them.
type Memory = BTreeMap<String, Trace>;

pub(crate) struct Machine<'p> {
    program: &'p Program,
    /// The way to this graph without items, for its memory.
    way: String,
    /// The way with items, for its tasks.
    path: String,
    pub(crate) state: Trace,
    tasks: Vec<Task<'p>>,
    lists: HashMap<(usize, Place), Vec<Item>>,
    after_node: HashMap<usize, Point<'p>>,
    at_region: HashMap<usize, Point<'p>>,
}

/// The task after which nothing but a circle follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Circle(pub(crate) String);

impl<'p> Machine<'p> {
    pub(crate) fn new(program: &'p Program, way: &str, path: &str, state: Trace) -> Machine<'p> {
        let mut machine = Machine {
            program,
            way: way.to_owned(),
            path: path.to_owned(),
            state,
            tasks: Vec::new(),
            lists: HashMap::new(),
            after_node: HashMap::new(),
            at_region: HashMap::new(),
        };
        program.statements.iter().for_each(|chain| machine.index(chain));
        machine
    }

    fn index(&mut self, chain: &'p Chain) {
        for (index, stage) in chain.stages.iter().enumerate() {
            match stage {
                Stage::Node(node) => {
                    self.after_node.insert(*node, (chain, index + 1));
                }
                Stage::Group(region, branches) => {
                    self.at_region.insert(*region, (chain, index));
                    for (chain, _) in branches {
                        self.index(chain);
                    }
                }
                Stage::Each(region, _, inner) => {
                    self.at_region.insert(*region, (chain, index));
                    self.index(inner);
                }
            }
        }
        if let Tail::Route(route) = &chain.tail {
            route.arms.iter().for_each(|arm| self.index(arm));
        }
    }

    /// Goes from `start` to the first tasks.
    pub(crate) fn begin(&mut self, memory: &mut Memory) -> Result<(), Circle> {
        let token = Token { point: (&self.program.statements[0], 0), place: Vec::new(), entered: Vec::new() };
        self.tasks.clear();
        self.follow(token, None, &mut Vec::new(), memory).map_err(|()| Circle(format!("{}start", self.path)))?;
        self.tasks.sort_by_key(order);
        Ok(())
    }

    pub(crate) fn over(&self) -> bool {
        self.tasks.is_empty()
    }

    /// The names of the tasks of the next step; whether each is a node that runs.
    pub(crate) fn names(&self) -> Vec<(String, bool)> {
        let mut names = Vec::new();
        for task in &self.tasks {
            match &task.child {
                Some(child) if !child.over() => names.extend(child.names()),
                child => names.push((format!("{}{}", self.path, self.name(task)), child.is_none())),
            }
        }
        names
    }

    /// The name of a task within its graph.
    fn name(&self, task: &Task<'p>) -> String {
        name(&format!("n{}", task.node), self.item(&task.place))
    }

    /// The innermost item of a place.
    fn item(&self, place: &Place) -> Option<&Item> {
        (0..place.len()).rev().find_map(|depth| {
            let (region, index) = place[depth];
            self.lists.get(&(region, place[..depth].to_vec()))?.get(index)
        })
    }

    /// Takes one superstep.
    pub(crate) fn step(&mut self, step: u64, memory: &mut Memory) -> Result<(), Circle> {
        let mut tasks = std::mem::take(&mut self.tasks);
        let before = self.state.clone();
        let mut left = Vec::new();
        for task in &mut tasks {
            let item = self.item(&task.place);
            let node = format!("n{}", task.node);
            left.push(match &mut task.child {
                None => Some(note(&before, item, step, &node)),
                Some(child) => {
                    // What a graph inside keeps is by its way, so it needs no list of its own.
                    child.step(step, memory)?;
                    child.over().then(|| farewell(&before, item, &child.state, &node))
                }
            });
        }
        self.state.hint = None;
        for (task, note) in tasks.iter().zip(&left) {
            if let Some(note) = note {
                apply(&mut self.state, &self.program.nodes[task.node], note);
            }
        }
        let mut waiting: Vec<Task<'p>> = tasks;
        let mut done = left.into_iter().map(|note| note.is_some()).collect::<Vec<_>>().into_iter();
        while !waiting.is_empty() {
            let task = waiting.remove(0);
            if done.next() == Some(false) {
                self.tasks.push(task);
                continue;
            }
            let name = format!("{}{}", self.path, self.name(&task));
            if let (Kind::Subgraph { memory: true, .. }, Some(child)) =
                (self.program.nodes[task.node].kind, &task.child)
            {
                memory.insert(child.way.clone(), child.state.clone());
            }
            let token = Token { point: self.after_node[&task.node], place: task.place, entered: Vec::new() };
            self.follow(token, Some(&before), &mut waiting, memory).map_err(|()| Circle(name))?;
        }
        self.tasks.sort_by_key(order);
        Ok(())
    }
}

/// The order of the tasks of a step: that of the text, then of the items.
fn order(task: &Task<'_>) -> (usize, Place) {
    (task.node, task.place.clone())
}

fn apply(state: &mut Trace, node: &Node, Note { line, digest }: &Note) {
    state.seen.push(line.clone());
    state.count += 1;
    state.folded = dice::mix(state.folded, *digest);
    match node.writes {
        Writes::Shared => {}
        Writes::Alone => {
            state.plain = *digest;
            state.hint = digest.is_multiple_of(2).then_some(*digest);
        }
        Writes::Left => state.left = *digest,
        Writes::Right => state.right = *digest,
    }
}
