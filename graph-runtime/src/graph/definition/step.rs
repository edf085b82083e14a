//! What a step of a node leaves: what it writes, and where it goes.

use crate::{BoxError, Definition, GraphState, Update};

/// Where a thread, or one branch of it, goes after a step.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next<N> {
    Node(N),
    /// A group or a `for`, by its place in [`Definition::REGIONS`].
    Region(usize),
    /// The end of the branch.
    Join,
    End,
}

/// The pending writes of a graph's state.
#[doc(hidden)]
pub type Patch<G> = <<G as Definition>::State as GraphState>::Patch;

/// What a task leaves beside its patch.
#[doc(hidden)]
pub struct Noted<G: Definition> {
    pub(crate) apply: Apply<G::State>,
    /// Where the node chose to go, if it did.
    pub(crate) next: Option<Next<G::Node>>,
}

impl<G: Definition> Noted<G> {
    /// Notes the writes of a node that a route or another node follows.
    #[inline]
    pub fn update<U: Update<G::State>>(update: U, patch: &mut Patch<G>) -> Noted<G> {
        update.write(patch);
        Noted { apply: U::apply, next: None }
    }

    /// Notes the writes of a node that chose where to go.
    #[inline]
    pub fn command<U: Update<G::State>>((next, update): (Next<G::Node>, U), patch: &mut Patch<G>) -> Noted<G> {
        Noted { next: Some(next), ..Noted::update(update, patch) }
    }
}

/// Why a node did not run: the generated code is asked for one that is no function.
#[doc(hidden)]
pub fn no_function<T>() -> Result<T, BoxError> {
    Err("the node is no function".into())
}

/// Takes the fields that one type of update may write from the patch into the state.
pub(crate) type Apply<S> = fn(&mut <S as GraphState>::Patch, &mut S);

/// The writes of a step on their way into the state: what a node returns may borrow from the state, so they wait here.
#[doc(hidden)]
pub struct Draft<S: GraphState> {
    pub(crate) patch: S::Patch,
}

impl<S: GraphState> Draft<S> {
    /// Notes the writes of a node. What it returns is for [`Draft::settle`], once nothing borrows the state.
    #[inline]
    pub fn note<U: Update<S>>(&mut self, update: U) -> Apply<S> {
        update.write(&mut self.patch);
        U::apply
    }

    /// Takes the noted writes into the state.
    #[inline]
    pub fn settle(&mut self, apply: Apply<S>, state: &mut S) {
        state.expire();
        apply(&mut self.patch, state);
    }
}

impl<S: GraphState> Default for Draft<S> {
    fn default() -> Self {
        Draft { patch: S::Patch::default() }
    }
}
