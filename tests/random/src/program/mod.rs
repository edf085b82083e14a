//! A structured graph as data: what the writer turns into a `graph!` and the reference interprets.

pub(crate) mod chance;
pub(crate) mod dice;
mod generate;

pub(crate) use generate::programs;

/// A graph. Nodes are numbered in the order in which the text places them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) nodes: Vec<Node>,
    pub(crate) regions: Vec<Region>,
    /// The first one follows `start`.
    pub(crate) statements: Vec<Chain>,
    /// The graphs that it may contain.
    pub(crate) children: Vec<Program>,
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) writes: Writes,
    /// It stands in a `for`, and its function takes the item.
    pub(crate) item: bool,
    /// The `for`s around it that bound how many run at once: how many items there are down to it, which one, how many.
    pub(crate) bounds: Vec<(usize, usize, u32)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A plain `fn` that cannot return an error.
    Plain,
    /// An `fn` that returns a `Result`.
    Now,
    /// An `async fn` that returns a `Result`.
    Later,
    /// The graph of this number, and whether it keeps its state.
    Subgraph { child: usize, memory: bool },
}

/// Which fields a node writes beside the reduced ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writes {
    /// None.
    Shared,
    /// Those that no two tasks may write: the node runs alone.
    Alone,
    /// The one of the first branch of an outermost group.
    Left,
    /// The one of its second branch.
    Right,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Region {
    pub(crate) labelled: bool,
    pub(crate) concurrency: Option<u32>,
}

#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub(crate) stages: Vec<Stage>,
    pub(crate) tail: Tail,
}

#[derive(Clone, Debug)]
pub(crate) enum Stage {
    Node(usize),
    Group(usize, Vec<(Chain, Option<Ask>)>),
    Each(usize, Ask, Box<Chain>),
}

/// How a chain ends.
#[derive(Clone, Debug)]
pub(crate) enum Tail {
    /// The branch is left because its chain is over.
    Over,
    Join,
    End,
    /// A jump to a node.
    Node(usize),
    /// A jump to a region.
    Region(usize),
    /// A jump to what another statement begins with.
    Statement(usize),
    Route(Route),
}

#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) ask: Ask,
    /// The node before it chooses.
    pub(crate) command: bool,
    /// The arm that leads on, and is taken once enough nodes have run.
    pub(crate) forward: usize,
    pub(crate) arms: Vec<Chain>,
}

/// A question to the state: a route, a condition, a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask {
    pub(crate) salt: u64,
    /// The function takes the item.
    pub(crate) item: bool,
}
