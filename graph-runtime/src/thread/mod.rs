//! Threads: durable runs that have a name.
//!
//! `call` is what users ask of a thread, `run` drives it and stores each step, `stored` is a thread as its store holds it.
//! `view` shows what is stored, `stream` what happens, and `life` is for what has grown old or many.

mod call;
mod durability;
pub(crate) mod life;
mod run;
mod stored;
mod stream;
mod view;

pub use call::Call;
pub use call::fork::{Effects, Fork};
pub use call::invoke::{Invoke, Resume};
pub use call::outcome::{Outcome, Stop, StopReason};
pub use call::recover::{PickUp, Recover, Recovered};
pub use call::reply::Reply;
pub use call::update::Revision;
pub use durability::Durability;
pub use life::keep::Keep;
pub use life::list::{ThreadSummary, Threads};
pub use stored::halt::Failure;
pub use stream::{Changes, Emitted, Event, Events, Feed, Subscriber, Task};
pub use view::history::History;
pub use view::outline::{Outline, Outlines};
pub use view::past::Checkpoint;
pub use view::snapshot::{Replied, Snapshot};
pub use view::visits::Visits;
pub use view::waiting::{Pause, Waiting, WaitingId};

pub(crate) use life::due;
pub(crate) use life::end::drain;
pub(crate) use run::breakpoint::Breakpoints;

use crate::graph::Shared;
use crate::{Definition, Error, GraphState, ThreadId, Update};
use call::Ask;
use call::invoke::Start;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use stored::ThreadStore;

/// A durable run with an id; made by [`Graph::thread`](crate::Graph::thread).
///
/// A thread is a handle: it holds no state, clones are the same thread, and its futures can be spawned as they are.
///
/// # Examples
///
/// ```
/// use graph_runtime::{graph, GraphState, MemorySaver, Update};
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
/// # futures_lite::future::block_on(async {
/// let graph = Counter::builder().checkpointer(MemorySaver::new()).build();
/// let thread = graph.thread("a");
/// thread.invoke(()).await?.finished()?;
/// let count = thread.invoke(()).await?.finished()?;
/// assert_eq!(count.total, 2, "the thread remembers its state between runs");
/// # Ok::<(), graph_runtime::Error>(())
/// # }).unwrap();
/// ```
pub struct Thread<G: Definition> {
    shared: Arc<Shared<G>>,
    id: Arc<str>,
}

impl<G: Definition> Thread<G> {
    pub(crate) fn new(shared: Arc<Shared<G>>, id: Arc<str>) -> Self {
        Thread { shared, id }
    }

    /// The id, as it was given.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Starts a run: applies `update` to the thread's state and drives the graph from its start.
    ///
    /// A thread that has never run starts from the state's defaults; one that is finished or was cancelled from the
    /// state it has.
    ///
    /// # Errors
    ///
    /// [`Error::Unfinished`] if the thread has work left: resume it, or add [`restart`](Call::restart). Else as
    /// [`Thread::resume`].
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
    /// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a");
    /// assert_eq!(thread.invoke(Count::update().total(4)).await?.finished()?.total, 5);
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn invoke(&self, update: impl Update<G::State>) -> Call<G, Invoke<G>> {
        self.call(update, Start::IfFinished)
    }

    /// Finishes what is unfinished, else applies `update` and starts a run: the call for services, which cannot know how
    /// the process before them ended.
    ///
    /// # Errors
    ///
    /// As [`Thread::resume`].
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
    /// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a");
    /// let count = thread.resume_or_invoke(()).await?.finished()?;
    /// assert_eq!(count.total, 1);
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn resume_or_invoke(&self, update: impl Update<G::State>) -> Call<G, Invoke<G>> {
        self.call(update, Start::OrResume)
    }

    /// [`invoke`](Thread::invoke) as a stream of what happens in the run.
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
    /// use futures_lite::StreamExt;
    /// use graph_runtime::Event;
    ///
    /// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a");
    /// let mut events = thread.stream(());
    /// let mut tasks = Vec::new();
    /// while let Some(event) = events.next().await {
    ///     if let Event::TaskFinished { task, .. } = event? {
    ///         tasks.push(task.name);
    ///     }
    /// }
    /// assert_eq!(tasks, ["one".into()]);
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn stream(&self, update: impl Update<G::State>) -> Events<G> {
        self.invoke(update).stream()
    }

    fn call(&self, update: impl Update<G::State>, start: Start) -> Call<G, Invoke<G>> {
        let mut patch = <G::State as GraphState>::Patch::default();
        update.write(&mut patch);
        self.ask(Invoke::new(patch, start))
    }

    /// Goes on with a thread that was interrupted by a crash or a dropped future, failed, or reached the step limit.
    ///
    /// # Errors
    ///
    /// * [`Error::Node`] if a node fails or panics: the thread stays at its last checkpoint.
    /// * [`Error::UnknownThread`] or [`Error::NothingToResume`] if there is nothing to go on with.
    /// * [`Error::Busy`] if the thread is running in this process, [`Error::Conflict`] if another runner moved it on.
    /// * [`Error::NotStorable`] or [`Error::StateTooLarge`] if a checkpoint cannot be stored.
    /// * [`Error::Incompatible`] or [`Error::Corrupt`] if the last checkpoint cannot be read.
    /// * [`Error::Store`] if the store fails.
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
    /// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a");
    /// drop(thread.invoke(())); // never polled, so nothing has happened
    /// let error = thread.resume().await.err().expect("there is nothing to resume");
    /// assert_eq!(error.to_string(), "thread `a` has never run; `invoke` starts it");
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn resume(&self) -> Call<G, Resume> {
        self.ask(Resume::new())
    }

    fn ask<A: Ask<G>>(&self, ask: A) -> Call<G, A> {
        Call::new(Arc::clone(&self.shared), Arc::clone(&self.id), ask)
    }

    /// Reads the newest checkpoint, or `None` if the thread has never run.
    ///
    /// # Errors
    ///
    /// [`Error::Incompatible`] or [`Error::Corrupt`] if the checkpoint cannot be read; [`Error::Store`] if the store fails.
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
    /// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a");
    /// assert!(thread.snapshot().await?.is_none());
    /// thread.invoke(()).await?.finished()?;
    /// assert_eq!(thread.snapshot().await?.unwrap().state.total, 1);
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn snapshot(&self) -> impl Future<Output = Result<Option<Snapshot<G>>, Error>> + Send + 'static + use<G> {
        let stored = self.stored();
        async move {
            let thread = stored.await?;
            let Some(newest) = thread.newest().await? else {
                return Ok(None);
            };
            let entries = newest.entries().await?;
            let mut snapshot = Snapshot::of(newest, &entries)?;
            thread.unanswered(&mut snapshot.waiting).await?;
            Ok(Some(snapshot))
        }
    }

    /// The thread in its store.
    fn stored(&self) -> impl Future<Output = Result<ThreadStore<G>, Error>> + Send + 'static + use<G> {
        let (shared, id) = (Arc::clone(&self.shared), Arc::clone(&self.id));
        async move { ThreadStore::new(shared, ThreadId::new(id)?).found().await }
    }
}

impl<G: Definition> Clone for Thread<G> {
    fn clone(&self) -> Self {
        Thread { shared: Arc::clone(&self.shared), id: Arc::clone(&self.id) }
    }
}

impl<G: Definition> fmt::Debug for Thread<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thread").field("graph", &self.shared.name).field("id", &self.id).finish()
    }
}
