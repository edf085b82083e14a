//! The threads of a graph, page by page.

mod listing;

use crate::clock;
use crate::graph::Shared;
use crate::{CheckpointId, Definition, Error, Head, Status, ThreadId};
use futures_core::Stream;
use listing::{Filter, Listing};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::SystemTime;

/// How many heads a listing reads at once: enough to hide the call, few enough to stay small in memory.
pub(in crate::thread) const PAGE: usize = 256;

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

pub(in crate::thread) type BoxStream<T> = Pin<Box<dyn Stream<Item = Result<T, Error>> + Send>>;

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
pub struct Threads(Stage);

enum Stage {
    Asked(Option<Box<Listing>>),
    Listing(BoxStream<ThreadSummary>),
}

impl Threads {
    pub(crate) fn new<G: Definition>(shared: &Shared<G>) -> Threads {
        Threads(Stage::Asked(Some(Box::new(Listing::new(shared)))))
    }

    /// Leaves only the threads of this status.
    pub fn status(self, status: Status) -> Self {
        self.with(|filter| filter.status = Some(status))
    }

    /// Leaves only the threads that changed at this instant or later.
    pub fn updated_since(self, instant: SystemTime) -> Self {
        self.with(|filter| filter.since = Some(instant))
    }

    /// Leaves only the threads that have not changed since before this instant.
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
    /// use std::time::{Duration, SystemTime};
    ///
    /// let graph = Counter::builder().checkpointer(MemorySaver::new()).build();
    /// graph.thread("a").invoke(()).await?.finished()?;
    /// let year = Duration::from_secs(365 * 24 * 60 * 60);
    /// let mut old = graph.threads().status(Status::Finished).updated_before(SystemTime::now() - year);
    /// while let Some(thread) = old.next().await {
    ///     graph.thread(thread?.id.as_str()).delete().await?;
    /// }
    /// assert!(graph.thread("a").snapshot().await?.is_some());
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn updated_before(self, instant: SystemTime) -> Self {
        self.with(|filter| filter.before = Some(instant))
    }

    /// Leaves only the threads whose newest checkpoint has this tag; with several, those that have all of them.
    ///
    /// The record of that checkpoint is read for it, of threads that the other filters leave. One that cannot be read is an
    /// item of its own, [`Error::Corrupt`] or [`Error::Incompatible`], and the listing goes on.
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
    ///
    /// let graph = Counter::builder().checkpointer(MemorySaver::new()).build();
    /// for (id, tenant) in [("a", "acme"), ("b", "initech")] {
    ///     graph.thread(id).invoke(()).tag("tenant", tenant).await?.finished()?;
    /// }
    /// let threads: Vec<_> = graph.threads().tag("tenant", "acme").try_collect().await?;
    /// assert_eq!((threads[0].id.as_str(), threads.len()), ("a", 1));
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn tag(self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.with(|filter| filter.tags.push((key.into(), value.into())))
    }

    fn with(mut self, set: impl FnOnce(&mut Filter)) -> Self {
        // A stream that was polled lists already, and what it was asked for stands.
        if let Stage::Asked(Some(listing)) = &mut self.0 {
            set(&mut listing.filter);
        }
        self
    }
}

impl Stream for Threads {
    type Item = Result<ThreadSummary, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match &mut self.0 {
                Stage::Listing(listing) => {
                    let item = std::task::ready!(listing.as_mut().poll_next(cx));
                    if item.is_none() {
                        // It stays at its end, and keeps nothing.
                        self.0 = Stage::Asked(None);
                    }
                    return Poll::Ready(item);
                }
                Stage::Asked(listing) => match listing.take() {
                    Some(listing) => self.0 = Stage::Listing(Box::pin(listing.stream())),
                    None => return Poll::Ready(None),
                },
            }
        }
    }
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Threads").finish_non_exhaustive()
    }
}
