//! A thread as the store holds it: reading its records, and writing what is no superstep.

mod cancel;
pub(in crate::thread) mod carried;
pub(in crate::thread) mod chain;
pub(in crate::thread) mod commit;
mod error;
pub(in crate::thread) mod extent;
pub(in crate::thread) mod forward;
pub(in crate::thread) mod halt;
pub(in crate::thread) mod left;
pub(in crate::thread) mod named;
pub(in crate::thread) mod series;
pub(in crate::thread) mod tombstone;

use crate::clock;
use crate::graph::Shared;
use crate::graph::engine::image::Found;
use crate::graph::engine::machine::Machine;
use crate::graph::engine::memory::Memory;
use crate::graph::engine::path::TaskPath;
use crate::graph::engine::restore;
use crate::record::checkpoint::{OwnedMeta, RecordError};
use crate::record::entry;
use crate::record::position::PositionRecord;
use crate::thread::run::breakpoint::Breakpoints;
use crate::thread::stored::extent::Extent;
use crate::thread::stored::halt::{HALT, Halt, PickUps, RECOVERY};
use crate::thread::stored::series::Segment;
use crate::thread::stream::Hub;
use crate::{
    CheckpointId, Checkpointer, Commit, Definition, Error, Head, PutPending, RecordHash, Status, StoreError, ThreadId,
    ThreadKey,
};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;

/// One thread of one graph in its store.
pub(crate) struct ThreadStore<G: Definition> {
    pub(crate) shared: Arc<Shared<G>>,
    pub(crate) key: ThreadKey,
    pub(crate) store: Arc<dyn Checkpointer>,
    /// Those of the call, beside those of the graph.
    pub(crate) breakpoints: Breakpoints<G::Node>,
    /// Who hears of its run, if somebody does.
    pub(in crate::thread) hub: Option<Arc<Hub<G>>>,
}

/// A checkpoint, read back.
pub(crate) struct Stored<'a, G: Definition> {
    pub(in crate::thread) thread: &'a ThreadStore<G>,
    pub(crate) head: Head,
    pub(crate) meta: OwnedMeta,
    pub(crate) state: G::State,
    /// The records that it was read from.
    pub(in crate::thread) extent: Extent,
}

impl<G: Definition> ThreadStore<G> {
    /// The thread under the name that the graph has; [`found`](ThreadStore::found) looks whether it has another one.
    pub(in crate::thread) fn new(shared: Arc<Shared<G>>, id: ThreadId) -> Self {
        let key = ThreadKey { graph: Arc::clone(&shared.name), thread: id };
        ThreadStore::of(shared, key)
    }

    /// The thread under the name that it is known to be stored under.
    pub(in crate::thread) fn of(shared: Arc<Shared<G>>, key: ThreadKey) -> Self {
        let store = Arc::clone(&shared.persistence.store);
        ThreadStore { shared, key, store, breakpoints: Breakpoints::default(), hub: None }
    }

    /// The head of the thread.
    ///
    /// # Errors
    ///
    /// [`Error::Copying`] if the thread is a copy that is not whole: nothing can be done with it.
    pub(crate) async fn head(&self) -> Result<Option<Head>, Error> {
        let head = self.store.head(&self.key).await.map_err(|error| self.failed(error))?;
        if head.is_some_and(|head| head.status == Status::Copying) {
            return Err(Error::Copying { thread: self.key.thread.clone() });
        }
        Ok(head)
    }

