//! A graph that runs.

mod builder;
mod command;
mod context;
pub(crate) mod definition;
pub(crate) mod effect;
pub(crate) mod engine;
pub(crate) mod function;
pub(crate) mod pausing;
pub(crate) mod policy;
pub(crate) mod region;
pub(crate) mod reply;
mod volatile;

pub use builder::{Builder, Durable, InMemory, IntoContext, NoContext, WithContext};
pub use command::Command;
pub use context::Ctx;
pub use definition::{Definition, NodeName};
pub use effect::{EffectError, IdempotencyKey};
pub use pausing::NeverPauses;
pub use reply::Replies;

use crate::thread::{Breakpoints, due};
use crate::{BoxFuture, Error, Recover, Thread, Threads, Update, clock};
use engine::timer;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::SystemTime;

/// A graph with its context and, if `P` is [`Durable`], its checkpointer; made by a [`Builder`](crate::Builder).
///
/// A graph is a handle: clones share everything, and it can go into any task.
pub struct Graph<G: Definition, P = Durable> {
    pub(crate) shared: Arc<Shared<G, P>>,
}

/// What all handles of one graph share.
pub(crate) struct Shared<G: Definition, P = Durable> {
    pub(crate) name: Arc<str>,
    pub(crate) context: Arc<G::Context>,
    pub(crate) persistence: P,
    pub(crate) step_limit: u64,
    pub(crate) breakpoints: Breakpoints<G::Node>,
}

impl<G: Definition, P> Graph<G, P> {
    pub(crate) fn new(
        context: Arc<G::Context>,
        persistence: P,
        step_limit: u64,
        breakpoints: Breakpoints<G::Node>,
    ) -> Self {
        Graph { shared: Arc::new(Shared { name: G::NAME.into(), context, persistence, step_limit, breakpoints }) }
    }
}

impl<G: Definition> Graph<G, InMemory> {
    /// Runs the graph in memory from its initial state with `update` applied, and returns the state at the end.
    ///
    /// Nothing is stored, and the engine allocates nothing for a step. Dropping the future stops the run.
    ///
    /// # Errors
    ///
    /// [`Error::Node`] if a node fails or panics; [`Error::Stopped`] at the step limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use graph_runtime::{graph, GraphState, Update};
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
    /// fn enough(count: &Count) -> bool {
    ///     count.total >= 3
    /// }
    ///
    /// graph! {
    ///     graph Counter<Count>;
    ///     node one;
    ///     start -> one -> match enough {
    ///         true => end,
    ///         false => one,
    ///     };
    /// }
    ///
    /// let count = futures_lite::future::block_on(Counter::new().run(()))?;
    /// assert_eq!(count.total, 3);
    /// # Ok::<(), graph_runtime::Error>(())
    /// ```
    pub fn run<U>(&self, update: U) -> impl Future<Output = Result<G::State, Error>> + Send + 'static + use<G, U>
    where
        U: Update<G::State> + 'static,
    {
        self.in_memory(update)
    }
}

/// A graph with timers, or with blocking nodes, needs a runtime that has them.
pub(crate) fn timed<G: Definition>() -> Result<(), Error> {
    if !G::TIMED {
        return Ok(());
    }
    timer::available().map_err(|timer::NoTimer| Error::NoTimer { graph: G::NAME })
}

impl<G: Definition> Graph<G, Durable> {
    /// Runs the graph in memory, as if it had no checkpointer; it must be one that never pauses.
    ///
    /// # Errors
    ///
    /// As [`run`](Graph::run) of a graph in memory.
    pub fn run<U>(&self, update: U) -> BoxFuture<'static, Result<G::State, Error>>
    where
        U: Update<G::State> + 'static,
        G: NeverPauses,
    {
        Box::pin(self.in_memory(update))
    }

    /// Names a thread. Nothing is read or written until the handle is used; an id that cannot name a thread is
    /// reported then.
    #[must_use]
    pub fn thread(&self, id: impl Into<Arc<str>>) -> Thread<G> {
        Thread::new(Arc::clone(&self.shared), id.into())
    }

