//! What tasks write, for those who follow a run with a state of their own.

use crate::record::bytes::Bytes;
use crate::record::checkpoint::{field_names, read_fields};
use crate::{FieldError, GraphState};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// What a run wrote to its state: one task's update, or those of a whole superstep in the order in which they were applied.
///
/// It holds the stored fields; those marked `#[state(skip)]` are not in it. Debug output has the names of the fields and no
/// values.
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
/// let (mut events, mut mirror) = (thread.stream(Count::update().total(4)), Count::initial());
/// while let Some(event) = events.next().await {
///     match event? {
///         Event::RunStarted { input: Some(changes), .. } => changes.apply(&mut mirror)?,
///         Event::StepFinished { changes, .. } => changes.apply(&mut mirror)?,
///         Event::TaskFinished { changes, .. } => assert_eq!(changes.fields().collect::<Vec<_>>(), ["total"]),
///         _ => {}
///     }
/// }
/// assert_eq!(mirror.total, 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub struct Changes<S> {
    parts: Arc<[Part]>,
    /// Whether the fields that last for one step end before.
    expire: bool,
    state: PhantomData<fn(&mut S)>,
}

/// What one task writes.
#[derive(Clone)]
pub(super) enum Part {
    /// To the state of the graph.
    Own(Bytes),
    /// To that of a subgraph.
    Inner(Bytes),
    /// Something that cannot be stored; the commit will say so.
    Refused(FieldError),
}

impl<S: GraphState> Changes<S> {
    /// Those of one task.
    pub(super) fn task(part: Part) -> Self {
        Changes { parts: [part].into(), expire: false, state: PhantomData }
    }

    /// Those of everything that happens to the state in one step.
    pub(super) fn step(parts: impl IntoIterator<Item = Part>) -> Self {
        Changes { parts: parts.into_iter().collect(), expire: true, state: PhantomData }
    }

    /// The names of the fields that are written, task by task.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().flat_map(|part| match part {
            Part::Own(fields) | Part::Inner(fields) => field_names(&fields.0),
            Part::Refused(_) => Vec::new(),
        })
    }

    /// Applies the changes to a state that has seen all changes before.
    ///
    /// What a task of a subgraph writes changes the state of that subgraph, and so nothing here. Those of a step come all
    /// or not at all, and also end the fields that last for one step.
    ///
    /// # Errors
    ///
    /// [`FieldError`] if a value cannot be stored, or does not read back; then nothing is applied. The run itself fails
    /// with the same error when it commits.
    pub fn apply(&self, state: &mut S) -> Result<(), FieldError> {
        let patches = self.parts.iter().filter_map(|part| match part {
            Part::Own(fields) => read_fields(&fields.0).map(|mut fields| S::decode_patch(&mut fields)),
            Part::Inner(_) => None,
            Part::Refused(error) => Some(Err(error.clone())),
        });
        let patches = patches.collect::<Result<Vec<_>, _>>()?;
        if self.expire {
            state.expire();
        }
        for mut patch in patches {
            state.apply(&mut patch);
        }
        Ok(())
    }
}

impl<S> Clone for Changes<S> {
    fn clone(&self) -> Self {
        Changes { parts: Arc::clone(&self.parts), expire: self.expire, state: PhantomData }
    }
}

impl<S: GraphState> fmt::Debug for Changes<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.fields()).finish()
    }
}
