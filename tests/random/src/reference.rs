//! An interpreter of programs that is as simple as DESIGN has it: all tasks of a step see the same state; their updates are
//! applied in the order of the text, then of the items; then the routes are read; then there is a checkpoint.
//!
//! Where a branch stands is a list of the regions around it, and a region is over when nothing stands in it any more:
//! nothing is counted, and nothing of the engine is used.

use crate::program::{Chain, Kind, Node, Program, Stage, Tail, Writes};
use crate::trace::{Item, Note, Trace, choose, entrance, farewell, list, name, note, wanted};
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
                    branches.iter().for_each(|(chain, _)| self.index(chain));
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

    /// Follows a way until it and all that it splits into have reached nodes. `before` is what the node before it saw,
    /// `waiting` are the tasks of the step that are still to be followed.
    fn follow(
        &mut self,
        token: Token<'p>,
        mut before: Option<&Trace>,
        waiting: &mut Vec<Task<'p>>,
        memory: &mut Memory,
    ) -> Result<(), ()> {
        let mut tokens = vec![token];
        while !tokens.is_empty() {
            let Token { point: (chain, index), place, mut entered } = tokens.remove(0);
            let item = self.item(&place).cloned();
            if let Some(stage) = chain.stages.get(index) {
                let (region, branches): (usize, Vec<(usize, &'p Chain)>) = match stage {
                    Stage::Node(node) => {
                        let child = self.enter(*node, item.as_ref(), memory)?;
                        self.tasks.push(Task { node: *node, place, child });
                        before = None;
                        continue;
                    }
                    Stage::Group(region, branches) => {
                        let guarded = branches.iter().enumerate().filter(|(_, (_, guard))| {
                            guard.is_none_or(|ask| wanted(&self.state, item.as_ref().filter(|_| ask.item), ask.salt))
                        });
                        (*region, guarded.map(|(branch, (chain, _))| (branch, chain)).collect())
                    }
                    Stage::Each(region, ask, chain) => {
                        let items = list(&self.state, item.as_ref().filter(|_| ask.item), ask.salt);
                        let branches = (0..items.len()).map(|index| (index, &**chain)).collect();
                        self.lists.insert((*region, place.clone()), items);
                        (*region, branches)
                    }
                };
                before = None;
                let spot = (region, place.clone());
                if entered.contains(&spot) {
                    return Err(());
                }
                entered.push(spot);
                if branches.is_empty() {
                    tokens.insert(0, Token { point: (chain, index + 1), place, entered });
                    continue;
                }
                let branches = branches.into_iter().map(|(branch, chain)| {
                    let place = [place.clone(), vec![(region, branch)]].concat();
                    Token { point: (chain, 0), place, entered: entered.clone() }
                });
                tokens.splice(0..0, branches);
                continue;
            }
            let point = match &chain.tail {
                Tail::End => continue,
                Tail::Over | Tail::Join => {
                    let Some((&(region, _), outer)) = place.split_last() else { continue };
                    let inside = |other: &Place| {
                        other.starts_with(outer) && other.get(outer.len()).is_some_and(|(other, _)| *other == region)
                    };
                    let occupied = tokens.iter().any(|token| inside(&token.place))
                        || self.tasks.iter().chain(&*waiting).any(|task| inside(&task.place));
                    if occupied {
                        continue;
                    }
                    let (chain, index) = self.at_region[&region];
                    tokens.insert(0, Token { point: (chain, index + 1), place: outer.to_vec(), entered });
                    continue;
                }
                Tail::Node(node) => {
                    // A jump: to the place of the node in the text.
                    let (chain, index) = self.after_node[node];
                    (chain, index - 1)
                }
                Tail::Region(region) => self.at_region[region],
                Tail::Statement(statement) => (&self.program.statements[*statement], 0),
                Tail::Route(route) => {
                    // A node that chooses has chosen on what it saw; its function always takes the item.
                    let (state, item) = match before.filter(|_| route.command) {
                        Some(before) => (before, item.as_ref()),
                        None => (&self.state, item.as_ref().filter(|_| route.ask.item)),
                    };
                    let (ways, forward) = (route.arms.len() as u8, route.forward as u8);
                    (&route.arms[usize::from(choose(state, item, route.ask.salt, ways, forward))], 0)
                }
            };
            before = None;
            tokens.insert(0, Token { point, place, entered });
        }
        Ok(())
    }

    fn enter(&self, node: usize, item: Option<&Item>, memory: &mut Memory) -> Result<Option<Machine<'p>>, ()> {
        let Kind::Subgraph { child, .. } = self.program.nodes[node].kind else { return Ok(None) };
        let node = format!("n{node}");
        let (path, seed) = entrance(&self.state, item, &node);
        let way = format!("{}{node}/", self.way);
        let mut state = memory.remove(&way).unwrap_or_default();
        (state.hint, state.seed, state.path) = (Some(seed), seed, path.clone());
        let mut machine = Machine::new(&self.program.children[child], &way, &path, state);
        machine.begin(memory).map_err(|_| ())?;
        Ok(Some(machine))
    }
}

