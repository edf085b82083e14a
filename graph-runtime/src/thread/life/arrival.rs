//! A thread that is being made of another one: a copy or an import. It is no thread for anybody until it is whole.

use crate::fault::fault;
use crate::thread::stored::ThreadStore;
use crate::{
    Append, CheckpointId, Commit, Definition, Deliver, Error, Head, PutPending, RecordHash, Status, StoreError, clock,
};
use futures_util::future::join_all;
use std::sync::Arc;

/// A thread on its way into a store.
pub(super) struct Arrival<'a, G: Definition> {
    pub(super) thread: &'a ThreadStore<G>,
    /// When the thread will next have something to do.
    due: Option<u64>,
    pub(super) last: Option<(CheckpointId, RecordHash)>,
}

impl<'a, G: Definition> Arrival<'a, G> {
    /// Makes sure that there is no thread, and removes what is left of another one that was on its way here.
    pub(super) async fn begin(thread: &'a ThreadStore<G>, due: Option<u64>) -> Result<Self, Error> {
        let found = thread.store.head(&thread.key).await.map_err(|error| thread.failed(error))?;
        match found.map(|head| head.status) {
            None => {}
            Some(Status::Copying) => {
                thread.store.delete(&thread.key).await.map_err(|error| thread.failed(error))?;
            }
            Some(_) => return Err(Error::ThreadExists { thread: thread.key.thread.clone() }),
        }
        fault!(ArrivalBegun);
        Ok(Arrival { thread, due, last: None })
    }

    /// Stores a record behind the last one.
    pub(super) async fn append(
        &mut self,
        (checkpoint, hash): (CheckpointId, RecordHash),
        record: Vec<u8>,
        request: Option<Arc<str>>,
    ) -> Result<(), Error> {
        let (thread, expected) = (self.thread.key.clone(), self.last);
        let head = Head { checkpoint, hash, status: Status::Copying, updated: clock::now(), due: self.due };
        let append = Append { thread, expected, head, record, request, commit: Commit::Written };
        self.thread.store.append(append).await.map_err(|error| self.thread.failed(error))?;
        self.last = Some((checkpoint, hash));
        fault!(ArrivalAppended);
        Ok(())
    }

    /// Stores an entry beside the last record.
    pub(super) async fn put(&self, name: String, bytes: Vec<u8>) -> Result<(), Error> {
        self.entry(name, bytes, None, Commit::Written).await?;
        fault!(ArrivalPut);
        Ok(())
    }

    /// Stores entries of the thread itself, which share their syncs; `false` says that it has one of their names.
    pub(super) async fn deliver(&self, entries: Vec<(String, Vec<u8>)>) -> Result<bool, Error> {
        let ThreadStore { key, store, .. } = self.thread;
        let expected = self.standing()?;
        let deliver =
            |(name, bytes)| store.deliver(Deliver { thread: key.clone(), expected, name, bytes, status: None });
        let mut new = true;
        for delivered in join_all(entries.into_iter().map(deliver)).await {
            new &= delivered.map_err(|error| self.thread.failed(error))?;
        }
        fault!(ArrivalDelivered);
        Ok(new)
    }

    /// Makes it a thread like any other, durably: the entry says where it came from.
    pub(super) async fn finish(&self, name: &str, bytes: Vec<u8>, status: (Status, u64)) -> Result<(), Error> {
        fault!(ArrivalFinishing);
        self.entry(name.to_owned(), bytes, Some(status), Commit::Synced).await?;
        fault!(ArrivalFinished);
        Ok(())
    }

    async fn entry(
        &self,
        name: String,
        bytes: Vec<u8>,
        status: Option<(Status, u64)>,
        commit: Commit,
    ) -> Result<(), Error> {
        let (thread, expected) = (self.thread.key.clone(), self.standing()?);
        let put = PutPending { thread, expected, name, bytes, status, commit };
        self.thread.store.put_pending(put).await.map_err(|error| self.thread.failed(error))
    }

    /// Removes what is there, unless somebody else has begun anew meanwhile.
    pub(super) async fn abandon(&self) -> Result<(), StoreError> {
        let ThreadStore { key, store, .. } = self.thread;
        let found = store.head(key).await?.filter(|head| head.status == Status::Copying);
        if self.last.is_some() && found.map(|head| (head.checkpoint, head.hash)) == self.last {
            store.delete(key).await?;
        }
        Ok(())
    }

    /// The last record, beside which entries lie.
    fn standing(&self) -> Result<(CheckpointId, RecordHash), Error> {
        self.last.ok_or_else(|| self.thread.failed(StoreError::Conflict { head: None }))
    }
}
