//! A thread as a file.

use crate::fault::fault;
use crate::record::archive::{ArchiveWriter, Label};
use crate::record::checkpoint;
use crate::record::entry;
use crate::thread::Thread;
use crate::thread::run::inbox::NOWHERE;
use crate::thread::stored::ThreadStore;
use crate::thread::stored::forward::{Forward, Found};
use crate::thread::stored::tombstone::PRUNED;
use crate::{Definition, Error, Head, Status};
use std::future::Future;
use std::io;

impl<G: Definition> Thread<G> {
    /// Writes the thread as a file, with its whole history, what lies beside its checkpoints, and the replies it was given,
    /// and returns how many checkpoints that are.
    ///
    /// [`Graph::import`](crate::Graph::import) makes a thread of it again, in the same store or another one, of whatever
    /// kind: for a backup, or to move. Every record is verified on its way. The file holds the state as the store does: also
    /// fields marked `#[state(secret)]`, and never the context.
    ///
    /// The thread may run meanwhile, and is not disturbed. What is written is the thread as it was when the future was first
    /// polled, but for replies, of which later ones may be there, too.
    ///
    /// It needs little memory for a history of any length. The writer is called from within the future, so one that blocks for long
    /// belongs on a thread of its own: `spawn_blocking(|| block_on(thread.export(writer)))`. The file is written as a whole, in one
    /// pass; sync it, and give it its name, once this has returned.
    ///
    /// # Errors
    ///
    /// * [`Error::UnknownThread`] if the thread has never run; [`Error::Copying`] if it is a copy that is not whole.
    /// * [`Error::Export`] if the writer fails.
    /// * [`Error::Conflict`] if the thread is pruned or deleted meanwhile.
    /// * [`Error::Corrupt`] or [`Error::Incompatible`] if a record is damaged or has a newer format; [`Error::Store`] if the
    ///   store fails.
    ///
    /// After an error, what was written is no export.
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
    /// let thread = Counter::builder().checkpointer(MemorySaver::new()).build().thread("a");
    /// thread.invoke(()).await?.finished()?;
    /// let mut file = Vec::new();
    /// assert_eq!(thread.export(&mut file).await?, 2);
    ///
    /// let elsewhere = Counter::builder().checkpointer(MemorySaver::new()).build();
    /// let thread = elsewhere.import(&*file).await?;
    /// assert_eq!((thread.id(), thread.verify().await?), ("a", 2));
    /// assert_eq!(thread.invoke(()).await?.finished()?.total, 2);
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn export<W: io::Write + Send>(
        &self,
        writer: W,
    ) -> impl Future<Output = Result<u64, Error>> + Send + use<G, W> {
        let stored = self.stored();
        async move {
            let thread = stored.await?;
            let (head, entries) = thread.standing().await?;
            let source = |source| Error::Export { thread: thread.key.thread.clone(), source };
            let file = ArchiveWriter::begin(writer).map_err(source)?;
            Export { from: Forward::new(&thread, head), file, entries }.run().await
        }
    }
}

impl<G: Definition> ThreadStore<G> {
    /// The head of a thread that has run, and what lay beside it while it had this status.
    async fn standing(&self) -> Result<(Head, Vec<(String, Vec<u8>)>), Error> {
        let unknown = || Error::UnknownThread { thread: self.key.thread.clone() };
        let mut head = self.head().await?.ok_or_else(unknown)?;
        loop {
            let entries = self.entries_beside(head.checkpoint).await?;
            let now = self.head().await?.ok_or_else(unknown)?;
            if now == head {
                return Ok((head, entries));
            }
            head = now;
        }
    }
}

/// One export.
struct Export<'a, G: Definition, W: io::Write> {
    from: Forward<'a, G>,
    file: ArchiveWriter<W>,
    /// What lay beside the head.
    entries: Vec<(String, Vec<u8>)>,
}

impl<G: Definition, W: io::Write> Export<'_, G, W> {
    async fn run(mut self) -> Result<u64, Error> {
        let (key, head) = (&self.from.thread.key, self.from.head);
        let (graph, thread) = (key.graph.to_string(), key.thread.as_str().to_owned());
        let Head { checkpoint, hash, due, .. } = head;
        self.write(&Label::Thread { graph, thread, checkpoint: checkpoint.0, hash: hash.0, due }, &[])?;
        fault!(ExportBegun);
        while let Some(found) = self.from.next().await? {
            self.checkpoint(found).await?;
            fault!(ExportWritten);
        }
        self.deliveries().await?;
        fault!(ExportEnding);
        let Export { from, file, .. } = self;
        let (thread, status) = (from.thread, status(&from).await?);
        let ended = file.end(status, head.updated);
        let checkpoints = ended.map_err(|source| Error::Export { thread: thread.key.thread.clone(), source })?;
        fault!(ExportEnded);
        Ok(checkpoints)
    }

    async fn checkpoint(&mut self, Found { id, bytes, mut entries }: Found) -> Result<(), Error> {
        let thread = self.from.thread;
        let opened = checkpoint::open(&thread.key, id, &bytes).map_err(|error| thread.unreadable(id, error))?;
        self.from.link(&opened, &entries).await?;
        let answers = self.from.answered(&opened).await?.is_some();
        self.write(&Label::Record { checkpoint: id.0, answers }, &bytes)?;
        if id == self.from.head.checkpoint {
            // What came since belongs to what the thread does now; but if it was pruned since, it needs what that has left.
            let pruned = |entries: &[(String, Vec<u8>)]| entries.iter().find(|(name, _)| name == PRUNED).cloned();
            if pruned(&entries) != pruned(&self.entries) {
                return Err(self.from.moved());
            }
            entries = std::mem::take(&mut self.entries);
        }
        for (name, bytes) in entries {
            let verified = entry::verify(&thread.key, (id, opened.hash), &name, &bytes);
            verified.map_err(|error| thread.unreadable(id, error))?;
            self.write(&Label::Entry { name }, &bytes)?;
        }
        Ok(())
    }

    async fn deliveries(&mut self) -> Result<(), Error> {
        let thread = self.from.thread;
        let mut after = None::<String>;
        loop {
            let page = self.from.deliveries(after.as_deref()).await?;
            let Some((name, _)) = page.last() else { return Ok(()) };
            after = Some(name.clone());
            for (name, bytes) in page {
                let verified = entry::verify(&thread.key, NOWHERE, &name, &bytes);
                verified.map_err(|error| thread.unreadable(NOWHERE.0, error))?;
                self.write(&Label::Delivery { name }, &bytes)?;
            }
        }
    }

    fn write(&mut self, label: &Label, content: &[u8]) -> Result<(), Error> {
        let written = self.file.part(label, content);
        written.map_err(|source| Error::Export { thread: self.from.thread.key.thread.clone(), source })
    }
}

/// The status of the thread that was written. A reply that came in meanwhile is a reason to go on.
async fn status<G: Definition>(from: &Forward<'_, G>) -> Result<Status, Error> {
    let (thread, head) = (from.thread, from.head);
    let now = thread.head().await?;
    if now == Some(head) {
        return Ok(head.status);
    }
    // A thread that was deleted, or deleted and begun anew, has not the replies that this one had.
    if !from.stands().await? {
        return Err(from.moved());
    }
    Ok(if head.status == Status::Paused { Status::Replied } else { head.status })
}
