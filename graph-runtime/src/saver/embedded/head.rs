//! The bytes of a head, and the heads that the store has in mind.

use super::engine::Scan;
use super::frame::{self, damaged};
use super::keys::{DIGEST_BYTES, Names};
use crate::{CheckpointId, Head, RecordHash, Status, StoreError, ThreadKey};
use std::collections::{HashMap, HashSet};

const STATUSES: [Status; 8] = [
    Status::Running,
    Status::Paused,
    Status::Failed,
    Status::Stopped,
    Status::Finished,
    Status::Cancelled,
    Status::Copying,
    Status::Replied,
];

/// `checkpoint | hash | status | updated | due`; the last is left out if there is none.
pub(super) fn encode(head: &Head) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(41);
    bytes.extend_from_slice(&head.checkpoint.0.to_be_bytes());
    bytes.extend_from_slice(&head.hash.0);
    bytes.push(status_byte(head.status));
    bytes.extend_from_slice(&head.updated.to_be_bytes());
    bytes.extend(head.due.map(u64::to_be_bytes).into_iter().flatten());
    bytes
}

/// The head of a thread, as the engine holds it.
pub(super) fn read(scan: &impl Scan, names: &Names) -> Result<Option<Head>, StoreError> {
    let key = names.head();
    let sealed = scan.get(&key)?;
    sealed.map(|sealed| decode(frame::open_small(&key, sealed.as_ref())?)).transpose()
}

pub(super) fn decode(bytes: &[u8]) -> Result<Head, StoreError> {
    decode_exact(bytes).ok_or_else(|| damaged("the head of a thread cannot be read"))
}

fn decode_exact(bytes: &[u8]) -> Option<Head> {
    let (checkpoint, rest) = bytes.split_first_chunk()?;
    let (hash, rest) = rest.split_first_chunk()?;
    let (status, rest) = rest.split_first()?;
    let (updated, due) = rest.split_first_chunk()?;
    let due = if due.is_empty() { None } else { Some(u64::from_be_bytes(due.try_into().ok()?)) };
    Some(Head {
        checkpoint: CheckpointId(u64::from_be_bytes(*checkpoint)),
        hash: RecordHash(*hash),
        status: STATUSES.into_iter().find(|known| status_byte(*known) == *status)?,
        updated: u64::from_be_bytes(*updated),
        due,
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
        Status::Copying => 6,
        Status::Replied => 7,
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
    inbox: Inbox,
}

/// What the writes in the queue make of the entries that were delivered to a thread, by the digests of their names.
#[derive(Debug, Default)]
struct Inbox {
    /// The thread was deleted: what the engine holds counts no more.
    emptied: bool,
    added: HashSet<[u8; DIGEST_BYTES]>,
}

impl Heads {
    /// About 200 bytes each.
    const MOST: usize = 16 * 1024;

    pub(super) fn get(&self, thread: &ThreadKey) -> Option<&Known> {
        self.known.get(thread)
    }

    /// Notes a write at this position; all up to `applied` are with the engine.
    pub(super) fn set(&mut self, thread: &ThreadKey, head: Option<Head>, position: u64, applied: u64) {
        let Some(known) = self.known.get_mut(thread) else {
            let inbox = Inbox::default();
            self.known.insert(thread.clone(), Known { head, position, inbox });
            return;
        };
        if known.position <= applied && (known.inbox.emptied || !known.inbox.added.is_empty()) {
            known.inbox = Inbox::default();
            self.forgotten += 1;
        }
        (known.head, known.position) = (head, position);
    }

    /// Whether an entry of this name was delivered, as far as the writes in the queue tell.
    pub(super) fn delivered(&self, thread: &ThreadKey, name: &[u8; DIGEST_BYTES]) -> Option<bool> {
        let inbox = &self.known.get(thread)?.inbox;
        if inbox.added.contains(name) { Some(true) } else { inbox.emptied.then_some(false) }
    }

    /// Notes that the last write of a thread delivers an entry of this name.
    pub(super) fn add(&mut self, thread: &ThreadKey, name: [u8; DIGEST_BYTES]) {
        if let Some(known) = self.known.get_mut(thread) {
            known.inbox.added.insert(name);
        }
    }

    /// Notes that the last write of a thread deletes it.
    pub(super) fn empty(&mut self, thread: &ThreadKey) {
        if let Some(known) = self.known.get_mut(thread) {
            known.inbox = Inbox { emptied: true, added: HashSet::new() };
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
