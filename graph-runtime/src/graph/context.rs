//! What a node may know beside the state.

use super::effect::Effects;
use super::engine::brake::Brake;
use super::engine::path::TaskName;
use crate::ThreadId;
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
#[derive(Debug)]
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
}

impl<C> Ctx<C> {
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
