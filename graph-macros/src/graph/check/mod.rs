//! What is wrong with the shape of a graph: one function for each rule, each mistake reported once.

mod flow;
mod scope;

use super::model::{Graph, Kind, Place, Successor, Target};
use super::policy;
use super::resolve::RESERVED;
use crate::errors::Errors;
use crate::former;
use syn::ext::IdentExt;
use syn::{Ident, LitStr};

/// Judges a graph whose names are all resolved.
pub(crate) fn check(name: &Ident, graph: &Graph, errors: &mut Errors) {
    scope::labels(graph, errors);
    if !errors.is_empty() {
        // A jump to nowhere would leave its way out unseen.
        return;
    }
    idle(graph, errors);
    one_start(name, graph, errors);
    one_successor(graph, errors);
    matches(graph, errors);
    unused(graph, errors);
    dead_ends(graph, errors);
    scope::memories(graph, errors);
    renamed(name, graph, errors);
    let mut astray = Errors::new();
    scope::branches(graph, &mut astray);
    scope::jumps(graph, &mut astray);
    // Without a start nothing is reached, and what jumps across branches reaches what it must not: that is said already.
    if !graph.entries.is_empty() && astray.is_empty() {
        let lost = flow::unreachable(graph, errors);
        flow::trapped(graph, &lost, errors);
    }
    errors.append(astray);
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

/// Two places in one branch; those in two are judged as such.
fn one_successor(graph: &Graph, errors: &mut Errors) {
    for node in &graph.nodes {
        for second in node.places.iter().skip(1).filter(|place| place.scope == node.scope) {
            let remedy = if matches!(second.successor, Successor::Then(Target::Join)) {
                format!(
                    "to go back to it from the end of the branch, jump in an arm, as in `match route {{ … => {} }}`",
                    node.name
                )
            } else {
                format!("choose with `{0} -> match route {{ … }}`, or write the jump to `{0}` last", node.name)
            };
            errors.error(&second.at, format!("node `{}` has two successors; {remedy}", node.name));
        }
    }
}

fn matches(graph: &Graph, errors: &mut Errors) {
    let starts = graph.entries.iter().map(|place| (place, Some(("`start`".to_owned(), "start".to_owned()))));
    let nodes = graph.nodes.iter().flat_map(|node| {
        let decides = !matches!(node.kind, Kind::Subgraph { .. });
        let words = || (format!("subgraph `{}`", node.name), node.name.to_string());
        node.places.iter().map(move |place| (place, (!decides).then(words)))
    });
    let regions = graph.regions.iter().flat_map(|region| {
        let written = if region.is_for() { "for items(Item) { … }" } else { "(…)" };
        let words = move || (format!("a {}", region.noun()), written.to_owned());
        region.places.iter().map(move |place| (place, Some(words())))
    });
    for (Place { successor, .. }, undecided) in starts.chain(nodes).chain(regions) {
        let Successor::Route(route) = successor else { continue };
        if route.arms.is_empty() {
            errors.error(route.keyword, "this `match` has no arms; write one for each answer");
        } else if route.path.is_none()
            && let Some((what, written)) = undecided
        {
            let message = format!("{what} decides nothing; name a route, as in `{written} -> match route {{ … }}`");
            errors.error(route.keyword, message);
        }
    }
}

fn unused(graph: &Graph, errors: &mut Errors) {
    for node in graph.nodes.iter().filter(|node| node.mentions.is_empty()) {
        let message = format!("node `{}` is declared and never used; name it in a chain, or take it out", node.name);
        errors.error(&node.name, message);
    }
}

/// Old names that tell nothing, or that something else has.
fn renamed(name: &Ident, graph: &Graph, errors: &mut Errors) {
    let current: Vec<String> = graph.nodes.iter().map(|node| node.name.unraw().to_string()).collect();
    let policies: Vec<_> = graph.nodes.iter().map(policy::of).collect();
    let old = current
        .iter()
        .zip(&policies)
        .flat_map(|(node, policy)| policy.former.iter().map(move |old| (node.clone(), old)));
    former::check("node", &format!("graph `{name}`"), &RESERVED, &current, old, errors);
}

/// The same of the graph's own old names.
pub(crate) fn former(name: &Ident, old: &[LitStr], errors: &mut Errors) {
    let now = name.unraw().to_string();
    former::check("graph", "program", &[], &[], old.iter().map(|old| (now.clone(), old)), errors);
}

fn dead_ends(graph: &Graph, errors: &mut Errors) {
    for (index, node) in graph.nodes.iter().enumerate().filter(|(_, node)| node.places.is_empty()) {
        if let Some(mention) = node.mentions.first()
            && !graph.idle.contains(mention)
        {
            // It is placed nowhere, so it belongs where it is jumped to from.
            let inside = graph.jumps.iter().find(|jump| jump.target == Target::Node(index)).and_then(|jump| jump.scope);
            let remedy = match inside {
                Some(_) => format!("write `{} -> join` if the branch ends there", node.name),
                None => format!("write `{} -> end` if the graph ends there", node.name),
            };
            errors.error(mention, format!("nothing follows node `{}`; {remedy}", node.name));
        }
    }
    for region in graph.regions.iter().filter(|region| region.places.is_empty()) {
        let remedy = match region.scope {
            Some(_) => "write `-> join` behind it if the branch ends there",
            None => "write `-> end` behind it if the graph ends there",
        };
        errors.error(&region.at, format!("nothing follows this {}; {remedy}", region.noun()));
    }
}
