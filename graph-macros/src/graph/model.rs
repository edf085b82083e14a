//! The graph as facts: nodes, regions, places and edges, nothing judged. `check` says what is wrong with it.

use super::ast::Passage;
use proc_macro2::TokenStream;
use syn::{Attribute, Ident, Lifetime, Path, Token, Type};

/// A graph whose names are resolved as far as they can be.
#[derive(Default)]
pub(crate) struct Graph {
    /// In the order of their declaration.
    pub(crate) nodes: Vec<Node>,
    /// Every `start ->` with what follows it; a sound graph has one.
    pub(crate) entries: Vec<Place>,
    /// Statements of one stage: they say nothing.
    pub(crate) idle: Vec<Ident>,
    /// Groups and `for`s in the order of the text, an outer one before those inside it.
    pub(crate) regions: Vec<Region>,
    /// The last stages of chains that go on elsewhere.
    pub(super) jumps: Vec<Jump>,
    /// The nodes in the order in which the text places them.
    pub(super) order: Vec<usize>,
}

pub(crate) struct Node {
    pub(crate) name: Ident,
    /// Its function; of a subgraph, the graph.
    pub(crate) path: Path,
    pub(crate) variant: Ident,
    pub(crate) docs: Vec<Attribute>,
    /// All attributes of the statement that declares it.
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) kind: Kind,
    /// Every mention in a chain, in the order of the text.
    pub(crate) mentions: Vec<Ident>,
    /// Every place where something follows the node; in a sound graph there is one.
    pub(crate) places: Vec<Place>,
    /// Where its first place stands.
    pub(crate) scope: Option<Scope>,
}

/// What a node is declared as.
pub(crate) enum Kind {
    Function,
    /// `pause approve(Approval) asks card;`
    Pause {
        /// None, if there is an error about it.
        reply: Option<Type>,
        question: Option<Path>,
    },
    /// `subgraph research = Research(enter, leave);`
    Subgraph {
        graph: Path,
        passage: Option<Passage>,
    },
}

/// A mention that something follows.
pub(crate) struct Place {
    /// Where a mistake in what follows is reported.
    pub(crate) at: TokenStream,
    pub(crate) scope: Option<Scope>,
    pub(crate) successor: Successor,
}

/// What follows a node or a region.
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    Node(usize),
    Region(usize),
    /// The end of the branch in which this stands.
    Join,
    End,
    /// What could not be read or found; there is an error about it.
    Unknown,
}

/// Where something stands: `None` is the graph itself, else a branch of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Scope {
    /// An index into the graph's regions.
    pub(crate) region: usize,
    /// An index into the branches of a group; a `for` has one branch, `0`.
    pub(crate) branch: usize,
}

/// What runs side by side: a group or a `for`. What follows it waits for all of it.
pub(crate) struct Region {
    pub(crate) label: Option<Lifetime>,
    /// The parentheses of the group or the keyword of the `for`: where its mistakes are reported.
    pub(crate) at: TokenStream,
    /// Where the region itself stands.
    pub(crate) scope: Option<Scope>,
    /// What follows it; in a sound graph there is one.
    pub(crate) places: Vec<Place>,
    pub(crate) form: Form,
}

#[allow(clippy::large_enum_variant, reason = "a graph has few regions")]
pub(crate) enum Form {
    /// `(a, b -> c, d if wanted)`
    Group(Vec<Branch>),
    /// `for items(Item) { … }`
    Each { items: Path, item: Type, attributes: Vec<Attribute>, branch: Branch },
}

pub(crate) struct Branch {
    /// What the branch begins with.
    pub(crate) first: Target,
    pub(crate) condition: Option<Path>,
}

/// The last stage of a chain, if what follows it is written elsewhere.
pub(crate) struct Jump {
    pub(crate) at: TokenStream,
    /// What jumps, as a message calls it.
    pub(crate) from: String,
    pub(crate) scope: Option<Scope>,
    pub(crate) target: Target,
    /// How the target is named, if it is a region.
    pub(crate) label: Option<Lifetime>,
}

impl Graph {
    /// The nodes in the order in which the text places them, then those that it does not place.
    pub(crate) fn placed(&self) -> impl Iterator<Item = (usize, &Node)> {
        let unplaced = self.nodes.iter().enumerate().filter(|(_, node)| node.places.is_empty());
        let placed = self.order.iter().filter_map(|&index| Some((index, self.nodes.get(index)?)));
        placed.chain(unplaced)
    }

    /// The branch itself, then those that enclose it, from the inside out.
    pub(crate) fn around(&self, scope: Option<Scope>) -> impl Iterator<Item = Scope> {
        std::iter::successors(scope, |scope| self.regions.get(scope.region)?.scope)
    }

    /// What may run side by side, region by region. Steps are not counted, so that a node more in a branch changes nothing.
    pub(crate) fn meetings(&self) -> Vec<Meeting> {
        let mut meetings: Vec<Meeting> = self.regions.iter().map(Meeting::none).collect();
        for (index, node) in self.placed() {
            for scope in self.around(node.scope) {
                match meetings.get_mut(scope.region) {
                    Some(Meeting::Branches(branches)) => {
                        branches.get_mut(scope.branch).into_iter().for_each(|branch| branch.push(index));
                    }
                    Some(Meeting::Items(nodes)) => nodes.push(index),
                    None => {}
                }
            }
        }
        meetings
    }

    /// The innermost `for` around what stands in `scope`.
    pub(crate) fn innermost_for(&self, scope: Option<Scope>) -> Option<usize> {
        self.around(scope).map(|scope| scope.region).find(|&region| self.is_for(region))
    }

    fn is_for(&self, region: usize) -> bool {
        self.regions.get(region).is_some_and(Region::is_for)
    }
}

/// The nodes of a region that may run side by side.
#[derive(Debug, PartialEq)]
pub(crate) enum Meeting {
    /// The nodes of each branch of a group, those of the regions in it included: each may meet all of the other branches.
    Branches(Vec<Vec<usize>>),
    /// The nodes of a `for`: each may meet all of them, itself included.
    Items(Vec<usize>),
}

impl Meeting {
    fn none(region: &Region) -> Meeting {
        match &region.form {
            Form::Group(branches) => Meeting::Branches(branches.iter().map(|_| Vec::new()).collect()),
            Form::Each { .. } => Meeting::Items(Vec::new()),
        }
    }
}

impl Node {
    /// What follows the node, if it is placed.
    pub(crate) fn successor(&self) -> Option<&Successor> {
        self.places.first().map(|place| &place.successor)
    }
}

impl Region {
    /// What follows the region, if anything does.
    pub(crate) fn successor(&self) -> Option<&Successor> {
        self.places.first().map(|place| &place.successor)
    }

    pub(crate) fn is_for(&self) -> bool {
        matches!(self.form, Form::Each { .. })
    }

    /// What a message calls it.
    pub(crate) fn noun(&self) -> &'static str {
        if self.is_for() { "`for`" } else { "group" }
    }

    /// The branches of a group, or the one of a `for`.
    pub(crate) fn branches(&self) -> &[Branch] {
        match &self.form {
            Form::Group(branches) => branches,
            Form::Each { branch, .. } => std::slice::from_ref(branch),
        }
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
