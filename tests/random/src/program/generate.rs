//! Random programs. All of them are accepted by the macro, and all of their runs end.

use super::chance::Chance;
use super::dice::mix;
use super::{Ask, Chain, Kind, Node, Program, Region, Route, Stage, Tail, Writes};

/// The programs of a seed.
pub(crate) fn programs(seed: u64, count: u64) -> Vec<Program> {
    (0..count).map(|number| program(format!("G{number}"), mix(seed, number), 2)).collect()
}

/// A program with at most so many levels of graphs below it.
fn program(name: String, seed: u64, levels: usize) -> Program {
    let mut chance = Chance::new(seed);
    let count = if levels == 0 || chance.percent(30) { 0 } else { 1 + chance.below(2) };
    let children: Vec<Program> = (0..count)
        .map(|child| program(format!("{name}{}", ["a", "b"][child % 2]), mix(seed, 77 + child as u64), levels - 1))
        .collect();
    let budget = if levels == 2 { 4 + chance.below(9) } else { 1 + chance.below(5) };
    let left = (0..children.len()).collect();
    let program = Program { name, children, ..Program::default() };
    let mut generator = Generator { chance, program, budget, left, promised: 0, salt: 0 };
    let first = generator.chain(&mut Spot::top(), Form::Statement);
    generator.program.statements.push(first);
    while generator.promised > 0 {
        generator.promised -= 1;
        let mut next = generator.chain(&mut Spot::top(), Form::Statement);
        if next.stages.is_empty() {
            next.stages.push(generator.node(&Spot::top()));
        }
        if let Some(Stage::Group(region, _) | Stage::Each(region, ..)) = next.stages.first() {
            generator.program.regions[*region].labelled = true;
        }
        generator.program.statements.push(next);
    }
    // A graph that was not placed need not be compiled.
    generator.program.children.truncate(count - generator.left.len());
    generator.program
}

/// Where a chain stands, and what may be jumped to there.
struct Spot {
    depth: usize,
    items: usize,
    /// How many `for`s are around it is `items`; below none, a subgraph may keep its state.
    writes: Writes,
    bounds: Vec<(usize, usize, u32)>,
    goals: Vec<Tail>,
}

impl Spot {
    fn top() -> Spot {
        Spot { depth: 0, items: 0, writes: Writes::Alone, bounds: Vec::new(), goals: Vec::new() }
    }

    fn inside(&self, writes: Writes) -> Spot {
        Spot { depth: self.depth + 1, items: self.items, writes, bounds: self.bounds.clone(), goals: Vec::new() }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Statement,
    Branch,
    /// An arm; whether it has to lead on.
    Arm(bool),
}

struct Generator {
    chance: Chance,
    program: Program,
    /// How many nodes to place.
    budget: usize,
    /// The graphs that are still to be placed.
    left: Vec<usize>,
    /// How many statements are jumped to and not written yet.
    promised: usize,
    salt: u64,
}

impl Generator {
    fn chain(&mut self, spot: &mut Spot, form: Form) -> Chain {
        let least = usize::from(!matches!(form, Form::Arm(_)));
        let length = least + self.chance.below(if spot.depth == 0 { 4 } else { 3 });
        // Jumping into itself, an arm would be a loop with no way out.
        let known = spot.goals.len();
        let mut stages = Vec::new();
        for stage in 0..length {
            if stage < least || self.budget > 0 {
                stages.push(self.stage(spot));
            }
        }
        let tail = self.tail(spot, form, stages.last(), known);
        Chain { stages, tail }
    }

    fn stage(&mut self, spot: &mut Spot) -> Stage {
        let region = spot.depth < 3 && self.budget > 1 && self.chance.percent(40);
        if !region {
            let node = self.node(spot);
            if let Stage::Node(index) = node {
                spot.goals.push(Tail::Node(index));
            }
            return node;
        }
        let index = self.program.regions.len();
        self.program.regions.push(Region::default());
        // From inside the region, it cannot be jumped to.
        let stage = if self.chance.percent(60) { self.group(index, spot) } else { self.each(index, spot) };
        spot.goals.push(Tail::Region(index));
        stage
    }

