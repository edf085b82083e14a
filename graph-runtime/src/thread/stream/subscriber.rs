//! A stream that follows a run and does not drive it.

use super::{Event, Hub};
use crate::Definition;
use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use futures_core::Stream;
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

/// A stream of the events of a run that somebody else drives; made by [`Events::subscribe`](super::Events::subscribe) and
/// [`Feed::subscribe`].
///
/// It may be polled from any task, or not at all: the run does not wait for it. What it has not taken yet is held for it, so
/// who reads slower than the run goes, holds what lies between. An event is in memory once, for all who listen.
///
/// It ends after [`Event::Ended`] or [`Event::Failed`], or without either if the run was dropped.
#[must_use = "a stream does nothing unless it is polled"]
pub struct Subscriber<G: Definition>(UnboundedReceiver<Event<G>>);

/// A handle of a run that somebody else drives, for those who come while it goes on; made by
/// [`Events::feed`](super::Events::feed).
///
/// It holds no events and keeps no run alive.
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
/// let mut events = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a").stream(());
/// let feed = events.feed();
/// assert!(matches!(events.next().await, Some(Ok(Event::RunStarted { .. }))));
/// let mut late = feed.subscribe();
/// while let Some(event) = events.next().await {
///     event?;
/// }
/// assert!(matches!(late.next().await, Some(Event::StepStarted { step: 1, .. })));
/// # Ok::<(), graph_runtime::Error>(())
/// # }).unwrap();
/// ```
pub struct Feed<G: Definition>(Weak<Hub<G>>);

impl<G: Definition> Feed<G> {
    pub(super) fn new(hub: &Arc<Hub<G>>) -> Self {
        Feed(Arc::downgrade(hub))
    }

    /// A stream of the events of the run, from the one on that happens next; it is empty if the run is over.
    pub fn subscribe(&self) -> Subscriber<G> {
        self.0.upgrade().map_or_else(|| Subscriber(unbounded().1), |hub| Subscriber::new(&hub))
    }
}

impl<G: Definition> Clone for Feed<G> {
    fn clone(&self) -> Self {
        Feed(Weak::clone(&self.0))
    }
}

impl<G: Definition> fmt::Debug for Feed<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").finish_non_exhaustive()
    }
}

impl<G: Definition> Subscriber<G> {
    pub(super) fn new(hub: &Hub<G>) -> Self {
        Subscriber(hub.listen())
    }
}

impl<G: Definition> Stream for Subscriber<G> {
    type Item = Event<G>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        pin!(&mut self.0).poll_next(cx)
    }
}

impl<G: Definition> fmt::Debug for Subscriber<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscriber").finish_non_exhaustive()
    }
}
