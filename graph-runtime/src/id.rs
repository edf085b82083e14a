//! Names of threads and checkpoints.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// The id of a thread: any string of 1 to 255 bytes without NUL.
///
/// # Examples
///
/// ```
/// use graph_runtime::ThreadId;
///
/// let id = ThreadId::new("user-1")?;
/// assert_eq!(id.as_str(), "user-1");
/// assert!(ThreadId::new("").is_err());
/// # Ok::<(), graph_runtime::InvalidThreadId>(())
/// ```
///
/// A listing gives ids, and a graph takes them:
///
/// ```
/// # use graph_runtime::{graph, GraphState, MemorySaver};
/// # #[derive(GraphState)]
/// # struct Empty {}
/// # fn rest(_: &Empty) {}
/// # graph! { graph Idle<Empty>; node rest; start -> rest -> end; }
/// # futures_lite::future::block_on(async {
/// use futures_lite::StreamExt;
///
/// let graph = Idle::builder().checkpointer(MemorySaver::new()).build();
/// graph.thread("a").invoke(()).await?;
/// let mut threads = graph.threads();
/// while let Some(summary) = threads.next().await {
///     graph.thread(summary?.id).delete().await?;
/// }
/// assert!(graph.thread("a").snapshot().await?.is_none());
/// # Ok::<(), graph_runtime::Error>(())
/// # }).unwrap();
/// ```
///
/// With serde it is a string, and what cannot name a thread is refused when it is read:
///
/// ```
/// # #[cfg(feature = "json")] {
/// use graph_runtime::{CheckpointId, ThreadId};
///
/// let named: (ThreadId, CheckpointId) = serde_json::from_str(r#"["user-1", 7]"#)?;
/// assert_eq!(serde_json::to_string(&named)?, r#"["user-1",7]"#);
/// assert!(serde_json::from_str::<ThreadId>(r#""""#).unwrap_err().to_string().starts_with("a thread id is empty"));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Arc<str>", into = "Arc<str>")]
pub struct ThreadId(Arc<str>);

impl ThreadId {
    /// The longest id, in bytes.
    pub const MAX_BYTES: usize = 255;

    /// Checks and takes an id.
    ///
    /// # Errors
    ///
    /// [`InvalidThreadId`] if the id is empty, longer than 255 bytes, or holds a NUL.
    pub fn new(id: impl Into<Arc<str>>) -> Result<ThreadId, InvalidThreadId> {
        let id = id.into();
        match id.len() {
            0 => Err(InvalidThreadId::Empty),
            1..=Self::MAX_BYTES if id.contains('\0') => Err(InvalidThreadId::Nul),
            1..=Self::MAX_BYTES => Ok(ThreadId(id)),
            bytes => Err(InvalidThreadId::TooLong { bytes }),
        }
    }

    /// The id as a string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<Arc<str>> for ThreadId {
    type Error = InvalidThreadId;

    fn try_from(id: Arc<str>) -> Result<Self, InvalidThreadId> {
        ThreadId::new(id)
    }
}

/// So that `graph.thread(summary.id)` names the thread that a listing found.
impl From<ThreadId> for Arc<str> {
    fn from(id: ThreadId) -> Self {
        id.0
    }
}

/// So that `graph.thread(&pause.thread)` names the thread again.
impl From<&ThreadId> for Arc<str> {
    fn from(id: &ThreadId) -> Self {
        Arc::clone(&id.0)
    }
}

impl fmt::Display for ThreadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ThreadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// Why a string cannot name a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidThreadId {
    /// The string is empty.
    #[error("a thread id is empty; give it 1 to 255 bytes")]
    Empty,
    /// The string is too long.
    #[error("a thread id has {bytes} bytes; give it at most 255")]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
    /// The string holds a NUL.
    #[error("a thread id holds a NUL byte; take it out")]
    Nul,
}

/// The number of a checkpoint within its thread, from 1, in the order of the commits; with serde, a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CheckpointId(pub u64);

impl CheckpointId {
    /// The id of the checkpoint that follows `parent`; the first of a thread follows none.
    pub(crate) fn after(parent: Option<CheckpointId>) -> CheckpointId {
        CheckpointId(parent.map_or(1, |parent| parent.0.saturating_add(1)))
    }
}

impl fmt::Display for CheckpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
