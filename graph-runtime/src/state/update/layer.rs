//! What the derived update builders are made of: a chain of layers, one for each setter that was called.

use super::{Update, WriteKind, Writes};
use crate::GraphState;
use std::marker::PhantomData;

/// One operation on the field `F`, after those of `W`.
///
/// `JobUpdate<Layer<step, Set<u32>, ()>>` is an update that sets `step`: only the fields that a type names cost anything.
pub struct Layer<F, O, W> {
    field: PhantomData<F>,
    operation: O,
    before: W,
}

impl<F, O, W> Layer<F, O, W> {
    /// Adds an operation to those before it.
    #[must_use]
    pub fn new(before: W, operation: O) -> Layer<F, O, W> {
        Layer { field: PhantomData, operation, before }
    }
}

#[diagnostic::do_not_recommend]
impl<S, F, O, W> Update<S> for Layer<F, O, W>
where
    S: GraphState,
    F: FieldOf<S, O::Slot>,
    O: Operation,
    W: Update<S>,
{
    const WRITES: Writes = Writes::Field { index: F::INDEX, kind: O::KIND, rest: &W::WRITES };

    fn write(self, patch: &mut S::Patch) {
        self.before.write(patch);
        self.operation.put(F::slot(patch));
    }

    fn apply(patch: &mut S::Patch, state: &mut S) {
        W::apply(patch, state);
        F::apply(patch, state);
    }
}

/// A field of the state `S`, whose pending writes wait in a `T`; implemented by a marker type for each field.
///
/// The slot's type is a parameter and not an associated type, because it may hold a type that only the state's module
/// can name.
#[doc(hidden)]
pub trait FieldOf<S: GraphState, T> {
    /// The place in [`GraphState::FIELDS`].
    const INDEX: usize;

    /// The pending writes.
    fn slot(patch: &mut S::Patch) -> &mut T;

    /// Takes the pending writes, if there are any, into the state.
    fn apply(patch: &mut S::Patch, state: &mut S);
}

/// The writes to one field that wait to be applied.
#[doc(hidden)]
pub trait Slot: Default {
    /// One of them.
    type Write;

    /// Puts the writes of another patch after those that wait.
    fn extend(&mut self, later: Self);

    /// Whether any wait.
    fn holds(&self) -> bool;
}

impl<T> Slot for Option<T> {
    type Write = T;

    fn extend(&mut self, later: Option<T>) {
        if later.is_some() {
            *self = later;
        }
    }

    #[inline]
    fn holds(&self) -> bool {
        self.is_some()
    }
}

/// A write to one field.
#[doc(hidden)]
pub trait Operation {
    /// Where it waits.
    type Slot: Slot;

    /// How it writes.
    const KIND: WriteKind;

    /// Puts it after the writes that wait.
    fn put(self, slot: &mut Self::Slot);
}

/// Replaces the value of a field without a reducer; the last one holds.
pub struct Set<T>(T);

impl<T> Set<T> {
    /// Replaces it by this.
    #[must_use]
    pub fn new(value: T) -> Set<T> {
        Set(value)
    }
}

impl<T> Operation for Set<T> {
    type Slot = Option<T>;

    const KIND: WriteKind = WriteKind::Replace;

    fn put(self, slot: &mut Option<T>) {
        *slot = Some(self.0);
    }
}

/// What a `maybe_` setter adds.
impl<O: Operation> Operation for Option<O> {
    type Slot = O::Slot;

    const KIND: WriteKind = O::KIND;

    fn put(self, slot: &mut O::Slot) {
        if let Some(operation) = self {
            operation.put(slot);
        }
    }
}
