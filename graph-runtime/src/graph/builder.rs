//! From a graph's definition to a graph that runs.

use super::pausing::PersistenceFor;
use crate::thread::Breakpoints;
use crate::{Checkpointer, Definition, Durability, Graph, Keep};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// Configures a graph; made by the `builder` function of the type that `graph!` emits.
///
/// The type remembers what was given: `build` is there once the context is (if the graph has one), and a graph with a
/// checkpointer has threads.
///
/// # Examples
///
/// ```
/// use graph_runtime::{graph, Durability, GraphState, MemorySaver, Update};
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
/// let graph = Counter::builder().checkpointer(MemorySaver::new()).durability(Durability::Async).step_limit(10).build();
/// # let _ = graph.thread("a");
/// ```
#[must_use = "a builder does nothing until `build` is called"]
pub struct Builder<G: Definition, X = NoContext, P = InMemory> {
    context: X,
    persistence: P,
    step_limit: u64,
    breakpoints: Breakpoints<G::Node>,
    definition: PhantomData<fn() -> G>,
}

/// The builder has no context yet; enough for a graph whose header names none.
#[derive(Clone, Copy, Debug)]
pub struct NoContext(());

/// The builder has the context.
#[derive(Clone)]
pub struct WithContext<C>(Arc<C>);

impl<C> fmt::Debug for WithContext<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It may hold keys and passwords.
        f.debug_struct("WithContext").finish_non_exhaustive()
    }
}

/// The graph has no checkpointer: it runs in memory and has no threads.
#[derive(Clone, Copy, Debug)]
pub struct InMemory(());

/// The graph has a checkpointer: it has threads.
#[derive(Clone)]
pub struct Durable {
    pub(crate) store: Arc<dyn Checkpointer>,
    pub(crate) durability: Durability,
    pub(crate) retention: Option<Keep>,
}

impl fmt::Debug for Durable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Durable")
            .field("durability", &self.durability)
            .field("retention", &self.retention)
            .finish_non_exhaustive()
    }
}

impl<G: Definition> Builder<G> {
    /// How many supersteps a run may take unless [`step_limit`](Builder::step_limit) says otherwise.
    pub const DEFAULT_STEP_LIMIT: u64 = 10_000;

    #[doc(hidden)]
    pub fn new() -> Builder<G> {
        Builder {
            context: NoContext(()),
            persistence: InMemory(()),
            step_limit: Self::DEFAULT_STEP_LIMIT,
            breakpoints: Breakpoints::default(),
            definition: PhantomData,
        }
    }
}

impl<G: Definition, X, P> Builder<G, X, P> {
    /// Gives the graph its dependencies, which nodes reach through [`Ctx::context`](crate::Ctx::context); a value or an [`Arc`].
    pub fn context(self, context: impl IntoContext<G::Context>) -> Builder<G, WithContext<G::Context>, P> {
        Builder {
            context: WithContext(context.into_context()),
            persistence: self.persistence,
            step_limit: self.step_limit,
            breakpoints: self.breakpoints,
            definition: PhantomData,
        }
    }

    /// Gives the graph a store, and so threads.
    pub fn checkpointer(self, checkpointer: impl Checkpointer) -> Builder<G, X, Durable> {
        Builder {
            context: self.context,
            persistence: Durable { store: Arc::new(checkpointer), durability: Durability::Sync, retention: None },
            step_limit: self.step_limit,
            breakpoints: self.breakpoints,
            definition: PhantomData,
        }
    }

    /// Sets how many supersteps one run may take, 10,000 by default; reaching it stops the run and `resume` goes on.
    pub fn step_limit(mut self, steps: u64) -> Self {
        self.step_limit = steps;
        self
    }

    /// Finishes the graph.
    #[must_use]
    pub fn build(self) -> Graph<G, P>
    where
        X: ContextFor<G>,
        P: PersistenceFor<G>,
    {
        self.unchecked()
    }

