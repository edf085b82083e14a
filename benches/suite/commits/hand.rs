//! A thread stored by hand: bincode and sled, and nothing that makes them safe.

use crate::Failure;
use serde::Serialize;
use std::fs::{File, OpenOptions};
use std::path::Path;

/// What the runtime stores for a step, in bytes: a record and the head that names it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    record: usize,
    head: usize,
}

/// A store by hand.
pub(crate) struct Hand {
    db: sled::Db,
    /// sled's log, to sync it as the runtime does: sled's own flush does not.
    log: File,
    sizes: Sizes,
    synced: bool,
    threads: u32,
    thread: String,
    step: u64,
    buffer: Vec<u8>,
}

impl Sizes {
    /// Those of a record; the saver seals every value with a checksum and a length.
    pub(crate) fn of(record: &[u8]) -> Sizes {
        const SEAL: usize = 8;
        const HEAD: usize = 33;
        Sizes { record: SEAL + record.len(), head: SEAL + HEAD }
    }
}

impl Hand {
    /// Opens a store with the options that the runtime gives to sled.
    pub(crate) fn open(path: &Path, sizes: Sizes, synced: bool) -> Result<Hand, Failure> {
        let db = sled::Config::new()
            .path(path)
            .cache_capacity(64 << 20)
            .segment_size(512 << 10)
            .flush_every_ms(Some(500))
            .open()?;
        Ok(Hand {
            db,
            log: OpenOptions::new().write(true).open(path.join("db"))?,
            sizes,
            synced,
            threads: 0,
            thread: String::new(),
            step: 0,
            buffer: Vec::new(),
        })
    }

    pub(crate) fn name(thread: u32) -> String {
        format!("thread-{thread:06}")
    }

    /// The commits that follow are those of a new thread.
    pub(crate) fn thread(&mut self) {
        self.threads += 1;
        self.thread = format!("Looped\0{}\0", Hand::name(self.threads));
        self.step = 0;
    }

    /// Stores a state and makes it the thread's newest.
    pub(crate) fn commit(&mut self, state: &impl Serialize) {
        self.step += 1;
        self.buffer.clear();
        bincode::serialize_into(&mut self.buffer, state).expect("the state can be encoded");
        // The same bytes as the runtime's: it also stores names, hashes, the time and more.
        self.buffer.resize(self.sizes.record, 0);
        let mut key = [b"R", self.thread.as_bytes(), &self.step.to_be_bytes(), &[0; 4]].concat();
        self.db.insert(&key, self.buffer.as_slice()).expect("sled takes the record");
        key.truncate(1 + self.thread.len());
        key[0] = b'H';
        let mut head = [0; 64];
        head[..8].copy_from_slice(&self.step.to_be_bytes());
        self.db.insert(&key, &head[..self.sizes.head]).expect("sled takes the head");
        if self.synced {
            self.flush();
        }
    }

    pub(crate) fn flush(&self) {
        self.db.flush().expect("sled flushes");
        self.log.sync_data().expect("the log syncs");
    }
}
