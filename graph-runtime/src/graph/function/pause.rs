//! The functions of a pause: what it does with the reply, what it asks, and what it takes for a reply in the end.
//!
//! As in `node`, each trait has several implementations, told apart by the type parameter `Form`.

use super::route::Nothing;
use crate::Ctx;

/// The form of a function that takes the reply.
pub struct Replied(());
/// The form of a function that takes the context.
pub struct Surroundings(());
/// The form of a function that takes the item.
pub struct Picked(());

/// The function of a pause, whatever it returns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a pause for a reply of type `{T}` in a graph over `{S}` with the context `{C}`",
    label = "takes other arguments than this pause",
    note = "a pause takes `&{S}`, then `&{T}` if it wants the reply, then `&Ctx<{C}>` if it wants the context"
)]
pub trait PauseNode<'a, S, T, C, Form> {
    /// What the function returns.
    type Returned;

    /// Calls the function with what it takes.
    fn call(&self, state: &'a S, reply: &'a T, cx: &'a Ctx<C>) -> Self::Returned;
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, T: 'a, C: 'a, F, R> PauseNode<'a, S, T, C, fn(&'a S) -> R> for F
where
    F: Fn(&'a S) -> R,
{
    type Returned = R;

    fn call(&self, state: &'a S, _: &'a T, _: &'a Ctx<C>) -> R {
        self(state)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, T: 'a, C: 'a, F, R> PauseNode<'a, S, T, C, (fn(&'a S, &'a T) -> R, Replied)> for F
where
    F: Fn(&'a S, &'a T) -> R,
{
    type Returned = R;

    fn call(&self, state: &'a S, reply: &'a T, _: &'a Ctx<C>) -> R {
        self(state, reply)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, T: 'a, C: 'a, F, R> PauseNode<'a, S, T, C, (fn(&'a S, &'a Ctx<C>) -> R, Surroundings)> for F
where
    F: Fn(&'a S, &'a Ctx<C>) -> R,
{
    type Returned = R;

    fn call(&self, state: &'a S, _: &'a T, cx: &'a Ctx<C>) -> R {
        self(state, cx)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, T: 'a, C: 'a, F, R> PauseNode<'a, S, T, C, fn(&'a S, &'a T, &'a Ctx<C>) -> R> for F
where
    F: Fn(&'a S, &'a T, &'a Ctx<C>) -> R,
{
    type Returned = R;

    fn call(&self, state: &'a S, reply: &'a T, cx: &'a Ctx<C>) -> R {
        self(state, reply, cx)
    }
}

/// The function of a pause in a `for`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a pause for a reply of type `{T}` in a `for` over `{I}` of a graph over `{S}` with the context `{C}`",
    label = "takes other arguments than this pause",
    note = "a pause in a `for` takes `&{S}`, then `&{I}` if it wants the item, then `&{T}` if it wants the reply, then `&Ctx<{C}>` if it wants the context"
)]
pub trait ItemPauseNode<'a, S, I, T, C, Form> {
    /// What the function returns.
    type Returned;

    /// Calls the function with what it takes.
    fn call(&self, state: &'a S, item: &'a I, reply: &'a T, cx: &'a Ctx<C>) -> Self::Returned;
}

/// The function of a pause in a `for` whose items are of the type of its reply.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a pause for a reply of type `{T}` in a `for` over the same type, of a graph over `{S}` with the context `{C}`",
    label = "takes other arguments than this pause",
    note = "where item and reply are of one type, a pause takes `&{S}`, then both or neither, the item first, then `&Ctx<{C}>` if it wants the context"
)]
pub trait TwinPauseNode<'a, S, I, T, C, Form> {
    /// What the function returns.
    type Returned;

    /// Calls the function with what it takes.
    fn call(&self, state: &'a S, item: &'a I, reply: &'a T, cx: &'a Ctx<C>) -> Self::Returned;
}

/// Implements one of the traits above for functions that take these after the state; the form tells them apart.
macro_rules! forms {
    ($trait:ident |$item:ident, $reply:ident, $cx:ident| $($form:ty: ($($argument:ident: $type:ty),*);)*) => {
        $(
            #[diagnostic::do_not_recommend]
            impl<'a, S: 'a, I: 'a, T: 'a, C: 'a, F, R> $trait<'a, S, I, T, C, (fn(&'a S, $(&'a $type),*) -> R, $form)>
                for F
            where
                F: Fn(&'a S, $(&'a $type),*) -> R,
            {
                type Returned = R;

                #[allow(unused_variables, reason = "a function need not take everything")]
                fn call(&self, state: &'a S, $item: &'a I, $reply: &'a T, $cx: &'a Ctx<C>) -> R {
                    self(state, $($argument),*)
                }
            }
        )*
    };
}

