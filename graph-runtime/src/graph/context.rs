//! What a node may know beside the state.

use super::effect::Effects;
use super::engine::brake::Brake;
use super::engine::observer::Observer;
use super::engine::path::TaskName;
use crate::{IntoContext, ThreadId};
use std::any::type_name;
use std::fmt;
use std::sync::Arc;

/// The surroundings of a running node: the graph's dependencies, the thread, the step.
///
/// # Examples
///
/// ```
/// use graph_runtime::{graph, Ctx, GraphState, Update};
///
/// #[derive(GraphState)]
/// struct Greeting {
///     text: String,
/// }
///
/// struct Names(Vec<&'static str>);
///
/// fn greet(_: &Greeting, cx: &Ctx<Names>) -> impl Update<Greeting> + use<> {
///     Greeting::update().text(format!("{} in step {}", cx.context().0.join(" and "), cx.step()))
/// }
///
/// graph! {
///     graph Greet<Greeting, Names>;
///     node greet;
///     start -> greet -> end;
/// }
///
/// let greeting = futures_lite::future::block_on(Greet::new(Names(vec!["Ada", "Grace"])).run(()))?;
/// assert_eq!(greeting.text, "Ada and Grace in step 1");
/// # Ok::<(), graph_runtime::Error>(())
/// ```
pub struct Ctx<C = ()> {
    pub(crate) context: Arc<C>,
    pub(crate) thread: Option<ThreadId>,
    /// The task that runs; the plain loop, which has one at a time, does not name it.
    pub(crate) task: TaskName,
    pub(crate) step: u64,
    pub(crate) attempt: u32,
    /// The last step that the run may take.
    pub(crate) last: u64,
    pub(crate) effects: Effects,
    pub(crate) brake: Option<Arc<Brake>>,
    /// Who watches the run, if somebody does.
    pub(crate) observer: Option<Arc<dyn Observer>>,
}

impl<C> Ctx<C> {
    /// The surroundings of a node that no run has called, for tests that call it themselves: no thread, step 1, attempt 1.
    ///
    /// Effects happen and what is emitted is dropped. Each call of a node takes a new one, as each of its effects has a name of
    /// its own.
    ///
    /// # Examples
    ///
    /// ```
    /// use graph_runtime::{Ctx, GraphState, Update};
    ///
    /// #[derive(GraphState)]
    /// struct Greeting {
    ///     text: String,
    /// }
    ///
    /// fn greet(_: &Greeting, cx: &Ctx<String>) -> impl Update<Greeting> + use<> {
    ///     Greeting::update().text(format!("hello {}", cx.context()))
    /// }
    ///
    /// let before = Greeting::initial();
    /// let update = greet(&before, &Ctx::new("Ada".to_owned()));
    /// assert_eq!(before.updated(update).text, "hello Ada");
    /// ```
    #[must_use]
    pub fn new(context: impl IntoContext<C>) -> Ctx<C> {
        Ctx {
            context: context.into_context(),
            thread: None,
            task: TaskName::default(),
            step: 1,
            attempt: 1,
            last: u64::MAX,
            effects: Effects::default(),
            brake: None,
            observer: None,
        }
    }

    /// The graph's dependencies, as given to the builder; never stored.
    #[must_use]
    pub fn context(&self) -> &C {
        &self.context
    }

    /// The thread that runs, or `None` for a run in memory.
    #[must_use]
    pub fn thread_id(&self) -> Option<&ThreadId> {
        self.thread.as_ref()
    }

