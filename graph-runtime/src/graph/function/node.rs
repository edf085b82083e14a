//! Which functions are nodes: what they may take, and what they may return.
//!
//! Each trait has two implementations or more, told apart by the type parameter `Form`. That lets the compiler infer
//! the form of a function, and it is what makes it show the messages below: with one implementation it would descend
//! into that one and speak of tuples.

use super::work::{Awaited, Work};
use crate::{BoxError, Command, Ctx, GraphState, Update};
use std::future::{Future, ready};

/// A function over the state, whatever it returns.
///
/// The lifetime is a parameter of the trait because what a node returns may borrow from the state.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a node of a graph over `{S}` with the context `{C}`",
    label = "takes other arguments than a node",
    note = "a node takes `&{S}`, or `&{S}` and `&Ctx<{C}>`"
)]
pub trait Node<'a, S, C, Form> {
    /// What the function returns.
    type Returned;

    /// Calls the function with what it takes.
    fn call(&self, state: &'a S, cx: &'a Ctx<C>) -> Self::Returned;
}

impl<'a, S: 'a, C: 'a, F, R> Node<'a, S, C, fn(&'a S) -> R> for F
where
    F: Fn(&'a S) -> R,
{
    type Returned = R;

    #[inline]
    fn call(&self, state: &'a S, _: &'a Ctx<C>) -> R {
        self(state)
    }
}

impl<'a, S: 'a, C: 'a, F, R> Node<'a, S, C, fn(&'a S, &'a Ctx<C>) -> R> for F
where
    F: Fn(&'a S, &'a Ctx<C>) -> R,
{
    type Returned = R;

    #[inline]
    fn call(&self, state: &'a S, cx: &'a Ctx<C>) -> R {
        self(state, cx)
    }
}

/// What a node may return that something follows: an update, a result of one, or a future of either.
#[diagnostic::on_unimplemented(
    message = "a node of a graph over `{S}` cannot return `{Self}`",
    label = "does not return an update of `{S}`",
    note = "a node returns `impl Update<{S}>`, or `Result<impl Update<{S}>, E>`; it may be `async`",
    note = "`E` is an `std::error::Error + Send + Sync + 'static`, a `String` or a `BoxError`; for `Box<dyn Error>` write `BoxError`",
    note = "a node that returns a `Command` is followed by `match {{ … }}` without a route"
)]
pub trait Returned<S: GraphState, Form> {
    /// What the node writes.
    type Update: Update<S>;

    /// Awaits what is a future, and makes one kind of error of all.
    fn settle(self) -> impl Work<Output = Result<Self::Update, BoxError>>;
}

/// What a node may return that `match { … }` follows: a command, a result of one, or a future of either.
#[diagnostic::on_unimplemented(
    message = "a node that `match {{ … }}` follows must return a `Command`, not `{Self}`",
    label = "does not return a `Command`",
    note = "return `Command::to(next).update(update)`, or name a route: `match route {{ … }}`"
)]
pub trait Decided<S: GraphState, Form> {
    /// What the patterns of the `match` are of.
    type Choice;
    /// What the node writes.
    type Update: Update<S>;

    /// Awaits what is a future, and makes one kind of error of all.
    fn settle(self) -> impl Work<Output = Result<(Self::Choice, Self::Update), BoxError>>;
}

/// The form of `U`.
pub struct Plain(());
/// The form of `Result<U, E>`.
pub struct Fallible(());
/// The form of a future of `U`.
pub struct Later(());
/// The form of a future of `Result<U, E>`.
pub struct FallibleLater(());

#[diagnostic::do_not_recommend]
impl<S: GraphState, U: Update<S>> Returned<S, Plain> for U {
    type Update = U;

    #[inline]
    fn settle(self) -> impl Work<Output = Result<U, BoxError>> {
        ready(Ok(self))
    }
}

#[diagnostic::do_not_recommend]
impl<S: GraphState, U: Update<S>, E: Into<BoxError>> Returned<S, Fallible> for Result<U, E> {
    type Update = U;

    #[inline]
    fn settle(self) -> impl Work<Output = Result<U, BoxError>> {
        ready(self.map_err(Into::into))
    }
}

#[diagnostic::do_not_recommend]
impl<S: GraphState, U: Update<S>, F: Future<Output = U>> Returned<S, Later> for F {
    type Update = U;

    #[inline]
    fn settle(self) -> impl Work<Output = Result<U, BoxError>> {
        Awaited::new(self, Ok)
    }
}

#[diagnostic::do_not_recommend]
impl<S, U, E, F> Returned<S, FallibleLater> for F
where
    S: GraphState,
    U: Update<S>,
    E: Into<BoxError>,
    F: Future<Output = Result<U, E>>,
{
    type Update = U;

    #[inline]
    fn settle(self) -> impl Work<Output = Result<U, BoxError>> {
        Awaited::new(self, |result: Result<U, E>| result.map_err(Into::into))
    }
}

#[diagnostic::do_not_recommend]
impl<S: GraphState, N, U: Update<S>> Decided<S, Plain> for Command<N, U> {
    type Choice = N;
    type Update = U;

    #[inline]
    fn settle(self) -> impl Work<Output = Result<(N, U), BoxError>> {
        ready(Ok(self.into_parts()))
    }
}

#[diagnostic::do_not_recommend]
impl<S: GraphState, N, U: Update<S>, E: Into<BoxError>> Decided<S, Fallible> for Result<Command<N, U>, E> {
    type Choice = N;
    type Update = U;

    #[inline]
    fn settle(self) -> impl Work<Output = Result<(N, U), BoxError>> {
        ready(self.map(Command::into_parts).map_err(Into::into))
    }
}

#[diagnostic::do_not_recommend]
impl<S: GraphState, N, U: Update<S>, F: Future<Output = Command<N, U>>> Decided<S, Later> for F {
    type Choice = N;
    type Update = U;

    #[inline]
    fn settle(self) -> impl Work<Output = Result<(N, U), BoxError>> {
        Awaited::new(self, |command: Command<N, U>| Ok(command.into_parts()))
    }
}

#[diagnostic::do_not_recommend]
impl<S, N, U, E, F> Decided<S, FallibleLater> for F
where
    S: GraphState,
    U: Update<S>,
    E: Into<BoxError>,
    F: Future<Output = Result<Command<N, U>, E>>,
{
    type Choice = N;
    type Update = U;

    #[inline]
    fn settle(self) -> impl Work<Output = Result<(N, U), BoxError>> {
        Awaited::new(self, |result: Result<Command<N, U>, E>| result.map(Command::into_parts).map_err(Into::into))
    }
}
