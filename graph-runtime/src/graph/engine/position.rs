//! Where a run is: its tasks, and the groups and `for`s that they are in.

mod follow;
mod place;
mod task;

pub use follow::Astray;
pub(crate) use place::{Open, Place};
pub(crate) use task::{Attempts, Done, Task};

use crate::{Definition, NodeName};
use place::order;
use slab::Slab;

/// The position of a run. At any instant it is one task, or the branches of groups and `for`s; none at the end.
pub(crate) struct Position<G: Definition> {
    /// In the order of the text, then of the items.
    pub(crate) tasks: Vec<Task<G>>,
    pub(crate) regions: Slab<Open<G>>,
    /// The memory of the last step's tasks, used again.
    spare: Vec<Task<G>>,
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
}
