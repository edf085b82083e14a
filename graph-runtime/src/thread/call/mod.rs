//! Calls that run a thread, before and while they run.

pub(in crate::thread) mod edit;
pub(in crate::thread) mod fork;
pub(in crate::thread) mod invoke;
pub(in crate::thread) mod outcome;
pub(in crate::thread) mod recover;
pub(in crate::thread) mod reply;
pub(in crate::thread) mod update;

use crate::graph::Shared;
use crate::thread::run::breakpoint::Breakpoints;
use crate::thread::stored::ThreadStore;
use crate::thread::stream::{Events, Hub};
use crate::{BoxFuture, Definition, Error, Outcome, ThreadId};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A run that starts when it is first polled; made by [`Thread::invoke`](crate::Thread::invoke),
/// [`Thread::resume_or_invoke`](crate::Thread::resume_or_invoke), [`Thread::resume`](crate::Thread::resume),
/// [`Thread::reply`](crate::Thread::reply), [`Checkpoint::replay`](crate::Checkpoint::replay) and
/// [`Checkpoint::fork`](crate::Checkpoint::fork).
///
/// It is a future: await it, or spawn it as it is. Dropping it stops the run like a crash would: the thread stays at its
/// last checkpoint.
///
/// # Examples
///
/// ```
/// # use graph_runtime::{graph, GraphState, MemorySaver, Update};
/// # #[derive(GraphState)]
/// # struct Count { total: u64 }
/// # fn one(count: &Count) -> impl Update<Count> { Count::update().total(count.total + 1) }
/// # graph! { graph Counter<Count>; node one; start -> one -> end; }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), graph_runtime::Error> {
/// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a");
/// let run = tokio::spawn(thread.invoke(()).tag("tenant", "acme"));
/// assert_eq!(run.await.expect("it does not panic")?.finished()?.total, 1);
/// # Ok(())
/// # }
/// ```
#[must_use = "a run does nothing unless it is awaited"]
pub struct Call<G: Definition, A>(Stage<G, A>);

enum Stage<G: Definition, A> {
    /// Nothing for the moment in which the run begins.
    Asked(Option<Box<Asked<G, A>>>),
    Running(BoxFuture<'static, Result<Outcome<G::State>, Error>>),
}

struct Asked<G: Definition, A> {
    place: Place<G>,
    ask: A,
}

/// The thread that a call runs.
pub struct Place<G: Definition> {
    shared: Arc<Shared<G>>,
    id: Arc<str>,
    breakpoints: Breakpoints<G::Node>,
    hub: Option<Arc<Hub<G>>>,
}

impl<G: Definition> Place<G> {
    /// The thread in its store.
    pub(in crate::thread) async fn store(self) -> Result<ThreadStore<G>, Error> {
        let thread = ThreadStore::new(self.shared, ThreadId::new(self.id)?).found().await?;
        Ok(ThreadStore { breakpoints: self.breakpoints, hub: self.hub, ..thread })
    }
}

/// What a call asks of its thread.
pub trait Ask<G: Definition>: Send + 'static {
    /// Runs the thread.
    #[doc(hidden)]
    fn run(self, place: Place<G>) -> impl Future<Output = Result<Outcome<G::State>, Error>> + Send + 'static;
}

impl<G: Definition, A: Ask<G>> Call<G, A> {
    pub(in crate::thread) fn new(shared: Arc<Shared<G>>, id: Arc<str>, ask: A) -> Self {
        let place = Place { shared, id, breakpoints: Breakpoints::default(), hub: None };
        Call(Stage::Asked(Some(Box::new(Asked { place, ask }))))
    }

