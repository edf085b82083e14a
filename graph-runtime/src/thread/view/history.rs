//! The checkpoints of a thread, newest first.

use crate::thread::Snapshot;
use crate::thread::Thread;
use crate::thread::life::list::BoxStream;
use crate::thread::stored::series::Segment;
use crate::thread::view::line::Line;
use crate::thread::view::outline::Outlines;
use crate::thread::view::walk::{Asked, Filter, walk};
use crate::{CheckpointId, Definition, Error, Source};
use futures_core::Stream;
use futures_lite::stream;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The checkpoints of a thread, a stream with the newest first; made by [`Thread::history`].
///
/// It reads page by page, so it costs what it yields, and holds one page and the records that a checkpoint is read from. It
/// ends at the thread's first checkpoint, and shows the thread as it was when the stream was first polled, whatever is added meanwhile.
///
/// Each record must be the one that the record after it names. One that is damaged, missing or out of place is an item
/// of its own, [`Error::Corrupt`] with its checkpoint; one that this program cannot read is [`Error::Incompatible`]. The
/// stream goes on behind it. Any other error ends it.
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
/// use graph_runtime::Source;
///
/// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a");
/// for tenant in ["acme", "initech", "acme"] {
///     thread.invoke(()).tag("tenant", tenant).await?.finished()?;
/// }
/// let mut totals = Vec::new();
/// let mut history = thread.history().source(Source::Step).tag("tenant", "acme");
/// while let Some(snapshot) = history.next().await {
///     totals.push(snapshot?.state.total);
/// }
/// assert_eq!(totals, [3, 1]);
/// # Ok::<(), graph_runtime::Error>(())
/// # }).unwrap();
/// ```
#[must_use = "a stream does nothing unless it is polled"]
pub struct History<G: Definition>(Stage<G>);

enum Stage<G: Definition> {
    Asked(Option<Box<Asked<G>>>),
    Walking(BoxStream<Snapshot<G>>),
}

impl<G: Definition> Thread<G> {
    /// Lists the thread's checkpoints of all branches, the newest first; none if it has never run.
    pub fn history(&self) -> History<G> {
        let asked = Asked {
            thread: self.clone(),
            before: None,
            line: Line::All,
            filter: Filter::default(),
            left: usize::MAX,
            segment: Segment::default(),
        };
        History(Stage::Asked(Some(Box::new(asked))))
    }
}

impl<G: Definition> History<G> {
    /// Begins with the checkpoint before this one; the stream's one item is [`Error::UnknownCheckpoint`] if the thread does
    /// not have it.
    pub fn before(self, id: CheckpointId) -> Self {
        self.with(|asked| asked.before = Some(id))
    }

    /// Leaves only the branch that leads to the thread's head, or to the checkpoint of [`before`](History::before): from
    /// parent to parent.
    ///
    /// A record of the branch that cannot be read ends it, for only that record knows its parent.
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
    /// use graph_runtime::CheckpointId;
    ///
    /// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a");
    /// thread.invoke(()).await?.finished()?;
    /// thread.at(CheckpointId(1)).fork(Count::update().total(10)).await?.finished()?;
    /// let totals = thread.history().branch().map(|at| at.map(|at| at.state.total));
    /// assert_eq!(totals.try_collect::<u64, graph_runtime::Error, Vec<u64>>().await?, [11, 10, 0]);
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn branch(self) -> Self {
        self.with(|asked| asked.line = Line::One)
    }

    /// Ends after so many checkpoints. Records that cannot be read do not count.
    pub fn limit(self, limit: usize) -> Self {
        self.with(|asked| asked.left = limit)
    }

    /// Leaves only the checkpoints that were made so.
    pub fn source(self, source: Source) -> Self {
        self.with(|asked| asked.filter.source = Some(source))
    }

    /// Leaves only the checkpoints of runs with this tag; with several, those that have all of them.
    pub fn tag(self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.with(|asked| asked.filter.tags.push((key.into(), value.into())))
    }

    /// Leaves out the states: nothing of them is decoded, so that a history of any length costs what its records weigh, however
    /// large the states have become.
    ///
    /// Of a stream that was polled already, nothing is left.
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
    /// use graph_runtime::Source;
    ///
    /// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a");
    /// thread.invoke(()).await?.finished()?;
    /// let mut outlines = thread.history().source(Source::Input).outlines();
    /// let input = outlines.next().await.expect("the thread has run")?;
    /// assert_eq!((input.id.0, input.step, input.tasks), (1, 0, vec!["one".to_owned()]));
    /// assert!(outlines.next().await.is_none());
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn outlines(mut self) -> Outlines {
        let asked = match &mut self.0 {
            Stage::Asked(asked) => asked.take(),
            Stage::Walking(_) => None,
        };
        Outlines(match asked {
            Some(asked) => Box::pin(walk(*asked)),
            None => Box::pin(stream::empty()),
        })
    }

    fn with(mut self, set: impl FnOnce(&mut Asked<G>)) -> Self {
        // A stream that was polled walks already, and what it was asked for stands.
        if let Stage::Asked(Some(asked)) = &mut self.0 {
            set(asked);
        }
        self
    }
}

impl<G: Definition> Stream for History<G> {
    type Item = Result<Snapshot<G>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match &mut self.0 {
                Stage::Walking(walk) => {
                    let item = std::task::ready!(walk.as_mut().poll_next(cx));
                    if item.is_none() {
                        // It stays at its end, and keeps nothing.
                        self.0 = Stage::Asked(None);
                    }
                    return Poll::Ready(item);
                }
                Stage::Asked(asked) => match asked.take() {
                    Some(asked) => self.0 = Stage::Walking(Box::pin(walk(*asked))),
                    None => return Poll::Ready(None),
                },
            }
        }
    }
}

impl<G: Definition> fmt::Debug for History<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("History").finish_non_exhaustive()
    }
}
