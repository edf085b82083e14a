//! What calls ask of a thread: to start, and to go on.

use crate::thread::call::{Ask, Call, Place};
use crate::thread::run::Run;
use crate::thread::run::lease::{Lease, Signal};
use crate::thread::stored::{Stored, ThreadStore};
use crate::{Definition, Error, GraphState, Outcome, Status, Stop, StopReason};
use std::fmt;
use std::future::Future;
use std::sync::Arc;

/// Starts a run; what [`Thread::invoke`](crate::Thread::invoke) and
/// [`Thread::resume_or_invoke`](crate::Thread::resume_or_invoke) ask of a thread.
pub struct Invoke<G: Definition> {
    pub(in crate::thread) patch: <G::State as GraphState>::Patch,
    pub(in crate::thread) start: Start,
    request: Option<Arc<str>>,
    tags: Vec<(String, String)>,
}

/// Goes on with unfinished work; what [`Thread::resume`](crate::Thread::resume) asks of a thread.
#[derive(Clone, Copy, Debug)]
pub struct Resume(());

/// When a call starts a run on a thread that exists.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// Only if the thread has no work left.
    IfFinished,
    /// If it has none; else it goes on with that work.
    OrResume,
    /// Always; work that is left is dropped.
    Anew,
}

impl<G: Definition> Invoke<G> {
    pub(in crate::thread) fn new(patch: <G::State as GraphState>::Patch, start: Start) -> Self {
        Invoke { patch, start, request: None, tags: Vec::new() }
    }
}

impl Resume {
    pub(in crate::thread) fn new() -> Self {
        Resume(())
    }
}

impl<G: Definition> Call<G, Invoke<G>> {
    /// Names the request that this run answers, so that the same request delivered again does not run again: it returns
    /// the stored outcome, or goes on with the run if that did not finish.
    ///
    /// # Examples
    ///
    /// ```
    /// # use graph_runtime::{graph, GraphState, MemorySaver, Update};
    /// # #[derive(GraphState)]
    /// # struct Count { #[reduce(add)] total: u64 }
    /// # fn one(_: &Count) -> impl Update<Count> { Count::update().total(1) }
    /// # graph! { graph Counter<Count>; node one; start -> one -> end; }
    /// # futures_lite::future::block_on(async {
    /// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a");
    /// for _delivery in 0..2 {
    ///     let count = thread.invoke(()).request_id("r-7").await?.finished()?;
    ///     assert_eq!(count.total, 1);
    /// }
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn request_id(self, id: impl Into<Arc<str>>) -> Self {
        self.with(|invoke| invoke.request = Some(id.into()))
    }

    /// Attaches a tag to the checkpoints of this run.
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
    /// thread.invoke(()).tag("tenant", "acme").await?.finished()?;
    /// assert_eq!(thread.snapshot().await?.unwrap().tags, [("tenant".to_owned(), "acme".to_owned())]);
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn tag(self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.with(|invoke| invoke.tags.push((key.into(), value.into())))
    }

    /// Starts the run even if the thread has work left, which is dropped; its state stays. A request that has finished
    /// already is not served again: it still gets its stored outcome.
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
    /// let saver = MemorySaver::new();
    /// let stopping = Counter::builder().checkpointer(saver.clone()).step_limit(0).build();
    /// let _ = stopping.thread("a").invoke(Count::update().total(7)).await?;
    /// let graph = Counter::builder().checkpointer(saver).build();
    /// assert!(graph.thread("a").invoke(()).await.is_err(), "there is work left");
    /// assert_eq!(graph.thread("a").invoke(()).restart().await?.finished()?.total, 8);
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn restart(self) -> Self {
        self.with(|invoke| invoke.start = Start::Anew)
    }
}

impl<G: Definition> Ask<G> for Invoke<G> {
    fn run(self, place: Place<G>) -> impl Future<Output = Result<Outcome<G::State>, Error>> + Send + 'static {
        invoke(place, self)
    }
}

impl<G: Definition> Ask<G> for Resume {
    fn run(self, place: Place<G>) -> impl Future<Output = Result<Outcome<G::State>, Error>> + Send + 'static {
        resume(place)
    }
}

impl<G: Definition> fmt::Debug for Invoke<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invoke").finish_non_exhaustive()
    }
}

