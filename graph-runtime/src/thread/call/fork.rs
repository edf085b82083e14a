//! Branches: the past, again or otherwise.

use crate::graph::timed;
use crate::thread::Checkpoint;
use crate::thread::Revision;
use crate::thread::call::edit::{Base, Edit};
use crate::thread::call::invoke::{self, again};
use crate::thread::call::{Ask, Call, Place};
use crate::thread::run::Run;
use crate::{Definition, Error, Outcome, Status, Stop, StopReason, Update};
use std::fmt;
use std::future::Future;
use std::sync::Arc;

/// What becomes of the effects ([`Ctx::once`](crate::Ctx::once), [`Ctx::at_most_once`](crate::Ctx::at_most_once)) that are
/// journaled beside a checkpoint, in a branch that begins there and runs their tasks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effects {
    /// They do not happen again: the branch has their values, and the same idempotency keys.
    Reuse,
    /// They happen again, with new keys.
    Again,
}

/// Begins a branch and runs it; what [`Checkpoint::replay`] and [`Checkpoint::fork`] ask of a thread.
pub struct Fork<G: Definition>(Edit<G>);

impl<G: Definition> Checkpoint<G> {
    /// Runs the thread again from this checkpoint.
    ///
    /// A new checkpoint with the state and the tasks of this one is appended, durably, and becomes the thread's head; its
    /// parent is this checkpoint. Then it is driven as [`Thread::resume`](crate::Thread::resume) would. No checkpoint is
    /// changed or removed, so what was the head until now can be replayed, too. All tasks of the step run, also those that
    /// had finished when the step was interrupted. Where nothing is left to run, nothing runs, and the outcome is that of
    /// the checkpoint; the branch begins all the same.
    ///
    /// The branch has the tags of the checkpoint, and answers no request unless it is given one.
    ///
    /// # Errors
    ///
    /// * [`Error::UnknownCheckpoint`] if the thread has no such checkpoint.
    /// * [`Error::UndecidedEffects`] if effects are journaled beside it, and nobody said what becomes of them.
    /// * [`Error::Incompatible`] or [`Error::Corrupt`] if it cannot be read.
    ///
    /// Then the thread is unchanged. Else as [`Thread::resume`](crate::Thread::resume).
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
    /// use graph_runtime::{CheckpointId, Source};
    ///
    /// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a");
    /// thread.invoke(Count::update().total(4)).await?.finished()?;
    /// let count = thread.at(CheckpointId(1)).replay().await?.finished()?;
    /// assert_eq!(count.total, 5);
    /// let branch = thread.at(CheckpointId(3)).snapshot().await?;
    /// assert_eq!((branch.source, branch.parent), (Source::Fork, Some(CheckpointId(1))));
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn replay(&self) -> Call<G, Fork<G>> {
        self.fork(())
    }

    /// Runs the thread from this checkpoint with another state: the checkpoint's, with `update` applied to it by the
    /// reducers.
    ///
    /// The tasks are those of the checkpoint: the routes that led to them are not read again. Else it is as
    /// [`replay`](Checkpoint::replay).
    ///
    /// # Errors
    ///
    /// As [`replay`](Checkpoint::replay).
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
    /// thread.invoke(Count::update().total(4)).await?.finished()?;
    /// let count = thread.at(CheckpointId(1)).fork(Count::update().total(10)).tag("why", "what if").await?.finished()?;
    /// assert_eq!(count.total, 11);
    /// assert_eq!(thread.at(CheckpointId(2)).snapshot().await?.state.total, 5, "the other branch stays");
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn fork(&self, update: impl Update<G::State>) -> Call<G, Fork<G>> {
        self.thread().ask(Fork(Edit::new(Base::At { id: self.id(), driven: true }, update)))
    }

    /// Begins a branch at this checkpoint as [`fork`](Checkpoint::fork) does, and runs nothing: the thread stands still
    /// until it is resumed.
    ///
    /// # Errors
    ///
    /// As [`Thread::update`](crate::Thread::update), and as [`replay`](Checkpoint::replay).
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
    /// thread.invoke(Count::update().total(4)).await?.finished()?;
    /// let branch = thread.at(CheckpointId(1)).update(Count::update().total(10)).await?;
    /// assert_eq!((branch.state.total, branch.next), (10, vec![CounterNode::One]));
    /// assert_eq!(thread.resume().await?.finished()?.total, 11);
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn update(&self, update: impl Update<G::State>) -> Revision<G> {
        let edit = Edit::new(Base::At { id: self.id(), driven: false }, update);
        Revision::new(self.thread().clone(), edit)
    }
}

