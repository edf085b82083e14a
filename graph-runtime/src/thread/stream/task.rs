//! The task that an event is about, and what it says of itself.

use crate::graph::engine::former;
use crate::graph::engine::path::{Part, TaskName};
use crate::{Definition, NodeName};
use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// A task of a superstep, as events name it.
#[non_exhaustive]
pub struct Task<G: Definition> {
    /// The task by its full name: the node, behind the subgraphs that it is in, with its items: `research[3]/search`.
    pub name: Arc<str>,
    /// The node, or `None` for the node of a subgraph.
    pub node: Option<G::Node>,
    /// The node's name in the graph text.
    pub label: &'static str,
    /// The superstep, counted over the life of the thread from 1.
    pub step: u64,
}

impl<G: Definition> Task<G> {
    pub(super) fn new(task: &TaskName, step: u64) -> Self {
        let node = if inner(task) { None } else { former::node::<G>(task.node).map(|recorded| recorded.node) };
        let label = node.map_or(task.node, NodeName::name);
        Task { name: task.to_string().into(), node, label, step }
    }
}

/// Whether the task is one of a subgraph.
pub(super) fn inner(task: &TaskName) -> bool {
    task.path.iter().any(|part| matches!(part, Part::Inside(_)))
}

impl<G: Definition> Clone for Task<G> {
    fn clone(&self) -> Self {
        Task { name: Arc::clone(&self.name), ..*self }
    }
}

impl<G: Definition> fmt::Debug for Task<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("name", &self.name).field("step", &self.step).finish_non_exhaustive()
    }
}

/// A value that a node gave to [`Ctx::emit`](crate::Ctx::emit).
///
/// Debug output names its type and does not show it.
///
/// # Examples
///
/// ```
/// # use graph_runtime::{graph, Ctx, GraphState, MemorySaver, Update};
/// # #[derive(GraphState)]
/// # struct Page { text: String }
/// # graph! { graph Writer<Page>; node write; start -> write -> end; }
/// use futures_lite::StreamExt;
/// use graph_runtime::Event;
///
/// struct Word(&'static str);
///
/// fn write(_: &Page, cx: &Ctx) -> impl Update<Page> + use<> {
///     for word in ["once", "upon"] {
///         cx.emit(Word(word));
///     }
/// }
///
/// # futures_lite::future::block_on(async {
/// let thread = Writer::builder().checkpointer(MemorySaver::new()).build().thread("a");
/// let (mut events, mut words) = (thread.stream(()), Vec::new());
/// while let Some(event) = events.next().await {
///     if let Event::Emitted { value, .. } = event? {
///         words.extend(value.get().map(|Word(word)| *word));
///     }
/// }
/// assert_eq!(words, ["once", "upon"]);
/// # Ok::<(), graph_runtime::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Emitted {
    value: Arc<dyn Any + Send + Sync>,
    name: &'static str,
}

impl Emitted {
    pub(super) fn new(value: Arc<dyn Any + Send + Sync>, name: &'static str) -> Self {
        Emitted { value, name }
    }

    /// The value, if it is of this type.
    #[must_use]
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.value.downcast_ref()
    }

    /// The name of its type, as [`type_name`](std::any::type_name) has it.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        self.name
    }
}

impl fmt::Debug for Emitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Emitted({})", self.name)
    }
}
