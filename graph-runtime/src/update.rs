//! Typed, partial writes to a state.

use crate::GraphState;
use either::Either;

/// A partial write to the state `S`, whose type says which fields it may write.
///
/// Nodes return updates. `S::update()` starts one; `()` writes nothing; `Option`, [`Either`] and tuples of updates are
/// updates; a whole state is an update that writes every field.
///
/// Every setter adds a layer to the type of an update, and rustc follows about 120 of them. An update of more fields is
/// built in parts, each of which `.erase()` cuts back to one layer, or is the whole state.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an update of `{S}`",
    label = "not an update of the graph's state",
    note = "return `impl Update<…>` made by the state's `update()`, or `()` to write nothing"
)]
pub trait Update<S: GraphState> {
    /// The fields that this type may write.
    #[doc(hidden)]
    const WRITES: Writes;

    /// Puts the writes into the patch.
    #[doc(hidden)]
    fn write(self, patch: &mut S::Patch);

    /// Takes the fields that this type may have written from the patch into the state.
    #[doc(hidden)]
    fn apply(patch: &mut S::Patch, state: &mut S);
}

/// The set of fields that an update type may write, as a tree that const evaluation can walk.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Writes {
    /// Nothing.
    None,
    /// Every field.
    All,
    /// One field (its index in `GraphState::FIELDS`), then the rest.
    Field { index: usize, kind: WriteKind, rest: &'static Writes },
    /// The union of two sets.
    Both(&'static Writes, &'static Writes),
}

/// How a field is written.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteKind {
    /// The value is replaced.
    Replace,
    /// The value is folded by the reducer.
    Reduce,
}

/// Writes nothing.
#[diagnostic::do_not_recommend]
impl<S: GraphState> Update<S> for () {
    const WRITES: Writes = Writes::None;

    fn write(self, _: &mut S::Patch) {}

    fn apply(_: &mut S::Patch, _: &mut S) {}
}

/// `None` writes nothing.
#[diagnostic::do_not_recommend]
impl<S: GraphState, U: Update<S>> Update<S> for Option<U> {
    const WRITES: Writes = U::WRITES;

    fn write(self, patch: &mut S::Patch) {
        if let Some(update) = self {
            update.write(patch);
        }
    }

    fn apply(patch: &mut S::Patch, state: &mut S) {
        U::apply(patch, state);
    }
}

/// Writes one of the two.
#[diagnostic::do_not_recommend]
impl<S: GraphState, A: Update<S>, B: Update<S>> Update<S> for Either<A, B> {
    const WRITES: Writes = Writes::Both(&A::WRITES, &B::WRITES);

    fn write(self, patch: &mut S::Patch) {
        match self {
            Either::Left(update) => update.write(patch),
            Either::Right(update) => update.write(patch),
        }
    }

    fn apply(patch: &mut S::Patch, state: &mut S) {
        A::apply(patch, state);
        B::apply(patch, state);
    }
}

/// Writes the first, then the second.
#[diagnostic::do_not_recommend]
impl<S: GraphState, A: Update<S>, B: Update<S>> Update<S> for (A, B) {
    const WRITES: Writes = Writes::Both(&A::WRITES, &B::WRITES);

    fn write(self, patch: &mut S::Patch) {
        self.0.write(patch);
        self.1.write(patch);
    }

    fn apply(patch: &mut S::Patch, state: &mut S) {
        A::apply(patch, state);
        B::apply(patch, state);
    }
}

/// Writes the three in their order.
#[diagnostic::do_not_recommend]
impl<S: GraphState, A: Update<S>, B: Update<S>, C: Update<S>> Update<S> for (A, B, C) {
    const WRITES: Writes = <((A, B), C)>::WRITES;

    fn write(self, patch: &mut S::Patch) {
        ((self.0, self.1), self.2).write(patch);
    }

    fn apply(patch: &mut S::Patch, state: &mut S) {
        <((A, B), C)>::apply(patch, state);
    }
}

/// Writes the four in their order.
#[diagnostic::do_not_recommend]
impl<S: GraphState, A: Update<S>, B: Update<S>, C: Update<S>, D: Update<S>> Update<S> for (A, B, C, D) {
    const WRITES: Writes = <((A, B), (C, D))>::WRITES;

    fn write(self, patch: &mut S::Patch) {
        ((self.0, self.1), (self.2, self.3)).write(patch);
    }

    fn apply(patch: &mut S::Patch, state: &mut S) {
        <((A, B), (C, D))>::apply(patch, state);
    }
}
