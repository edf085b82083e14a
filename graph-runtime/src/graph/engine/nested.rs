//! Graphs inside of graphs: a subgraph is a task that takes its own supersteps with those of its parent.

mod child;
mod none;

pub(crate) use child::Child;
pub use none::NoChild;

use super::machine::Machine;
use super::memory::Kept;
use super::position::{Astray, Position};
use crate::{Definition, GraphState, Update};
use std::marker::PhantomData;

/// Asks of a type that it is a graph.
pub struct Inner<C>(PhantomData<C>);

impl<C: 'static> Inner<C> {
    /// Nothing.
    ///
    /// # Panics
    ///
    /// Never. It looks at a constant that depends on all graphs inside, so that a graph which contains itself is a cycle
    /// here, and only here.
    #[must_use]
    pub const fn of() -> usize
    where
        C: Definition,
    {
        assert!(matches!(C::TIMED, true | false));
        0
    }
}

/// `<[(); Inner::<C>::of()] as Proven<C>>::Graph` is `C`, if that is a graph.
///
/// If it is none, the length is an error, and so is the type: rustc says so there, and nothing more where the type stands.
pub trait Proven<C> {
    /// The graph.
    type Graph;
}

impl<C> Proven<C> for [(); 0] {
    type Graph = C;
}

/// The run of a subgraph.
pub struct Nested<C: Definition>(pub(crate) Box<Machine<C>>);

impl<C: Definition> Nested<C> {
    /// Starts the subgraph, with the update applied to a fresh state or to the one that was kept.
    ///
    /// # Errors
    ///
    /// [`Astray`] if its routes lead to no node.
    pub fn enter<U: Update<C::State>, const OWN: bool>(
        update: U,
        kept: &mut Kept<C, OWN>,
    ) -> Result<Nested<C>, Astray> {
        let mut state = kept.state.take().unwrap_or_else(C::State::initial);
        let mut patch = <C::State as GraphState>::Patch::default();
        update.write(&mut patch);
        state.expire();
        U::apply(&mut patch, &mut state);
        let mut machine = Box::new(Machine::new(state, Position::end(), std::mem::take(&mut kept.inner)));
        machine.lead(C::entry(&machine.state))?;
        Ok(Nested(machine))
    }

    /// The state of the subgraph.
    #[must_use]
    pub fn state(&self) -> &C::State {
        &self.0.state
    }
}
