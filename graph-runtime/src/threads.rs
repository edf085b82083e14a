//! The threads of a graph: listing them, and picking up what a crash left.

use crate::clock;
use crate::graph::Shared;
use crate::halt::Halt;
use crate::invoke;
use crate::run::Run;
use crate::stored::ThreadStore;
use crate::{CheckpointId, Checkpointer, Definition, Error, Failure, Head, Outcome, Status, ThreadId};
use futures_core::Stream;
use futures_lite::{StreamExt, stream};
use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::SystemTime;

/// How many heads a listing reads at once: enough to hide the call, few enough to stay small in memory.
const PAGE: usize = 256;

/// How often `recover` picks a thread up at the same checkpoint before it gives up: a node that kills its process must
/// not do so for ever.
const PICK_UPS: u32 = 5;

/// A thread in a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ThreadSummary {
    /// The id of the thread.
    pub id: ThreadId,
    /// What the thread is doing.
    pub status: Status,
    /// Its newest checkpoint.
    pub checkpoint: CheckpointId,
    /// When it last changed.
    pub updated: SystemTime,
}

impl ThreadSummary {
    fn new(id: ThreadId, head: Head) -> ThreadSummary {
        ThreadSummary { id, status: head.status, checkpoint: head.checkpoint, updated: clock::instant(head.updated) }
    }
}

type BoxStream<T> = Pin<Box<dyn Stream<Item = Result<T, Error>> + Send>>;

/// The threads of a graph, a stream in the order of their ids; made by [`Graph::threads`](crate::Graph::threads).
#[must_use = "a stream does nothing unless it is polled"]
pub struct Threads {
    threads: BoxStream<ThreadSummary>,
    status: Option<Status>,
}

impl Threads {
    pub(crate) fn new<G: Definition>(shared: &Shared<G>) -> Threads {
        let (store, graph) = (Arc::clone(&shared.persistence.store), Arc::clone(&shared.name));
        Threads { threads: Box::pin(list(store, graph)), status: None }
    }

    /// Leaves only the threads of this status.
    pub fn status(mut self, status: Status) -> Self {
        self.status = Some(status);
        self
    }
}

impl Stream for Threads {
    type Item = Result<ThreadSummary, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let next = std::task::ready!(self.threads.as_mut().poll_next(cx));
            match (&next, self.status) {
                (Some(Ok(thread)), Some(status)) if thread.status != status => {}
                _ => return Poll::Ready(next),
            }
        }
    }
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Threads").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Where a listing is: the heads of the page that was read, and the thread after which the next one begins.
struct Listing {
    store: Arc<dyn Checkpointer>,
    graph: Arc<str>,
    page: VecDeque<(ThreadId, Head)>,
    after: Option<ThreadId>,
    last: bool,
}

fn list(store: Arc<dyn Checkpointer>, graph: Arc<str>) -> impl Stream<Item = Result<ThreadSummary, Error>> + Send {
    let start = Listing { store, graph, page: VecDeque::new(), after: None, last: false };
    stream::try_unfold(start, async |mut listing| {
        if listing.page.is_empty() && !listing.last {
            let page = listing.store.threads(&listing.graph, listing.after.as_ref(), PAGE).await?;
            listing.last = page.len() < PAGE;
            listing.page = page.into();
        }
        let Some((id, head)) = listing.page.pop_front() else {
            return Ok(None);
        };
        listing.after = Some(id.clone());
        Ok(Some((ThreadSummary::new(id, head), listing)))
    })
}

/// What [`Graph::recover`](crate::Graph::recover) yields: a thread, and how its run ended.
pub type Recovered<S> = (ThreadId, Result<Outcome<S>, Error>);

/// The unfinished threads of a graph, each driven on when the stream is polled; made by
/// [`Graph::recover`](crate::Graph::recover).
#[must_use = "a stream does nothing unless it is polled"]
pub struct Recover<G: Definition>(BoxStream<Recovered<G::State>>);

impl<G: Definition> Recover<G> {
    pub(crate) fn new(shared: Arc<Shared<G>>) -> Self {
        let running = Threads::new(&shared).status(Status::Running);
        let recovered = running.then(move |thread| {
            let shared = Arc::clone(&shared);
            async move {
                let id = thread?.id;
                Ok(recover(shared, id.clone()).await.transpose().map(|outcome| (id, outcome)))
            }
        });
        Recover(Box::pin(recovered.filter_map(Result::transpose)))
    }
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

/// Drives one interrupted thread; `None` if it is not interrupted after all.
async fn recover<G: Definition>(shared: Arc<Shared<G>>, id: ThreadId) -> Result<Option<Outcome<G::State>>, Error> {
    let thread = ThreadStore::new(shared, id);
    let Ok(lease) = invoke::lease(&thread) else {
        return Ok(None);
    };
    let Some(stored) = thread.newest().await? else {
        return Ok(None);
    };
    if stored.head.status != Status::Running {
        return Ok(None);
    }
    let times = stored.pick_up().await?;
    if times >= PICK_UPS {
        let node = stored.waiting_node();
        let error = Error::NoProgress { thread: thread.key.thread.clone(), node: node.clone(), times };
        let failure = Failure { node, step: stored.meta.step + 1, message: error.to_string(), attempts: times };
        thread.halt(stored.head, Status::Failed, &Halt::Failed(failure)).await?;
        return Err(error);
    }
    Run::resume(&thread, lease.signal(), stored).await.map(Some)
}