    /// Lists the threads of this graph in the order of their ids, page by page.
    ///
    /// # Examples
    ///
    /// ```
    /// # use graph_runtime::{graph, GraphState, MemorySaver};
    /// # #[derive(GraphState)]
    /// # struct Empty {}
    /// # fn rest(_: &Empty) {}
    /// # graph! { graph Idle<Empty>; node rest; start -> rest -> end; }
    /// use futures_lite::StreamExt;
    ///
    /// # futures_lite::future::block_on(async {
    /// let graph = Idle::builder().checkpointer(MemorySaver::new()).build();
    /// graph.thread("a").invoke(()).await?;
    /// let threads: Vec<_> = graph.threads().try_collect().await?;
    /// assert_eq!(threads[0].id.as_str(), "a");
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn threads(&self) -> Threads {
        Threads::new(&self.shared)
    }

    /// Drives on every thread that a crash or a drain left unfinished, or that waits behind a deadline that is over: one after
    /// the other, as the stream is polled. A service that wants them side by side, or wants to hear of them, calls
    /// [`Thread::recover`] for each.
    ///
    /// Threads that wait for the next attempt of a retry come last. Threads that run in this process are passed over;
    /// those that failed or reached the step limit wait for [`resume`](Thread::resume). A thread that was picked up five times without finishing another step is failed with
    /// [`Error::NoProgress`], so that a node which ends its process cannot do so for ever.
    ///
    /// # Examples
    ///
    /// ```
    /// # use graph_runtime::{graph, GraphState, MemorySaver};
    /// # #[derive(GraphState)]
    /// # struct Empty {}
    /// # fn rest(_: &Empty) {}
    /// # graph! { graph Idle<Empty>; node rest; start -> rest -> end; }
    /// use futures_lite::StreamExt;
    ///
    /// # futures_lite::future::block_on(async {
    /// let graph = Idle::builder().checkpointer(MemorySaver::new()).build();
    /// let mut recovered = graph.recover();
    /// while let Some(next) = recovered.next().await {
    ///     let (thread, outcome) = next?;
    ///     println!("{thread}: {:?}", outcome.is_ok());
    /// }
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn recover(&self) -> Recover<G> {
        Recover::new(Arc::clone(&self.shared))
    }

    /// When something of this graph is due next: the deadline of a pause, or the next attempt of a retry of which the run was
    /// interrupted; `None` if there is neither. It may have passed already. [`recover`](Graph::recover) does what is due.
    ///
    /// It looks at the heads of all threads of the graph, page by page, and reads the newest checkpoints of those that were
    /// interrupted. One that cannot be read is passed over; `recover` tells of it.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store fails.
    ///
    /// # Examples
    ///
    /// ```
    /// # use graph_runtime::{graph, GraphState, MemorySaver};
    /// # #[derive(GraphState)]
    /// # struct Empty {}
    /// # fn rest(_: &Empty) {}
    /// # graph! { graph Idle<Empty>; node rest; start -> rest -> end; }
    /// # futures_lite::future::block_on(async {
    /// let graph = Idle::builder().checkpointer(MemorySaver::new()).build();
    /// graph.thread("a").invoke(()).await?;
    /// assert_eq!(graph.next_due().await?, None);
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn next_due(&self) -> impl Future<Output = Result<Option<SystemTime>, Error>> + Send + 'static + use<G> {
        let shared = Arc::clone(&self.shared);
        async move { Ok(due::next_due(&shared).await?.map(clock::instant)) }
    }

    /// Asks the runs that this graph has in this process to end when the steps that they are in are done, and returns how
    /// many there are: before a host goes down. They end with [`StopReason::Drained`](crate::StopReason::Drained), and
    /// [`recover`](Graph::recover) goes on with them, in this process or the next.
    ///
    /// It waits for nobody, and stops no run that begins after it.
    #[expect(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn drain(&self, reason: &str) -> usize {
        crate::thread::drain(&self.shared, reason)
    }
}

impl<G: Definition, P> Clone for Graph<G, P> {
    fn clone(&self) -> Self {
        Graph { shared: Arc::clone(&self.shared) }
    }
}

impl<G: Definition, P: fmt::Debug> fmt::Debug for Graph<G, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Graph")
            .field("name", &self.shared.name)
            .field("persistence", &self.shared.persistence)
            .field("step_limit", &self.shared.step_limit)
            .finish_non_exhaustive()
    }
}
