//! What is wrong with the shape of a graph: one function for each rule, each mistake reported once.

use super::model::{Graph, Node, Successor, Target};
use crate::errors::Errors;
use std::collections::HashSet;
use syn::Ident;

/// Judges a graph whose names are all resolved.
pub(crate) fn check(name: &Ident, graph: &Graph, errors: &mut Errors) {
    idle(graph, errors);
    one_start(name, graph, errors);
    one_successor(graph, errors);
    matches(graph, errors);
    unused(graph, errors);
    dead_ends(graph, errors);
    // Without a start nothing is reached, and that is said already.
    if !graph.entries.is_empty() {
        let lost = unreachable(graph, errors);
        trapped(graph, &lost, errors);
    }
}

fn idle(graph: &Graph, errors: &mut Errors) {
    for name in &graph.idle {
        errors.error(name, format!("nothing follows `{name}`; write `{name} -> …`, or take the statement out"));
    }
}

fn one_start(name: &Ident, graph: &Graph, errors: &mut Errors) {
    if graph.entries.is_empty() && !graph.idle.iter().any(|idle| idle == "start") {
        errors.error(name, format!("graph `{name}` has no start; begin one chain with `start -> …`"));
    }
    for second in graph.entries.iter().skip(1) {
        errors.error(&second.at, "a second `start`; a graph starts once, so choose with `start -> match route { … }`");
    }
    if let Some(entry) = graph.entries.first()
        && entry.successor.targets() == [Target::End]
        && matches!(entry.successor, Successor::Then(_))
    {
        errors.error(&entry.at, format!("graph `{name}` does nothing; name a node between `start` and `end`"));
    }
}

fn one_successor(graph: &Graph, errors: &mut Errors) {
    for node in &graph.nodes {
        for second in node.places.iter().skip(1) {
            let message = format!(
                "node `{0}` has two successors; choose with `{0} -> match route {{ … }}`, or write the jump to `{0}` last",
                node.name
            );
            errors.error(&second.at, message);
        }
    }
}

fn matches(graph: &Graph, errors: &mut Errors) {
    let nodes = graph.nodes.iter().flat_map(|node| &node.places);
    for place in graph.entries.iter().chain(nodes) {
        let Successor::Route(route) = &place.successor else { continue };
        if route.arms.is_empty() {
            errors.error(route.keyword, "this `match` has no arms; write one for each answer");
        } else if route.path.is_none() && place.at == "start" {
            errors.error(route.keyword, "`start` decides nothing; name a route, as in `start -> match route { … }`");
        }
    }
}

fn unused(graph: &Graph, errors: &mut Errors) {
    for node in graph.nodes.iter().filter(|node| node.mentions.is_empty()) {
        let message = format!("node `{}` is declared and never used; name it in a chain, or take it out", node.name);
        errors.error(&node.name, message);
    }
}

fn dead_ends(graph: &Graph, errors: &mut Errors) {
    for node in graph.nodes.iter().filter(|node| node.places.is_empty()) {
        if let Some(mention) = node.mentions.first()
            && !graph.idle.contains(mention)
        {
            let message = format!("nothing follows node `{0}`; write `{0} -> end` if the graph ends there", node.name);
            errors.error(mention, message);
        }
    }
}

/// Says once for each piece that hangs in the air where it begins, not once for each of its nodes. Returns all of them.
fn unreachable(graph: &Graph, errors: &mut Errors) -> HashSet<usize> {
    let mut reached = HashSet::new();
    for entry in &graph.entries {
        for target in entry.successor.targets() {
            reach(graph, target, &mut reached);
        }
    }
    let lost: Vec<usize> = graph
        .placed()
        .filter(|(index, node)| !reached.contains(index) && !node.places.is_empty())
        .map(|(index, _)| index)
        .collect();
    let entered = |index: usize| {
        let from = |node: &Node| targets(node).contains(&Target::Node(index));
        lost.iter().any(|&other| other != index && graph.nodes.get(other).is_some_and(from))
    };
    let (inner, first): (Vec<usize>, Vec<usize>) = lost.iter().partition(|&&index| entered(index));
    // A loop in the air has no first node, so its first in the text stands for it.
    for &index in first.iter().chain(&inner) {
        let Some(node) = graph.nodes.get(index) else { continue };
        if !reached.contains(&index) {
            reach(graph, Target::Node(index), &mut reached);
            let message =
                format!("node `{}` cannot be reached from `start`; lead a chain to it, or take it out", node.name);
            errors.error(node.anchor(), message);
        }
    }
    lost.into_iter().collect()
}

/// Finds the loops that nothing leaves, among the nodes that are reached; a node that only leads into one is no mistake of its own.
fn trapped(graph: &Graph, lost: &HashSet<usize>, errors: &mut Errors) {
    let mut told = HashSet::new();
    for (index, node) in graph.placed().filter(|(index, node)| !node.places.is_empty() && !lost.contains(index)) {
        let mut ahead = HashSet::new();
        for target in targets(node) {
            reach(graph, target, &mut ahead);
        }
        let leaves = |&other: &usize| {
            graph.nodes.get(other).is_none_or(|node| targets(node).is_empty() || targets(node).contains(&Target::End))
        };
        if targets(node).is_empty() || leaves(&index) || ahead.iter().any(leaves) {
            continue;
        }
        let comes_back = |&other: &usize| {
            let mut from = HashSet::new();
            reach(graph, Target::Node(other), &mut from);
            from.contains(&index)
        };
        if ahead.iter().all(comes_back) && told.insert(index) {
            told.extend(ahead);
            let message = format!(
                "node `{}` is in a loop with no way out; give the loop a `match` with an arm that leaves it",
                node.name
            );
            errors.error(node.anchor(), message);
        }
    }
}

fn targets(node: &Node) -> Vec<Target> {
    node.places.iter().flat_map(|place| place.successor.targets()).collect()
}

/// Adds `from` and every node that it leads to.
fn reach(graph: &Graph, from: Target, reached: &mut HashSet<usize>) {
    let mut pending = vec![from];
    while let Some(target) = pending.pop() {
        if let Target::Node(index) = target
            && let Some(node) = graph.nodes.get(index)
            && reached.insert(index)
        {
            pending.extend(targets(node));
        }
    }
}
