//! The checkpoints of a thread, newest first.

use crate::record::checkpoint::{self, OwnedMeta, RecordError};
use crate::thread::Snapshot;
use crate::thread::Thread;
use crate::thread::life::list::BoxStream;
use crate::thread::stored::ThreadStore;
use crate::thread::stored::chain::{Chain, PAGE};
use crate::thread::stored::series::{self, Segment};
use crate::thread::view::line::Line;
use crate::thread::view::outline::{Outline, Outlines};
use crate::{CheckpointId, Definition, Error, RecordHash, Source};
use futures_core::Stream;
use futures_lite::stream;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The checkpoints of a thread, a stream with the newest first; made by [`Thread::history`].
///
/// It reads page by page, so it costs what it yields, and holds one page and the records back to the last whole state. It
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

/// What a history is asked for.
struct Asked<G: Definition> {
    thread: Thread<G>,
    before: Option<CheckpointId>,
    line: Line,
    filter: Filter,
    /// How many snapshots are still wanted.
    left: usize,
    /// The records that the last one was read from, and so the next one may be.
    segment: Segment,
}

#[derive(Default)]
struct Filter {
    source: Option<Source>,
    tags: Vec<(String, String)>,
}

impl Filter {
    fn admits(&self, meta: &OwnedMeta) -> bool {
        self.source.is_none_or(|source| source == meta.source) && self.tags.iter().all(|tag| meta.tags.contains(tag))
    }

    fn is_open(&self) -> bool {
        self.source.is_none() && self.tags.is_empty()
    }
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

    /// Verifies every record of the thread, and what lies beside them, and returns how many checkpoints it has.
    ///
    /// Each record has the checksum of its bytes and the hash of the record before it, so a history that passes holds what was
    /// written, from the thread's first checkpoint to its head, without a gap but those that [`prune`](Thread::prune) left. No state is decoded. A forger who can write
    /// to the store can make a history that passes.
    ///
    /// # Errors
    ///
    /// [`Error::Corrupt`] with the newest checkpoint that is damaged, missing or out of place; [`Error::Incompatible`] if
    /// its record has a newer format; [`Error::Conflict`] or [`Error::UnknownThread`] if the thread was deleted
    /// meanwhile; [`Error::Store`] if the store fails.
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
    /// thread.invoke(()).await?.finished()?;
    /// assert_eq!(thread.verify().await?, 2, "the input and one step");
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn verify(&self) -> impl Future<Output = Result<u64, Error>> + Send + 'static + use<G> {
        let stored = self.stored();
        async move {
            let mut chain = Chain::begin(stored.await?, None).await?;
            let mut count = 0;
            while let Some((id, _, (hash, whole))) =
                chain.next(PAGE, |opened, _| Ok((opened.hash, opened.is_whole()))).await?
            {
                let ThreadStore { key, store, .. } = &chain.thread;
                let entries = store.pending(key, id).await.map_err(|error| chain.thread.unreached(id, error))?;
                if !whole && !series::rests(&entries) {
                    let reason = "what its changes were made to was pruned, and its whole state is missing";
                    return Err(chain.thread.unreadable(id, RecordError::Corrupt(reason.to_owned())));
                }
                for (name, bytes) in entries {
                    let verified = checkpoint::verify_entry(key, (id, hash), &name, &bytes);
                    verified.map_err(|error| chain.thread.unreadable(id, error))?;
                }
                count += 1;
            }
            Ok(count)
        }
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

/// A record of those that are asked for.
struct Seen {
    id: CheckpointId,
    bytes: Vec<u8>,
    meta: OwnedMeta,
    hash: RecordHash,
}

/// What is shown of a checkpoint.
trait View<G: Definition>: Sized {
    /// `None` if it was pruned since its record was read.
    fn of(
        seen: Seen,
        chain: &Chain<G>,
        segment: &mut Segment,
    ) -> impl Future<Output = Result<Option<Self>, Error>> + Send;
}

impl<G: Definition> View<G> for Snapshot<G> {
    async fn of(seen: Seen, chain: &Chain<G>, segment: &mut Segment) -> Result<Option<Self>, Error> {
        match chain.thread.whole(seen.id, seen.bytes, segment).await {
            Err(Error::UnknownCheckpoint { .. }) => Ok(None),
            whole => chain.thread.pictured(chain.head, whole?).await.map(Some),
        }
    }
}

impl<G: Definition> View<G> for Outline {
    async fn of(seen: Seen, chain: &Chain<G>, _: &mut Segment) -> Result<Option<Self>, Error> {
        Ok(Some(Outline::new(seen.meta, seen.hash, chain.head)))
    }
}

fn walk<G: Definition, V: View<G>>(asked: Asked<G>) -> impl Stream<Item = Result<V, Error>> + Send {
    stream::unfold((asked, None), async |(mut asked, mut chain)| {
        let item = asked.next(&mut chain).await.transpose()?;
        if item.as_ref().is_err_and(|error| !matches!(error, Error::Corrupt { .. } | Error::Incompatible { .. })) {
            asked.left = 0;
        }
        Some((item, (asked, chain)))
    })
}

impl<G: Definition> Asked<G> {
    async fn next<V: View<G>>(&mut self, chain: &mut Option<Chain<G>>) -> Result<Option<V>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        let chain = match chain {
            Some(chain) => chain,
            None => chain.insert(self.begin().await?),
        };
        while let Some(seen) = self.seek(chain).await? {
            if let Some(view) = V::of(seen, chain, &mut self.segment).await? {
                self.left -= 1;
                return Ok(Some(view));
            }
        }
        Ok(None)
    }

    /// The next record of those that are asked for.
    async fn seek(&mut self, chain: &mut Chain<G>) -> Result<Option<Seen>, Error> {
        let all = self.filter.is_open() && matches!(self.line, Line::All);
        let (filter, line, wanted) = (&self.filter, &mut self.line, if all { self.left } else { PAGE });
        loop {
            if let Line::Through(None) = line {
                return Ok(None);
            }
            let admitted = chain.next(wanted, |opened, gap| {
                line.cross(gap);
                let admitted = line.passes(&opened.meta) && filter.admits(&opened.meta);
                Ok(admitted.then_some((opened.meta, opened.hash)))
            });
            match admitted.await? {
                None => return Ok(None),
                Some((_, _, None)) => {}
                Some((id, bytes, Some((meta, hash)))) => return Ok(Some(Seen { id, bytes, meta, hash })),
            }
        }
    }

    async fn begin(&mut self) -> Result<Chain<G>, Error> {
        let chain = Chain::begin(self.thread.stored().await?, self.before).await?;
        if let Line::One = self.line {
            // If its tip cannot be read, there is no line to follow.
            let left = std::mem::take(&mut self.left);
            (self.line, self.left) = (Line::Through(self.tip(&chain).await?), left);
        }
        Ok(chain)
    }

    /// The newest checkpoint of the branch, as far as it is shown.
    async fn tip(&self, chain: &Chain<G>) -> Result<Option<u64>, Error> {
        let Some(id) = self.before else {
            return Ok(chain.head.map(|head| head.checkpoint.0));
        };
        let (_, bytes) = chain.thread.past(id).await?;
        let opened = checkpoint::open(&chain.thread.key, id, &bytes);
        Ok(opened.map_err(|error| chain.thread.unreadable(id, error))?.meta.parent)
    }
}