    /// Makes a stream of it, of what happens in the run. The stream drives the run.
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
    /// thread.stream(()).take(2).count().await; // a dropped stream is a dropped run
    /// let events: Vec<_> = thread.resume().stream().try_collect().await?;
    /// assert!(matches!(events[0], Event::RunStarted { from: Some(_), input: None, .. }));
    /// assert!(matches!(events.last(), Some(Event::Ended(_))));
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn stream(mut self) -> Events<G> {
        Events::new(|hub| {
            if let Stage::Asked(Some(asked)) = &mut self.0 {
                asked.place.hub = Some(Arc::clone(hub));
            }
            Box::pin(self)
        })
    }

    /// Changes what is asked.
    pub(in crate::thread) fn with(self, set: impl FnOnce(&mut A)) -> Self {
        self.change(|asked| set(&mut asked.ask))
    }

    fn change(mut self, set: impl FnOnce(&mut Asked<G, A>)) -> Self {
        // A future that was polled is pinned, so it cannot come here by value unless its user unpinned it; then it runs
        // already, and what it was asked for stands.
        if let Stage::Asked(Some(asked)) = &mut self.0 {
            set(asked);
        }
        self
    }

    /// What is asked, of a call that was not polled.
    pub(in crate::thread) fn into_asked(self) -> Option<(Place<G>, A)> {
        match self.0 {
            Stage::Asked(Some(asked)) => Some((asked.place, asked.ask)),
            Stage::Asked(None) | Stage::Running(_) => None,
        }
    }

    /// Stops this run before a step in which one of these nodes runs, beside those that the graph
    /// [stops before](crate::Builder::pause_before): for debugging. `resume` goes on.
    ///
    /// # Examples
    ///
    /// ```
    /// # use graph_runtime::{graph, GraphState, MemorySaver, Update};
    /// # #[derive(GraphState)]
    /// # struct Count { total: u64 }
    /// # fn one(count: &Count) -> impl Update<Count> { Count::update().total(count.total + 1) }
    /// # fn two(count: &Count) -> impl Update<Count> { Count::update().total(count.total * 2) }
    /// # graph! { graph Counter<Count>; node one, two; start -> one -> two -> end; }
    /// # futures_lite::future::block_on(async {
    /// use graph_runtime::{Outcome, StopReason};
    ///
    /// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a");
    /// let stopped = thread.invoke(()).pause_before([CounterNode::Two]).await?;
    /// let Outcome::Stopped(stop) = stopped else { panic!("it stops before `two`") };
    /// assert_eq!(stop.reason, StopReason::Breakpoint { nodes: vec!["two"] });
    /// assert_eq!(thread.snapshot().await?.unwrap().state.total, 1);
    /// assert_eq!(thread.resume().await?.finished()?.total, 2);
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn pause_before(self, nodes: impl IntoIterator<Item = G::Node>) -> Self {
        self.change(|asked| asked.place.breakpoints.before.extend(nodes))
    }

    /// Stops this run after a step in which one of these nodes ran, beside those that the graph
    /// [stops after](crate::Builder::pause_after): for debugging. `resume` goes on. At the end of the graph there is nothing
    /// to stop.
    pub fn pause_after(self, nodes: impl IntoIterator<Item = G::Node>) -> Self {
        self.change(|asked| asked.place.breakpoints.after.extend(nodes))
    }
}

impl<G: Definition, A: Ask<G>> Future for Call<G, A> {
    type Output = Result<Outcome<G::State>, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Stage::Asked(asked) = &mut self.0
            && let Some(asked) = asked.take()
        {
            // In a box: the future of a graph with many nodes is large.
            self.0 = Stage::Running(Box::pin(asked.ask.run(asked.place)));
        }
        match &mut self.0 {
            Stage::Running(run) => run.as_mut().poll(cx),
            // Not reached: what was taken is running.
            Stage::Asked(_) => Poll::Pending,
        }
    }
}

// Nothing in it is pinned: the run is boxed once it exists, and what is asked before that is plain data.
impl<G: Definition, A> Unpin for Call<G, A> {}

impl<G: Definition, A> fmt::Debug for Call<G, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}
