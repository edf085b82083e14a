//! Names of threads and checkpoints.

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
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
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

/// The number of a checkpoint within its thread, from 1, in the order of the commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