async fn invoke<G: Definition>(place: Place<G>, mut ask: Invoke<G>) -> Result<Outcome<G::State>, Error> {
    let thread = place.store().await?;
    let lease = lease(&thread)?;
    loop {
        // On the heap, so that the run needs no room beside it.
        let next = Box::pin(turn(&thread, lease.signal(), &mut ask)).await?;
        match next {
            Turn::Answered(outcome) => return Ok(outcome),
            Turn::Served(run) => return run.drive().await,
            Turn::Before(run) => match run.drive().await? {
                Outcome::Finished(_) => {}
                unfinished => return Ok(unfinished),
            },
        }
    }
}

/// What an invocation comes to next.
enum Turn<'a, G: Definition> {
    /// The outcome of its request, which is stored.
    Answered(Outcome<G::State>),
    /// Its run, or one that is left and answers it.
    Served(Box<Run<'a, G>>),
    /// A run that is left and belongs to another request: once that has finished, this one is still to be served.
    Before(Box<Run<'a, G>>),
}

async fn turn<'a, G: Definition>(
    thread: &'a ThreadStore<G>,
    signal: &'a Signal,
    ask: &mut Invoke<G>,
) -> Result<Turn<'a, G>, Error> {
    let mut stored = thread.newest().await?;
    if let Some(request) = &ask.request
        && let Some(outcome) = again(thread, stored.as_ref(), request).await?
    {
        return outcome.map(Turn::Answered);
    }
    if let Some(left) = stored.take_if(|stored| ask.start != Start::Anew && stored.unfinished()) {
        let same = ask.request.as_deref().is_some_and(|request| left.answers(request));
        if ask.start == Start::IfFinished && !same {
            return Err(Error::Unfinished { thread: thread.key.thread.clone(), status: left.head.status });
        }
        let run = Run::resume(thread, signal, left).await?;
        return Ok(if ask.request.is_none() || same { Turn::Served(run) } else { Turn::Before(run) });
    }
    if stored.is_none() && !thread.alone().await? {
        return Err(Error::Conflict { thread: thread.key.thread.clone() });
    }
    let Invoke { patch, request, tags, .. } = ask;
    let (patch, request, tags) = (std::mem::take(patch), request.take(), std::mem::take(tags));
    Run::start(thread, signal, stored, patch, request, tags).map(Turn::Served)
}

/// The stored outcome of a request that was delivered before; `None` if it is new or its run can still go on.
pub(in crate::thread) async fn again<G: Definition>(
    thread: &ThreadStore<G>,
    newest: Option<&Stored<'_, G>>,
    request: &str,
) -> Result<Option<Result<Outcome<G::State>, Error>>, Error> {
    let Some((meta, state)) = thread.answered(request).await? else {
        return Ok(None);
    };
    let name = thread.key.thread.clone();
    Ok(match meta.status {
        Status::Finished => Some(Ok(Outcome::Finished(state))),
        Status::Cancelled => {
            let reason = StopReason::Cancelled { reason: meta.note.unwrap_or_default() };
            Some(Ok(Outcome::Stopped(Stop { thread: Some(name), reason })))
        }
        _ if newest.is_some_and(|newest| newest.answers(request)) => None,
        _ => Some(Err(Error::RequestDropped { thread: name, request: request.to_owned() })),
    })
}

/// Goes on with a thread's unfinished work.
async fn resume<G: Definition>(place: Place<G>) -> Result<Outcome<G::State>, Error> {
    let thread = place.store().await?;
    let lease = lease(&thread)?;
    let name = thread.key.thread.clone();
    match thread.newest().await? {
        None => Err(Error::UnknownThread { thread: name }),
        Some(stored) => match stored.head.status {
            status @ (Status::Finished | Status::Cancelled) => Err(Error::NothingToResume { thread: name, status }),
            _ => Run::resume(&thread, lease.signal(), stored).await?.drive().await,
        },
    }
}

/// The right to run the thread in this process.
pub(crate) fn lease<G: Definition>(thread: &ThreadStore<G>) -> Result<Lease, Error> {
    let busy = || Error::Busy { thread: thread.key.thread.clone() };
    Lease::take(thread.store.store_id(), &thread.key).ok_or_else(busy)
}
