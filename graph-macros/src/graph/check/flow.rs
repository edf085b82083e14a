//! What leads where: pieces that hang in the air, and loops that nothing leaves.

use crate::errors::Errors;
use crate::graph::model::{Graph, Place, Target};
use std::collections::{HashMap, HashSet};

/// Says once for each piece that hangs in the air where it begins, not once for each of its nodes. Returns all of them.
pub(super) fn unreachable(graph: &Graph, errors: &mut Errors) -> HashSet<Target> {
    let into = |target| [inside(graph, target), behind(graph, target)].concat();
    let mut reached = HashSet::new();
    for entry in &graph.entries {
        reach(entry.successor.targets(), into, &mut reached);
    }
    let lost: Vec<Target> = all(graph).filter(|target| !reached.contains(target)).collect();
    let ahead: Vec<HashSet<Target>> = lost.iter().map(|&target| beyond(target, into)).collect();
    // A piece begins with what only its own successors lead to: one node or region, or a loop, for which its first stands.
    for (index, &target) in lost.iter().enumerate() {
        let begins = lost.iter().zip(&ahead).enumerate().all(|(other, (from, theirs))| {
            !theirs.contains(&target) || ahead.get(index).is_some_and(|ours| ours.contains(from)) && index <= other
        });
        // What nothing follows is a mistake of its own, and said.
        if begins && !places(graph, target).is_empty() {
            let what = named(graph, target);
            let message = format!("{what} cannot be reached from `start`; lead a chain to it, or take it out");
            errors.error(anchor(graph, target), message);
        }
    }
    lost.into_iter().collect()
}

/// Finds the loops that nothing leaves, among what is reached; what only leads into one is no mistake of its own.
///
/// Each branch is judged for itself, and its way out is `join`: a region is passed as if it were a node.
pub(super) fn trapped(graph: &Graph, lost: &HashSet<Target>, errors: &mut Errors) {
    let over = |target| behind(graph, target);
    let leaves = |target| {
        let targets = over(target);
        targets.is_empty() || targets.iter().any(|target| matches!(target, Target::End | Target::Join))
    };
    // Backwards from the ways out: a long chain is walked once, and not once from each of its nodes.
    let mut into: HashMap<Target, Vec<Target>> = HashMap::new();
    for target in all(graph) {
        for next in over(target) {
            into.entry(next).or_default().push(target);
        }
    }
    let mut free = HashSet::new();
    let from = |target| into.get(&target).cloned().unwrap_or_default();
    reach(all(graph).filter(|&target| leaves(target)).collect(), from, &mut free);
    let mut told = HashSet::new();
    for target in all(graph).filter(|target| !lost.contains(target) && !free.contains(target)) {
        let ahead = beyond(target, over);
        if ahead.iter().all(|&other| beyond(other, over).contains(&target)) && told.insert(target) {
            told.extend(ahead);
            let what = named(graph, target);
            let remedy = match places(graph, target).first().and_then(|place| place.scope) {
                Some(_) => "give the loop a `match` with an arm that leaves it, such as `… => join`",
                None => "give the loop a `match` with an arm that leaves it",
            };
            errors.error(anchor(graph, target), format!("{what} is in a loop with no way out; {remedy}"));
        }
    }
}

/// All regions and nodes. A region comes first, because it stands before what is in it.
fn all(graph: &Graph) -> impl Iterator<Item = Target> {
    (0..graph.regions.len()).map(Target::Region).chain(graph.placed().map(|(index, _)| Target::Node(index)))
}

fn places(graph: &Graph, of: Target) -> &[Place] {
    match of {
        Target::Node(index) => graph.nodes.get(index).map_or(&[], |node| &node.places),
        Target::Region(index) => graph.regions.get(index).map_or(&[], |region| &region.places),
        Target::Join | Target::End | Target::Unknown => &[],
    }
}

/// What follows a node or a region.
fn behind(graph: &Graph, of: Target) -> Vec<Target> {
    places(graph, of).iter().flat_map(|place| place.successor.targets()).collect()
}

/// What the branches of a region begin with.
fn inside(graph: &Graph, of: Target) -> Vec<Target> {
    let Target::Region(index) = of else { return Vec::new() };
    graph.regions.get(index).map_or(&[][..], |region| region.branches()).iter().map(|branch| branch.first).collect()
}

/// All nodes and regions that `from` leads to; itself only if it comes back.
fn beyond(from: Target, next: impl Fn(Target) -> Vec<Target>) -> HashSet<Target> {
    let mut reached = HashSet::new();
    reach(next(from), next, &mut reached);
    reached
}

/// Adds the nodes and regions in `pending` and all that they lead to.
fn reach(mut pending: Vec<Target>, next: impl Fn(Target) -> Vec<Target>, reached: &mut HashSet<Target>) {
    while let Some(target) = pending.pop() {
        if matches!(target, Target::Node(_) | Target::Region(_)) && reached.insert(target) {
            pending.extend(next(target));
        }
    }
}

fn named(graph: &Graph, of: Target) -> String {
    match of {
        Target::Node(index) => graph.nodes.get(index).map_or_else(String::new, |node| format!("node `{}`", node.name)),
        Target::Region(index) => {
            graph.regions.get(index).map_or_else(String::new, |region| format!("this {}", region.noun()))
        }
        Target::Join | Target::End | Target::Unknown => String::new(),
    }
}

/// Where a mistake in the wiring of a node or a region is reported.
fn anchor(graph: &Graph, of: Target) -> Option<&proc_macro2::TokenStream> {
    places(graph, of).first().map(|place| &place.at)
}
