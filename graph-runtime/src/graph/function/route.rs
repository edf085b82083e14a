//! Which functions are routes: plain ones over the state.

use std::future::Future;

/// A function whose answer a `match` turns into what comes next.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a route of a graph over `{S}`",
    label = "takes other arguments than a route",
    note = "a route is a plain `fn(&{S}) -> T`; what else it needs, a node puts into the state"
)]
pub trait Route<'a, S, Form> {
    /// What the patterns of the `match` are of.
    type Answer;

    /// Reads the state.
    fn call(&self, state: &'a S) -> Self::Answer;
}

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, F, T> Route<'a, S, fn(&'a S) -> T> for F
where
    F: Fn(&'a S) -> T,
{
    type Answer = T;

    #[inline]
    fn call(&self, state: &'a S) -> T {
        self(state)
    }
}

/// No function takes it. With one implementation of [`Route`], the compiler would descend into that one and speak of
/// tuples instead of showing the message above.
pub struct Nothing(pub(super) ());

#[diagnostic::do_not_recommend]
impl<'a, S: 'a, F> Route<'a, S, Nothing> for F
where
    F: Fn(&'a S, Nothing),
{
    type Answer = ();

    fn call(&self, state: &'a S) {
        self(state, Nothing(()));
    }
}

/// The value of a route on its way into the `match`.
///
/// `Answer(value).answer()` is the value. A future, which no pattern matches, has an [`answer`](Answer::answer) of its
/// own, which the compiler prefers to the trait's and which says so once; else each arm would be an error.
pub struct Answer<T>(pub T);

impl<F: Future> Answer<F> {
    /// Refuses the future.
    // The return type is a parameter because the compiler would pass over a method whose return type it cannot name.
    pub fn answer<T>(self) -> T
    where
        F: Immediate<T>,
    {
        self.0.value()
    }
}

/// The [`answer`](AnswerExt::answer) of what is no future.
pub trait AnswerExt {
    /// What the patterns of the `match` are of.
    type Value;

    /// The value.
    fn answer(self) -> Self::Value;
}

impl<T> AnswerExt for Answer<T> {
    type Value = T;

    #[inline]
    fn answer(self) -> T {
        self.0
    }
}

/// What no future is.
#[diagnostic::on_unimplemented(
    message = "a route cannot be `async`: it returns `{Self}`",
    label = "an `async` route",
    note = "routes are read between two steps; await in the node before it, and put what the route needs into the state"
)]
pub trait Immediate<T> {
    /// The value.
    fn value(self) -> T;
}
