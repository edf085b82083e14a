//! Where a run is: its tasks, and the groups and `for`s that they are in.

use super::at::At;
use super::items::Items;
use super::nested::Child;
use super::opening::{Branches, Opening};
use super::path::{Part, TaskName, TaskPath};
use super::pause::Pause;
use crate::graph::definition::{Next, Noted, Patch};
use crate::graph::region::{Form, Region, Scope};
use crate::{Definition, NodeName};
use slab::Slab;
use std::cmp::Ordering;
use std::sync::{Arc, OnceLock};

/// The position of a run. At any instant it is one task, or the branches of groups and `for`s; none at the end.
pub(crate) struct Position<G: Definition> {
    /// In the order of the text, then of the items.
    pub(crate) tasks: Vec<Task<G>>,
    pub(crate) regions: Slab<Open<G>>,
    /// The memory of the last step's tasks, used again.
    spare: Vec<Task<G>>,
}

/// A node that runs in the next superstep.
pub(crate) struct Task<G: Definition> {
    pub(crate) node: G::Node,
    /// The name under which the last checkpoint has it, if the node has another one now. What belongs to its superstep is
    /// stored under that name, also by this program: so there is one place in which to look, and one key for an effect.
    pub(crate) former: Option<&'static str>,
    pub(crate) place: Option<Place>,
    /// The run of the subgraph, if the node is one.
    pub(crate) child: Option<G::Child>,
    /// What it waits for, if the node is a pause.
    pub(crate) pause: Option<Box<Pause<G>>>,
    pub(crate) past: Attempts,
    /// What it left, once it has run. Set while others read the position.
    pub(crate) done: OnceLock<Done<G>>,
}

/// The attempts at a task before this process, or this run, took it up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Attempts {
    /// How many there were.
    pub(crate) failed: u32,
    /// How many of them the retry policy has spent.
    pub(crate) spent: u32,
    /// When the next one is due, in milliseconds since the Unix epoch; 0 for at once.
    pub(crate) due: u64,
}

/// What a task left.
pub(crate) struct Done<G: Definition> {
    pub(crate) patch: Patch<G>,
    pub(crate) noted: Noted<G>,
}

/// A branch of an open region: its key in [`Position::regions`], and the branch or the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) region: usize,
    pub(crate) index: u32,
}

/// A group or a `for` that has branches which have not joined.
pub(crate) struct Open<G: Definition> {
    /// Its place in [`Definition::REGIONS`].
    pub(crate) region: usize,
    /// Where it stands.
    pub(crate) outer: Option<Place>,
    /// How many branches have not joined.
    pub(crate) live: usize,
    /// The items of a `for`.
    pub(crate) items: Option<Arc<G::Items>>,
    /// Whether the last checkpoint holds the items.
    pub(crate) stored: bool,
    /// Whether it holds them under another name, so that the next one cannot refer to them.
    pub(crate) renamed: bool,
}

/// Why the routes lead to no node.
#[derive(Clone, Debug)]
pub enum Astray {
    /// In a circle in which no node runs: back to this region.
    Endless(&'static str),
    /// To a pause whose question cannot be stored.
    Unasked {
        /// The pause.
        pause: &'static str,
        /// What is wrong with the question.
        reason: String,
    },
}

impl<G: Definition> Task<G> {
    pub(crate) fn new(node: G::Node, place: Option<Place>, child: Option<G::Child>) -> Self {
        Task { node, former: None, place, child, pause: None, past: Attempts::default(), done: OnceLock::new() }
    }

    /// What it has beside the state.
    pub(crate) fn at<'a>(&'a self, regions: &'a Slab<Open<G>>) -> At<'a, G> {
        let reply = self.pause.as_ref().and_then(|pause| pause.reply.as_ref());
        Position::item(regions, self.place).replied(reply)
    }

    /// The name of its node, as what belongs to its superstep is stored.
    pub(crate) fn called(&self) -> &'static str {
        self.former.unwrap_or_else(|| self.node.name())
    }

