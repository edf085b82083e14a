//! The ways into a subgraph and out of it, and out of a failure.

use super::route::Nothing;
use crate::{NodeError, Update};

/// The function on the way into a subgraph over `T`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot lead from a `{S}` into a subgraph over `{T}`",
    label = "not the way into this subgraph",
    note = "write an `fn(&{S}) -> impl Update<{T}>`"
)]
pub trait Enter<'a, S, T: crate::GraphState, Form> {
    /// What the subgraph starts with.
    type Update: Update<T>;

    /// Reads the state.
    fn call(&self, state: &'a S) -> Self::Update;
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, T: crate::GraphState, F, U> Enter<'a, S, T, fn(&'a S) -> U> for F
where
    F: Fn(&'a S) -> U,
    U: Update<T>,
{
    type Update = U;

    fn call(&self, state: &'a S) -> U {
        self(state)
    }
}

/// No function takes it; see [`Nothing`].
#[diagnostic::do_not_recommend]
impl<'a, S: 'a, T: crate::GraphState, F: Fn(&'a S, Nothing)> Enter<'a, S, T, Nothing> for F {
    type Update = ();

    fn call(&self, _: &'a S) {}
}

/// The function on the way into a subgraph over `T` in a `for`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot lead from a `{S}` and an item `{I}` into a subgraph over `{T}`",
    label = "not the way into this subgraph",
    note = "write an `fn(&{S}) -> impl Update<{T}>`, or an `fn(&{S}, &{I})` if it depends on the item"
)]
pub trait ItemEnter<'a, S, I, T: crate::GraphState, Form> {
    /// What the subgraph starts with.
    type Update: Update<T>;

    /// Reads the state and the item.
    fn call(&self, state: &'a S, item: &'a I) -> Self::Update;
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, I: 'a, T: crate::GraphState, F, U> ItemEnter<'a, S, I, T, fn(&'a S) -> U> for F
where
    F: Fn(&'a S) -> U,
    U: Update<T>,
{
    type Update = U;

    fn call(&self, state: &'a S, _: &'a I) -> U {
        self(state)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, I: 'a, T: crate::GraphState, F, U> ItemEnter<'a, S, I, T, fn(&'a S, &'a I) -> U> for F
where
    F: Fn(&'a S, &'a I) -> U,
    U: Update<T>,
{
    type Update = U;

    fn call(&self, state: &'a S, item: &'a I) -> U {
        self(state, item)
    }
}

/// The function on the way out of a subgraph over `T`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot lead from a subgraph over `{T}` back into a `{S}`",
    label = "not the way out of this subgraph",
    note = "write an `fn(&{S}, &{T}) -> impl Update<{S}>`"
)]
pub trait Leave<'a, S: crate::GraphState, T, Form> {
    /// What the subgraph writes.
    type Update: Update<S>;

    /// Reads both states.
    fn call(&self, state: &'a S, child: &'a T) -> Self::Update;
}

#[diagnostic::do_not_recommend]
impl<'a, S: crate::GraphState, T: 'a, F, U> Leave<'a, S, T, fn(&'a S, &'a T) -> U> for F
where
    F: Fn(&'a S, &'a T) -> U,
    U: Update<S>,
{
    type Update = U;

    fn call(&self, state: &'a S, child: &'a T) -> U {
        self(state, child)
    }
}

/// No function takes it; see [`Nothing`].
#[diagnostic::do_not_recommend]
impl<'a, S: crate::GraphState, T: 'a, F: Fn(&'a S, Nothing)> Leave<'a, S, T, Nothing> for F {
    type Update = ();

    fn call(&self, _: &'a S, _: &'a T) {}
}

/// The function on the way out of a subgraph over `T` in a `for`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot lead from a subgraph over `{T}`, with an item `{I}`, back into a `{S}`",
    label = "not the way out of this subgraph",
    note = "write an `fn(&{S}, &{T}) -> impl Update<{S}>`, or an `fn(&{S}, &{I}, &{T})` if it depends on the item"
)]
pub trait ItemLeave<'a, S: crate::GraphState, I, T, Form> {
    /// What the subgraph writes.
    type Update: Update<S>;

    /// Reads both states and the item.
    fn call(&self, state: &'a S, item: &'a I, child: &'a T) -> Self::Update;
}

#[diagnostic::do_not_recommend]
impl<'a, S: crate::GraphState, I: 'a, T: 'a, F, U> ItemLeave<'a, S, I, T, fn(&'a S, &'a T) -> U> for F
where
    F: Fn(&'a S, &'a T) -> U,
    U: Update<S>,
{
    type Update = U;

    fn call(&self, state: &'a S, _: &'a I, child: &'a T) -> U {
        self(state, child)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, S: crate::GraphState, I: 'a, T: 'a, F, U> ItemLeave<'a, S, I, T, fn(&'a S, &'a I, &'a T) -> U> for F
where
    F: Fn(&'a S, &'a I, &'a T) -> U,
    U: Update<S>,
{
    type Update = U;

    fn call(&self, state: &'a S, item: &'a I, child: &'a T) -> U {
        self(state, item, child)
    }
}

/// The function that `#[on_error(…)]` names.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot handle the errors of a node of a graph over `{S}`",
    label = "takes other arguments than an `on_error`",
    note = "write an `fn(&{S}, &NodeError)` that returns what the node returns: an update, or its `Command`"
)]
pub trait OnError<'a, S, Form> {
    /// What the function returns.
    type Returned;

    /// Reads the state and the error.
    fn call(&self, state: &'a S, error: &'a NodeError) -> Self::Returned;
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, F, R> OnError<'a, S, fn(&'a S, &'a NodeError) -> R> for F
where
    F: Fn(&'a S, &'a NodeError) -> R,
{
    type Returned = R;

    fn call(&self, state: &'a S, error: &'a NodeError) -> R {
        self(state, error)
    }
}

/// No function takes it; see [`Nothing`].
#[diagnostic::do_not_recommend]
impl<'a, S: 'a, F: Fn(&'a S, Nothing)> OnError<'a, S, Nothing> for F {
    type Returned = ();

    fn call(&self, _: &'a S, _: &'a NodeError) {}
}

/// The context of a subgraph, given that of the graph `P`.
#[diagnostic::on_unimplemented(
    message = "a subgraph with the context `{Self}` cannot run in a graph with the context `{P}`",
    label = "needs another context",
    note = "give both graphs the same context, or take it out of the subgraph's header"
)]
pub trait ContextOf<P, Form> {
    /// Does nothing: that it can be named is the check.
    fn call();
}

/// The subgraph has the context of the graph.
pub struct Same(());
/// The subgraph has none.
pub struct Without(());

#[diagnostic::do_not_recommend]
impl<P> ContextOf<P, Same> for P {
    fn call() {}
}

#[diagnostic::do_not_recommend]
impl<P> ContextOf<P, Without> for () {
    fn call() {}
}
