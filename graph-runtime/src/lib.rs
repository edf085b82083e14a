#![doc = include_str!("docs/crate.md")]

mod builder;
mod checkpointer;
mod clock;
mod column;
mod command;
mod context;
mod definition;
mod durability;
mod engine;
mod error;
mod graph;
pub mod guide;
mod halt;
mod id;
mod invoke;
mod lease;
mod node;
mod outcome;
pub mod reduce;
mod route;
mod run;
#[cfg(feature = "sled")]
mod sled;
mod snapshot;
mod state;
mod store;
mod stored;
mod thread;
mod threads;
pub mod update;

pub use builder::{Builder, Durable, InMemory, NoContext, WithContext};
pub use checkpointer::{
    Append, BoxFuture, Checkpointer, Commit, Head, PutPending, RecordHash, Status, StoreId, ThreadKey,
};
pub use command::Command;
pub use context::Ctx;
pub use definition::{Definition, NodeName};
pub use durability::Durability;
pub use either::Either;
pub use error::{BoxError, Error, NodeCause, NodeError, StoreError};
pub use graph::Graph;
pub use graph_macros::{GraphState, graph};
pub use halt::Failure;
pub use id::{CheckpointId, InvalidThreadId, ThreadId};
pub use invoke::Invoke;
pub use outcome::{Outcome, Stop, StopReason};
pub use serde;
#[cfg(feature = "sled")]
pub use sled::{SledOptions, SledSaver};
pub use snapshot::Snapshot;
pub use state::{Field, GraphState};
pub use store::field::{FieldCodec, FieldError};
pub use store::memory::MemorySaver;
pub use store::record::Source;
pub use thread::Thread;
pub use threads::{Recover, Recovered, ThreadSummary, Threads};
pub use update::Update;

#[doc(hidden)]
pub mod __private {
    pub use crate::column::{Column, initial};
    pub use crate::definition::{Next, Ran};
    pub use crate::node::{Decided, Node, Returned};
    pub use crate::route::{Answer, AnswerExt, Route};
    pub use crate::store::field::{FieldError, FieldReader, FieldWriter};
    pub use crate::store::probe::FieldProbe;
    pub use crate::update::{FieldOf, Operation, Slot, WriteKind, Writes};
}
