//! A thread once more, under another name.

use crate::record::checkpoint;
use crate::record::entry::{self, EntryError};
use crate::thread::Thread;
use crate::thread::call::invoke;
use crate::thread::life::arrival::Arrival;
use crate::thread::run::inbox::NOWHERE;
use crate::thread::stored::ThreadStore;
use crate::thread::stored::forward::{Forward, Found};
use crate::thread::stored::series::BASE;
use crate::thread::stored::tombstone::{PRUNED, Tombstone};
use crate::{CheckpointId, Definition, Error, RecordHash, StoreError, ThreadId};
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::sync::Arc;

/// The name of the entry beside the newest checkpoint of a copy that says whose copy it is.
const COPIED: &str = "copied";

/// Whose copy a thread is.
#[derive(Serialize, Deserialize)]
struct Copied {
    thread: String,
    hash: [u8; 16],
}

impl<G: Definition> Thread<G> {
    /// Copies the thread, with its whole history, what lies beside its checkpoints, and the replies it was given, and returns
    /// the copy.
    ///
    /// The checkpoints of the copy have the ids, times and tags of the original, and their own hashes: a record names its
    /// thread. From then on the two are two threads. Work that is unfinished is so in both, and each does it when it is
    /// resumed; the effects of the copy have idempotency keys of its own, because those derive from the thread. A request
    /// whose outcome the original has pruned is unknown to the copy, which serves it as a new one.
    ///
    /// A copy that was dropped or killed half-way is a thread with the status [`Copying`](crate::Status::Copying), which every call refuses
    /// with [`Error::Copying`]; copy again, or [`delete`](Thread::delete) it.
    ///
    /// # Errors
    ///
    /// * [`Error::ThreadExists`] if there is a thread of the new name, [`Error::UnknownThread`] if there is none to copy.
    /// * [`Error::Busy`] if one of the two is running in this process; [`Error::Conflict`] if another process changes one of them
    ///   meanwhile.
    /// * [`Error::Corrupt`] or [`Error::Incompatible`] if a record cannot be read; [`Error::Store`] if the store fails.
    ///
    /// The original is never changed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use graph_runtime::{graph, GraphState, MemorySaver, Update};
    /// # #[derive(GraphState)]
    /// # struct Count { total: u64 }
    /// # fn one(count: &Count) -> impl Update<Count> { Count::update().total(count.total + 1) }
    /// # graph! { graph Counter<Count>; node one; start -> one -> end; }
    /// # futures_lite::future::block_on(async {
    /// let graph = Counter::builder().checkpointer(MemorySaver::new()).build();
    /// graph.thread("a").invoke(()).await?.finished()?;
    /// let copy = graph.thread("a").copy_to("b").await?;
    /// assert_eq!(copy.verify().await?, 2);
    /// assert_eq!(copy.invoke(()).await?.finished()?.total, 2);
    /// assert_eq!(graph.thread("a").snapshot().await?.unwrap().state.total, 1);
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn copy_to(&self, id: &str) -> impl Future<Output = Result<Thread<G>, Error>> + Send + 'static + use<G> {
        let copy = Thread::new(Arc::clone(&self.shared), id.into());
        let (from, to) = (self.stored(), copy.stored());
        async move {
            let (from, to) = (from.await?, to.await?);
            let Some(head) = from.head().await? else {
                return Err(Error::UnknownThread { thread: from.key.thread });
            };
            if from.key == to.key {
                return Err(Error::ThreadExists { thread: to.key.thread });
            }
            let _leases = (invoke::lease(&from)?, invoke::lease(&to)?);
            if !to.alone().await? {
                return Err(Error::ThreadExists { thread: to.key.thread });
            }
            let from = Forward::new(&from, head);
            Transfer { from, to: Arrival::begin(&to, head.due).await?, last: None, mark: None }.run().await?;
            Ok(copy)
        }
    }
}

/// One copy.
struct Transfer<'a, G: Definition> {
    from: Forward<'a, G>,
    to: Arrival<'a, G>,
    last: Option<Twin>,
    /// The last one that a leap may begin at.
    mark: Option<Twin>,
}

/// A checkpoint in both threads.
#[derive(Clone, Copy)]
struct Twin {
    id: CheckpointId,
    original: RecordHash,
    copy: RecordHash,
}