/// The order of the tasks of a step: that of the text, then of the items.
fn order(task: &Task<'_>) -> (usize, Place) {
    (task.node, task.place.clone())
}

fn apply(state: &mut Trace, node: &Node, note: &Note) {
    state.seen.push(note.line.clone());
    state.count += 1;
    state.folded = crate::program::dice::mix(state.folded, note.digest);
    match node.writes {
        Writes::Shared => {}
        Writes::Alone => {
            state.plain = note.digest;
            state.hint = (note.digest % 2 == 0).then_some(note.digest);
        }
        Writes::Left => state.left = note.digest,
        Writes::Right => state.right = note.digest,
    }
}

/// A checkpoint as it has to be.
#[derive(Clone, Debug)]
pub(crate) struct Checkpoint {
    pub(crate) state: Trace,
    pub(crate) tasks: Vec<String>,
    pub(crate) step: u64,
    /// It is of an input, not of a step.
    pub(crate) input: bool,
    /// The nodes that run next.
    pub(crate) running: Vec<String>,
}

/// What becomes of a thread.
#[derive(Debug, Default)]
pub(crate) struct Story {
    pub(crate) checkpoints: Vec<Checkpoint>,
    /// How many checkpoints there are at the end of each input.
    pub(crate) ends: Vec<usize>,
    /// The circle at which the thread stands for ever.
    pub(crate) circle: Option<(u64, Circle)>,
}

/// Runs a program on several inputs, one after the other.
pub(crate) fn tell(program: &Program, inputs: &[u64]) -> Story {
    let mut story = Story::default();
    let (mut state, mut memory, mut step) = (Trace::default(), Memory::new(), 0);
    for &seed in inputs {
        (state.seed, state.count, state.hint) = (seed, 0, Some(seed));
        let mut machine = Machine::new(program, "", "", state);
        if let Err(circle) = machine.begin(&mut memory) {
            story.circle = Some((step + 1, circle));
            return story;
        }
        story.note(&machine, step, true);
        while !machine.over() {
            step += 1;
            if let Err(circle) = machine.step(step, &mut memory) {
                story.circle = Some((step, circle));
                return story;
            }
            story.note(&machine, step, false);
        }
        story.ends.push(story.checkpoints.len());
        state = machine.state;
    }
    story
}

impl Story {
    fn note(&mut self, machine: &Machine<'_>, step: u64, input: bool) {
        let (tasks, running): (Vec<_>, Vec<_>) =
            machine.names().into_iter().map(|(name, runs)| (name.clone(), runs.then_some(name))).unzip();
        let running = running.into_iter().flatten().collect();
        self.checkpoints.push(Checkpoint { state: machine.state.clone(), tasks, step, input, running });
    }
}