forms! { ItemPauseNode |item, reply, cx|
    (): ();
    Picked: (item: I);
    Replied: (reply: T);
    Surroundings: (cx: Ctx<C>);
    (Picked, Replied): (item: I, reply: T);
    (Picked, Surroundings): (item: I, cx: Ctx<C>);
    (Replied, Surroundings): (reply: T, cx: Ctx<C>);
    (Picked, Replied, Surroundings): (item: I, reply: T, cx: Ctx<C>);
}

forms! { TwinPauseNode |item, reply, cx|
    (): ();
    Surroundings: (cx: Ctx<C>);
    (Picked, Replied): (item: I, reply: T);
    (Picked, Replied, Surroundings): (item: I, reply: T, cx: Ctx<C>);
}

/// The function after `asks`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot ask for a pause of a graph over `{S}`",
    label = "takes other arguments than a question",
    note = "write an `fn(&{S}) -> impl Serialize`"
)]
pub trait Asks<'a, S, Form> {
    /// What is asked.
    type Question;

    /// Reads the state.
    fn call(&self, state: &'a S) -> Self::Question;
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, F, Q> Asks<'a, S, fn(&'a S) -> Q> for F
where
    F: Fn(&'a S) -> Q,
{
    type Question = Q;

    fn call(&self, state: &'a S) -> Q {
        self(state)
    }
}

/// No function takes it; see [`Nothing`].
#[diagnostic::do_not_recommend]
impl<'a, S: 'a, F: Fn(&'a S, Nothing)> Asks<'a, S, Nothing> for F {
    type Question = ();

    fn call(&self, _: &'a S) {}
}

/// The function after `asks` in a `for`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot ask for a pause in a `for` over `{I}` of a graph over `{S}`",
    label = "takes other arguments than a question",
    note = "write an `fn(&{S}) -> impl Serialize`, or an `fn(&{S}, &{I})` if it depends on the item"
)]
pub trait ItemAsks<'a, S, I, Form> {
    /// What is asked.
    type Question;

    /// Reads the state and the item.
    fn call(&self, state: &'a S, item: &'a I) -> Self::Question;
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, I: 'a, F, Q> ItemAsks<'a, S, I, fn(&'a S) -> Q> for F
where
    F: Fn(&'a S) -> Q,
{
    type Question = Q;

    fn call(&self, state: &'a S, _: &'a I) -> Q {
        self(state)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, I: 'a, F, Q> ItemAsks<'a, S, I, fn(&'a S, &'a I) -> Q> for F
where
    F: Fn(&'a S, &'a I) -> Q,
{
    type Question = Q;

    fn call(&self, state: &'a S, item: &'a I) -> Q {
        self(state, item)
    }
}

/// The function that replies when a deadline is over.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot give the `{T}` that this pause takes when its deadline is over",
    label = "does not return this pause's reply",
    note = "write an `fn(&{S}) -> {T}`"
)]
pub trait Lapses<'a, S, T, Form> {
    /// Reads the state.
    fn call(&self, state: &'a S) -> T;
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, T, F: Fn(&'a S) -> T> Lapses<'a, S, T, fn(&'a S) -> T> for F {
    fn call(&self, state: &'a S) -> T {
        self(state)
    }
}

/// No function takes it; see [`Nothing`].
#[diagnostic::do_not_recommend]
impl<'a, S: 'a, T, F: Fn(&'a S, Nothing) -> T> Lapses<'a, S, T, Nothing> for F {
    fn call(&self, state: &'a S) -> T {
        self(state, Nothing(()))
    }
}

/// The function that replies when a deadline in a `for` is over.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot give the `{T}` that this pause takes when its deadline is over",
    label = "does not return this pause's reply",
    note = "write an `fn(&{S}) -> {T}`, or an `fn(&{S}, &{I}) -> {T}` if it depends on the item"
)]
pub trait ItemLapses<'a, S, I, T, Form> {
    /// Reads the state and the item.
    fn call(&self, state: &'a S, item: &'a I) -> T;
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, I: 'a, T, F: Fn(&'a S) -> T> ItemLapses<'a, S, I, T, fn(&'a S) -> T> for F {
    fn call(&self, state: &'a S, _: &'a I) -> T {
        self(state)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, I: 'a, T, F: Fn(&'a S, &'a I) -> T> ItemLapses<'a, S, I, T, fn(&'a S, &'a I) -> T> for F {
    fn call(&self, state: &'a S, item: &'a I) -> T {
        self(state, item)
    }
}
