//! The state of all random graphs, and what their functions answer: all of it follows from the state.

use crate::program::dice::{mix, spell};
use graph_runtime::{GraphState, Update};
use serde::{Deserialize, Serialize};

/// Once so many nodes have run, every route leads on.
const ENOUGH: u64 = 12;

/// What a run leaves behind, so that order and visibility show.
#[derive(GraphState, Clone, Debug, Default, PartialEq)]
pub(crate) struct Trace {
    pub(crate) seed: u64,
    /// The way to this graph, from the outermost one.
    pub(crate) path: String,
    /// Every task that ran: its name, its step, and a digest of the state that it saw.
    #[reduce(append)]
    pub(crate) seen: Vec<String>,
    #[reduce(add)]
    pub(crate) count: u64,
    /// The notes of all tasks, folded in an order that shows.
    #[reduce(with = fold)]
    pub(crate) folded: u64,
    pub(crate) plain: u64,
    pub(crate) left: u64,
    pub(crate) right: u64,
    #[state(ephemeral)]
    pub(crate) hint: Option<u64>,
}

fn fold(folded: &mut u64, note: u64) {
    *folded = mix(*folded, note);
}

/// An item of a `for`: where it stands in all the lists around it, and a number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) at: Vec<usize>,
    pub(crate) value: u64,
}

/// What a node notes when it runs.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    pub(crate) line: String,
    pub(crate) digest: u64,
}

/// A number that two different states hardly share.
pub(crate) fn digest(trace: &Trace) -> u64 {
    let Trace { seed, path, seen, count, folded, plain, left, right, hint } = trace;
    let parts = [*count, *folded, *plain, *left, *right, hint.unwrap_or(1), seen.len() as u64];
    spell(parts.into_iter().fold(*seed, mix), path)
}

fn ask(trace: &Trace, item: Option<&Item>, salt: u64) -> u64 {
    mix(mix(digest(trace), salt), item.map_or(0, |item| item.value))
}

/// Which way a route goes.
pub(crate) fn choose(trace: &Trace, item: Option<&Item>, salt: u64, ways: u8, forward: u8) -> u8 {
    if trace.count >= ENOUGH {
        forward
    } else {
        u8::try_from(ask(trace, item, salt) % u64::from(ways)).unwrap_or(forward)
    }
}

/// Whether a branch is wanted.
pub(crate) fn wanted(trace: &Trace, item: Option<&Item>, salt: u64) -> bool {
    !ask(trace, item, salt).is_multiple_of(3)
}

/// The items of a `for`: none to three, and then at most one.
pub(crate) fn list(trace: &Trace, item: Option<&Item>, salt: u64) -> Vec<Item> {
    let asked = ask(trace, item, salt);
    let most = if trace.count >= ENOUGH { 2 } else { 4 };
    let around = item.map_or(&[][..], |item| &item.at);
    let each = |index| Item { at: [around, &[index]].concat(), value: mix(asked, index as u64) };
    (0..usize::try_from(asked % most).unwrap_or(0)).map(each).collect()
}

/// The name of a task in the graph that it stands in.
pub(crate) fn name(node: &str, item: Option<&Item>) -> String {
    let at = item.map_or(&[][..], |item| &item.at);
    at.iter().fold(node.to_owned(), |name, index| format!("{name}[{index}]"))
}

/// What a node notes.
pub(crate) fn note(trace: &Trace, item: Option<&Item>, step: u64, node: &str) -> Note {
    let digest = mix(spell(digest(trace), node), item.map_or(0, |item| item.value));
    Note { line: format!("{}@{step} {:04x}", name(node, item), digest & 0xFFFF), digest }
}

/// What a subgraph begins with: its way, and its seed.
pub(crate) fn entrance(trace: &Trace, item: Option<&Item>, node: &str) -> (String, u64) {
    let seed = mix(spell(digest(trace), node), item.map_or(0, |item| item.value));
    (format!("{}{}/", trace.path, name(node, item)), seed)
}

/// What a subgraph notes at its end.
pub(crate) fn farewell(trace: &Trace, item: Option<&Item>, child: &Trace, node: &str) -> Note {
    let digest = mix(mix(digest(trace), digest(child)), item.map_or(0, |item| item.value));
    Note { line: format!("{}/end {:04x} {}", name(node, item), digest & 0xFFFF, child.seen.join(", ")), digest }
}

/// The update with which a run starts.
pub(crate) fn input(seed: u64) -> impl Update<Trace> + use<> {
    Trace::update().seed(seed).overwrite_count(0).maybe_hint(hint(seed).map(Some))
}

/// The update with which a subgraph starts.
pub(crate) fn enter((path, seed): (String, u64)) -> impl Update<Trace> + use<> {
    Trace::update().path(path).seed(seed).maybe_hint(hint(seed).map(Some))
}

/// What the nodes that come first are told: nothing at all half of the time.
pub(crate) fn hint(seed: u64) -> Option<u64> {
    seed.is_multiple_of(2).then_some(seed)
}

/// What any node may write.
pub(crate) fn shared(note: Note) -> impl Update<Trace> + use<> {
    Trace::update().seen([note.line]).count(1).folded(note.digest)
}

/// What a node may write that runs alone.
pub(crate) fn alone(note: Note) -> impl Update<Trace> + use<> {
    let hint = note.digest.is_multiple_of(2).then_some(note.digest);
    Trace::update().seen([note.line]).count(1).folded(note.digest).plain(note.digest).hint(hint)
}

/// What a node of the first branch of an outermost group may write.
pub(crate) fn left(note: Note) -> impl Update<Trace> + use<> {
    Trace::update().seen([note.line]).count(1).folded(note.digest).left(note.digest)
}

/// What a node of the second branch may write.
pub(crate) fn right(note: Note) -> impl Update<Trace> + use<> {
    Trace::update().seen([note.line]).count(1).folded(note.digest).right(note.digest)
}
