//! What can go wrong, in types that name the thread, step, node or field and say what to do.

mod node;
mod store;
mod thread;

pub use node::{NodeCause, NodeError};
pub use store::StoreError;
pub use thread::Error;

/// Any error that a node may return.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;
