//! How often each node has run, counted along a thread's history.

use crate::graph::engine::former;
use crate::record::checkpoint::{self, OwnedMeta};
use crate::record::position::TaskRecord;
use crate::thread::Checkpoint;
use crate::thread::Thread;
use crate::thread::stored::ThreadStore;
use crate::thread::stored::chain::{Chain, PAGE};
use crate::thread::view::line::Line;
use crate::{CheckpointId, Definition, Error, NodeName, Source};
use std::fmt;
use std::future::Future;

/// How often each node of a graph has run, along the branch that leads to a checkpoint; counted by [`Thread::visits`].
///
/// A node counts once for each item and each superstep that it has run in; attempts that failed do not count, nor does what
/// another branch did. A pause counts when its reply was used. A subgraph counts once for each stay, when it is left,
/// however many steps of its own it took. Nodes that the graph no longer has are left out.
///
/// # Examples
///
/// ```
/// # use graph_runtime::{graph, GraphState, MemorySaver, Update};
/// # #[derive(GraphState)]
/// # struct Count { total: u64 }
/// # fn one(count: &Count) -> impl Update<Count> { Count::update().total(count.total + 1) }
/// # fn enough(count: &Count) -> bool { count.total >= 3 }
/// # graph! { graph Counter<Count>; node one; start -> one -> match enough { true => end, false => one }; }
/// # futures_lite::future::block_on(async {
/// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a");
/// thread.invoke(()).await?.finished()?;
/// let visits = thread.visits().await?;
/// assert_eq!(visits.of(CounterNode::One), 3);
/// assert_eq!(visits.iter().collect::<Vec<_>>(), [(CounterNode::One, 3)]);
/// # Ok::<(), graph_runtime::Error>(())
/// # }).unwrap();
/// ```
pub struct Visits<G: Definition> {
    /// In the order of [`NodeName::ALL`].
    counts: Vec<(G::Node, u64)>,
    unrecorded: u64,
}

impl<G: Definition> Visits<G> {
    /// How often this node has run.
    #[must_use]
    pub fn of(&self, node: G::Node) -> u64 {
        self.counts.get(node.index()).map_or(0, |(_, count)| *count)
    }

    /// All nodes in the order of the text, with how often each has run.
    pub fn iter(&self) -> impl Iterator<Item = (G::Node, u64)> + '_ {
        self.counts.iter().copied()
    }

    /// How many supersteps no checkpoint tells of, so that their nodes are not counted: a run with
    /// [`Durability::Exit`](crate::Durability::Exit) stores its last one only, and others were pruned.
    #[must_use]
    pub fn unrecorded(&self) -> u64 {
        self.unrecorded
    }

    fn new() -> Self {
        Visits { counts: G::Node::ALL.iter().map(|node| (*node, 0)).collect(), unrecorded: 0 }
    }

    /// Counts what ran between a checkpoint and the one that follows it.
    fn count(&mut self, before: &OwnedMeta, after: &OwnedMeta) {
        if !matches!(after.source, Source::Step | Source::Reply) {
            return;
        }
        let steps = after.step.saturating_sub(before.step);
        if steps != 1 {
            self.unrecorded += steps;
            return;
        }
        for task in before.position.tasks.iter().filter(|task| !stays::<G>(task, after)) {
            let recorded = former::node::<G>(&task.node);
            if let Some((_, count)) = recorded.and_then(|found| self.counts.get_mut(found.node.index())) {
                *count += 1;
            }
        }
    }
}

/// Whether a task is a subgraph that goes on, or a pause that still waits.
fn stays<G: Definition>(task: &TaskRecord, after: &OwnedMeta) -> bool {
    let name = former::present::<G>(&task.node);
    let waits = |task: &TaskRecord| task.pause.as_ref().map(|pause| pause.id.clone());
    let same = |next: &TaskRecord| {
        let goes_on = task.child.is_some() && next.child.is_some();
        (goes_on || task.pause.is_some() && waits(next) == waits(task))
            && (former::present::<G>(&next.node), &next.items) == (name, &task.items)
    };
    after.position.tasks.iter().any(same)
}

impl<G: Definition> Thread<G> {
    /// Counts how often each node has run, along the branch that leads to the thread's head.
    ///
    /// It reads the history once, page by page, and decodes no state. A thread that has never run has no visits.
    ///
    /// # Errors
    ///
    /// [`Error::Corrupt`] or [`Error::Incompatible`] if a record cannot be read; [`Error::Store`] if the store fails.
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
    /// thread.invoke(()).await?.finished()?;
    /// assert_eq!(thread.visits().await?.of(CounterNode::One), 2);
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn visits(&self) -> impl Future<Output = Result<Visits<G>, Error>> + Send + 'static + use<G> {
        let stored = self.stored();
        async move { stored.await?.visits(None).await }
    }
}

impl<G: Definition> Checkpoint<G> {
    /// Counts how often each node had run there, along the branch that leads to this checkpoint.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownCheckpoint`] if the thread has no such checkpoint; else as [`Thread::visits`].
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
    /// use graph_runtime::CheckpointId;
    ///
    /// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a");
    /// thread.invoke(()).await?.finished()?;
    /// assert_eq!(thread.at(CheckpointId(1)).visits().await?.of(CounterNode::One), 0);
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn visits(&self) -> impl Future<Output = Result<Visits<G>, Error>> + Send + 'static + use<G> {
        let (stored, id) = (self.thread.stored(), self.id);
        async move { stored.await?.visits(Some(id)).await }
    }
}

impl<G: Definition> ThreadStore<G> {
    async fn visits(self, id: Option<CheckpointId>) -> Result<Visits<G>, Error> {
        let mut visits = Visits::new();
        let mut after: Option<OwnedMeta> = None;
        if let Some(id) = id {
            let (_, bytes) = self.past(id).await?;
            let opened = checkpoint::open(&self.key, id, &bytes).map_err(|error| self.unreadable(id, error))?;
            after = Some(opened.meta);
        }
        let mut chain = Chain::begin(self, id).await?;
        let tip = chain.head.map(|head| head.checkpoint.0);
        let mut line = Line::Through(after.as_ref().map_or(tip, |after| after.parent));
        while !matches!(line, Line::Through(None)) {
            let read = chain.next(PAGE, |opened, gap| {
                line.cross(gap);
                Ok(line.passes(&opened.meta).then_some(opened.meta))
            });
            match read.await? {
                None => break,
                Some((_, _, None)) => {}
                Some((_, _, Some(before))) => {
                    if let Some(after) = &after {
                        visits.count(&before, after);
                    }
                    after = Some(before);
                }
            }
        }
        // What came before the oldest checkpoint that there is.
        visits.unrecorded += after.map_or(0, |first| first.step);
        Ok(visits)
    }
}

impl<G: Definition> Clone for Visits<G> {
    fn clone(&self) -> Self {
        Visits { counts: self.counts.clone(), unrecorded: self.unrecorded }
    }
}

impl<G: Definition> fmt::Debug for Visits<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
