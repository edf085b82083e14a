//! The functions of a `for`: what lists its items, and what its nodes and routes may take beside the state.
//!
//! As in `node`, each trait has several implementations, told apart by the type parameter `Form`.

use super::route::Nothing;
use crate::Ctx;

/// A function that lists the items of a `for`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot list items of type `{I}` from a `{S}`",
    label = "does not list the items of this `for`",
    note = "write an `fn(&{S}) -> impl IntoIterator<Item = {I}>`; the type of the items stands in the parentheses of the `for`"
)]
pub trait Lists<'a, S, I, Form> {
    /// The items.
    fn call(&self, state: &'a S) -> Vec<I>;
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, I, F, R> Lists<'a, S, I, fn(&'a S) -> R> for F
where
    F: Fn(&'a S) -> R,
    R: IntoIterator<Item = I>,
{
    fn call(&self, state: &'a S) -> Vec<I> {
        self(state).into_iter().collect()
    }
}

/// No function takes it; see [`Nothing`].
#[diagnostic::do_not_recommend]
impl<'a, S: 'a, I, F> Lists<'a, S, I, Nothing> for F
where
    F: Fn(&'a S, Nothing),
{
    fn call(&self, _: &'a S) -> Vec<I> {
        Vec::new()
    }
}

/// A function that lists the items of a `for` inside of another one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot list items of type `{I}` from a `{S}` and an item `{O}`",
    label = "does not list the items of this `for`",
    note = "write an `fn(&{S}) -> impl IntoIterator<Item = {I}>`, or an `fn(&{S}, &{O})` if it depends on the item of the outer `for`"
)]
pub trait ListsWithin<'a, S, O, I, Form> {
    /// The items.
    fn call(&self, state: &'a S, item: &'a O) -> Vec<I>;
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, O: 'a, I, F, R> ListsWithin<'a, S, O, I, fn(&'a S) -> R> for F
where
    F: Fn(&'a S) -> R,
    R: IntoIterator<Item = I>,
{
    fn call(&self, state: &'a S, _: &'a O) -> Vec<I> {
        self(state).into_iter().collect()
    }
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, O: 'a, I, F, R> ListsWithin<'a, S, O, I, fn(&'a S, &'a O) -> R> for F
where
    F: Fn(&'a S, &'a O) -> R,
    R: IntoIterator<Item = I>,
{
    fn call(&self, state: &'a S, item: &'a O) -> Vec<I> {
        self(state, item).into_iter().collect()
    }
}

/// The form of a node that takes the context and not the item.
pub struct Surroundings(());

/// A node in a `for`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a node in a `for` over `{I}` of a graph over `{S}` with the context `{C}`",
    label = "takes other arguments than a node in this `for`",
    note = "a node in a `for` takes `&{S}`, then `&{I}` if it wants the item, then `&Ctx<{C}>` if it wants the context"
)]
pub trait ItemNode<'a, S, I, C, Form> {
    /// What the function returns.
    type Returned;

    /// Calls the function with what it takes.
    fn call(&self, state: &'a S, item: &'a I, cx: &'a Ctx<C>) -> Self::Returned;
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, I: 'a, C: 'a, F, R> ItemNode<'a, S, I, C, fn(&'a S) -> R> for F
where
    F: Fn(&'a S) -> R,
{
    type Returned = R;

    #[inline]
    fn call(&self, state: &'a S, _: &'a I, _: &'a Ctx<C>) -> R {
        self(state)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, I: 'a, C: 'a, F, R> ItemNode<'a, S, I, C, (fn(&'a S, &'a I) -> R, I)> for F
where
    F: Fn(&'a S, &'a I) -> R,
{
    type Returned = R;

    #[inline]
    fn call(&self, state: &'a S, item: &'a I, _: &'a Ctx<C>) -> R {
        self(state, item)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, I: 'a, C: 'a, F, R> ItemNode<'a, S, I, C, (fn(&'a S, &'a Ctx<C>) -> R, Surroundings)> for F
where
    F: Fn(&'a S, &'a Ctx<C>) -> R,
{
    type Returned = R;

    #[inline]
    fn call(&self, state: &'a S, _: &'a I, cx: &'a Ctx<C>) -> R {
        self(state, cx)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, I: 'a, C: 'a, F, R> ItemNode<'a, S, I, C, fn(&'a S, &'a I, &'a Ctx<C>) -> R> for F
where
    F: Fn(&'a S, &'a I, &'a Ctx<C>) -> R,
{
    type Returned = R;

    #[inline]
    fn call(&self, state: &'a S, item: &'a I, cx: &'a Ctx<C>) -> R {
        self(state, item, cx)
    }
}

/// A route in a `for`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a route in a `for` over `{I}` of a graph over `{S}`",
    label = "takes other arguments than a route in this `for`",
    note = "a route in a `for` is a plain `fn(&{S}) -> T` or `fn(&{S}, &{I}) -> T`"
)]
pub trait ItemRoute<'a, S, I, Form> {
    /// What the patterns of the `match` are of.
    type Answer;

    /// Reads the state and the item.
    fn call(&self, state: &'a S, item: &'a I) -> Self::Answer;
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, I: 'a, F, T> ItemRoute<'a, S, I, fn(&'a S) -> T> for F
where
    F: Fn(&'a S) -> T,
{
    type Answer = T;

    #[inline]
    fn call(&self, state: &'a S, _: &'a I) -> T {
        self(state)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, I: 'a, F, T> ItemRoute<'a, S, I, fn(&'a S, &'a I) -> T> for F
where
    F: Fn(&'a S, &'a I) -> T,
{
    type Answer = T;

    #[inline]
    fn call(&self, state: &'a S, item: &'a I) -> T {
        self(state, item)
    }
}

/// The `if` of a branch.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the condition of a branch of a graph over `{S}`",
    label = "not a condition",
    note = "a condition is a plain `fn(&{S}) -> bool`"
)]
pub trait Condition<'a, S, Form> {
    /// Whether the branch runs.
    fn call(&self, state: &'a S) -> bool;
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, F: Fn(&'a S) -> bool> Condition<'a, S, fn(&'a S) -> bool> for F {
    fn call(&self, state: &'a S) -> bool {
        self(state)
    }
}

/// No function takes it; see [`Nothing`].
#[diagnostic::do_not_recommend]
impl<'a, S: 'a, F: Fn(&'a S, Nothing)> Condition<'a, S, Nothing> for F {
    fn call(&self, _: &'a S) -> bool {
        false
    }
}

/// The `if` of a branch in a `for`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the condition of a branch in a `for` over `{I}` of a graph over `{S}`",
    label = "not a condition",
    note = "a condition in a `for` is a plain `fn(&{S}) -> bool` or `fn(&{S}, &{I}) -> bool`"
)]
pub trait ItemCondition<'a, S, I, Form> {
    /// Whether the branch runs.
    fn call(&self, state: &'a S, item: &'a I) -> bool;
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, I: 'a, F: Fn(&'a S) -> bool> ItemCondition<'a, S, I, fn(&'a S) -> bool> for F {
    fn call(&self, state: &'a S, _: &'a I) -> bool {
        self(state)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, I: 'a, F: Fn(&'a S, &'a I) -> bool> ItemCondition<'a, S, I, fn(&'a S, &'a I) -> bool> for F {
    fn call(&self, state: &'a S, item: &'a I) -> bool {
        self(state, item)
    }
}
