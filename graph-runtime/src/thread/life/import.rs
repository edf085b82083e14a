//! A thread of a file.

mod place;

use crate::fault::fault;
use crate::record::archive::{ArchiveReader, Label};
use crate::record::checkpoint::{self, RecordError};
use crate::record::entry;
use crate::thread::Thread;
use crate::thread::life::arrival::Arrival;
use crate::thread::run::inbox::NOWHERE;
use crate::thread::stored::chain::PAGE;
use crate::thread::stored::tombstone::{PRUNED, Tombstone};
use crate::thread::stored::{ThreadStore, named};
use crate::{
    CheckpointId, Definition, Error, Graph, ImportError, RecordHash, Status, StoreError, ThreadId, ThreadKey, clock,
};
use futures_lite::future::yield_now;
use place::Place;
use std::future::Future;
use std::io;
use std::sync::Arc;

/// The name of the entry beside the newest checkpoint of an imported thread that says when that was.
const IMPORTED: &str = "imported";

/// No thread comes to such numbers of checkpoints and steps by running, and one that has them could not run on.
const MOST: u64 = u64::MAX >> 1;

/// From so many bytes on, deliveries that were gathered are stored.
const INBOX_BYTES: usize = 1 << 20;

impl<G: Definition> Graph<G> {
    /// Makes a thread of what [`Thread::export`] has written, under the id that it had, and returns it.
    ///
    /// The thread is what it was, byte for byte: its history verifies, its pauses wait, its requests and effects are known,
    /// and unfinished work is done when it is resumed. One of a graph that was renamed since stays under the name that it
    /// had. As a copy, it does not know of requests whose outcome is pruned. For another id, import and
    /// [copy](Thread::copy_to).
    ///
    /// Of the bytes nothing is trusted: every part is verified before it is stored, and the end before anybody can see the
    /// thread. Lengths are bounded, so that no bytes make it hang, or take more memory than they are. But a file says
    /// nothing of who made it: a forger can make one that passes, as with a store.
    ///
    /// It reads in one pass, to the end of the reader, with little memory, and calls the reader from within the future; see
    /// [`export`](Thread::export). An import that was dropped or killed half-way is a thread with the status
    /// [`Status::Copying`]: import again, or [`delete`](Thread::delete) it.
    ///
    /// # Errors
    ///
    /// * [`Error::Import`] if the reader fails, or what it gives is damaged, is no export, has a newer format, or is of
    ///   another graph.
    /// * [`Error::Incompatible`] if a record in it has a newer format than this version reads.
    /// * [`Error::ThreadExists`] if there is a thread of that id.
    /// * [`Error::Busy`] if something is done with the thread in this process; [`Error::Conflict`] if another process makes it
    ///   meanwhile.
    /// * [`Error::StateTooLarge`] if a record is above this store's limit; [`Error::Store`] if the store fails.
    ///
    /// After an error there is no thread.
    ///
    /// # Examples
    ///
    /// Moving to another kind of store:
    ///
    /// ```
    /// # use graph_runtime::{graph, GraphState, MemorySaver, Update};
    /// # #[derive(GraphState)]
    /// # struct Count { total: u64 }
    /// # fn one(count: &Count) -> impl Update<Count> { Count::update().total(count.total + 1) }
    /// # graph! { graph Counter<Count>; node one; start -> one -> end; }
    /// # futures_lite::future::block_on(async {
    /// # let directory = tempfile::tempdir().unwrap();
    /// # let path = directory.path().join("a.thread");
    /// use std::fs::File;
    ///
    /// let graph = Counter::builder().checkpointer(MemorySaver::new()).build();
    /// graph.thread("a").invoke(()).await?.finished()?;
    /// graph.thread("a").export(File::create(&path)?).await?;
    /// # #[cfg(feature = "sled")]
    /// let moved = graph_runtime::SledSaver::open(directory.path().join("store"))?;
    /// # #[cfg(not(feature = "sled"))]
    /// # let moved = MemorySaver::new();
    /// let graph = Counter::builder().checkpointer(moved).build();
    /// let thread = graph.import(File::open(&path)?).await?;
    /// assert_eq!(thread.snapshot().await?.unwrap().state.total, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn import<R: io::Read + Send>(
        &self,
        reader: R,
    ) -> impl Future<Output = Result<Thread<G>, Error>> + Send + use<G, R> {
        let shared = Arc::clone(&self.shared);
        async move {
            let mut file = ArchiveReader::begin(reader)?;
            let Label::Thread { graph, thread, checkpoint, hash, due } = file.next()?.0 else {
                return Err(file.damaged("it does not begin with a thread").into());
            };
            let Some(name) = named::names(&shared).find(|name| **name == *graph) else {
                return Err(ImportError::OtherGraph { graph: shared.name.to_string(), found: graph }.into());
            };
            let id = ThreadId::new(thread).map_err(|error| file.damaged(error.to_string()))?;
            let thread = Thread::new(Arc::clone(&shared), id.as_str().into());
            let stored = ThreadStore::of(shared, ThreadKey { graph: name, thread: id });
            let _leases = stored.leases()?;
            stored.free().await?;
            fault!(ImportBegun);
            let to = Arrival::begin(&stored, due).await?;
            let head = (CheckpointId(checkpoint), RecordHash(hash));
            let (place, inbox) = (Place::default(), Vec::new());
            let mut import = Import { file, to, head, place, inbox, room: INBOX_BYTES };
            let imported = match import.run().await {
                Ok(status) => import.settle(status).await,
                Err(error) => Err(error),
            };
            if imported.is_err() {
                // If this fails, too, every call refuses what is left.
                let _ = import.to.abandon().await;
            }
            imported?;
            fault!(ImportSettled);
            Ok(thread)
        }
    }
}

