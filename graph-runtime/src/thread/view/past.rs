//! One checkpoint of a thread, by its id.

use crate::record::checkpoint::{OwnedMeta, Record};
use crate::thread::Snapshot;
use crate::thread::Thread;
use crate::thread::stored::extent::Extent;
use crate::thread::stored::series::Segment;
use crate::thread::stored::{Stored, ThreadStore};
use crate::{CheckpointId, Definition, Error, Head, RecordHash};
use std::fmt;
use std::future::Future;

/// A checkpoint of a thread, newest or not; made by [`Thread::at`].
///
/// Like a thread it is a handle: it holds no state, and clones are the same checkpoint.
pub struct Checkpoint<G: Definition> {
    pub(in crate::thread) thread: Thread<G>,
    pub(in crate::thread) id: CheckpointId,
}

impl<G: Definition> Thread<G> {
    /// Names one of the thread's checkpoints. Nothing is read until the handle is used.
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
    /// use graph_runtime::CheckpointId;
    ///
    /// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a");
    /// thread.invoke(()).await?.finished()?;
    /// let before = thread.at(CheckpointId(1)).snapshot().await?;
    /// assert_eq!((before.state.total, before.next), (0, vec![CounterNode::One]));
    ///
    /// let error = thread.at(CheckpointId(7)).snapshot().await.unwrap_err();
    /// assert_eq!(error.to_string(), "thread `a` has no checkpoint 7; `history` lists those that it has");
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn at(&self, id: CheckpointId) -> Checkpoint<G> {
        Checkpoint { thread: self.clone(), id }
    }
}

impl<G: Definition> Checkpoint<G> {
    /// The id of the checkpoint.
    #[must_use]
    pub fn id(&self) -> CheckpointId {
        self.id
    }

    pub(in crate::thread) fn thread(&self) -> &Thread<G> {
        &self.thread
    }

    /// Reads the checkpoint.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownCheckpoint`] if the thread has no such checkpoint; [`Error::Incompatible`] or [`Error::Corrupt`] if
    /// it cannot be read; [`Error::Store`] if the store fails.
    pub fn snapshot(&self) -> impl Future<Output = Result<Snapshot<G>, Error>> + Send + 'static + use<G> {
        let (stored, id) = (self.thread.stored(), self.id);
        async move {
            let thread = stored.await?;
            let (head, bytes) = thread.past(id).await?;
            let whole = thread.whole(id, bytes, &mut Segment::default()).await?;
            thread.pictured(Some(head), whole).await
        }
    }
}

impl<G: Definition> ThreadStore<G> {
    /// The snapshot of a record of this thread, whose head is known.
    pub(in crate::thread) async fn pictured(
        &self,
        head: Option<Head>,
        (record, extent): (Record<G::State>, Extent),
    ) -> Result<Snapshot<G>, Error> {
        let Record { meta, hash, state, .. } = record;
        let newest = head.filter(|head| (head.checkpoint.0, head.hash) == (meta.checkpoint, hash));
        let head = newest.unwrap_or_else(|| left_behind(&meta, hash));
        let stored = Stored { thread: self, head, meta, state, extent };
        let entries = stored.entries().await?;
        if newest.is_none() {
            return Snapshot::past(stored, &entries);
        }
        let mut snapshot = Snapshot::of(stored, &entries)?;
        self.unanswered(&mut snapshot.waiting).await?;
        Ok(snapshot)
    }
}

/// The head that a checkpoint was when it was written.
pub(in crate::thread) fn left_behind(meta: &OwnedMeta, hash: RecordHash) -> Head {
    Head { checkpoint: CheckpointId(meta.checkpoint), hash, status: meta.status, updated: meta.time, due: None }
}

impl<G: Definition> Clone for Checkpoint<G> {
    fn clone(&self) -> Self {
        Checkpoint { thread: self.thread.clone(), id: self.id }
    }
}

impl<G: Definition> fmt::Debug for Checkpoint<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkpoint").field("thread", &self.thread).field("id", &self.id).finish()
    }
}
