//! The name of an effect in the world outside.

use crate::graph::effect::journal::TaskLabel;
use crate::{CheckpointId, RecordHash, ThreadKey};
use std::fmt;

/// A key that tells an outside system which effect it is asked for: 32 hexadecimal digits.
///
/// It is the same whenever the effect is asked for again: in another attempt, after a restart, by another process, in a
/// branch that [reuses](crate::Effects::Reuse) it. It differs between threads, runs, steps, tasks and names, and for a thread that was deleted and made anew. A run in
/// memory, which no restart continues, has keys of its own.
///
/// Hand it to every system that takes one (`Idempotency-Key`, a unique column, a message id): only that system can tell
/// a repeated request from a new one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdempotencyKey([u8; 32]);

/// What an effect belongs to.
pub(crate) enum Origin<'a> {
    /// A step of a thread, from this checkpoint on.
    Thread(&'a ThreadKey, (CheckpointId, RecordHash)),
    /// A step of a run in memory.
    Memory { run: u128, step: u64 },
}

impl IdempotencyKey {
    pub(crate) fn new(origin: &Origin<'_>, task: &TaskLabel, effect: &str) -> IdempotencyKey {
        let mut hasher = blake3::Hasher::new_derive_key("graph-runtime, key of an effect, version 1");
        // Each part is framed by its length, so that no two lists of parts are the same bytes.
        let mut part = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        match origin {
            Origin::Thread(thread, (checkpoint, hash)) => {
                part(b"thread");
                part(thread.graph.as_bytes());
                part(thread.thread.as_str().as_bytes());
                part(&checkpoint.0.to_le_bytes());
                part(&hash.0);
            }
            Origin::Memory { run, step } => {
                part(b"memory");
                part(&run.to_le_bytes());
                part(&step.to_le_bytes());
            }
        }
        part(task.path.as_bytes());
        part(task.node.as_bytes());
        part(effect.as_bytes());

        let hash = hasher.finalize().to_hex();
        let mut digits = [b'0'; 32];
        digits.copy_from_slice(&hash.as_bytes()[..32]);
        IdempotencyKey(digits)
    }

    /// The key as a string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Always ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl AsRef<str> for IdempotencyKey {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