impl<G: Definition> Transfer<'_, G> {
    async fn run(mut self) -> Result<(), Error> {
        while let Some(found) = self.from.next().await? {
            self.last = Some(self.checkpoint(found).await?);
        }
        let Some(last) = self.last else { return Err(self.from.moved()) };
        self.deliveries().await?;
        let head = self.from.head;
        let now = self.from.thread.head().await?;
        if now != Some(head) {
            return Err(self.from.moved());
        }
        let copied = Copied { thread: self.from.thread.key.thread.as_str().to_owned(), hash: last.original.0 };
        let bytes = entry::seal(&self.to.thread.key, (last.id, last.copy), COPIED, &copied);
        self.to.finish(COPIED, sealed(self.to.thread, bytes)?, (head.status, head.updated)).await
    }

    /// Copies one checkpoint, and what lies beside it.
    async fn checkpoint(&mut self, Found { id, bytes, entries }: Found) -> Result<Twin, Error> {
        let (from, to) = (self.from.thread, self.to.thread);
        let mut opened = checkpoint::open(&from.key, id, &bytes).map_err(|error| from.unreadable(id, error))?;
        self.from.link(&opened, &entries).await?;
        let original = opened.hash;
        let mut before = opened.before;
        if let Some(last) = self.last.filter(|last| CheckpointId::after(Some(last.id)) == id) {
            before = last.copy;
            if let Some(carried) = &mut opened.meta.carried
                && carried.from.place() == (last.id, last.original)
            {
                carried.from = (last.id, last.copy).into();
            }
        }
        let request = self.from.answered(&opened).await?;
        let mut record = Vec::with_capacity(bytes.len() + ThreadId::MAX_BYTES);
        let base = opened.leaps_from();
        let marks = opened.is_whole() || base.is_some() || entries.iter().any(|(name, _)| name == BASE);
        let mark = self.mark.filter(|mark| Some(mark.original) == base);
        let hash = checkpoint::seal_again(opened, &to.key, before, mark.map(|mark| mark.copy), &mut record);
        let copy = hash.map_err(|source| to.not_storable(source))?;
        self.to.append((id, copy), record, request).await?;
        let twin = Twin { id, original, copy };
        self.mark = if marks { Some(twin) } else { self.mark };
        for (name, bytes) in entries {
            let bytes = self.resealed(twin, &name, &bytes)?;
            self.to.put(name, bytes).await?;
        }
        Ok(twin)
    }

    /// An entry beside a checkpoint, as one of the copy.
    fn resealed(&self, twin: Twin, name: &str, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        let (from, to) = (self.from.thread, self.to.thread);
        let (original, copy) = ((twin.id, twin.original), (twin.id, twin.copy));
        let bytes = if let Some(last) = self.last.filter(|_| name == PRUNED) {
            let tombstone = entry::open(&from.key, original, name, bytes);
            let mut tombstone: Tombstone = tombstone.map_err(|error| from.unreadable(twin.id, error))?;
            tombstone.lead(Some((last.id, last.copy)));
            entry::seal(&to.key, copy, name, &tombstone)
        } else {
            let value = entry::verify(&from.key, original, name, bytes);
            let value = value.map_err(|error| from.unreadable(twin.id, error))?;
            entry::seal_again(&to.key, copy, name, value)
        };
        sealed(to, bytes)
    }

    /// Copies what was delivered to the thread.
    async fn deliveries(&mut self) -> Result<(), Error> {
        let (from, to) = (self.from.thread, self.to.thread);
        let mut after = None::<String>;
        loop {
            let page = self.from.deliveries(after.as_deref()).await?;
            let Some((name, _)) = page.last() else { return Ok(()) };
            after = Some(name.clone());
            let mut entries = Vec::with_capacity(page.len());
            for (name, bytes) in page {
                let value = entry::verify(&from.key, NOWHERE, &name, &bytes);
                let value = value.map_err(|error| from.unreadable(NOWHERE.0, error))?;
                let bytes = entry::seal_again(&to.key, NOWHERE, &name, value);
                entries.push((name, sealed(to, bytes)?));
            }
            self.to.deliver(entries).await?;
        }
    }
}

fn sealed<G: Definition>(to: &ThreadStore<G>, bytes: Result<Vec<u8>, EntryError>) -> Result<Vec<u8>, Error> {
    bytes.map_err(|error| to.failed(StoreError::Failed { reason: error.to_string() }))
}