    /// The newest checkpoint of the thread.
    pub(crate) async fn newest(&self) -> Result<Option<Stored<'_, G>>, Error> {
        let mut head = self.head().await?;
        while let Some(found) = head {
            // On the heap: whoever waits for a run has no room for it.
            let read = Box::pin(self.read(found)).await;
            if read.is_ok() {
                return read.map(Some);
            }
            // A thread that was deleted, or deleted and started again, between the two reads is not damaged.
            head = self.head().await?;
            if head == Some(found) {
                return read.map(Some);
            }
        }
        Ok(None)
    }

    /// The checkpoint that `head` names.
    async fn read(&self, head: Head) -> Result<Stored<'_, G>, Error> {
        let bytes = self.bytes(head.checkpoint).await?;
        let mut segment = Segment::default();
        let (record, extent) = self.whole(head.checkpoint, bytes, &mut segment).await?;
        if record.hash != head.hash {
            let reason = "its record is not the one that the thread's head names".to_owned();
            return Err(self.unreadable(head.checkpoint, RecordError::Corrupt(reason)));
        }
        let extent = extent.spanning(|| segment.span());
        Ok(Stored { thread: self, head, meta: record.meta, state: record.state, extent })
    }

    /// The state at the end of the run that answered `request`, if the thread has seen that request.
    pub(crate) async fn answered(&self, request: &str) -> Result<Option<(OwnedMeta, G::State)>, Error> {
        let found = self.store.request(&self.key, request).await.map_err(|error| self.failed(error))?;
        let Some(id) = found else { return Ok(None) };
        let bytes = match self.bytes(id).await {
            Err(Error::Corrupt { .. }) if self.pruned(id).await?.is_some() => {
                return Err(Error::RequestPruned { thread: self.key.thread.clone(), request: request.to_owned() });
            }
            bytes => bytes?,
        };
        let (record, _) = self.whole(id, bytes, &mut Segment::default()).await?;
        Ok(Some((record.meta, record.state)))
    }

    /// The head of a thread that has this checkpoint.
    pub(in crate::thread) async fn head_at(&self, id: CheckpointId) -> Result<Head, Error> {
        let head = self.head().await?.filter(|head| (1..=head.checkpoint.0).contains(&id.0));
        head.ok_or_else(|| Error::UnknownCheckpoint { thread: self.key.thread.clone(), checkpoint: id })
    }

    /// The head of the thread, and the record of one of its checkpoints.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownCheckpoint`] if the thread has no such checkpoint, [`Error::Corrupt`] if its record is missing.
    pub(in crate::thread) async fn past(&self, id: CheckpointId) -> Result<(Head, Vec<u8>), Error> {
        loop {
            let head = self.head_at(id).await?;
            let found = self.store.get(&self.key, id).await.map_err(|error| self.unreached(id, error))?;
            if let Some(bytes) = found {
                return Ok((head, bytes));
            }
            if self.pruned(id).await?.is_some() {
                return Err(Error::UnknownCheckpoint { thread: self.key.thread.clone(), checkpoint: id });
            }
            // A thread that was deleted between the two reads is not damaged.
            if self.head().await? == Some(head) {
                return Err(self.unreadable(id, RecordError::Corrupt("its record is missing".to_owned())));
            }
        }
    }

    pub(in crate::thread) async fn bytes(&self, id: CheckpointId) -> Result<Vec<u8>, Error> {
        let bytes = self.store.get(&self.key, id).await.map_err(|error| self.failed(error))?;
        bytes.ok_or_else(|| self.unreadable(id, RecordError::Corrupt("its record is missing".to_owned())))
    }

    /// Stores why the thread stands still at `head`.
    pub(crate) async fn halt(&self, head: Head, status: Status, halt: &Halt) -> Result<(), StoreError> {
        self.put(beside(head), HALT.to_owned(), halt, Some(status), Commit::Synced).await
    }

    /// Notes that the thread only waits from now on.
    pub(in crate::thread) async fn pause(&self, head: Head) -> Result<(), StoreError> {
        self.note_recoveries(head, PickUps::default(), Some(Status::Paused)).await
    }

    /// Marks a halted thread as running again, so that `recover` finds it if this process dies in its next step.
    pub(crate) async fn wake(&self, head: Head) -> Result<(), Error> {
        let woken = self.note_recoveries(head, PickUps::default(), Some(Status::Running)).await;
        woken.map_err(|error| self.failed(error))
    }

    pub(in crate::thread) async fn note_recoveries(
        &self,
        head: Head,
        times: PickUps,
        status: Option<Status>,
    ) -> Result<(), StoreError> {
        self.put(beside(head), RECOVERY.to_owned(), &times, status, Commit::Synced).await
    }

    /// Stores an entry beside a checkpoint, which is the head.
    pub(in crate::thread) async fn put<T: Serialize>(
        &self,
        beside: (CheckpointId, RecordHash),
        name: String,
        entry: &T,
        status: Option<Status>,
        commit: Commit,
    ) -> Result<(), StoreError> {
        let sealed = entry::seal(&self.key, beside, &name, entry);
        let bytes = sealed.map_err(|error| StoreError::Failed { reason: error.to_string() })?;
        let put = PutPending {
            thread: self.key.clone(),
            expected: beside,
            name,
            bytes,
            status: status.map(|status| (status, clock::now())),
            commit,
        };
        self.store.put_pending(put).await
    }
}

impl<G: Definition> Stored<'_, G> {
    /// The thread as it runs on.
    ///
    /// # Errors
    ///
    /// [`Error::Incompatible`] if the record holds no position of this graph.
    pub(crate) fn into_machine(self, mut left: HashMap<String, Found>) -> Result<TakenUp<G>, Error> {
        let Stored { thread, head, mut meta, state, extent } = self;
        let unfit = |misplaced| thread.misplaced(head.checkpoint, misplaced);
        let mut same = true;
        let position = restore::position(std::mem::take(&mut meta.position), &mut same).map_err(unfit)?;
        let memory = G::Memory::restore((G::SUBGRAPHS, G::FORMER), "", &mut meta.memory, &mut same).map_err(unfit)?;
        let mut machine = Machine::new(state, position, memory);
        machine.recall(&TaskPath::new(), &mut |task| left.remove(&task.to_string())).map_err(unfit)?;
        machine.stored(extent.room());
        machine.delta.take_if(|_| !same);
        Ok((head, meta, machine, extent))
    }

    /// The thread without what is pending, also where that is nothing that this graph could go on with.
    pub(crate) fn into_idle(mut self) -> Result<TakenUp<G>, Error> {
        let position = self.meta.position.clone();
        if restore::position::<G>(position, &mut true).is_err() {
            self.meta.position = PositionRecord::default();
        }
        let (head, meta, mut machine, extent) = self.into_machine(HashMap::new())?;
        machine.abandon();
        Ok((head, meta, machine, extent))
    }

    /// Whether the thread has work left.
    pub(crate) fn unfinished(&self) -> bool {
        !matches!(self.head.status, Status::Finished | Status::Cancelled)
    }

    /// Whether its run answers this request.
    pub(crate) fn answers(&self, request: &str) -> bool {
        self.meta.request.as_deref() == Some(request)
    }

    /// The node that waits to run, by the name it was stored under.
    pub(crate) fn waiting_node(&self) -> String {
        let first = self.meta.position.tasks.first();
        first.map_or_else(|| "end".to_owned(), |task| task.node.clone().into_owned())
    }
}

/// A thread as it runs on: its head and what that says, what runs, and the records that the head is read from.
pub(crate) type TakenUp<G> = (Head, OwnedMeta, Machine<G>, Extent);

/// The checkpoint that entries lie beside.
pub(crate) fn beside(head: Head) -> (CheckpointId, RecordHash) {
    (head.checkpoint, head.hash)
}
