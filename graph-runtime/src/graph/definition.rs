//! What `graph!` implements: the static state machine that the engine drives.

mod step;

pub use step::{Draft, Next, Noted, Patch, no_function};

use super::engine::at::At;
use super::engine::items::Items;
use super::engine::memory::Memory;
use super::engine::nested::Child;
use super::engine::opening::Opening;
use super::engine::position::Astray;
use super::policy::Policy;
use super::region::{Region, Scope};
use super::reply::{Question, Replies};
use crate::drawing::Drawing;
use crate::{BoxError, Ctx, GraphState, NodeError};
use std::fmt::Debug;
use std::future::{Future, ready};
use std::hash::Hash;

/// A graph as `graph!` emits it: tables and one static `match` per question that the engine asks.
///
/// Users name the type (`JobGraph`) and never implement or call this trait.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a graph",
    label = "not a graph",
    note = "name what `graph!` made: the type in its header"
)]
#[expect(clippy::must_use_candidate, reason = "only the engine asks")]
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
    /// The items of a `for`, one variant for each.
    #[doc(hidden)]
    type Items: Items;
    /// The replies that pauses wait for: the enum `JobGraphReply`.
    type Reply: Replies;
    /// Whether this graph, or one inside it, has a pause.
    #[doc(hidden)]
    type Pausing: 'static;
    /// A run of a subgraph, one variant for each.
    #[doc(hidden)]
    type Child: Child<Self::Context, Self::Memory>;
    /// What subgraphs keep between their runs.
    #[doc(hidden)]
    type Memory: Memory;

    /// The name in the header. Threads of graphs with different names never meet in one store; two graphs of one name,
    /// in different modules, share theirs.
    const NAME: &'static str;

    /// The names that the graph had before: threads stay stored under the one that they were started under.
    #[doc(hidden)]
    const FORMER_NAMES: &'static [&'static str] = &[];

    /// The groups and `for`s in the order of the text.
    #[doc(hidden)]
    const REGIONS: &'static [Region] = &[];

    /// Where each node stands, in the order of [`NodeName::ALL`]; empty if all stand in the graph itself.
    #[doc(hidden)]
    const SCOPES: &'static [Option<Scope>] = &[];

    /// The names of the subgraphs in the order of the text.
    #[doc(hidden)]
    const SUBGRAPHS: &'static [&'static str] = &[];

    /// The graph's drawing; `None` for one that is too large. A program that draws nothing does not hold it.
    #[doc(hidden)]
    const DRAWING: Option<&'static Drawing> = None;

    /// The names of the pauses in the order of the text.
    #[doc(hidden)]
    const PAUSES: &'static [&'static str] = &[];

    /// The names that nodes had before, each with the one it has now: stored threads hold them.
    #[doc(hidden)]
    const FORMER: &'static [(&'static str, &'static str)] = &[];

    /// Whether this graph, or one inside it, has a timer or a blocking node.
    #[doc(hidden)]
    const TIMED: bool = false;

    /// What follows `start`.
    #[doc(hidden)]
    fn entry(state: &Self::State) -> Next<Self::Node>;

    /// Takes one superstep if `node` is no `async fn`, has no policy and no item: runs it, takes its writes into the
    /// state and reads what follows.
    ///
    /// `None` for other nodes; then nothing has happened.
    #[doc(hidden)]
    fn now(
        node: Self::Node,
        state: &mut Self::State,
        cx: &Ctx<Self::Context>,
        draft: &mut Draft<Self::State>,
    ) -> Option<Result<Next<Self::Node>, BoxError>>;

    /// Runs a node and notes its writes in the patch. Subgraphs are no nodes here.
    #[doc(hidden)]
    fn task<'a>(
        node: Self::Node,
        state: &'a Self::State,
        at: At<'a, Self>,
        cx: &'a Ctx<Self::Context>,
        patch: &'a mut Patch<Self>,
    ) -> impl Future<Output = Result<Noted<Self>, BoxError>> + Send + 'a;

    /// Takes one superstep, as [`Definition::now`] does for nodes that are no `async fn`. One that fails or is dropped
    /// leaves the state as it was.
    ///
    /// Small graphs have one of their own, in which each arm goes straight to what follows: a node costs 2 ns less, and
    /// the compiler has more to do.
    #[doc(hidden)]
    #[inline]
    fn step<'a>(
        node: Self::Node,
        state: &'a mut Self::State,
        cx: &'a Ctx<Self::Context>,
        draft: &'a mut Draft<Self::State>,
    ) -> impl Future<Output = Result<Next<Self::Node>, BoxError>> + Send + 'a {
        async move {
            let noted = Self::task(node, state, At::NOWHERE, cx, &mut draft.patch).await?;
            draft.settle(noted.apply, state);
            Ok(noted.next.unwrap_or_else(|| Self::route(node, state, At::NOWHERE)))
        }
    }

    /// Whether the node stands in a group or a `for`, and is no `async fn` and has no policy.
    #[doc(hidden)]
    #[inline]
    fn instant(_: Self::Node) -> bool {
        false
    }

    /// Runs a node that is [`instant`](Definition::instant) or blocks; `None` for others.
    #[doc(hidden)]
    fn call(
        _: Self::Node,
        _: &Self::State,
        _: At<'_, Self>,
        _: &Ctx<Self::Context>,
        _: &mut Patch<Self>,
    ) -> Option<Result<Noted<Self>, BoxError>> {
        None
    }

    /// Turns the failure of a node with `#[on_error(…)]` into writes.
    #[doc(hidden)]
    fn rescue<'a>(
        _: Self::Node,
        _: &'a Self::State,
        _: &'a NodeError,
        _: &'a mut Patch<Self>,
    ) -> impl Future<Output = Result<Noted<Self>, BoxError>> + Send + 'a {
        ready(no_function())
    }

    /// What the node asks, if it is a pause; or why that cannot be stored.
    #[doc(hidden)]
    #[inline]
    fn ask(_: Self::Node, _: &Self::State, _: At<'_, Self>) -> Option<Result<Question, String>> {
        None
    }

    /// The reply that a pause with a deadline takes when it is over.
    #[doc(hidden)]
    fn overdue(_: Self::Node, _: &Self::State, _: At<'_, Self>) -> Option<Self::Reply> {
        None
    }

    /// Whether the node is no pause, and has neither a policy nor a graph inside it, so that the plain loop may run it.
    #[doc(hidden)]
    #[inline]
    fn plain(_: Self::Node) -> bool {
        true
    }

    /// Whether the node chooses itself where to go.
    #[doc(hidden)]
    fn decides(_: Self::Node) -> bool {
        false
    }

    /// What happens when a node fails or takes long; `None` for nodes without attributes.
    #[doc(hidden)]
    #[inline]
    fn policy(_: Self::Node) -> Option<&'static Policy> {
        None
    }

    /// What follows `node`, read on the state that holds its writes; not asked after a node that chose itself.
    #[doc(hidden)]
    fn route(node: Self::Node, state: &Self::State, at: At<'_, Self>) -> Next<Self::Node>;

    /// What follows a group or a `for`, once all of its branches have joined.
    #[doc(hidden)]
    fn after(_: usize, _: &Self::State, _: At<'_, Self>) -> Next<Self::Node> {
        Next::End
    }

    /// The branches that a group or a `for` has now.
    #[doc(hidden)]
    fn open(_: usize, _: &Self::State, _: At<'_, Self>) -> Opening<Self> {
        Opening::empty()
    }

    /// Starts the subgraph `node`; `None` for a node that is none.
    #[doc(hidden)]
    #[inline]
    fn enter(
        _: Self::Node,
        _: &Self::State,
        _: At<'_, Self>,
        _: &mut Self::Memory,
    ) -> Option<Result<Self::Child, Astray>> {
        None
    }

    /// Notes what the subgraph `node` writes at its end.
    #[doc(hidden)]
    fn leave(
        _: Self::Node,
        _: &Self::State,
        _: At<'_, Self>,
        _: &Self::Child,
        _: &mut Patch<Self>,
    ) -> Option<Noted<Self>> {
        None
    }
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
