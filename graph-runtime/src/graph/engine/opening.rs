//! The branches of a group or a `for` at the moment in which the thread gets there.

use crate::Definition;
use crate::graph::definition::Next;
use std::sync::Arc;

/// The branches that a region has now.
pub struct Opening<G: Definition> {
    pub(crate) branches: Branches<G>,
}

pub(crate) enum Branches<G: Definition> {
    /// Each branch with its first stage.
    Group(Vec<(u32, Next<G::Node>)>),
    /// The items, and the first stage of the chain.
    Each(Arc<G::Items>, Next<G::Node>),
}

impl<G: Definition> Opening<G> {
    /// A group of no branches yet.
    #[must_use]
    pub fn empty() -> Opening<G> {
        Opening { branches: Branches::Group(Vec::new()) }
    }

    /// A `for` over these items.
    #[must_use]
    pub fn each(items: G::Items, first: Next<G::Node>) -> Opening<G> {
        Opening { branches: Branches::Each(Arc::new(items), first) }
    }

    /// Adds a branch of a group, if its condition holds.
    #[must_use]
    pub fn branch(mut self, wanted: bool, branch: u32, first: Next<G::Node>) -> Opening<G> {
        if let (true, Branches::Group(branches)) = (wanted, &mut self.branches) {
            branches.push((branch, first));
        }
        self
    }
}