    fn group(&mut self, index: usize, spot: &Spot) -> Stage {
        let count = 1 + self.chance.below(3) + usize::from(self.chance.percent(50));
        let branches = (0..count).map(|branch| {
            let writes = match (spot.writes, branch) {
                (Writes::Alone, 0) => Writes::Left,
                (Writes::Alone, 1) => Writes::Right,
                _ => Writes::Shared,
            };
            let chain = self.chain(&mut spot.inside(writes), Form::Branch);
            let guarded = self.chance.percent(35);
            (chain, guarded.then(|| self.ask(spot)))
        });
        Stage::Group(index, branches.collect())
    }

    fn each(&mut self, index: usize, spot: &Spot) -> Stage {
        // The items tell where they stand, so a list in a `for` takes the item around it.
        let ask = Ask { item: spot.items > 0, ..self.ask(spot) };
        let mut inside = spot.inside(Writes::Shared);
        inside.items += 1;
        if self.chance.percent(30) {
            let most = 1 + u32::try_from(self.chance.below(2)).unwrap_or(0);
            self.program.regions[index].concurrency = Some(most);
            inside.bounds.push((spot.items, index, most));
        }
        Stage::Each(index, ask, Box::new(self.chain(&mut inside, Form::Branch)))
    }

    fn node(&mut self, spot: &Spot) -> Stage {
        self.budget = self.budget.saturating_sub(1);
        let mut kind = [Kind::Plain, Kind::Now, Kind::Later, Kind::Later][self.chance.below(4)];
        if !self.left.is_empty() && self.chance.percent(40) {
            let child = self.left.remove(0);
            let memory = spot.items == 0 && self.chance.percent(50);
            // Nothing below a `for` keeps anything, for two of it could run at once.
            if spot.items > 0 {
                forget(&mut self.program.children[child]);
            }
            kind = Kind::Subgraph { child, memory };
        }
        self.program.nodes.push(Node { kind, writes: spot.writes, item: spot.items > 0, bounds: spot.bounds.clone() });
        Stage::Node(self.program.nodes.len() - 1)
    }

    fn tail(&mut self, spot: &mut Spot, form: Form, last: Option<&Stage>, known: usize) -> Tail {
        let routes = if last.is_none() { 0 } else { 45 };
        if self.chance.percent(routes) {
            return Tail::Route(self.route(spot, last));
        }
        match form {
            Form::Arm(false) if self.chance.percent(60) => self.jump(spot, known),
            Form::Branch if self.chance.percent(80) => Tail::Over,
            _ if spot.depth == 0 => Tail::End,
            _ => Tail::Join,
        }
    }

    /// Anything that stands in the same branch, or another statement.
    fn jump(&mut self, spot: &Spot, known: usize) -> Tail {
        if spot.depth == 0 && self.promised == 0 && self.budget > 2 && self.chance.percent(30) {
            self.promised += 1;
            return Tail::Statement(self.program.statements.len() + 1);
        }
        match spot.goals[..known].get(self.chance.below(known)) {
            Some(Tail::Region(region)) => {
                self.program.regions[*region].labelled = true;
                Tail::Region(*region)
            }
            Some(goal) => goal.clone(),
            None if spot.depth == 0 => Tail::End,
            None => Tail::Join,
        }
    }

    fn route(&mut self, spot: &mut Spot, last: Option<&Stage>) -> Route {
        let ask = self.ask(spot);
        let count = 2 + self.chance.below(2);
        let forward = self.chance.below(count);
        let command = match last {
            Some(Stage::Node(node)) => {
                !matches!(self.program.nodes[*node].kind, Kind::Subgraph { .. }) && self.chance.percent(35)
            }
            _ => false,
        };
        let arms = (0..count).map(|arm| self.chain(spot, Form::Arm(arm == forward))).collect();
        Route { ask, command, forward, arms }
    }

    fn ask(&mut self, spot: &Spot) -> Ask {
        self.salt += 1;
        Ask { salt: self.salt, item: spot.items > 0 && self.chance.percent(80) }
    }
}

fn forget(program: &mut Program) {
    for node in &mut program.nodes {
        if let Kind::Subgraph { memory, .. } = &mut node.kind {
            *memory = false;
        }
    }
    program.children.iter_mut().for_each(forget);
}