impl<G: Definition> ThreadStore<G> {
    /// Makes sure that there is no thread under another name of the graph.
    async fn free(&self) -> Result<(), Error> {
        if self.alone().await? { Ok(()) } else { Err(Error::ThreadExists { thread: self.key.thread.clone() }) }
    }
}

/// One import.
struct Import<'a, G: Definition, R> {
    file: ArchiveReader<R>,
    to: Arrival<'a, G>,
    /// The newest checkpoint, as the file says at its beginning.
    head: (CheckpointId, RecordHash),
    place: Place,
    /// Deliveries that are stored together, and how many bytes of them still may be.
    inbox: Vec<(String, Vec<u8>)>,
    room: usize,
}

impl<G: Definition, R: io::Read> Import<'_, G, R> {
    /// Stores all parts up to the end, and returns what the thread was doing.
    async fn run(&mut self) -> Result<(Status, u64), Error> {
        let mut inbox = false;
        loop {
            let (label, content) = self.file.next()?;
            match label {
                Label::Record { checkpoint, answers } if !inbox => {
                    self.record(CheckpointId(checkpoint), answers, content).await?;
                }
                Label::Entry { name } if !inbox => self.entry(name, content).await?,
                Label::Delivery { name } => {
                    inbox = true;
                    self.delivery(name, content).await?;
                }
                Label::End { status, updated, .. } if status != Status::Copying => {
                    self.close()?;
                    if self.to.last != Some(self.head) {
                        return Err(self.damaged("it lacks the newest checkpoint"));
                    }
                    self.deliver().await?;
                    self.file.end()?;
                    return Ok((status, updated));
                }
                _ => return Err(self.damaged("a part is out of place")),
            }
        }
    }

    async fn record(&mut self, id: CheckpointId, answers: bool, bytes: Vec<u8>) -> Result<(), Error> {
        // Nothing else here waits, and other tasks of the executor may.
        yield_now().await;
        self.close()?;
        let opened = checkpoint::open(&self.to.thread.key, id, &bytes).map_err(|error| self.unreadable(id, error))?;
        let before = self.to.last;
        let numbered = id <= self.head.0 && self.head.0.0 < MOST && opened.meta.step < MOST;
        if !numbered || before.is_some_and(|(before, _)| before >= id) {
            return Err(self.damaged("a checkpoint is out of place"));
        }
        let (hash, request) = (opened.hash, opened.meta.request.as_deref().map(Arc::from).filter(|_| answers));
        if answers && request.is_none() {
            return Err(self.damaged("a checkpoint answers a request and names none"));
        }
        self.place = Place::of(&opened, before);
        self.to.append((id, hash), bytes, request).await
    }

    async fn entry(&mut self, name: String, bytes: Vec<u8>) -> Result<(), Error> {
        let Some(place) = self.to.last else { return Err(self.damaged("an entry is out of place")) };
        self.entry_fits(place, &name, &bytes)?;
        if !self.place.comes(&name) {
            return Err(self.damaged("the name of an entry is out of place"));
        }
        if name == PRUNED {
            let tombstone = entry::open::<Tombstone>(&self.to.thread.key, place, &name, &bytes);
            self.place.buried(&tombstone.map_err(|error| self.unreadable(place.0, error))?);
        }
        self.to.put(name, bytes).await
    }

    async fn delivery(&mut self, name: String, bytes: Vec<u8>) -> Result<(), Error> {
        self.entry_fits(NOWHERE, &name, &bytes)?;
        if self.to.last.is_none() || name.contains('\0') {
            return Err(self.damaged("a delivery is out of place"));
        }
        self.room = self.room.saturating_sub(bytes.len());
        self.inbox.push((name, bytes));
        if self.room == 0 || self.inbox.len() == PAGE { self.deliver().await } else { Ok(()) }
    }

    /// Stores the deliveries that were gathered.
    async fn deliver(&mut self) -> Result<(), Error> {
        self.room = INBOX_BYTES;
        let inbox = std::mem::take(&mut self.inbox);
        if inbox.is_empty() || self.to.deliver(inbox).await? {
            return Ok(());
        }
        Err(self.damaged("there are two deliveries of one name"))
    }

    fn entry_fits(&self, place: (CheckpointId, RecordHash), name: &str, bytes: &[u8]) -> Result<(), Error> {
        let verified = entry::verify(&self.to.thread.key, place, name, bytes);
        verified.map(drop).map_err(|error| self.unreadable(place.0, error))
    }

    /// Makes sure that the last record has beside it what it needs.
    fn close(&self) -> Result<(), Error> {
        self.place.lacks().map_or(Ok(()), |reason| Err(self.damaged(reason)))
    }

    /// Makes the thread one like any other, unless another process has begun one under another name of the graph meanwhile.
    async fn settle(&mut self, status: (Status, u64)) -> Result<(), Error> {
        self.to.thread.free().await?;
        fault!(ImportSettling);
        let sealed = entry::seal(&self.to.thread.key, self.head, IMPORTED, &clock::now());
        let failed = |error: entry::EntryError| StoreError::Failed { reason: error.to_string() };
        self.to.finish(IMPORTED, sealed.map_err(failed)?, status).await
    }

    fn damaged(&self, reason: &str) -> Error {
        self.file.damaged(reason).into()
    }

    fn unreadable(&self, id: CheckpointId, error: RecordError) -> Error {
        match error {
            RecordError::Corrupt(reason) => self.file.damaged(format!("checkpoint {id}: {reason}")).into(),
            error @ RecordError::Incompatible(_) => self.to.thread.unreadable(id, error),
        }
    }
}
