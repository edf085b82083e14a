//! The saver on sled 0.34.7, hardened.
//!
//! Plain sled survives neither `kill -9` nor a power cut: an interrupted open can leave it unopenable, its `flush` syncs
//! neither metadata nor the drive, its blob files are never synced, and a damaged log silently becomes a shorter one. So:
//!
//! * `lock` and `directory`: one owner, torn snapshots removed under the lock, setup made durable before it is used.
//! * `store`, `queue` and `committer`: heads are compared when a write is handed in; one thread applies what has gathered as one
//!   step, with one flush and one `fdatasync`, then answers. After any failure every later write is refused.
//! * `keys`, `frame`, `head`: values are bound to their keys by checksums and cut so that none becomes a blob.
//! * `watermark`: a store that holds less than it acknowledged is noticed.
//! * `engine`: every call into sled, with its panics caught; a program built with `panic = "abort"` still ends on them.
//!
//! Measured on ext4 with two cores: an append of 300 bytes takes 0.3 to 0.4 ms synced and 0.5 to 1.2 µs written; 64 runners
//! do 20,000 to 25,000 synced appends per second.

mod changes;
mod committer;
mod directory;
mod engine;
mod frame;
mod head;
mod keys;
mod listing;
mod lock;
mod options;
mod queue;
mod saver;
mod store;
mod ticket;
mod watermark;
mod write;

pub use options::SledOptions;
pub use saver::SledSaver;
