//! How a store failed.

use crate::CheckpointId;

/// Why a store refused or failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The head is not the expected one. Nothing was written.
    #[error("the head of the thread has moved to {head:?}; read it again")]
    Conflict {
        /// The head that was found.
        head: Option<CheckpointId>,
    },
    /// Another process, or another handle in this one, has the store open.
    #[error("store `{path}` is in use by {holder}; close it there, or open another directory")]
    Busy {
        /// The directory.
        path: String,
        /// Who holds it, as far as the lock file tells.
        holder: String,
    },
    /// The path is not a store and cannot become one.
    #[error("`{path}` is not a store: {reason}; give an empty or a new directory")]
    NotAStore {
        /// The path.
        path: String,
        /// What was found there.
        reason: String,
    },
    /// The graph's name cannot be part of a key. Nothing was written.
    #[error("graph name `{name}` cannot be stored; give it at most 128 bytes and no NUL")]
    InvalidGraphName {
        /// The name.
        name: String,
    },
    /// The store holds less than it once acknowledged.
    #[error(
        "the store went back: it acknowledged {at_least} commits and holds {found}; restore a backup, or open it accepting the rollback"
    )]
    RolledBack {
        /// How many commits it acknowledged at least.
        at_least: u64,
        /// How many it holds.
        found: u64,
    },
    /// Bytes are not what was written.
    #[error("the store is damaged: {reason}; restore it from a backup")]
    Corrupt {
        /// What is wrong.
        reason: String,
    },
    /// A record is above the store's limit. Nothing was written.
    #[error("a record of {bytes} bytes is above the limit of {limit}; store less, or raise the limit of the store")]
    TooLarge {
        /// The size of the record.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// There is no space left. What was acknowledged is safe.
    #[error("no space is left for the store: {reason}; free some, and open the store again if it still refuses")]
    Full {
        /// What the system said.
        reason: String,
    },
    /// Reading or writing failed; the write that reported it may or may not be stored.
    #[error("the store failed: {reason}; open it again and read the thread's head")]
    Failed {
        /// What the system said.
        reason: String,
    },
    /// An earlier failure left the store refusing writes.
    #[error("the store refuses writes since an earlier failure ({reason}); open it again")]
    Poisoned {
        /// The earlier failure.
        reason: String,
    },
    /// The store was closed.
    #[error("the store is closed; open it again")]
    Closed,
}
