//! A thread once more, under another name.

use crate::record::checkpoint::{self, Opened, RecordError};
use crate::thread::Thread;
use crate::thread::call::invoke;
use crate::thread::run::inbox::NOWHERE;
use crate::thread::stored::chain::{PAGE, Paging};
use crate::thread::stored::tombstone::{PRUNED, Tombstone};
use crate::thread::stored::{ThreadStore, beside};
use crate::{
    Append, CheckpointId, Commit, Definition, Deliver, Error, Head, PutPending, RecordHash, Status, StoreError,
    ThreadId, clock,
};
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
    /// A copy that was dropped or killed half-way is a thread with the status [`Status::Copying`], which every call refuses
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
            clear(&to).await?;
            Transfer { from: &from, to: &to, head }.run().await?;
            Ok(copy)
        }
    }
}

/// Makes sure that there is no thread, and removes what is left of a copy.
async fn clear<G: Definition>(to: &ThreadStore<G>) -> Result<(), Error> {
    let found = to.store.head(&to.key).await.map_err(|error| to.failed(error))?;
    match found.map(|head| head.status) {
        None => Ok(()),
        Some(Status::Copying) => to.store.delete(&to.key).await.map_err(|error| to.failed(error)),
        Some(_) => Err(Error::ThreadExists { thread: to.key.thread.clone() }),
    }
}

/// One copy.
struct Transfer<'a, G: Definition> {
    from: &'a ThreadStore<G>,
    to: &'a ThreadStore<G>,
    /// That of the original.
    head: Head,
}

/// A checkpoint in both threads.
#[derive(Clone, Copy)]
struct Twin {
    id: CheckpointId,
    original: RecordHash,
    copy: RecordHash,
}

