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
    ///
    /// That it crosses threads is asked here and at its fields, not of every [`GraphState`]: so a field that cannot is
    /// one error, at that field.
    type State: GraphState + Send + Sync;
    /// What the nodes get through [`Ctx::context`]; `()` where the header names none.
    type Context: Send + Sync + 'static;
    /// The enum of nodes.
    type Node: NodeName;

    /// The name in the header. Threads of graphs with different names never meet in one store; two graphs of one name,
    /// in different modules, share theirs.
    const NAME: &'static str;

    /// What follows `start`.
    #[doc(hidden)]
    fn entry(state: &Self::State) -> Next<Self::Node>;

    /// Takes one superstep if `node` is no `async fn`: runs it, takes its writes into the state and reads what follows.
    ///
    /// `None` if the node is to be awaited; then nothing has happened.
    #[doc(hidden)]
    fn now(
        node: Self::Node,
        state: &mut Self::State,
        cx: &Ctx<Self::Context>,
        draft: &mut Draft<Self::State>,
    ) -> Option<Result<Next<Self::Node>, BoxError>>;

    /// Takes one superstep, whatever the node is. One that fails or is dropped leaves the state as it was.
    #[doc(hidden)]
    fn step<'a>(
        node: Self::Node,
        state: &'a mut Self::State,
        cx: &'a Ctx<Self::Context>,
        draft: &'a mut Draft<Self::State>,
    ) -> impl Future<Output = Result<Next<Self::Node>, BoxError>> + Send + 'a;

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

/// The writes of a step on their way into the state: what a node returns may borrow from the state, so they wait here.
#[doc(hidden)]
pub struct Draft<S: GraphState> {
    patch: S::Patch,
    /// The state is being changed, or what follows is being read; after a panic it is still so.
    pub(crate) settling: bool,
}

/// Takes the fields that one type of update may write from the patch into the state.
type Apply<S> = fn(&mut <S as GraphState>::Patch, &mut S);

impl<S: GraphState> Draft<S> {
    /// Notes the writes of a node. What it returns is for [`Draft::settle`], once nothing borrows the state.
    #[inline]
    pub fn note<U: Update<S>>(&mut self, update: U) -> Apply<S> {
        update.write(&mut self.patch);
        U::apply
    }

    /// Takes the noted writes into the state.
    #[inline]
    pub fn settle(&mut self, apply: Apply<S>, state: &mut S) {
        self.settling = true;
        state.expire();
        apply(&mut self.patch, state);
    }
}

impl<S: GraphState> Default for Draft<S> {
    fn default() -> Self {
        Draft { patch: S::Patch::default(), settling: false }
    }
}
