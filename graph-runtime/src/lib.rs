//! Durable, typed state graphs.

mod checkpointer;
mod command;
mod context;
mod definition;
mod error;
mod id;
mod outcome;
#[cfg(feature = "sled")]
mod sled;
mod state;
mod store;
mod update;

pub use checkpointer::{
    Append, BoxFuture, Checkpointer, Commit, Head, PutPending, RecordHash, Status, StoreId, ThreadKey,
};
pub use command::Command;
pub use context::Ctx;
pub use definition::{Definition, NodeName};
pub use either::Either;
pub use error::{BoxError, Error, NodeCause, NodeError, StoreError};
pub use id::{CheckpointId, InvalidThreadId, ThreadId};
pub use outcome::StopReason;
#[cfg(feature = "sled")]
pub use sled::{SledOptions, SledSaver};
pub use state::{Field, GraphState};
pub use update::Update;

#[doc(hidden)]
pub mod __private {
    pub use crate::definition::{Next, Ran};
    pub use crate::store::field::{FieldError, FieldProbe, FieldReader, FieldWriter};
    pub use crate::update::{WriteKind, Writes};
}
