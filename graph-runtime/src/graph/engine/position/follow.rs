//! The way from one task to the next: routes, and the regions that open and join on it.

use super::{Open, Place, Position, Task};
use crate::graph::definition::Next;
use crate::graph::engine::items::Items;
use crate::graph::engine::opening::{Branches, Opening};
use crate::graph::engine::pause::Pause;
use crate::graph::region::Scope;
use crate::{Definition, NodeName};
use slab::Slab;
use std::sync::Arc;

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

impl<G: Definition> Position<G> {
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
}
