//! Updates made of updates.

use super::{Update, Writes};
use crate::GraphState;
use either::Either;

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
