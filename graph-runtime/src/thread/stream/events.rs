//! The stream that drives a run.

use super::{Event, Feed, Hub, Subscriber};
use crate::{BoxFuture, Definition, Error, Outcome};
use futures_channel::mpsc::UnboundedReceiver;
use futures_core::Stream;
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

/// A run as a stream of what happens in it; made by [`Thread::stream`](crate::Thread::stream) and
/// [`Call::stream`](crate::Call::stream).
///
/// The stream drives the run, which starts when it is first polled and goes on only while it is. Dropping it stops the run
/// like a crash would: the thread stays at its last checkpoint. An error of the run is the last item.
///
/// A run waits at the end of every superstep until its events were taken, so no more than those of one superstep are held
/// here.
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
/// let mut events = thread.stream(Count::update().total(4));
/// while let Some(event) = events.next().await {
///     match event? {
///         Event::TaskFinished { task, changes, .. } => println!("{} wrote {changes:?}", task.name),
///         Event::Checkpoint { id, .. } => println!("stored as {id}"),
///         _ => {}
///     }
/// }
/// # Ok::<(), graph_runtime::Error>(())
/// # }).unwrap();
/// ```
#[must_use = "a stream does nothing unless it is polled"]
pub struct Events<G: Definition> {
    /// `None` once the run has ended.
    run: Option<BoxFuture<'static, Result<Outcome<G::State>, Error>>>,
    hub: Arc<Hub<G>>,
    queue: UnboundedReceiver<Event<G>>,
    failed: Option<Error>,
}

impl<G: Definition> Events<G> {
    pub(crate) fn new(run: impl FnOnce(&Arc<Hub<G>>) -> BoxFuture<'static, Result<Outcome<G::State>, Error>>) -> Self {
        let hub = Arc::new(Hub::new());
        let queue = hub.listen();
        Events { run: Some(run(&hub)), hub, queue, failed: None }
    }

    /// Another stream of the same events, from the next one on, which does not drive the run.
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
    /// let events = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a").stream(());
    /// let subscriber = events.subscribe();
    /// let driven = events.count().await;
    /// assert_eq!(subscriber.count().await, driven);
    /// # })
    /// ```
    pub fn subscribe(&self) -> Subscriber<G> {
        Subscriber::new(&self.hub)
    }

    /// Where those can subscribe who come while the run goes on.
    #[must_use]
    pub fn feed(&self) -> Feed<G> {
        Feed::new(&self.hub)
    }

    fn ended(&mut self, result: Result<Outcome<G::State>, Error>) {
        self.run = None;
        match result {
            Ok(outcome) => self.hub.close(Some(&Event::Ended(Arc::new(outcome)))),
            Err(error) => {
                // The error is the item of this stream in place of the event.
                self.queue.close();
                self.hub.close(Some(&Event::Failed { message: error.to_string().into() }));
                self.failed = Some(error);
            }
        }
    }
}

impl<G: Definition> Stream for Events<G> {
    type Item = Result<Event<G>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // What has happened comes first: the run waits for who listens.
        if let Poll::Ready(Some(event)) = pin!(&mut self.queue).poll_next(cx) {
            return Poll::Ready(Some(Ok(event)));
        }
        if let Some(run) = &mut self.run
            && let Poll::Ready(result) = run.as_mut().poll(cx)
        {
            self.ended(result);
        }
        match (pin!(&mut self.queue).poll_next(cx), &self.run) {
            (Poll::Ready(Some(event)), _) => Poll::Ready(Some(Ok(event))),
            (_, None) => Poll::Ready(self.failed.take().map(Err)),
            _ => Poll::Pending,
        }
    }
}

impl<G: Definition> Drop for Events<G> {
    fn drop(&mut self) {
        // A blocking node may go on for a while, and what it says is no part of the run any more.
        self.hub.close(None);
    }
}

impl<G: Definition> fmt::Debug for Events<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}
