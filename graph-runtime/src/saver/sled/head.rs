//! The bytes of a head, and the heads that the store has in mind.

use super::engine::Scan;
use super::frame::{self, damaged};
use super::keys::Names;
use crate::{CheckpointId, Head, RecordHash, Status, StoreError, ThreadKey};
use std::collections::HashMap;

const STATUSES: [Status; 6] =
    [Status::Running, Status::Paused, Status::Failed, Status::Stopped, Status::Finished, Status::Cancelled];

/// `checkpoint | hash | status | updated`.
pub(super) fn encode(head: &Head) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(33);
    bytes.extend_from_slice(&head.checkpoint.0.to_be_bytes());
    bytes.extend_from_slice(&head.hash.0);
    bytes.push(status_byte(head.status));
    bytes.extend_from_slice(&head.updated.to_be_bytes());
    bytes
}

/// The head of a thread, as the engine holds it.
pub(super) fn read(scan: &Scan<'_>, names: &Names) -> Result<Option<Head>, StoreError> {
    let key = names.head();
    let sealed = scan.get(&key)?;
    sealed.map(|sealed| decode(&frame::open_small(&key, &sealed)?)).transpose()
}

pub(super) fn decode(bytes: &[u8]) -> Result<Head, StoreError> {
    decode_exact(bytes).ok_or_else(|| damaged("the head of a thread cannot be read"))
}

fn decode_exact(bytes: &[u8]) -> Option<Head> {
    let (checkpoint, rest) = bytes.split_first_chunk()?;
    let (hash, rest) = rest.split_first_chunk()?;
    let (status, updated) = rest.split_first()?;
    Some(Head {
        checkpoint: CheckpointId(u64::from_be_bytes(*checkpoint)),
        hash: RecordHash(*hash),
        status: STATUSES.into_iter().find(|known| status_byte(*known) == *status)?,
        updated: u64::from_be_bytes(updated.try_into().ok()?),
    })
}

fn status_byte(status: Status) -> u8 {
    match status {
        Status::Running => 0,
        Status::Paused => 1,
        Status::Failed => 2,
        Status::Stopped => 3,
        Status::Finished => 4,
        Status::Cancelled => 5,
    }
}

/// The heads of the threads in use, writes that wait in the queue included.
///
/// A thread that is absent has no write in the queue, so what the engine holds is its head.
#[derive(Debug, Default)]
pub(super) struct Heads {
    known: HashMap<ThreadKey, Known>,
    /// How often heads were forgotten: a head that was read from the engine meanwhile may be stale.
    forgotten: u64,
}

/// What is known of a thread.
#[derive(Debug)]
pub(super) struct Known {
    /// `None` if the thread has never run.
    pub(super) head: Option<Head>,
    /// The position of the last write in the queue.
    position: u64,
}

impl Heads {
    /// About 200 bytes each.
    const MOST: usize = 16 * 1024;

    pub(super) fn get(&self, thread: &ThreadKey) -> Option<&Known> {
        self.known.get(thread)
    }

    pub(super) fn set(&mut self, thread: &ThreadKey, head: Option<Head>, position: u64) {
        match self.known.get_mut(thread) {
            Some(known) => *known = Known { head, position },
            None => {
                self.known.insert(thread.clone(), Known { head, position });
            }
        }
    }

    pub(super) fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Makes room: forgets the heads that the engine holds by now.
    pub(super) fn trim(&mut self, applied: u64) {
        if self.known.len() > Self::MOST {
            self.known.retain(|_, known| known.position > applied);
            self.forgotten += 1;
        }
    }

    /// Forgets all: after a failure only the engine knows.
    pub(super) fn clear(&mut self) {
        self.known.clear();
        self.forgotten += 1;
    }
}
