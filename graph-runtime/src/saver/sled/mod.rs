//! The saver on sled 0.34.7, hardened.
//!
//! Plain sled survives neither `kill -9` nor a power cut: an interrupted open can leave it unopenable, its `flush` syncs
//! neither metadata nor the drive, its blob files are never synced, and a damaged log silently becomes a shorter one. So:
//!
//! * `lock` and `directory`: one owner, torn snapshots removed under the lock, setup made durable before it is used.
//! * `queue` and `committer`: heads are compared when a write is handed in; one thread turns what has gathered into one
//!   atomic batch, one flush and one `fdatasync`, then answers. After any failure every later write is refused.
//! * `keys`, `frame`, `head`: values are bound to their keys by checksums and cut so that none becomes a blob.
//! * `watermark`: a store that holds less than it acknowledged is noticed.
//! * `engine`: every call into sled, with its panics caught.

mod committer;
mod directory;
mod engine;
mod frame;
mod head;
mod keys;
mod lock;
mod options;
mod queue;
mod saver;
mod watermark;

pub use options::SledOptions;
pub use saver::SledSaver;
