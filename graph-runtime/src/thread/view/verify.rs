//! Whether the history of a thread is whole.

use crate::record::checkpoint::RecordError;
use crate::record::entry;
use crate::thread::Thread;
use crate::thread::stored::ThreadStore;
use crate::thread::stored::chain::{Chain, PAGE};
use crate::thread::stored::series;
use crate::{Definition, Error};
use std::future::Future;

impl<G: Definition> Thread<G> {
    /// Verifies every record of the thread, and what lies beside them, and returns how many checkpoints it has.
    ///
    /// Each record has the checksum of its bytes and the hash of the record before it, so a history that passes holds what was
    /// written, from the thread's first checkpoint to its head, without a gap but those that [`prune`](Thread::prune) left. No state is decoded. A forger who can write
    /// to the store can make a history that passes.
    ///
    /// # Errors
    ///
    /// [`Error::Corrupt`] with the newest checkpoint that is damaged, missing or out of place; [`Error::Incompatible`] if
    /// its record has a newer format; [`Error::Conflict`] or [`Error::UnknownThread`] if the thread was deleted
    /// meanwhile; [`Error::Store`] if the store fails.
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
    /// assert_eq!(thread.verify().await?, 2, "the input and one step");
    /// # Ok::<(), graph_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn verify(&self) -> impl Future<Output = Result<u64, Error>> + Send + 'static + use<G> {
        let stored = self.stored();
        async move {
            let mut chain = Chain::begin(stored.await?, None).await?;
            let mut count = 0;
            while let Some((id, _, (hash, whole))) =
                chain.next(PAGE, |opened, _| Ok((opened.hash, opened.is_whole()))).await?
            {
                let ThreadStore { key, store, .. } = &chain.thread;
                let entries = store.pending(key, id).await.map_err(|error| chain.thread.unreached(id, error))?;
                if !whole && !series::rests(&entries) {
                    let reason = "what its changes were made to was pruned, and its whole state is missing";
                    return Err(chain.thread.unreadable(id, RecordError::Corrupt(reason.to_owned())));
                }
                for (name, bytes) in entries {
                    let verified = entry::verify(key, (id, hash), &name, &bytes);
                    verified.map_err(|error| chain.thread.unreadable(id, error))?;
                }
                count += 1;
            }
            Ok(count)
        }
    }
}
