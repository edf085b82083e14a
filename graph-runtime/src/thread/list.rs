//! The threads of a graph, page by page.

use crate::clock;
use crate::graph::Shared;
use crate::{CheckpointId, Checkpointer, Definition, Error, Head, Status, ThreadId};
use futures_core::Stream;
use futures_lite::stream;
use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::SystemTime;

/// How many heads a listing reads at once: enough to hide the call, few enough to stay small in memory.
const PAGE: usize = 256;

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
    /// When the first deadline of the pauses at which it waits is over.
    pub due: Option<SystemTime>,
}

impl ThreadSummary {
    fn new(id: ThreadId, head: Head) -> ThreadSummary {
        let Head { checkpoint, status, updated, due, .. } = head;
        ThreadSummary { id, status, checkpoint, updated: clock::instant(updated), due: due.map(clock::instant) }
    }
}

pub(super) type BoxStream<T> = Pin<Box<dyn Stream<Item = Result<T, Error>> + Send>>;

/// The threads of a graph, a stream in the order of their ids; made by [`Graph::threads`](crate::Graph::threads).
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
/// use graph_runtime::Status;
///
/// let graph = Counter::builder().checkpointer(MemorySaver::new()).build();
/// graph.thread("a").invoke(()).await?.finished()?;
/// let mut finished = graph.threads().status(Status::Finished);
/// while let Some(thread) = finished.next().await {
///     assert_eq!(thread?.id.as_str(), "a");
/// }
/// # Ok::<(), graph_runtime::Error>(())
/// # }).unwrap();
/// ```
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
