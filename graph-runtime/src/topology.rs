//! What a graph looks like, as tables that are known at compile time.
//!
//! `graph!` emits them as `JobGraph::topology()`, beside the pictures `JobGraph::MERMAID` and `JobGraph::DOT`.

use std::iter::successors;

/// A graph as tables: what stands in it, and what follows what. Indices are those of its own lists.
///
/// # Examples
///
/// ```
/// use graph_runtime::topology::{Kind, Label, Point};
/// use graph_runtime::{GraphState, Update, graph};
///
/// #[derive(GraphState)]
/// struct Count {
///     total: u64,
/// }
///
/// fn one(count: &Count) -> impl Update<Count> {
///     Count::update().total(count.total + 1)
/// }
///
/// fn enough(count: &Count) -> bool {
///     count.total >= 3
/// }
///
/// graph! {
///     graph Counter<Count>;
///     #[retry(attempts = 3)]
///     node one;
///     start -> one -> match enough {
///         true => end,
///         false => one,
///     };
/// }
///
/// let topology = Counter::topology();
/// assert_eq!(topology.name, "Counter");
/// assert_eq!((topology.nodes[0].name, topology.nodes[0].kind), ("one", Kind::Function));
/// assert_eq!(topology.nodes[0].attributes, ["3 attempts"]);
/// let back = topology.edges.iter().find(|edge| edge.from == edge.to).expect("one comes back to itself");
/// assert_eq!(back.to, Point::Node(0));
/// assert_eq!(back.label, Some(Label::Arm { route: Some("enough"), pattern: "false" }));
///
/// assert!(Counter::MERMAID.contains(r#"n_one -->|"enough: false"| n_one"#));
/// assert!(Counter::DOT.starts_with(r#"digraph "Counter" {"#));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Topology {
    /// The name in the header.
    pub name: &'static str,
    /// The nodes in the order of the text, which is that of the enum of nodes.
    pub nodes: &'static [Node],
    /// The groups and `for`s in the order of the text, an outer one before those inside it.
    pub regions: &'static [Region],
    /// What follows what.
    pub edges: &'static [Edge],
}

/// A node of a [`Topology`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Node {
    /// What the graph calls it.
    pub name: &'static str,
    /// What it is declared as.
    pub kind: Kind,
    /// Where it stands; `None` is the graph itself.
    pub scope: Option<Scope>,
    /// What its attributes say, in words: `3 attempts`.
    pub attributes: &'static [&'static str],
}

/// What a node is declared as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A function.
    Function,
    /// The graph of this name.
    Subgraph(&'static str),
    /// A pause: the thread waits there for a reply.
    Pause {
        /// The type of the reply, as the graph names it.
        reply: &'static str,
    },
}

/// A group or a `for`: what runs side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Region {
    /// What checkpoints call it.
    pub name: &'static str,
    /// Its label, with the apostrophe.
    pub label: Option<&'static str>,
    /// The function that lists the items of a `for`; a group has none.
    pub items: Option<&'static str>,
    /// Where it stands itself; `None` is the graph itself.
    pub scope: Option<Scope>,
    /// Its branches; a `for` has one.
    pub branches: &'static [Branch],
    /// What its attributes say, in words: `3 at a time`.
    pub attributes: &'static [&'static str],
}

/// A branch of a [`Region`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Branch {
    /// The function that says whether the branch runs.
    pub condition: Option<&'static str>,
}

/// A branch of a region, as a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Scope {
    /// An index into [`Topology::regions`].
    pub region: usize,
    /// An index into [`Region::branches`].
    pub branch: usize,
}

/// An arrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Edge {
    /// Where it begins.
    pub from: Point,
    /// Where it leads.
    pub to: Point,
    /// What decides that it is taken; nothing, if it always is.
    pub label: Option<Label>,
}

/// An end of an [`Edge`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Point {
    /// `start`.
    Start,
    /// `end`.
    End,
    /// A node, by its index into [`Topology::nodes`].
    Node(usize),
    /// Where the branches of a region begin, by its index into [`Topology::regions`].
    Fork(usize),
    /// Where all branches of a region have come to their end.
    Join(usize),
}

/// What decides that an [`Edge`] is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Label {
    /// An arm of a `match`.
    Arm {
        /// The function that is matched; `None` if the node decides itself.
        route: Option<&'static str>,
        /// The pattern with its guard.
        pattern: &'static str,
    },
    /// The function that says whether a branch runs.
    Condition(&'static str),
}

impl Topology {
    /// The branch itself, then those that enclose it, from the inside out.
    pub fn around(&self, scope: Option<Scope>) -> impl Iterator<Item = Scope> {
        successors(scope, |scope| self.regions.get(scope.region)?.scope)
    }
}

/// What the expansion calls; nobody else makes tables.
#[doc(hidden)]
#[allow(clippy::must_use_candidate, reason = "only the expansion calls them")]
mod made {
    use super::{Branch, Edge, Kind, Label, Node, Point, Region, Scope, Topology};

    type Words = &'static [&'static str];

    impl Topology {
        #[doc(hidden)]
        pub const fn new(
            name: &'static str,
            nodes: &'static [Node],
            regions: &'static [Region],
            edges: &'static [Edge],
        ) -> Self {
            Topology { name, nodes, regions, edges }
        }
    }

    impl Node {
        #[doc(hidden)]
        pub const fn new(name: &'static str, kind: Kind, scope: Option<Scope>, attributes: Words) -> Self {
            Node { name, kind, scope, attributes }
        }
    }

    impl Region {
        #[doc(hidden)]
        pub const fn new(
            name: &'static str,
            label: Option<&'static str>,
            items: Option<&'static str>,
            scope: Option<Scope>,
            branches: &'static [Branch],
            attributes: Words,
        ) -> Self {
            Region { name, label, items, scope, branches, attributes }
        }
    }

    impl Branch {
        #[doc(hidden)]
        pub const fn new(condition: Option<&'static str>) -> Self {
            Branch { condition }
        }
    }

    impl Scope {
        #[doc(hidden)]
        pub const fn new(region: usize, branch: usize) -> Self {
            Scope { region, branch }
        }
    }

    impl Edge {
        #[doc(hidden)]
        pub const fn new(from: Point, to: Point, label: Option<Label>) -> Self {
            Edge { from, to, label }
        }
    }
}
