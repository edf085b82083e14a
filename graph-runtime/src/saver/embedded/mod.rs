//! What the embedded stores share: everything but the engine that keeps the keys and values.
//!
//! * `directory` and `lock`: one owner, setup made durable before it is used. `watermark`: a store that holds less than it
//!   acknowledged is noticed.
//! * `store`, `queue` and `committer`: heads are compared when a write is handed in; one thread applies what has
//!   gathered, makes it durable once for all who wait, then answers. What nobody waits for is applied as it comes and made durable
//!   within a bounded delay. After any failure every later write is refused.
//! * `space`: how full the disk is; below a reserve, writes are refused.
//! * `keys`, `frame`, `head`, `meta`: values are bound to their keys by checksums.
//! * `engine`: what an engine must do. `checkpointer`: the calls of a saver, on any engine.

mod changes;
mod checkpointer;
mod committer;
mod directory;
mod engine;
mod frame;
#[cfg(feature = "fuzzing")]
pub(in crate::saver) mod fuzzing;
mod head;
mod keys;
mod listing;
mod lock;
mod meta;
mod queue;
mod settings;
mod space;
mod store;
mod ticket;
mod watermark;
mod write;

pub(super) use changes::Changes;
pub(super) use engine::{Engine, Order, Scan, guard};
pub(super) use lock::Lock;
pub(super) use settings::Settings;
#[cfg(feature = "redb")]
pub(super) use space::free_space;
pub(super) use store::Store;
pub(super) use ticket::Answer;
#[cfg(feature = "sled")]
pub(super) use {directory::sync_directory, lock::try_for};
