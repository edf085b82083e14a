//! Branches: what stands in them, and what jumps across their borders.

use crate::errors::Errors;
use crate::graph::model::{Graph, Jump, Kind, Region, Scope, Target};
use crate::graph::policy::{self, On};
use crate::spelling;
use std::collections::HashSet;
use syn::Lifetime;

/// Labels that stand twice, and jumps to one that stands nowhere.
pub(super) fn labels(graph: &Graph, errors: &mut Errors) {
    let mut known: Vec<&Lifetime> = Vec::new();
    for label in graph.regions.iter().filter_map(|region| region.label.as_ref()) {
        if known.contains(&label) {
            errors.error(label, format!("label `{label}` stands twice in this graph; rename one"));
        } else {
            known.push(label);
        }
    }
    let mut told = HashSet::new();
    for label in graph.jumps.iter().filter_map(|jump| jump.label.as_ref()) {
        if known.contains(&label) || !told.insert(label) {
            continue;
        }
        let names: Vec<String> = known.iter().map(|label| label.ident.to_string()).collect();
        let remedy = spelling::closest(&label.ident.to_string(), names.iter().map(String::as_str))
            .map_or_else(|| "jump to a node by its name".to_owned(), |near| format!("did you mean `'{near}`?"));
        errors.error(label, format!("no group or `for` is labelled `{label}`; {remedy}"));
    }
}

/// What a subgraph keeps is one state, and a `for` would run it on several.
pub(super) fn memories(graph: &Graph, errors: &mut Errors) {
    for node in &graph.nodes {
        let keeps = policy::read(&node.attributes, On::Subgraph, &mut Errors::new()).memory.is_some();
        if keeps && matches!(node.kind, Kind::Subgraph { .. }) && graph.innermost_for(node.scope).is_some() {
            let remedy = "take the memory out, or the subgraph out of the `for`";
            let message = format!(
                "subgraph `{}` has `#[memory(thread)]`, and would run several times at once in this `for`; {remedy}",
                node.name
            );
            errors.error(node.mentions.first(), message);
        }
    }
}

/// A node runs in one branch, or in none.
pub(super) fn branches(graph: &Graph, errors: &mut Errors) {
    for node in &graph.nodes {
        // One mistake, wherever else the node stands.
        let Some(other) = node.places.iter().find(|place| place.scope != node.scope) else { continue };
        let remedy = format!("declare another with the same function, such as `node {0}_again = {0};`", node.name);
        let message = match (node.scope, other.scope) {
            (Some(_), Some(_)) => format!("node `{}` is in two branches; {remedy}", node.name),
            (inside, outside) => {
                let noun = noun(graph, inside.or(outside));
                format!("node `{}` is both inside a {noun} and outside of it; {remedy}", node.name)
            }
        };
        errors.error(&other.at, message);
    }
}

/// A jump goes to what stands in its own branch.
pub(super) fn jumps(graph: &Graph, errors: &mut Errors) {
    for jump in &graph.jumps {
        let (name, homes) = match jump.target {
            Target::Node(index) => {
                let Some(node) = graph.nodes.get(index) else { continue };
                // A node in two branches is judged as such, and one that is placed nowhere as a dead end.
                (format!("`{}`", node.name), node.places.iter().map(|place| place.scope).collect())
            }
            Target::Region(index) => {
                let (Some(region), Some(label)) = (graph.regions.get(index), &jump.label) else { continue };
                (format!("`{label}`"), vec![region.scope])
            }
            Target::Join | Target::End | Target::Unknown => continue,
        };
        if let Some(home) = homes.first()
            && !homes.contains(&jump.scope)
        {
            errors.error(&jump.at, crossing(graph, jump, &name, *home));
        }
    }
}

/// What is wrong with a jump to `target`, which stands in `home`.
fn crossing(graph: &Graph, jump: &Jump, target: &str, home: Option<Scope>) -> String {
    let from = &jump.from;
    let encloses =
        |outer: Option<Scope>, inner| outer.is_none_or(|outer| graph.around(inner).any(|each| each == outer));
    if encloses(jump.scope, home) {
        // The outermost region that the jump would enter.
        let entered = graph.around(home).take_while(|scope| Some(*scope) != jump.scope).last();
        let region = entered.and_then(|scope| graph.regions.get(scope.region));
        let label = region.and_then(|region| region.label.as_ref()).map_or("'again".to_owned(), ToString::to_string);
        let whole = if region.is_some_and(Region::is_for) { "for …" } else { "(…)" };
        let remedy = format!("label it and jump to all of it, as in `{label}: {whole}` and `{label}`");
        format!("{from} cannot jump into a {} to {target}; {remedy}", noun(graph, entered))
    } else if encloses(home, jump.scope) {
        let noun = noun(graph, jump.scope);
        format!("{from} cannot jump out of its {noun} to {target}; write `join`, and let {target} follow the {noun}")
    } else {
        format!("{from} cannot jump into another branch to {target}; write `join`, or place {target} in this branch")
    }
}

fn noun(graph: &Graph, scope: Option<Scope>) -> &'static str {
    scope.and_then(|scope| graph.regions.get(scope.region)).map_or("group", Region::noun)
}
