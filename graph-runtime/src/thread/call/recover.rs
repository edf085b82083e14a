//! Picking up what a crash left.

use crate::clock;
use crate::fault::fault;
use crate::graph::{Shared, timed};
use crate::thread::Thread;
use crate::thread::call::invoke;
use crate::thread::call::{Ask, Call, Place};
use crate::thread::life::list::{BoxStream, ThreadSummary, Threads};
use crate::thread::run::Run;
use crate::thread::run::lease::Lease;
use crate::thread::stored::halt::Halt;
use crate::thread::stored::{Stored, ThreadStore};
use crate::{Definition, Error, Failure, Outcome, Status, ThreadId};
use futures_core::Stream;
use futures_lite::StreamExt;
use futures_lite::stream::{self, Fuse};
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::SystemTime;

/// How often `recover` picks a thread up at the same checkpoint before it gives up: a node that kills its process must
/// not do so for ever.
const PICK_UPS: u32 = 5;

/// What [`Graph::recover`](crate::Graph::recover) yields: a thread, and how its run ended.
pub type Recovered<S> = (ThreadId, Result<Outcome<S>, Error>);

/// The unfinished threads of a graph, each driven on when the stream is polled; made by
/// [`Graph::recover`](crate::Graph::recover).
#[must_use = "a stream does nothing unless it is polled"]
pub struct Recover<G: Definition>(BoxStream<Recovered<G::State>>);

impl<G: Definition> Recover<G> {
    pub(crate) fn new(shared: Arc<Shared<G>>) -> Self {
        let threads = Threads::new(&shared).fuse();
        let round = Round { shared, threads, later: VecDeque::new() };
        let next = |mut round: Round<G>| async move { round.next().await.map(|recovered| (recovered, round)) };
        Recover(Box::pin(stream::unfold(round, next).fuse()))
    }
}

/// Picks a thread up; what [`Thread::recover`] asks of it.
#[derive(Clone, Copy, Debug)]
pub struct PickUp(());

impl<G: Definition> Thread<G> {
    /// Drives the thread on if a crash or a drain left it in the middle, or a deadline of what it waits for is over:
    /// [`Graph::recover`](crate::Graph::recover) for one thread, as a call that can be spawned or heard as a stream.
    ///
    /// It counts as `Graph::recover` does how often it picked the thread up without getting any further. If a retry waits
    /// for its next attempt, so does the call.
    ///
    /// # Errors
    ///
    /// * [`Error::NothingToRecover`] if the thread has nothing to go on with by itself, [`Error::UnknownThread`] if it has
    ///   never run.
    /// * [`Error::NoProgress`] if it was picked up five times at the same checkpoint; it is failed then.
    /// * Else as [`Thread::resume`].
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
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use futures_lite::StreamExt;
    ///
    /// let graph = Counter::builder().checkpointer(MemorySaver::new()).build();
    /// graph.thread("a").stream(()).take(2).count().await; // a dropped run is a crash
    ///
    /// let mut runs = Vec::new();
    /// let mut threads = graph.threads();
    /// while let Some(thread) = threads.next().await {
    ///     let thread = thread?;
    ///     if thread.recoverable() {
    ///         runs.push(tokio::spawn(graph.thread(thread.id.as_str()).recover()));
    ///     }
    /// }
    /// for run in runs {
    ///     assert_eq!(run.await??.finished()?.total, 1);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn recover(&self) -> Call<G, PickUp> {
        self.ask(PickUp(()))
    }
}

impl<G: Definition> Ask<G> for PickUp {
    fn run(self, place: Place<G>) -> impl Future<Output = Result<Outcome<G::State>, Error>> + Send + 'static {
        pick_up(place)
    }
}

impl ThreadSummary {
    /// Whether the thread has something to go on with by itself: a run that no process ended, or a deadline that is over. It
    /// may be running in this process right now.
    #[must_use]
    pub fn recoverable(&self) -> bool {
        has_work(self.status, self.due)
    }
}

/// One pass over the threads. Those that wait for their next attempt come last, so that they hold up no other.
struct Round<G: Definition> {
    shared: Arc<Shared<G>>,
    threads: Fuse<Threads>,
    later: VecDeque<ThreadId>,
}

