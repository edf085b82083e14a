//! All that a store in memory holds.

use crate::saver::{Append, Deliver, Head, Prune, PutPending, Status, ThreadKey};
use crate::{CheckpointId, RecordHash, StoreError, ThreadId};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

/// The threads of all graphs.
#[derive(Default)]
pub(super) struct Graphs(BTreeMap<Arc<str>, BTreeMap<ThreadId, Thread>>);

/// A thread.
pub(super) struct Thread {
    pub(super) head: Head,
    pub(super) records: BTreeMap<CheckpointId, Vec<u8>>,
    pub(super) pending: BTreeMap<CheckpointId, BTreeMap<String, Vec<u8>>>,
    pub(super) requests: BTreeMap<Arc<str>, CheckpointId>,
    pub(super) delivered: BTreeMap<String, Vec<u8>>,
}

impl Graphs {
    pub(super) fn thread(&self, key: &ThreadKey) -> Option<&Thread> {
        self.0.get(&key.graph)?.get(&key.thread)
    }

    pub(super) fn heads(&self, graph: &str, after: Option<&ThreadId>, limit: usize) -> Vec<(ThreadId, Head)> {
        let Some(threads) = self.0.get(graph) else { return Vec::new() };
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let threads = threads.range::<ThreadId, _>((start, Bound::Unbounded)).take(limit);
        threads.map(|(id, thread)| (id.clone(), thread.head)).collect()
    }

    pub(super) fn append(&mut self, append: Append) -> Result<(), StoreError> {
        let threads = self.0.entry(append.thread.graph).or_default();
        let head = threads.get(&append.thread.thread).map(|thread| thread.head);
        expect(head, append.expected)?;
        let thread = threads.entry(append.thread.thread).or_insert_with(|| Thread {
            head: append.head,
            records: BTreeMap::new(),
            pending: BTreeMap::new(),
            requests: BTreeMap::new(),
            delivered: BTreeMap::new(),
        });
        thread.head = Head { status: append.head.status.after(head.map(|head| head.status)), ..append.head };
        thread.records.insert(append.head.checkpoint, append.record);
        if let Some(request) = append.request {
            thread.requests.insert(request, append.head.checkpoint);
        }
        Ok(())
    }

    pub(super) fn put_pending(&mut self, entry: PutPending) -> Result<(), StoreError> {
        let thread = self.standing(&entry.thread, entry.expected)?;
        let (checkpoint, _) = entry.expected;
        thread.pending.entry(checkpoint).or_default().insert(entry.name, entry.bytes);
        thread.change(entry.status);
        Ok(())
    }

    pub(super) fn deliver(&mut self, delivery: Deliver) -> Result<bool, StoreError> {
        let thread = self.standing(&delivery.thread, delivery.expected)?;
        if thread.delivered.contains_key(&delivery.name) {
            return Ok(false);
        }
        thread.delivered.insert(delivery.name, delivery.bytes);
        thread.change(delivery.status);
        Ok(true)
    }

    pub(super) fn prune(&mut self, prune: Prune) -> Result<(), StoreError> {
        let thread = self.standing(&prune.thread, prune.expected)?;
        for id in prune.remove.iter().filter(|id| **id != thread.head.checkpoint) {
            thread.records.remove(id);
            thread.pending.remove(id);
        }
        for (id, name, bytes) in prune.entries {
            thread.pending.entry(id).or_default().insert(name, bytes);
        }
        Ok(())
    }

    pub(super) fn delete(&mut self, key: &ThreadKey) {
        if let Some(threads) = self.0.get_mut(&key.graph) {
            threads.remove(&key.thread);
        }
    }

    /// The thread, if its head is the expected one.
    fn standing(&mut self, key: &ThreadKey, expected: (CheckpointId, RecordHash)) -> Result<&mut Thread, StoreError> {
        let thread = self.0.get_mut(&key.graph).and_then(|threads| threads.get_mut(&key.thread));
        let thread = thread.ok_or(StoreError::Conflict { head: None })?;
        expect(Some(thread.head), Some(expected))?;
        Ok(thread)
    }
}

impl Thread {
    fn change(&mut self, status: Option<(Status, u64)>) {
        if let Some((status, updated)) = status {
            self.head = Head { status: status.after(Some(self.head.status)), updated, ..self.head };
        }
    }
}

fn expect(head: Option<Head>, expected: Option<(CheckpointId, RecordHash)>) -> Result<(), StoreError> {
    if head.map(|head| (head.checkpoint, head.hash)) == expected {
        Ok(())
    } else {
        Err(StoreError::Conflict { head: head.map(|head| head.checkpoint) })
    }
}
