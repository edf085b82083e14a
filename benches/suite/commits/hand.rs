//! A thread stored by hand, with as many bytes as the runtime stores.
//!
//! Bare, it encodes the state with bincode, puts it and a head that names it into an engine, and that is all. What it stores cannot
//! be told from what was damaged, and nobody notices a second runner.
//!
//! Guarded, it keeps what the runtime promises of a step: the record is hashed together with the hash of the one before it, and every
//! value is checked together with its key; the head is compared before it is moved; the commits are counted, in the store and
//! in a file beside it, so that a store that went back is noticed; and the engine is called by a thread of its own, as a
//! service whose executor must not wait for a disk has to.

use super::engines::Engine;
use super::writer::Writer;
use crate::Failure;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;

/// What the runtime stores for a step, in bytes: a record and the head that names it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    record: usize,
    head: usize,
}

/// A thread that is stored by hand.
pub(crate) struct Hand {
    engine: Arc<dyn Engine>,
    guard: Option<Guard>,
    sizes: Sizes,
    synced: bool,
    threads: u32,
    thread: String,
    step: u64,
    hash: [u8; 16],
    buffer: Vec<u8>,
}

/// What keeps the promises.
struct Guard {
    writer: Writer,
    /// The newest step of each thread, with the hash of its record.
    heads: HashMap<String, (u64, [u8; 16])>,
}

impl Sizes {
    /// Those of a record; the saver seals every value with a checksum and the number of its chunks.
    pub(crate) fn of(record: &[u8]) -> Sizes {
        const SEAL: usize = 5;
        const HEAD: usize = 33;
        Sizes { record: SEAL + record.len(), head: SEAL + HEAD }
    }
}

impl Hand {
    /// One whose commits are synced, or not, and that does no more than that.
    pub(crate) fn bare(engine: Arc<dyn Engine>, sizes: Sizes, synced: bool) -> Hand {
        let (threads, step, hash) = (0, 0, [0; 16]);
        Hand { engine, guard: None, sizes, synced, threads, thread: String::new(), step, hash, buffer: Vec::new() }
    }

    /// One that syncs its commits and keeps what the runtime promises of them.
    pub(crate) fn guarded(engine: Arc<dyn Engine>, sizes: Sizes, mark: &std::path::Path) -> Result<Hand, Failure> {
        let guard = Guard { writer: Writer::start(Arc::clone(&engine), mark)?, heads: HashMap::new() };
        Ok(Hand { guard: Some(guard), ..Hand::bare(engine, sizes, true) })
    }

    pub(crate) fn name(thread: u32) -> String {
        format!("thread-{thread:06}")
    }

    /// The commits that follow are those of a new thread.
    pub(crate) fn thread(&mut self) {
        self.threads += 1;
        self.thread_of(self.threads);
    }

    /// The commits that follow are those of a new thread of this number.
    pub(crate) fn thread_of(&mut self, number: u32) {
        self.thread = format!("Looped\0{}\0", Hand::name(number));
        (self.step, self.hash) = (0, [0; 16]);
    }

    /// Stores a state and makes it the thread's newest.
    pub(crate) fn commit(&mut self, state: &impl Serialize) {
        self.step += 1;
        self.buffer.clear();
        bincode::serialize_into(&mut self.buffer, state).expect("the state can be encoded");
        // The same bytes as the runtime's: it also stores names, hashes, the time and more.
        self.buffer.resize(self.sizes.record, 0);
        // As long as the runtime's, whose numbers have no leading zeros.
        let key = [b"R", self.thread.as_bytes(), &[2], &self.step.to_be_bytes()[6..]].concat();
        let head_key = [b"H", self.thread.as_bytes()].concat();
        let mut head = [0; 64];
        head[..8].copy_from_slice(&self.step.to_be_bytes());
        let head = &mut head[..self.sizes.head];
        let Some(guard) = &mut self.guard else {
            let entries = [(&*key, &*self.buffer), (&*head_key, &*head)];
            return self.engine.put(&entries, self.synced).expect("the engine takes the step");
        };
        let before = (self.step - 1, self.hash);
        self.buffer[..16].copy_from_slice(&self.hash);
        self.hash.copy_from_slice(&blake3::hash(&self.buffer).as_bytes()[..16]);
        head[8..24].copy_from_slice(&self.hash);
        let newest = guard.heads.entry(self.thread.clone()).or_default();
        assert!(*newest == before, "somebody else has moved the head");
        *newest = (self.step, self.hash);
        guard.writer.write(vec![(key, self.buffer.clone()), (head_key, head.to_vec())]);
    }

    pub(crate) fn flush(&self) {
        self.engine.flush().expect("the engine flushes");
    }
}
