//! How a node failed.

use super::BoxError;
use crate::ThreadId;
use std::fmt;
use std::time::Duration;

/// A node failed.
///
/// # Examples
///
/// ```
/// use graph_runtime::{graph, Error, GraphState, NodeCause};
///
/// #[derive(GraphState)]
/// struct Empty {}
///
/// fn refuse(_: &Empty) -> Result<(), String> {
///     Err("not today".to_owned())
/// }
///
/// graph! {
///     graph Refusing<Empty>;
///     node refuse;
///     start -> refuse -> end;
/// }
///
/// let Err(Error::Node(error)) = futures_lite::future::block_on(Refusing::new().run(())) else { panic!("it refuses") };
/// assert_eq!((error.node, error.step), ("refuse", 1));
/// assert!(matches!(error.cause, NodeCause::Error(cause) if cause.to_string() == "not today"));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct NodeError {
    /// The thread, or `None` for a run in memory.
    pub thread: Option<ThreadId>,
    /// The superstep, counted over the life of the thread from 1.
    pub step: u64,
    /// The node's name in the graph text.
    pub node: &'static str,
    /// The task by its full name: the node, behind the subgraphs that it is in, with its items: `research[3]/search`.
    pub task: String,
    /// Which attempt at the task it was, from 1.
    pub attempt: u32,
    /// What happened.
    pub cause: NodeCause,
}

impl NodeError {
    /// The error of this type that the node returned, or that is a source of what it returned: the effect's own, behind the
    /// [`EffectError`](crate::EffectError) of the effect. Nothing after a panic or a timeout.
    ///
    /// # Examples
    ///
    /// Which failures are worth another attempt:
    ///
    /// ```
    /// use graph_runtime::NodeError;
    /// use std::io;
    ///
    /// fn passes(error: &NodeError) -> bool {
    ///     error.find::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::ConnectionReset)
    /// }
    /// # use graph_runtime::{BoxError, Ctx, GraphState, graph};
    /// # #[derive(GraphState)]
    /// # struct Empty {}
    /// # async fn fetch(_: &Empty, cx: &Ctx) -> Result<(), BoxError> {
    /// #     let reset = |_| async { Err::<(), _>(io::Error::from(io::ErrorKind::ConnectionReset)) };
    /// #     Ok(cx.once("request", &(), reset).await?)
    /// # }
    /// # fn read(_: &Empty) -> Result<(), io::Error> { Err(io::ErrorKind::NotFound.into()) }
    /// # graph! { graph Fetch<Empty>; node fetch; start -> fetch -> end; }
    /// # graph! { graph Reads<Empty>; node read; start -> read -> end; }
    /// # futures_lite::future::block_on(async {
    /// # let Err(graph_runtime::Error::Node(error)) = Fetch::new().run(()).await else { panic!("it fails") };
    /// # assert!(passes(&error));
    /// # assert!(error.find::<std::fmt::Error>().is_none());
    /// # let Err(graph_runtime::Error::Node(error)) = Reads::new().run(()).await else { panic!("it fails") };
    /// # assert_eq!(error.find::<io::Error>().map(io::Error::kind), Some(io::ErrorKind::NotFound));
    /// # });
    /// ```
    #[must_use]
    pub fn find<E: std::error::Error + 'static>(&self) -> Option<&E> {
        let NodeCause::Error(error) = &self.cause else { return None };
        let mut error: &(dyn std::error::Error + 'static) = &**error;
        loop {
            match error.downcast_ref() {
                None => error = error.source()?,
                found => return found,
            }
        }
    }
}

impl fmt::Display for NodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NodeError { thread, step, task, cause, .. } = self;
        write!(
            f,
            "node `{task}` failed in step {step}{}: {cause}{}",
            in_thread(thread.as_ref()),
            again(thread.as_ref())
        )
    }
}

impl std::error::Error for NodeError {
    /// What lies behind the error of the node, which the message has already.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.source()
    }
}

fn in_thread(thread: Option<&ThreadId>) -> String {
    thread.map_or_else(String::new, |thread| format!(" of thread `{thread}`"))
}

fn again(thread: Option<&ThreadId>) -> &'static str {
    if thread.is_some() { "; `resume` runs it again" } else { "" }
}

/// How a node failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NodeCause {
    /// It returned this error.
    #[error(transparent)]
    Error(BoxError),
    /// It, the reducer of a field it wrote, or the route that follows it, panicked with this message.
    #[error("panicked: {0}")]
    Panic(String),
    /// What follows it leads through groups in which nothing runs and back again, for ever.
    #[error("what follows leads back to `{region}` without running a node; change a route or a condition on the way")]
    Endless {
        /// The group or `for`.
        region: String,
    },
    /// It leads to a pause, and what that asks cannot be stored.
    #[error("what pause `{pause}` asks cannot be stored: {reason}; ask a value that JSON can hold")]
    Question {
        /// The pause.
        pause: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It took longer than its `#[timeout]` allows, and was dropped.
    #[error("took longer than {after:?}; raise its `#[timeout]`, or let it do less at a time")]
    Timeout {
        /// The time that it had.
        after: Duration,
    },
    /// It blocks, and tokio's pool for such functions is missing or shut down.
    #[error("found no pool to block in; run the graph inside a tokio runtime that outlives it")]
    NoPool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use std::error::Error as _;

    #[derive(Debug, thiserror::Error)]
    #[error("the catalogue is closed")]
    struct Closed(#[source] std::io::Error);

    #[test]
    fn the_chain_of_causes_goes_on_behind_the_nodes_error() {
        let cause = NodeCause::Error(Box::new(Closed(std::io::ErrorKind::TimedOut.into())));
        let error = NodeError { thread: None, step: 1, node: "look", task: "look".to_owned(), attempt: 1, cause };
        let error = Error::from(error);
        assert_eq!(error.to_string(), "node `look` failed in step 1: the catalogue is closed");
        assert_eq!(error.source().expect("it has a cause").to_string(), "timed out");
    }
}