impl<G: Definition> Round<G> {
    async fn next(&mut self) -> Option<Result<Recovered<G::State>, Error>> {
        loop {
            let (id, time) = match self.threads.next().await {
                Some(Ok(thread)) if thread.recoverable() => (thread.id, false),
                Some(Ok(_)) => continue,
                Some(Err(error)) => return Some(Err(error)),
                None => (self.later.pop_front()?, true),
            };
            let thread = match ThreadStore::new(Arc::clone(&self.shared), id.clone()).found().await {
                Ok(thread) => thread,
                Err(error) => return Some(Ok((id, Err(error)))),
            };
            match find(&thread).await {
                Ok(Found::Idle(_)) => {}
                Ok(Found::Left(left)) if left.waits && !time => self.later.push_back(id),
                // On the heap: in one layout with the stream around it, the run of a large graph is deeper than rustc goes.
                Ok(Found::Left(left)) => return Some(Ok((id, Box::pin(left.drive()).await))),
                Err(error) => return Some(Ok((id, Err(error)))),
            }
        }
    }
}

/// What a thread is found to be.
enum Found<'a, G: Definition> {
    /// Not interrupted after all, as this says.
    Idle(Error),
    Left(Box<Left<'a, G>>),
}

/// A thread that can be driven on, and the right to do so.
struct Left<'a, G: Definition> {
    lease: Lease,
    stored: Stored<'a, G>,
    entries: Vec<(String, Vec<u8>)>,
    /// It is between two attempts.
    waits: bool,
}

impl<G: Definition> Stream for Recover<G> {
    type Item = Result<Recovered<G::State>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(cx)
    }
}

impl<G: Definition> fmt::Debug for Recover<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recover").finish_non_exhaustive()
    }
}

/// Whether a thread can be driven on: it was interrupted, or a deadline of what it waits for is over.
fn has_work(status: Status, due: Option<SystemTime>) -> bool {
    match status {
        Status::Running | Status::Replied => true,
        Status::Paused => due.is_some_and(|due| due <= clock::system()),
        _ => false,
    }
}

async fn pick_up<G: Definition>(place: Place<G>) -> Result<Outcome<G::State>, Error> {
    match find(&place.store().await?).await? {
        Found::Left(left) => left.drive().await,
        Found::Idle(why) => Err(why),
    }
}

async fn find<G: Definition>(thread: &ThreadStore<G>) -> Result<Found<'_, G>, Error> {
    let lease = match invoke::lease(thread) {
        Ok(lease) => lease,
        Err(busy) => return Ok(Found::Idle(busy)),
    };
    let Some(stored) = thread.newest().await? else {
        return Ok(Found::Idle(Error::UnknownThread { thread: thread.key.thread.clone() }));
    };
    let status = stored.head.status;
    if !has_work(status, stored.head.due.map(clock::instant)) {
        return Ok(Found::Idle(Error::NothingToRecover { thread: thread.key.thread.clone(), status }));
    }
    // Without a timer the thread cannot run, which is no fault of its nodes.
    timed::<G>()?;
    fault!(Found);
    let entries = stored.entries().await?;
    let waits = stored.waits(&entries)?;
    Ok(Found::Left(Box::new(Left { lease, stored, entries, waits })))
}

impl<G: Definition> Left<'_, G> {
    async fn drive(self) -> Result<Outcome<G::State>, Error> {
        let Left { lease, stored, entries, waits } = self;
        let thread = stored.thread;
        // While it waits, no node runs that could be to blame; and one that only waited has run none yet.
        let blameless = waits || matches!(stored.head.status, Status::Paused | Status::Replied);
        let times = if blameless { 0 } else { stored.pick_up(&entries).await? };
        if times >= PICK_UPS {
            let node = stored.waiting_node();
            let error = Error::NoProgress { thread: thread.key.thread.clone(), node: node.clone(), times };
            let failure = Failure {
                task: node.clone(),
                node,
                step: stored.meta.step + 1,
                message: error.to_string(),
                attempts: times,
            };
            let halted = thread.halt(stored.head, Status::Failed, &Halt::Failed(vec![failure])).await;
            halted.map_err(|error| thread.failed(error))?;
            return Err(error);
        }
        fault!(PickedUp);
        Run::resume(thread, lease.signal(), stored).await?.drive().await
    }
}
