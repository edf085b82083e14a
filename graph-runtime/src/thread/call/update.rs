//! Edits of a thread's state from outside.

use crate::thread::Effects;
use crate::thread::Snapshot;
use crate::thread::Thread;
use crate::thread::call::edit::{Base, Edit};
use crate::thread::call::invoke;
use crate::{BoxFuture, Definition, Error, Status, Update};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// An edit of a thread's state, made when it is first polled, and its outcome the new checkpoint; made by
/// [`Thread::update`] and [`Checkpoint::update`](crate::Checkpoint::update).
#[must_use = "an edit does nothing unless it is awaited"]
pub struct Revision<G: Definition>(Stage<G>);

enum Stage<G: Definition> {
    /// Nothing for the moment in which the edit begins.
    Asked(Option<Box<Asked<G>>>),
    Running(BoxFuture<'static, Result<Snapshot<G>, Error>>),
}

struct Asked<G: Definition> {
    thread: Thread<G>,
    edit: Edit<G>,
}

impl<G: Definition> Thread<G> {
    /// Edits the state of the thread's newest checkpoint from outside, and runs nothing.
    ///
    /// The edited state is a checkpoint of its own, and becomes the head. Nothing else changes: the thread is as finished,
    /// failed or interrupted as it was, its tasks are those that were to run, and what some of them have finished already
    /// is kept. They see the edited state when somebody resumes the thread; what finished tasks wrote is applied after
    /// the edit, at the end of the step. Effects that are journaled do not happen again.
    ///
    /// With [`as_node`](Revision::as_node) the edit takes the place of a node, and the thread goes on from there.
    ///
    /// A thread that has never run is made: it has the edited state, and is at its end, so that `invoke` starts it.
    ///
    /// # Errors
    ///
    /// * [`Error::Busy`] if the thread is running in this process, [`Error::Conflict`] if another runner moved it on.
    /// * [`Error::Node`] if a reducer, a default or a route panics.
    /// * [`Error::NodeInBranch`], [`Error::NodeDecides`] or [`Error::UndecidedEffects`] if it is to take the place of a
    ///   node and cannot.
    /// * [`Error::Incompatible`] or [`Error::Corrupt`] if the checkpoint cannot be read, [`Error::NotStorable`] or
    ///   [`Error::StateTooLarge`] if the new one cannot be stored, [`Error::Store`] if the store fails.
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
    /// use graph_runtime::{Source, Status};
    ///
    /// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a");
    /// thread.invoke(()).await?.finished()?;
    /// let edited = thread.update(Count::update().total(40)).tag("by", "ada").await?;
    /// assert_eq!((edited.state.total, edited.source, edited.status), (40, Source::Update, Status::Finished));
    /// assert_eq!(thread.invoke(()).await?.finished()?.total, 41);
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn update(&self, update: impl Update<G::State>) -> Revision<G> {
        Revision::new(self.clone(), Edit::new(Base::Newest, update))
    }
}

impl<G: Definition> Revision<G> {
    pub(in crate::thread) fn new(thread: Thread<G>, edit: Edit<G>) -> Self {
        Revision(Stage::Asked(Some(Box::new(Asked { thread, edit }))))
    }

    /// Takes the edit as if this node had made it: the thread goes on with what follows the node, which is read on the
    /// edited state, when somebody resumes it.
    ///
    /// It leaves the tasks that were to run. What those of the newest checkpoint have finished is in the state before the
    /// edit; subgraphs among them are left as they are, and keep what they keep.
    ///
    /// # Errors
    ///
    /// The edit is [`Error::NodeInBranch`] if the node stands in a group or a `for`, and [`Error::NodeDecides`] if it
    /// chooses itself where to go, so that nobody else can tell what follows. It is [`Error::UndecidedEffects`] if
    /// effects are journaled beside the checkpoint and [`effects`](Revision::effects) does not say what becomes of them.
    ///
    /// # Examples
    ///
    /// ```
    /// # use graph_runtime::{graph, GraphState, MemorySaver, Update};
    /// # #[derive(GraphState)]
    /// # struct Text { draft: String, print: String }
    /// fn write(_: &Text) -> Result<impl Update<Text> + use<>, String> {
    ///     Err::<(), _>("nothing comes to mind".to_owned())
    /// }
    ///
    /// fn print(text: &Text) -> impl Update<Text> + use<> {
    ///     Text::update().print(text.draft.to_uppercase())
    /// }
    ///
    /// # graph! { graph Press<Text>; node write, print; start -> write -> print -> end; }
    /// # futures_lite::future::block_on(async {
    /// let thread = Press::builder().checkpointer(MemorySaver::new()).build().thread("a");
    /// assert!(thread.invoke(()).await.is_err());
    /// let edited = thread.update(Text::update().draft("by hand")).as_node(PressNode::Write).await?;
    /// assert_eq!(edited.next, [PressNode::Print]);
    /// assert_eq!(thread.resume().await?.finished()?.print, "BY HAND");
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn as_node(self, node: G::Node) -> Self {
        self.with(|edit| edit.node = Some(node))
    }

    /// Says what becomes of the effects that are journaled beside the checkpoint.
    ///
    /// Where the tasks stay, they are reused unless it is said otherwise. Else it has to be said if there are any: a task
    /// of the same name may follow.
    pub fn effects(self, effects: Effects) -> Self {
        self.with(|edit| edit.effects = Some(effects))
    }

    /// Attaches a tag to the new checkpoint and those that follow, in place of those that the thread has with this key.
    pub fn tag(self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.with(|edit| edit.tags.push((key.into(), value.into())))
    }

    fn with(mut self, set: impl FnOnce(&mut Edit<G>)) -> Self {
        // One that was polled is being made, and what was asked for stands.
        if let Stage::Asked(Some(asked)) = &mut self.0 {
            set(&mut asked.edit);
        }
        self
    }
}

impl<G: Definition> Future for Revision<G> {
    type Output = Result<Snapshot<G>, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Stage::Asked(asked) = &mut self.0
            && let Some(asked) = asked.take()
        {
            self.0 = Stage::Running(Box::pin(revise(*asked)));
        }
        match &mut self.0 {
            Stage::Running(edit) => edit.as_mut().poll(cx),
            // Not reached: what was taken is running.
            Stage::Asked(_) => Poll::Pending,
        }
    }
}

// Nothing in it is pinned: the edit is boxed once it is being made, and what is asked before that is plain data.
impl<G: Definition> Unpin for Revision<G> {}

impl<G: Definition> fmt::Debug for Revision<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revision").finish_non_exhaustive()
    }
}

async fn revise<G: Definition>(asked: Asked<G>) -> Result<Snapshot<G>, Error> {
    let thread = asked.thread.stored().await?;
    let _lease = invoke::lease(&thread)?;
    let edited = thread.edit(asked.edit).await?;
    let (head, entries) = (edited.head, edited.entries().await?);
    let mut snapshot = Snapshot::of(edited, &entries)?;
    let asks = snapshot.waiting.len();
    thread.unanswered(&mut snapshot.waiting).await?;
    if head.status == Status::Paused && snapshot.waiting.len() < asks {
        // A reply came while the edit was made, and over that the store let nothing fall asleep.
        snapshot.status = Status::Replied;
    }
    Ok(snapshot)
}
