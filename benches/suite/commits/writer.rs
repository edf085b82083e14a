//! A thread that calls an engine, so that nobody else has to wait for a disk.

use super::engines::Engine;
use crate::Failure;
use std::fs::File;
use std::io::{Seek, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Sender, SyncSender, channel, sync_channel};
use std::thread::Builder;

/// Keys and values that belong together.
type Entries = Vec<(Vec<u8>, Vec<u8>)>;

/// The callers' side of the thread; it ends with it.
pub(crate) struct Writer(Sender<(Entries, SyncSender<()>)>);

impl Writer {
    /// Counts the commits in the engine, and in a file.
    pub(crate) fn start(engine: Arc<dyn Engine>, mark: &Path) -> Result<Writer, Failure> {
        let (sender, receiver) = channel::<(Entries, SyncSender<()>)>();
        let mut mark = File::create(mark)?;
        Builder::new().name("by-hand".to_owned()).spawn(move || {
            let mut commits = 0_u64;
            for (mut entries, done) in receiver {
                commits += 1;
                entries.push((b"M".to_vec(), commits.to_be_bytes().to_vec()));
                for (key, value) in &mut entries {
                    let checksum = {
                        let mut hasher = crc32fast::Hasher::new();
                        hasher.update(key);
                        hasher.update(value);
                        hasher.finalize()
                    };
                    // In the place that the sizes have for it.
                    let at = value.len().saturating_sub(4);
                    value[at..].copy_from_slice(&checksum.to_be_bytes());
                }
                let entries: Vec<(&[u8], &[u8])> =
                    entries.iter().map(|(key, value)| (key.as_slice(), value.as_slice())).collect();
                engine.put(&entries, true).expect("the engine takes the step");
                mark.rewind().expect("the mark is a file");
                mark.write_all(&commits.to_be_bytes()).expect("the mark is written");
                let _ = done.send(());
            }
        })?;
        Ok(Writer(sender))
    }

    /// Returns when the entries survive a power cut.
    pub(crate) fn write(&self, entries: Entries) {
        let (sender, done) = sync_channel(1);
        self.0.send((entries, sender)).expect("the thread is there");
        done.recv().expect("the thread answers");
    }
}
