//! A superstep at a node that has its result at once. The arms of a large graph call these, so that what is the same in all
//! of them is checked here once, and not for each of its nodes.

use super::work::Work;
use crate::graph::definition::{Definition, Draft, Next};
use crate::graph::engine::at::At;
use crate::{BoxError, Ctx, GraphState, Update};

/// A function around a node that a route or another node follows.
///
/// The lifetime is a parameter of the trait because what the function returns may borrow from the state.
pub trait Updating<'a, S: GraphState, C> {
    /// What the node writes.
    type Update: Update<S>;

    /// Calls the function if its work is done then, and returns its result.
    fn at_once(&self, state: &'a S, cx: &'a Ctx<C>) -> Option<Result<Self::Update, BoxError>>;
}

impl<'a, S, C, F, W, U> Updating<'a, S, C> for F
where
    S: GraphState + 'a,
    C: 'a,
    F: Fn(&'a S, &'a Ctx<C>) -> W,
    W: Work<Output = Result<U, BoxError>>,
    U: Update<S>,
{
    type Update = U;

    #[inline]
    fn at_once(&self, state: &'a S, cx: &'a Ctx<C>) -> Option<Result<U, BoxError>> {
        if W::DONE { self(state, cx).done() } else { None }
    }
}

/// Where a node goes and what it writes, or its error; nothing if it is an `async fn`.
type Decision<N, U> = Option<Result<(Next<N>, U), BoxError>>;

/// A function around a node that chooses where to go.
pub trait Choosing<'a, S: GraphState, C, N> {
    /// What the node writes.
    type Update: Update<S>;

    /// Calls the function if its work is done then, and returns its result.
    fn at_once(&self, state: &'a S, cx: &'a Ctx<C>) -> Decision<N, Self::Update>;
}

impl<'a, S, C, N, F, W, U> Choosing<'a, S, C, N> for F
where
    S: GraphState + 'a,
    C: 'a,
    F: Fn(&'a S, &'a Ctx<C>) -> W,
    W: Work<Output = Result<(Next<N>, U), BoxError>>,
    U: Update<S>,
{
    type Update = U;

    #[inline]
    fn at_once(&self, state: &'a S, cx: &'a Ctx<C>) -> Decision<N, U> {
        if W::DONE { self(state, cx).done() } else { None }
    }
}

/// Runs the node, takes its writes into the state, and reads what follows. `None` for an `async fn`, which is not called.
#[inline]
#[expect(clippy::needless_pass_by_value, reason = "a function takes no bytes, and a reference to it would")]
pub fn update<G: Definition>(
    function: impl for<'a> Updating<'a, G::State, G::Context>,
    node: G::Node,
    state: &mut G::State,
    cx: &Ctx<G::Context>,
    draft: &mut Draft<G::State>,
) -> Option<Result<Next<G::Node>, BoxError>> {
    let apply = match function.at_once(state, cx)? {
        Ok(update) => draft.note(update),
        Err(error) => return Some(Err(error)),
    };
    draft.settle(apply, state);
    Some(Ok(G::route(node, state, At::NOWHERE)))
}

/// Runs the node, takes its writes into the state, and goes where it chose. `None` for an `async fn`, which is not called.
#[inline]
#[expect(clippy::needless_pass_by_value, reason = "a function takes no bytes, and a reference to it would")]
pub fn choose<G: Definition>(
    function: impl for<'a> Choosing<'a, G::State, G::Context, G::Node>,
    state: &mut G::State,
    cx: &Ctx<G::Context>,
    draft: &mut Draft<G::State>,
) -> Option<Result<Next<G::Node>, BoxError>> {
    let (next, apply) = match function.at_once(state, cx)? {
        Ok((next, update)) => (next, draft.note(update)),
        Err(error) => return Some(Err(error)),
    };
    draft.settle(apply, state);
    Some(Ok(next))
}
