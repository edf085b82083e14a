//! The groups and `for`s that are open, and where in them a task stands.

use super::Position;
use crate::Definition;
use crate::graph::engine::at::At;
use crate::graph::engine::path::{Part, TaskPath};
use crate::graph::region::{Form, Region};
use slab::Slab;
use std::cmp::Ordering;
use std::sync::Arc;

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

impl<G: Definition> Position<G> {
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

    /// How many tasks of the `for` at this key run at once.
    pub(crate) fn concurrency(open: &Open<G>) -> Option<u32> {
        match G::REGIONS.get(open.region) {
            Some(Region { form: Form::Each { concurrency }, .. }) => *concurrency,
            _ => None,
        }
    }
}

/// Compares two places of one node by their items, the outermost first.
pub(super) fn order<G: Definition>(regions: &Slab<Open<G>>, one: Option<Place>, other: Option<Place>) -> Ordering {
    let (Some(one), Some(other)) = (one, other) else { return Ordering::Equal };
    if one.region == other.region {
        return one.index.cmp(&other.index);
    }
    let outer = |place: Place| regions.get(place.region).and_then(|open| open.outer);
    order(regions, outer(one), outer(other)).then(one.index.cmp(&other.index))
}