impl<G: Definition> Call<G, Fork<G>> {
    /// Says what becomes of the effects that are journaled beside the checkpoint; has to be said if there are any.
    ///
    /// Those of later steps are not asked about: they belong to what the thread did after the checkpoint, and the branch
    /// has its own.
    ///
    /// # Examples
    ///
    /// ```
    /// # use graph_runtime::{graph, BoxError, Ctx, GraphState, MemorySaver, Update};
    /// # use std::sync::atomic::{AtomicU32, Ordering};
    /// # #[derive(GraphState)]
    /// # struct Order { receipt: u32 }
    /// # #[derive(Default)]
    /// # struct Bank(AtomicU32);
    /// async fn pay(_: &Order, cx: &Ctx<Bank>) -> Result<impl Update<Order> + use<>, BoxError> {
    ///     let charge = |_key| async { Ok::<_, BoxError>(cx.context().0.fetch_add(1, Ordering::Relaxed) + 1) };
    ///     Ok(Order::update().receipt(cx.once("charge", &(), charge).await?))
    /// }
    /// # graph! { graph Orders<Order, Bank>; node pay; start -> pay -> end; }
    /// # futures_lite::future::block_on(async {
    /// use graph_runtime::{CheckpointId, Effects, Error};
    ///
    /// let graph = Orders::builder().context(Bank::default()).checkpointer(MemorySaver::new()).build();
    /// let thread = graph.thread("order-7");
    /// assert_eq!(thread.invoke(()).await?.finished()?.receipt, 1);
    ///
    /// let before = thread.at(CheckpointId(1));
    /// assert!(matches!(before.replay().await, Err(Error::UndecidedEffects { .. })));
    /// assert_eq!(before.replay().effects(Effects::Reuse).await?.finished()?.receipt, 1, "nothing was charged");
    /// assert_eq!(before.replay().effects(Effects::Again).await?.finished()?.receipt, 2);
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn effects(self, effects: Effects) -> Self {
        self.with(|fork| fork.0.effects = Some(effects))
    }

    /// Names the request that the branch answers, as [`request_id`](Call::request_id) does: delivered again, it begins no
    /// other branch.
    pub fn request_id(self, id: impl Into<Arc<str>>) -> Self {
        self.with(|fork| fork.0.request = Some(id.into()))
    }

    /// Attaches a tag to the checkpoints of the branch, in place of those that it has from the checkpoint with this key.
    pub fn tag(self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.with(|fork| fork.0.tags.push((key.into(), value.into())))
    }
}

impl<G: Definition> Ask<G> for Fork<G> {
    fn run(self, place: Place<G>) -> impl Future<Output = Result<Outcome<G::State>, Error>> + Send + 'static {
        fork(place, self.0)
    }
}

impl<G: Definition> fmt::Debug for Fork<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fork").finish_non_exhaustive()
    }
}

async fn fork<G: Definition>(place: Place<G>, edit: Edit<G>) -> Result<Outcome<G::State>, Error> {
    let thread = place.store().await?;
    let lease = invoke::lease(&thread)?;
    // Without a timer the branch could not run.
    timed::<G>()?;
    if let Some(request) = edit.request.clone() {
        let newest = thread.newest().await?;
        if let Some(outcome) = again(&thread, newest.as_ref(), &request).await? {
            return outcome;
        }
        if let Some(newest) = newest.filter(|newest| newest.unfinished() && newest.answers(&request)) {
            return Run::resume(&thread, lease.signal(), newest).await?.drive().await;
        }
    }
    let branch = thread.edit(edit).await?;
    match branch.head.status {
        Status::Finished => Ok(Outcome::Finished(branch.state)),
        Status::Cancelled => {
            let reason = StopReason::Cancelled { reason: branch.meta.note.unwrap_or_default() };
            Ok(Outcome::Stopped(Stop { thread: Some(thread.key.thread.clone()), reason }))
        }
        _ => Run::branch(&thread, lease.signal(), branch).await?.drive().await,
    }
}
