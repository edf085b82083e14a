//! Whether a graph pauses, as a type: one that does needs a store to wait in.

use super::{Durable, InMemory};
use crate::Definition;

/// The graph, or one inside it, has a pause.
pub struct Pauses(());

/// No pause is in the graph, nor in a graph inside it.
pub struct Unpaused(());

/// Whether one of two parts of a graph has a pause; `R` says it of the other one.
pub trait Or<R> {
    /// What holds of both.
    type Either;
}

impl<R> Or<R> for Pauses {
    type Either = Pauses;
}

impl<R> Or<R> for Unpaused {
    type Either = R;
}

/// A graph without pauses, its own and those of the graphs inside it: the one kind that runs without a checkpointer.
///
/// Every such graph implements it, and nothing else does.
///
/// # Examples
///
/// ```
/// use graph_runtime::{Builder, Definition, Error, GraphState, NeverPauses, Update, graph};
///
/// /// Runs any graph that needs neither a context nor a checkpointer.
/// async fn run<G: Definition<Context = ()> + NeverPauses>() -> Result<G::State, Error> {
///     Builder::<G>::new().build().run(()).await
/// }
///
/// #[derive(GraphState)]
/// struct Count {
///     total: u64,
/// }
///
/// fn one(count: &Count) -> impl Update<Count> {
///     Count::update().total(count.total + 1)
/// }
///
/// graph! {
///     graph Counter<Count>;
///     node one;
///     start -> one -> end;
/// }
///
/// let count = futures_lite::future::block_on(run::<Counter>())?;
/// assert_eq!(count.total, 1);
/// # Ok::<(), graph_runtime::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "the graph `{Self}` can pause, so it cannot run in memory",
    label = "nothing would keep what it waits for",
    note = "give the builder a `.checkpointer(…)`, and `invoke` a thread of the graph"
)]
pub trait NeverPauses: Definition<Pausing = Unpaused> {}

#[diagnostic::do_not_recommend]
impl<G: Definition<Pausing = Unpaused>> NeverPauses for G {}

/// What `new` of a graph asks that may have pauses.
///
/// The lifetime means nothing. Without one, rustc would judge the bound where the graph stands and not where `new` is called.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the graph `{Self}` can pause, so it needs a checkpointer",
    label = "nothing would keep what it waits for",
    note = "begin with `builder()` instead of `new`, and give it a `.checkpointer(…)`"
)]
pub trait NewInMemory<'a> {}

#[diagnostic::do_not_recommend]
impl<G: NeverPauses> NewInMemory<'_> for G {}

/// Whether a builder's checkpointer, or that it has none, is enough for the graph `G`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the graph `{G}` can pause, so it needs a checkpointer",
    label = "nothing would keep what it waits for",
    note = "call `.checkpointer(…)` on the builder"
)]
pub trait PersistenceFor<G> {}

#[diagnostic::do_not_recommend]
impl<G: NeverPauses> PersistenceFor<G> for InMemory {}

#[diagnostic::do_not_recommend]
impl<G: Definition> PersistenceFor<G> for Durable {}