    /// [`build`](Builder::build) for who has asked already whether the graph needs a checkpointer.
    #[doc(hidden)]
    #[must_use]
    pub fn unchecked(self) -> Graph<G, P>
    where
        X: ContextFor<G>,
    {
        Graph::new(self.context.take(), self.persistence, self.step_limit, self.breakpoints)
    }
}

impl<G: Definition, X> Builder<G, X, Durable> {
    /// Sets when a step counts as done, [`Durability::Sync`] by default.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.persistence.durability = durability;
        self
    }

    /// Sets which checkpoints of a thread stay when a run of it has ended, all by default.
    ///
    /// Whenever a run finishes, waits or stops, the thread is [pruned](crate::Thread::prune); never between its steps. What
    /// cannot be removed then does not fail the run, and is removed after a later one. [`Keep::Last`] and [`Keep::For`] cost
    /// what they remove; [`Keep::Pauses`] reads all that stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # use graph_runtime::{graph, GraphState, MemorySaver, Update};
    /// # #[derive(GraphState)]
    /// # struct Count { total: u64 }
    /// # fn one(count: &Count) -> impl Update<Count> { Count::update().total(count.total + 1) }
    /// # graph! { graph Counter<Count>; node one; start -> one -> end; }
    /// # futures_lite::future::block_on(async {
    /// use graph_runtime::Keep;
    ///
    /// let graph = Counter::builder().checkpointer(MemorySaver::new()).retain(Keep::Last(3)).build();
    /// let thread = graph.thread("a");
    /// for _ in 0..10 {
    ///     thread.invoke(()).await?.finished()?;
    /// }
    /// assert_eq!(thread.verify().await?, 3);
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn retain(mut self, keep: Keep) -> Self {
        self.persistence.retention = Some(keep);
        self
    }

    /// Stops every run before a step in which one of these nodes runs: for debugging. `resume` goes on.
    ///
    /// A call can [name more](crate::Call::pause_before).
    pub fn pause_before(mut self, nodes: impl IntoIterator<Item = G::Node>) -> Self {
        self.breakpoints.before.extend(nodes);
        self
    }

    /// Stops every run after a step in which one of these nodes ran: for debugging. `resume` goes on. At the end of the
    /// graph there is nothing to stop.
    pub fn pause_after(mut self, nodes: impl IntoIterator<Item = G::Node>) -> Self {
        self.breakpoints.after.extend(nodes);
        self
    }
}

/// A graph's context, by value or in an [`Arc`] that the program shares with it.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use graph_runtime::IntoContext;
///
/// assert_eq!(*IntoContext::<u32>::into_context(7), 7);
/// assert_eq!(*IntoContext::<u32>::into_context(Arc::new(7)), 7);
/// ```
#[diagnostic::on_unimplemented(
    message = "the context of this graph is a `{C}`, not a `{Self}`",
    label = "not the graph's context",
    note = "give the type that the graph's header names, or an `Arc` of it"
)]
pub trait IntoContext<C> {
    /// The context as the graph keeps it.
    fn into_context(self) -> Arc<C>;
}

#[diagnostic::do_not_recommend]
impl<C> IntoContext<C> for C {
    fn into_context(self) -> Arc<C> {
        Arc::new(self)
    }
}

#[diagnostic::do_not_recommend]
impl<C> IntoContext<C> for Arc<C> {
    fn into_context(self) -> Arc<C> {
        self
    }
}

/// Whether a builder's context is enough for the graph `G`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the graph `{G}` needs its context",
    label = "the context is missing",
    note = "call `.context(…)` with the type that the graph's header names"
)]
pub trait ContextFor<G: Definition> {
    #[doc(hidden)]
    fn take(self) -> Arc<G::Context>;
}

#[diagnostic::do_not_recommend]
impl<G: Definition<Context = ()>> ContextFor<G> for NoContext {
    fn take(self) -> Arc<()> {
        Arc::new(())
    }
}

#[diagnostic::do_not_recommend]
impl<G: Definition> ContextFor<G> for WithContext<G::Context> {
    fn take(self) -> Arc<G::Context> {
        self.0
    }
}
