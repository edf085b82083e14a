#![doc = include_str!("docs/crate.md")]

mod clock;
#[cfg(feature = "conformance")]
pub mod conformance;
mod drawing;
mod error;
#[cfg(feature = "faults")]
#[doc(hidden)]
pub mod fault;
#[cfg(not(feature = "faults"))]
mod fault;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod graph;
pub mod guide;
mod id;
mod panic;
mod record;
mod saver;
pub mod schema;
mod state;
mod telemetry;
mod thread;
pub mod topology;

pub use either::Either;
pub use error::{BoxError, Error, NodeCause, NodeError, StoreError};
pub use graph::{
    Builder, Command, Ctx, Definition, Durable, EffectError, Graph, IdempotencyKey, InMemory, IntoContext, NeverPauses,
    NoContext, NodeName, Replies, WithContext,
};
pub use graph_macros::{GraphState, graph};
pub use id::{CheckpointId, InvalidThreadId, ThreadId};
pub use record::{FieldCodec, FieldError, ImportError, Source};
pub use saver::{
    Append, BoxFuture, Checkpointer, Commit, Deliver, Head, MemorySaver, Prune, PutPending, RecordHash, Status,
    StoreFuture, StoreId, StoreLayer, ThreadKey,
};
#[cfg(feature = "redb")]
pub use saver::{RedbOptions, RedbSaver};
#[cfg(feature = "sled")]
pub use saver::{SledOptions, SledSaver};
pub use serde;
pub use state::{Field, GraphState, Update, reduce, update};
#[cfg(feature = "metrics")]
pub use telemetry::describe_metrics;
pub use thread::{
    Call, Changes, Checkpoint, Durability, Effects, Emitted, Event, Events, Failure, Feed, Fork, History, Invoke, Keep,
    Outcome, Outline, Outlines, Pause, PickUp, Recover, Recovered, Replied, Reply, Resume, Revision, Snapshot, Stop,
    StopReason, Subscriber, Task, Thread, ThreadSummary, Threads, Visits, Waiting, WaitingId,
};
pub use topology::Topology;

#[doc(hidden)]
pub mod __private {
    pub use crate::drawing::Drawing;
    pub use crate::graph::definition::{Draft, Next, Noted, Patch, no_function};
    pub use crate::graph::engine::at::At;
    pub use crate::graph::engine::items::{Item, Items, Listed, Listing, NoItems, no_items};
    pub use crate::graph::engine::memory::{Kept, Memory};
    pub use crate::graph::engine::nested::{Inner, Nested, NoChild, Proven};
    pub use crate::graph::engine::opening::Opening;
    pub use crate::graph::engine::position::Astray;
    pub use crate::graph::function::each::{Condition, ItemCondition, ItemNode, ItemRoute, Lists, ListsWithin};
    pub use crate::graph::function::node::{Decided, Node, Returned};
    pub use crate::graph::function::now::{choose, update};
    pub use crate::graph::function::passage::{ContextOf, Enter, ItemEnter, ItemLeave, Leave, OnError, Same};
    pub use crate::graph::function::pause::{
        Asks, ItemAsks, ItemLapses, ItemPauseNode, Lapses, PauseNode, TwinPauseNode,
    };
    pub use crate::graph::function::race::{
        Claimant, Clash, Decides, Updates, among_items, beside, compare, hold, leaves, plain, writes,
    };
    pub use crate::graph::function::route::{Answer, AnswerExt, Immediate, Route};
    pub use crate::graph::function::work::{Chosen, Work, at_once};
    pub use crate::graph::pausing::{NewInMemory, Or, Pauses, PersistenceFor, Unpaused};
    pub use crate::graph::policy::{Policy, Retry, Tokio, Worth};
    pub use crate::graph::region::{Form, Region, Scope};
    pub use crate::graph::reply::{Json, Owned, Question, Reply, Replying, Waits, no_pause};
    pub use crate::record::delta::Delta;
    pub use crate::record::field::{FieldError, FieldName, FieldReader, FieldWriter};
    pub use crate::record::probe::FieldProbe;
    pub use crate::state::column::{Column, Edits, Piecewise, Whole, initial};
    pub use crate::state::column::{Migrate, Migration};
    pub use crate::state::update::{FieldOf, Operation, Slot, WriteKind, Writes};
}