impl<G: Definition> Transfer<'_, G> {
    async fn run(&self) -> Result<(), Error> {
        let (mut paging, mut last) = (Paging::default(), None::<Twin>);
        while last.is_none_or(|last| last.id < self.head.checkpoint) {
            let after = last.map_or(CheckpointId(0), |last| last.id);
            let page = self.from.store.newer(&self.from.key, after, paging.size(PAGE)).await;
            let page = page.map_err(|error| self.from.failed(error))?;
            paging.seen(page.iter().map(|(_, bytes)| bytes.len()));
            if page.is_empty() {
                return Err(self.moved());
            }
            for (id, bytes) in page.into_iter().take_while(|(id, _)| *id <= self.head.checkpoint) {
                last = Some(self.checkpoint(last, id, &bytes).await?);
            }
            if last.is_none_or(|last| last.id == after) {
                return Err(self.moved());
            }
        }
        let Some(last) = last.filter(|last| (last.id, last.original) == beside(self.head)) else {
            return Err(self.moved());
        };
        self.deliveries(last).await?;
        let now = self.from.head().await?;
        if now != Some(self.head) {
            return Err(self.moved());
        }
        self.finish(last).await
    }

    /// Another process runs, prunes or deletes the original.
    fn moved(&self) -> Error {
        Error::Conflict { thread: self.from.key.thread.clone() }
    }

    /// Copies one checkpoint, and what lies beside it.
    async fn checkpoint(&self, last: Option<Twin>, id: CheckpointId, bytes: &[u8]) -> Result<Twin, Error> {
        let (from, to) = (self.from, self.to);
        let mut opened = checkpoint::open(&from.key, id, bytes).map_err(|error| from.unreadable(id, error))?;
        let original = (id, opened.hash);
        let entries = from.entries_beside(id).await?;
        if !self.follows(last, &opened, &entries)? {
            return Err(self.broken(last, id).await?);
        }
        let mut before = opened.before;
        if let Some(last) = last.filter(|last| CheckpointId::after(Some(last.id)) == id) {
            before = last.copy;
            if let Some(carried) = &mut opened.meta.carried
                && carried.from.place() == (last.id, last.original)
            {
                carried.from = (last.id, last.copy).into();
            }
        }
        let request = self.answered(&opened).await?;
        let mut record = Vec::with_capacity(bytes.len() + ThreadId::MAX_BYTES);
        let hash = checkpoint::seal_again(opened, &to.key, before, &mut record);
        let hash = hash.map_err(|source| to.not_storable(source))?;
        let updated = clock::now();
        let head = Head { checkpoint: id, hash, status: Status::Copying, updated, due: self.head.due };
        let expected = last.map(|last| (last.id, last.copy));
        let append = Append { thread: to.key.clone(), expected, head, record, request, commit: Commit::Written };
        to.store.append(append).await.map_err(|error| to.failed(error))?;
        for (name, bytes) in entries {
            let value = checkpoint::verify_entry(&from.key, original, &name, &bytes);
            let value = value.map_err(|error| from.unreadable(id, error))?;
            let bytes = match last.filter(|_| name == PRUNED) {
                Some(last) => {
                    let mut tombstone: Tombstone = checkpoint::open_entry(&from.key, original, &name, &bytes)
                        .map_err(|error| from.unreadable(id, error))?;
                    tombstone.lead(Some((last.id, last.copy)));
                    checkpoint::seal_entry(&to.key, (id, hash), &name, &tombstone)
                }
                None => checkpoint::seal_entry_again(&to.key, (id, hash), &name, value),
            };
            self.put((id, hash), name, bytes, None, Commit::Written).await?;
        }
        Ok(Twin { id, original: original.1, copy: hash })
    }

    /// Whether a record follows the last one, directly or behind a tombstone.
    fn follows(&self, last: Option<Twin>, opened: &Opened<'_>, entries: &[(String, Vec<u8>)]) -> Result<bool, Error> {
        let from = self.from;
        let id = CheckpointId(opened.meta.checkpoint);
        let (below, hash) = last.map_or((CheckpointId(0), RecordHash::default()), |last| (last.id, last.original));
        if CheckpointId::after(Some(below)) == id && opened.before == hash {
            return Ok(true);
        }
        let tombstone = entries.iter().find(|(name, _)| name == PRUNED).map(|(name, bytes)| {
            let opened = checkpoint::open_entry::<Tombstone>(&from.key, (id, opened.hash), name, bytes);
            opened.map_err(|error| from.unreadable(id, error))
        });
        Ok(tombstone.transpose()?.is_some_and(|tombstone| tombstone.older() == (below, hash)))
    }

    /// The error of a record that does not follow the last one. Those that were pruned meanwhile are not damaged.
    async fn broken(&self, last: Option<Twin>, id: CheckpointId) -> Result<Error, Error> {
        for id in last.map(|last| last.id).into_iter().chain([id]) {
            let found = self.from.store.get(&self.from.key, id).await.map_err(|error| self.from.failed(error))?;
            if found.is_none() {
                return Ok(self.moved());
            }
        }
        let reason = "its record does not follow the one before it".to_owned();
        Ok(self.from.unreadable(id, RecordError::Corrupt(reason)))
    }

    /// The request that a checkpoint is the last to answer.
    async fn answered(&self, opened: &Opened<'_>) -> Result<Option<Arc<str>>, Error> {
        let Some(request) = &opened.meta.request else { return Ok(None) };
        let found = self.from.store.request(&self.from.key, request).await.map_err(|error| self.from.failed(error))?;
        Ok(found.filter(|id| id.0 == opened.meta.checkpoint).map(|_| request.as_str().into()))
    }

    /// Copies what was delivered to the thread.
    async fn deliveries(&self, last: Twin) -> Result<(), Error> {
        let (from, to) = (self.from, self.to);
        let (mut paging, mut after) = (Paging::default(), None::<String>);
        loop {
            let page = from.store.deliveries(&from.key, after.as_deref(), paging.size(PAGE)).await;
            let page = page.map_err(|error| from.failed(error))?;
            paging.seen(page.iter().map(|(_, bytes)| bytes.len()));
            let Some((name, _)) = page.last() else { return Ok(()) };
            after = Some(name.clone());
            for (name, bytes) in page {
                let value = checkpoint::verify_entry(&from.key, NOWHERE, &name, &bytes);
                let value = value.map_err(|error| from.unreadable(NOWHERE.0, error))?;
                let bytes = self.sealed(checkpoint::seal_entry_again(&to.key, NOWHERE, &name, value))?;
                let expected = (last.id, last.copy);
                let delivery = Deliver { thread: to.key.clone(), expected, name, bytes, status: None };
                to.store.deliver(delivery).await.map_err(|error| to.failed(error))?;
            }
        }
    }

    /// Makes the copy a thread like any other.
    async fn finish(&self, last: Twin) -> Result<(), Error> {
        let place = (last.id, last.copy);
        let copied = Copied { thread: self.from.key.thread.as_str().to_owned(), hash: last.original.0 };
        let bytes = checkpoint::seal_entry(&self.to.key, place, COPIED, &copied);
        let status = Some((self.head.status, self.head.updated));
        self.put(place, COPIED.to_owned(), bytes, status, Commit::Synced).await
    }

    async fn put(
        &self,
        expected: (CheckpointId, RecordHash),
        name: String,
        bytes: Result<Vec<u8>, checkpoint::EntryError>,
        status: Option<(Status, u64)>,
        commit: Commit,
    ) -> Result<(), Error> {
        let (thread, bytes) = (self.to.key.clone(), self.sealed(bytes)?);
        let put = PutPending { thread, expected, name, bytes, status, commit };
        self.to.store.put_pending(put).await.map_err(|error| self.to.failed(error))
    }

    fn sealed(&self, bytes: Result<Vec<u8>, checkpoint::EntryError>) -> Result<Vec<u8>, Error> {
        bytes.map_err(|error| self.to.failed(StoreError::Failed { reason: error.to_string() }))
    }
}
