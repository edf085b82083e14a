//! A store that several processes have open at once: a directory with a lock file and a log of all writes.
//!
//! Every operation takes the lock, reads what others have written since, and is then one on a [`MemorySaver`], which compares
//! heads as every saver does; what it accepted is one more line of the log. Slow and small: for races.

use futures_lite::future::block_on;
use graph_runtime::{
    Append, CheckpointId, Checkpointer, Commit, Deliver, Head, MemorySaver, Prune, PutPending, RecordHash, Status,
    StoreError, StoreFuture, StoreLayer, ThreadId, ThreadKey,
};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write as _};
use std::path::Path;
use std::sync::Mutex;

/// The store, as one process has it.
#[derive(Debug)]
pub struct SharedDirectory {
    lock: File,
    seen: Mutex<Seen>,
    memory: MemorySaver,
}

#[derive(Debug)]
struct Seen {
    log: File,
    bytes: u64,
}

type At = (u64, [u8; 16]);

/// A write, as a line of the log.
#[derive(Serialize, Deserialize)]
enum Line {
    Append(Option<At>, At, Status, u64, Option<u64>, Vec<u8>, Option<String>),
    Pending(At, String, Vec<u8>, Option<(Status, u64)>),
    Deliver(At, String, Vec<u8>, Option<(Status, u64)>),
    Delete,
}

impl SharedDirectory {
    /// Opens or creates it.
    ///
    /// # Panics
    ///
    /// If the system refuses.
    #[must_use]
    pub fn open(directory: &Path) -> SharedDirectory {
        std::fs::create_dir_all(directory).unwrap();
        let open = |name| {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false).open(directory.join(name)).unwrap()
        };
        let seen = Mutex::new(Seen { log: open("log"), bytes: 0 });
        SharedDirectory { lock: open("lock"), seen, memory: MemorySaver::new() }
    }

    /// One operation while no other process does one.
    fn alone<T>(
        &self,
        operation: impl FnOnce() -> Result<(T, Option<(ThreadKey, Line)>), StoreError>,
    ) -> Result<T, StoreError> {
        let mut seen = self.seen.lock().unwrap();
        self.lock.lock()?;
        let done = self.catch_up(&mut seen).and_then(|()| operation()).and_then(|(value, written)| {
            if let Some((thread, line)) = written {
                let mut line = serde_json::to_vec(&(&*thread.graph, thread.thread.as_str(), line)).unwrap();
                line.push(b'\n');
                seen.log.write_all(&line)?;
                seen.bytes += line.len() as u64;
            }
            Ok(value)
        });
        self.lock.unlock()?;
        done
    }

    /// Does what others have done. What a process had not written whole when it was killed was never acknowledged.
    fn catch_up(&self, seen: &mut Seen) -> Result<(), StoreError> {
        let mut text = Vec::new();
        seen.log.seek(SeekFrom::Start(seen.bytes))?;
        seen.log.read_to_end(&mut text)?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        for line in text[..whole].split_inclusive(|byte| *byte == b'\n') {
            let (graph, thread, line): (String, String, Line) = serde_json::from_slice(line).expect("a whole line");
            apply(&self.memory, ThreadKey { graph: graph.into(), thread: ThreadId::new(thread).unwrap() }, line)?;
        }
        seen.bytes += whole as u64;
        seen.log.set_len(seen.bytes)?;
        seen.log.seek(SeekFrom::Start(seen.bytes))?;
        Ok(())
    }

    fn write(&self, thread: ThreadKey, line: Line) -> Result<bool, StoreError> {
        let copy = serde_json::to_vec(&line).unwrap();
        self.alone(|| {
            let done = apply(&self.memory, thread.clone(), line)?;
            let line = serde_json::from_slice(&copy).expect("it was written a moment ago");
            Ok((done, done.then_some((thread, line))))
        })
    }
}

fn at((id, hash): (CheckpointId, RecordHash)) -> At {
    (id.0, hash.0)
}

fn back((id, hash): At) -> (CheckpointId, RecordHash) {
    (CheckpointId(id), RecordHash(hash))
}

/// Whether something was written.
fn apply(memory: &MemorySaver, thread: ThreadKey, line: Line) -> Result<bool, StoreError> {
    let commit = Commit::Synced;
    match line {
        Line::Append(expected, head, status, updated, due, record, request) => {
            let (checkpoint, hash) = back(head);
            let head = Head { checkpoint, hash, status, updated, due };
            let (expected, request) = (expected.map(back), request.map(Into::into));
            block_on(memory.append(Append { thread, expected, head, record, request, commit }))?;
        }
        Line::Pending(expected, name, bytes, status) => {
            let expected = back(expected);
            block_on(memory.put_pending(PutPending { thread, expected, name, bytes, status, commit }))?;
        }
        Line::Deliver(expected, name, bytes, status) => {
            return block_on(memory.deliver(Deliver { thread, expected: back(expected), name, bytes, status }));
        }
        Line::Delete => block_on(memory.delete(&thread))?,
    }
    Ok(true)
}

/// An answer that is there.
fn ready<'a, T: Send + 'a>(answer: Result<T, StoreError>) -> StoreFuture<'a, T> {
    Box::pin(std::future::ready(answer))
}

impl StoreLayer for SharedDirectory {
    type Store = MemorySaver;

    fn store(&self) -> &MemorySaver {
        &self.memory
    }

    /// A read: what is not one is written as a line.
    fn pass<'a, T: Send + 'a>(
        &'a self,
        call: impl FnOnce(&'a MemorySaver) -> StoreFuture<'a, T> + Send + 'a,
    ) -> StoreFuture<'a, T> {
        ready(self.alone(|| Ok((block_on(call(&self.memory))?, None))))
    }

    fn append(&self, append: Append) -> StoreFuture<'_, ()> {
        let Append { thread, expected, head, record, request, .. } = append;
        let to = at((head.checkpoint, head.hash));
        let request = request.map(|request| request.to_string());
        let line = Line::Append(expected.map(at), to, head.status, head.updated, head.due, record, request);
        ready(self.write(thread, line).map(drop))
    }

    fn put_pending(&self, entry: PutPending) -> StoreFuture<'_, ()> {
        let PutPending { thread, expected, name, bytes, status, .. } = entry;
        ready(self.write(thread, Line::Pending(at(expected), name, bytes, status)).map(drop))
    }

    fn deliver(&self, delivery: Deliver) -> StoreFuture<'_, bool> {
        let Deliver { thread, expected, name, bytes, status } = delivery;
        ready(self.write(thread, Line::Deliver(at(expected), name, bytes, status)))
    }

    fn prune(&self, _: Prune) -> StoreFuture<'_, ()> {
        ready(Err(StoreError::Failed { reason: "this store is for races, in which nobody prunes".to_owned() }))
    }

    fn delete<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, ()> {
        ready(self.write(thread.clone(), Line::Delete).map(drop))
    }

    fn flush(&self) -> StoreFuture<'_, ()> {
        ready(Ok(()))
    }
}