    /// Its name, in the graph that `path` leads to, as what belongs to its superstep is stored.
    pub(crate) fn name(&self, regions: &Slab<Open<G>>, path: &TaskPath) -> TaskName {
        let mut name = TaskName { path: path.clone(), node: self.called() };
        Position::path(regions, self.place, &mut name.path);
        name
    }

    /// Its name, as the graph text has it now.
    pub(crate) fn present(&self, regions: &Slab<Open<G>>, path: &TaskPath) -> TaskName {
        TaskName { node: self.node.name(), ..self.name(regions, path) }
    }

    /// Ends the superstep for a task that stays: from the next checkpoint on, its node has the name that it has now.
    pub(super) fn stay(&mut self) {
        if self.former.take().is_some()
            && let Some(child) = &mut self.child
        {
            child.renamed();
        }
    }
}

impl<G: Definition> Position<G> {
    /// The end.
    pub(crate) fn end() -> Self {
        Position { tasks: Vec::new(), regions: Slab::new(), spare: Vec::new() }
    }

    /// Goes to the end, and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.tasks.clear();
        self.regions.clear();
    }

    /// The item of a task at this place.
    pub(crate) fn item(regions: &Slab<Open<G>>, mut place: Option<Place>) -> At<'_, G> {
        while let Some(Place { region, index }) = place {
            let Some(open) = regions.get(region) else { break };
            if let Some(items) = &open.items {
                return At::item(&**items, index as usize);
            }
            place = open.outer;
        }
        At::NOWHERE
    }

    /// The item of a task at this place, for another thread.
    pub(crate) fn owned(regions: &Slab<Open<G>>, mut place: Option<Place>) -> Option<(Arc<G::Items>, usize)> {
        loop {
            let Place { region, index } = place?;
            let open = regions.get(region)?;
            if let Some(items) = &open.items {
                return Some((Arc::clone(items), index as usize));
            }
            place = open.outer;
        }
    }

    /// Whether a task at this place can go there: a jump stays in its branch.
    pub(crate) fn leads(regions: &Slab<Open<G>>, place: Option<Place>, next: Next<G::Node>) -> bool {
        let scope = place.and_then(|Place { region, index }| {
            let open = regions.get(region)?;
            Some(Scope { region: open.region, branch: if open.items.is_some() { 0 } else { index } })
        });
        match next {
            Next::Node(node) => G::SCOPES.get(node.index()).copied().flatten() == scope,
            Next::Region(region) => G::REGIONS.get(region).is_some_and(|region| region.scope == scope),
            Next::Join => scope.is_some(),
            Next::End => scope.is_none(),
        }
    }

    /// Adds the items on the way to this place to a path.
    pub(crate) fn path(regions: &Slab<Open<G>>, place: Option<Place>, path: &mut TaskPath) {
        let Some((open, index)) = place.and_then(|place| Some((regions.get(place.region)?, place.index))) else {
            return;
        };
        Self::path(regions, open.outer, path);
        if open.items.is_some() {
            path.push(Part::Item(index));
        }
    }

    /// Makes the path to the place `before` that to another one; the first `depth` parts of it lead to the graph.
    pub(crate) fn turn(
        regions: &Slab<Open<G>>,
        path: &mut TaskPath,
        depth: usize,
        before: Option<Place>,
        place: Option<Place>,
    ) {
        match (before, place) {
            // The next branch of one region is another item, if it is a `for`, and nothing else.
            (Some(before), Some(place)) if before.region == place.region => {
                let each = regions.get(place.region).is_some_and(|open| open.items.is_some());
                if let (true, Some(part)) = (each, path.last_mut()) {
                    *part = Part::Item(place.index);
                }
            }
            _ => {
                path.truncate(depth);
                Self::path(regions, place, path);
            }
        }
    }

    /// Takes the tasks out, to be led on one by one; their memory comes back with [`Position::arrange`].
    pub(crate) fn depart(&mut self) -> Vec<Task<G>> {
        std::mem::replace(&mut self.tasks, std::mem::take(&mut self.spare))
    }

    /// Puts the tasks in the order in which their updates are applied, and keeps the memory of those that departed.
    pub(crate) fn arrange(&mut self, departed: Vec<Task<G>>) {
        self.spare = departed;
        self.sort();
    }

    /// Puts the tasks in the order in which their updates are applied.
    pub(crate) fn sort(&mut self) {
        if self.tasks.len() > 1 {
            let regions = &self.regions;
            self.tasks.sort_by(|one, other| {
                one.node.index().cmp(&other.node.index()).then_with(|| order(regions, one.place, other.place))
            });
        }
    }

    /// Follows the graph from `place` until nodes are reached.
    ///
    /// `turns` counts the regions that were opened on the way without reaching a node: a way that opens more than there
    /// are leads in a circle, since nothing changes the state on it.
    pub(crate) fn follow(
        &mut self,
        mut next: Next<G::Node>,
        mut place: Option<Place>,
        mut turns: usize,
        state: &G::State,
        memory: &mut G::Memory,
    ) -> Result<(), Astray> {
        loop {
            match next {
                Next::Node(node) => {
                    let at = Self::item(&self.regions, place);
                    let child = G::enter(node, state, at, memory).transpose()?;
                    let mut task = Task::new(node, place, child);
                    if let Some(question) = G::ask(node, state, at) {
                        let unasked = |reason| Astray::Unasked { pause: node.name(), reason };
                        task.pause = Some(Box::new(Pause::new(question.map_err(unasked)?)));
                    }
                    self.tasks.push(task);
                    return Ok(());
                }
                Next::End => return Ok(()),
                Next::Join => {
                    let Some(open) = place.and_then(|place| self.regions.get_mut(place.region)) else {
                        return Ok(());
                    };
                    open.live = open.live.saturating_sub(1);
                    if open.live > 0 {
                        return Ok(());
                    }
                    let (region, outer) = (open.region, open.outer);
                    if let Some(place) = place {
                        self.regions.remove(place.region);
                    }
                    place = outer;
                    next = G::after(region, state, Self::item(&self.regions, place));
                }
                Next::Region(region) => {
                    turns += 1;
                    if turns > G::REGIONS.len() {
                        return Err(Astray::Endless(G::REGIONS.get(region).map_or("", |region| region.name)));
                    }
                    let Opening { branches } = G::open(region, state, Self::item(&self.regions, place));
                    match branches {
                        Branches::Group(branches) if !branches.is_empty() => {
                            let key = self.open(region, place, branches.len(), None);
                            for (index, first) in branches {
                                self.follow(first, Some(Place { region: key, index }), turns, state, memory)?;
                            }
                            return Ok(());
                        }
                        Branches::Each(items, first) if items.count() > 0 => {
                            let count = u32::try_from(items.count()).unwrap_or(u32::MAX);
                            let key = self.open(region, place, count as usize, Some(items));
                            self.tasks.reserve(count as usize);
                            for index in 0..count {
                                self.follow(first, Some(Place { region: key, index }), turns, state, memory)?;
                            }
                            return Ok(());
                        }
                        // Without branches, there is nothing to wait for.
                        Branches::Group(_) | Branches::Each(..) => {
                            next = G::after(region, state, Self::item(&self.regions, place));
                        }
                    }
                }
            }
        }
    }

    pub(crate) fn open(
        &mut self,
        region: usize,
        outer: Option<Place>,
        live: usize,
        items: Option<Arc<G::Items>>,
    ) -> usize {
        self.regions.insert(Open { region, outer, live, items, stored: false, renamed: false })
    }

    /// How many tasks of the `for` at this key run at once.
    pub(crate) fn concurrency(open: &Open<G>) -> Option<u32> {
        match G::REGIONS.get(open.region) {
            Some(Region { form: Form::Each { concurrency }, .. }) => *concurrency,
            _ => None,
        }
    }
}

/// Compares two places of one node by their items, the outermost first.
fn order<G: Definition>(regions: &Slab<Open<G>>, one: Option<Place>, other: Option<Place>) -> Ordering {
    let (Some(one), Some(other)) = (one, other) else { return Ordering::Equal };
    if one.region == other.region {
        return one.index.cmp(&other.index);
    }
    let outer = |place: Place| regions.get(place.region).and_then(|open| open.outer);
    order(regions, outer(one), outer(other)).then(one.index.cmp(&other.index))
}
