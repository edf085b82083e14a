//! Why a file is not imported.

use super::VERSION;
use std::io;

/// Why [`Graph::import`](crate::Graph::import) refused what it read.
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
/// use graph_runtime::{Error, ImportError};
///
/// let graph = Counter::builder().checkpointer(MemorySaver::new()).build();
/// let refused = graph.import(&b"some other file"[..]).await;
/// assert!(matches!(refused, Err(Error::Import(ImportError::NotAnExport))));
/// # });
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The reader failed.
    #[error("the export cannot be read: {0}; import it again once it can")]
    Read(#[from] io::Error),
    /// The bytes begin as no export does.
    #[error("the bytes are no export of a thread; give a file that `export` has written")]
    NotAnExport,
    /// Another version of the library wrote it.
    #[error(
        "the export has format {found} and this program reads format {VERSION}; use the version of the library that wrote it"
    )]
    Format {
        /// The version of the format.
        found: u32,
    },
    /// The bytes are not those that were written.
    #[error("the export is damaged at byte {offset}: {reason}; use another copy of it")]
    Damaged {
        /// Where the first part that is not whole begins.
        offset: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The thread is one of another graph.
    #[error("the export is of a thread of graph `{found}`; import it with that graph, not with `{graph}`")]
    OtherGraph {
        /// The graph that was to import it.
        graph: String,
        /// The graph whose thread it is.
        found: String,
    },
}
