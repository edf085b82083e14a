//! Random structured graphs: all of them are accepted, and the pairs that the expansion compares are those that a run of the
//! model can have side by side.

pub(in crate::graph) mod writer;

use super::super::model::{Form, Graph, Target};
use super::{may_meet, messages_of, resolved};
use proc_macro2::TokenStream;
use std::collections::{BTreeSet, HashSet};
use writer::Writer;

const GRAPHS: u64 = 400;
/// A graph with more configurations than this is not explored to its end.
const CONFIGURATIONS: usize = 1_500;

#[test]
fn nodes_meet_if_and_only_if_a_run_can_have_both_active() {
    let (mut whole, mut met, mut apart) = (0, 0, 0);
    for seed in 1..=GRAPHS {
        let text = Writer::new(seed).graph();
        let statements: TokenStream = text.parse().expect("the text is made of tokens");
        assert_eq!(messages_of(&statements), Vec::<String>::new(), "seed {seed}: {text}");
        let graph = resolved(&statements);
        let meetings = graph.meetings();
        let (found, complete) = explore(&graph);
        whole += u64::from(complete);
        for a in 0..graph.nodes.len() {
            for b in a..graph.nodes.len() {
                let (said, seen) = (may_meet(&meetings, a, b), found.contains(&(a, b)));
                let names = (&graph.nodes[a].name, &graph.nodes[b].name);
                assert!(said == seen || (said && !complete), "seed {seed}: {names:?} meet: {seen}, not {said}\n{text}");
                *(if said { &mut met } else { &mut apart }) += 1;
            }
        }
    }
    assert!(whole > GRAPHS * 3 / 4, "only {whole} graphs were explored whole");
    assert!(met > 1_000 && apart > 1_000, "{met} pairs meet, {apart} do not");
}

/// What is active, as a tree. Branches that have joined are gone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Position {
    Node(usize),
    Region(usize, Vec<Position>),
    Left,
}

/// All pairs of nodes that are active together in a configuration that a run can reach, and whether all were tried.
fn explore(graph: &Graph) -> (BTreeSet<(usize, usize)>, bool) {
    let mut found = BTreeSet::new();
    let mut seen: HashSet<Position> = HashSet::new();
    let mut pending = any(graph, &graph.entries[0].successor.targets(), &mut Vec::new());
    while let Some(position) = pending.pop() {
        if seen.len() == CONFIGURATIONS {
            return (found, false);
        }
        if !seen.insert(position.clone()) {
            continue;
        }
        let mut active = Vec::new();
        leaves(&position, &mut active);
        for (index, &a) in active.iter().enumerate() {
            found.extend(active[index + 1..].iter().map(|&b| (a.min(b), a.max(b))));
        }
        pending.extend(steps(graph, &position));
    }
    (found, true)
}

fn leaves(position: &Position, active: &mut Vec<usize>) {
    match position {
        Position::Node(node) => active.push(*node),
        Position::Region(_, branches) => branches.iter().for_each(|branch| leaves(branch, active)),
        Position::Left => {}
    }
}

/// Every configuration after one node, any of the active ones, has ended and gone any of its ways.
fn steps(graph: &Graph, position: &Position) -> Vec<Position> {
    match position {
        Position::Node(node) => {
            let successor = graph.nodes[*node].successor().expect("something follows each node");
            any(graph, &successor.targets(), &mut Vec::new())
        }
        Position::Region(region, branches) => (0..branches.len())
            .flat_map(|index| steps(graph, &branches[index]).into_iter().map(move |next| (index, next)))
            .flat_map(|(index, next)| {
                let mut branches = branches.clone();
                branches[index] = next;
                close(graph, *region, branches, &mut Vec::new())
            })
            .collect(),
        Position::Left => Vec::new(),
    }
}

fn any(graph: &Graph, targets: &[Target], passed: &mut Vec<usize>) -> Vec<Position> {
    targets.iter().flat_map(|&target| enter(graph, target, passed)).collect()
}

/// Every configuration in which a target may begin. `passed` holds the regions in which nothing ran: where one of them
/// comes back, there is nothing new.
fn enter(graph: &Graph, target: Target, passed: &mut Vec<usize>) -> Vec<Position> {
    let index = match target {
        Target::Node(node) => return vec![Position::Node(node)],
        Target::Join | Target::End => return vec![Position::Left],
        Target::Region(region) => region,
        Target::Unknown => panic!("a sound graph knows its targets"),
    };
    // The ways in which each branch, or each of up to two items, may begin.
    let region = &graph.regions[index];
    let mut ways: Vec<Vec<Position>> = Vec::new();
    for branch in region.branches() {
        let mut begun = enter(graph, branch.first, &mut Vec::new());
        let each = matches!(region.form, Form::Each { .. });
        if each || branch.condition.is_some() {
            begun.push(Position::Left);
        }
        if each {
            ways.push(begun.clone());
        }
        ways.push(begun);
    }
    let mut sets: Vec<Vec<Position>> = vec![Vec::new()];
    for way in ways {
        sets = sets
            .iter()
            .flat_map(|set| way.iter().map(|begun| [&set[..], std::slice::from_ref(begun)].concat()))
            .collect();
    }
    sets.into_iter().flat_map(|set| close(graph, index, set, passed)).collect()
}

/// A region with these branches, or what follows it if all have joined.
fn close(graph: &Graph, region: usize, mut branches: Vec<Position>, passed: &mut Vec<usize>) -> Vec<Position> {
    branches.retain(|branch| *branch != Position::Left);
    if !branches.is_empty() {
        // Items are alike, so their order makes no other configuration.
        branches.sort();
        return vec![Position::Region(region, branches)];
    }
    if passed.contains(&region) {
        return Vec::new();
    }
    passed.push(region);
    let successor = graph.regions[region].successor().expect("something follows each region");
    let found = any(graph, &successor.targets(), passed);
    passed.pop();
    found
}