    /// The superstep that is running, counted over the life of the thread from 1.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Which attempt at this task this is, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Says something to those who listen to the run: they get the value as [`Event::Emitted`](crate::Event::Emitted).
    ///
    /// It is not stored, and a node that runs again says it again. Where nobody listens, the value is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// # use graph_runtime::{graph, Ctx, GraphState, MemorySaver, Update};
    /// # #[derive(GraphState)]
    /// # struct Download { bytes: u64 }
    /// # graph! { graph Downloads<Download>; node fetch; start -> fetch -> end; }
    /// use futures_lite::StreamExt;
    /// use graph_runtime::Event;
    ///
    /// struct Percent(u8);
    ///
    /// fn fetch(_: &Download, cx: &Ctx) -> impl Update<Download> + use<> {
    ///     cx.emit(Percent(50));
    ///     Download::update().bytes(4096)
    /// }
    ///
    /// # futures_lite::future::block_on(async {
    /// let thread = Downloads::builder().checkpointer(MemorySaver::new()).build().thread("a");
    /// let mut events = thread.stream(());
    /// while let Some(event) = events.next().await {
    ///     if let Event::Emitted { value, .. } = event? {
    ///         assert!(matches!(value.get(), Some(Percent(50))));
    ///     }
    /// }
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn emit<T: Send + Sync + 'static>(&self, value: T) {
        self.emit_with(|| value);
    }

    /// [`emit`](Ctx::emit) for a value that is only made if somebody listens.
    ///
    /// # Examples
    ///
    /// ```
    /// use graph_runtime::{graph, Ctx, GraphState, Update};
    ///
    /// #[derive(GraphState)]
    /// struct Text {
    ///     words: Vec<String>,
    /// }
    ///
    /// fn read(text: &Text, cx: &Ctx) -> impl Update<Text> + use<> {
    ///     cx.emit_with(|| text.words.join(" "));
    /// }
    ///
    /// graph! {
    ///     graph Reader<Text>;
    ///     node read;
    ///     start -> read -> end;
    /// }
    ///
    /// futures_lite::future::block_on(Reader::new().run(()))?;
    /// # Ok::<(), graph_runtime::Error>(())
    /// ```
    pub fn emit_with<T: Send + Sync + 'static>(&self, value: impl FnOnce() -> T) {
        if let Some(observer) = &self.observer {
            observer.emitted(&self.task, Arc::new(value()), type_name::<T>());
        }
    }

    /// How many supersteps this run may still take after this one.
    #[must_use]
    pub fn remaining_steps(&self) -> u64 {
        self.last.saturating_sub(self.step)
    }

    /// Asks the run of this thread to end when this step is done, with
    /// [`StopReason::Drained`](crate::StopReason::Drained): a later `resume` goes on.
    ///
    /// A run whose last step this is ends as it would have. A run in memory goes on, since nothing would keep the rest.
    ///
    /// # Examples
    ///
    /// ```
    /// # use graph_runtime::{graph, Ctx, GraphState, MemorySaver, Outcome, StopReason, Update};
    /// # #[derive(GraphState)]
    /// # struct Count { total: u64 }
    /// fn one(count: &Count, cx: &Ctx) -> impl Update<Count> + use<> {
    ///     cx.drain("the host is going down");
    ///     Count::update().total(count.total + 1)
    /// }
    /// # fn two(count: &Count) -> impl Update<Count> { Count::update().total(count.total + 1) }
    /// # graph! { graph Counter<Count>; node one, two; start -> one -> two -> end; }
    /// # futures_lite::future::block_on(async {
    ///
    /// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a");
    /// let Outcome::Stopped(stop) = thread.invoke(()).await? else { panic!("it was asked to end") };
    /// assert!(matches!(stop.reason, StopReason::Drained { .. }));
    /// assert_eq!(thread.resume().await?.finished()?.total, 2);
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn drain(&self, reason: &str) {
        if let Some(brake) = &self.brake {
            brake.pull(reason);
        }
    }
}

/// Shows where the node is, and not what the context or the journal of its effects holds.
impl<C> fmt::Debug for Ctx<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ctx { thread, step, attempt, .. } = self;
        let mut shown = f.debug_struct("Ctx");
        shown.field("thread", thread).field("step", step).field("attempt", attempt).finish_non_exhaustive()
    }
}
