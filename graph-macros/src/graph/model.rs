//! The graph as facts: nodes, places and edges, nothing judged. `check` says what is wrong with it.

use proc_macro2::TokenStream;
use syn::{Attribute, Ident, Path, Token};

/// A graph whose names are resolved as far as they can be.
#[derive(Default)]
pub(crate) struct Graph {
    /// In the order of their declaration.
    pub(crate) nodes: Vec<Node>,
    /// Every `start ->` with what follows it; a sound graph has one.
    pub(crate) entries: Vec<Place>,
    /// Statements of one stage: they say nothing.
    pub(crate) idle: Vec<Ident>,
    /// The nodes in the order in which the text places them.
    pub(super) order: Vec<usize>,
}

pub(crate) struct Node {
    pub(crate) name: Ident,
    pub(crate) path: Path,
    pub(crate) variant: Ident,
    pub(crate) docs: Vec<Attribute>,
    /// Every mention in a chain, in the order of the text.
    pub(crate) mentions: Vec<Ident>,
    /// Every place where something follows the node; in a sound graph there is one.
    pub(crate) places: Vec<Place>,
    /// Whether it is declared by a statement that the expansion builds.
    pub(crate) built: bool,
}

/// A mention that something follows.
pub(crate) struct Place {
    pub(crate) at: Ident,
    pub(crate) successor: Successor,
}

/// What follows a node.
pub(crate) enum Successor {
    Then(Target),
    Route(Route),
}

/// `match path { … }`; without a path, the node has decided.
pub(crate) struct Route {
    pub(crate) keyword: Token![match],
    pub(crate) path: Option<Path>,
    pub(crate) arms: Vec<Arm>,
    /// Whether all patterns could be read; else rustc would miss some of them.
    pub(crate) complete: bool,
}

pub(crate) struct Arm {
    pub(crate) pattern: TokenStream,
    pub(crate) target: Target,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Node(usize),
    End,
    /// What could not be read, found or built; there is an error about it.
    Unknown,
}

impl Graph {
    /// The nodes in the order in which the text places them, then those that it does not place.
    pub(crate) fn placed(&self) -> impl Iterator<Item = (usize, &Node)> {
        let unplaced = (0..self.nodes.len()).filter(|index| !self.order.contains(index));
        self.order.iter().copied().chain(unplaced).filter_map(|index| Some((index, self.nodes.get(index)?)))
    }
}

impl Node {
    /// What follows the node, if it is placed.
    pub(crate) fn successor(&self) -> Option<&Successor> {
        self.places.first().map(|place| &place.successor)
    }

    /// Where a mistake in the node's wiring is reported.
    pub(crate) fn anchor(&self) -> &Ident {
        self.places.first().map_or(&self.name, |place| &place.at)
    }
}

impl Successor {
    pub(crate) fn targets(&self) -> Vec<Target> {
        match self {
            Successor::Then(target) => vec![*target],
            Successor::Route(route) => route.arms.iter().map(|arm| arm.target).collect(),
        }
    }
}
