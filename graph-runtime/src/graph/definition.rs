//! What `graph!` implements: the static state machine that the engine drives.

use crate::{BoxError, Ctx, GraphState, Update};
use std::fmt::Debug;
use std::future::Future;
use std::hash::Hash;

/// A graph as `graph!` emits it: tables and one static `match` per question that the engine asks.
///
/// Users name the type (`JobGraph`) and never implement or call this trait.
pub trait Definition: Sized + Send + Sync + 'static {
    /// The state.
    type State: GraphState;
    /// What the nodes get through [`Ctx::context`]; `()` where the header names none.
    type Context: Send + Sync + 'static;
    /// The enum of nodes.
    type Node: NodeName;

    /// The name in the header: threads of different graphs never meet in one store.
    const NAME: &'static str;

    /// What follows `start`.
    #[doc(hidden)]
    fn entry(state: &Self::State) -> Next<Self::Node>;

    /// Runs one node; its writes are left in `patch`.
    #[doc(hidden)]
    fn run<'a>(
        node: Self::Node,
        state: &'a Self::State,
        cx: &'a Ctx<Self::Context>,
        patch: &'a mut <Self::State as GraphState>::Patch,
    ) -> impl Future<Output = Result<Ran<Self>, BoxError>> + Send + 'a;

    /// What follows `node`, read on the state that holds its writes; not asked after a node that chose itself.
    #[doc(hidden)]
    fn route(node: Self::Node, state: &Self::State) -> Next<Self::Node>;
}

/// The enum of a graph's nodes (`JobGraphNode`), emitted by `graph!`.
pub trait NodeName: Copy + Eq + Hash + Debug + Send + Sync + 'static {
    /// All nodes, in the order in which the graph text places them.
    const ALL: &'static [Self];

    /// The node's name in the graph text; checkpoints hold it.
    fn name(self) -> &'static str;

    /// The node of that name, if the graph has one.
    #[must_use]
    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|node| node.name() == name)
    }

    /// The place in [`NodeName::ALL`].
    #[doc(hidden)]
    fn index(self) -> usize;
}

/// Where a thread goes after a step.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next<N> {
    Node(N),
    End,
}

/// A node has run: how to take its writes from the patch, and where it wants to go if it chose itself.
#[doc(hidden)]
pub struct Ran<G: Definition> {
    pub apply: fn(&mut <G::State as GraphState>::Patch, &mut G::State),
    pub next: Option<Next<G::Node>>,
}

impl<G: Definition> Ran<G> {
    /// Leaves the writes of a node in the patch.
    #[inline]
    pub fn new<U>(update: U, next: Option<Next<G::Node>>, patch: &mut <G::State as GraphState>::Patch) -> Ran<G>
    where
        U: Update<G::State>,
    {
        update.write(patch);
        Ran { apply: U::apply, next }
    }
}
