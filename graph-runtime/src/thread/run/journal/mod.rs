//! Effects as entries beside the checkpoint that their step runs from.

mod name;
mod place;
#[cfg(test)]
mod tests;

use crate::fault::fault;
use crate::graph::effect::journal::{Entry, Journal, JournalError, TaskLabel};
use crate::record::entry;
use crate::saver::BoxFuture;
use crate::{CheckpointId, Checkpointer, Commit, PutPending, RecordHash, ThreadKey};
pub(in crate::thread) use name::is_effect;
use place::{Footing, Place};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The effects of one run of a thread, step by step.
pub(crate) struct StepJournal {
    store: Arc<dyn Checkpointer>,
    key: ThreadKey,
    place: Place,
    known: Mutex<Known>,
}

/// What is known of the effects of the step.
#[derive(Default)]
struct Known {
    /// The checkpoint that the keys come from, if it is not the head.
    origin: Option<(CheckpointId, RecordHash)>,
    entries: BTreeMap<String, Kept>,
}

/// What is known of one entry.
#[derive(Clone)]
enum Kept {
    /// These bytes are stored.
    Stored(Vec<u8>),
    /// Something was on its way to the store when its writer was dropped or refused, in place of this.
    Unclear(Option<Vec<u8>>),
}

impl StepJournal {
    pub(crate) fn new(store: Arc<dyn Checkpointer>, key: ThreadKey) -> StepJournal {
        StepJournal { store, key, place: Place::default(), known: Mutex::default() }
    }

    /// Begins a step that runs from `head`, beside which the store holds `entries`, of whatever kind.
    ///
    /// `Commit::Synced` says that the head is known to survive a power cut. `None` is a head that is not stored yet:
    /// then the run must await [`asked`](StepJournal::asked) beside the step and answer.
    pub(crate) fn begin(
        &self,
        head: Option<(CheckpointId, RecordHash)>,
        commit: Commit,
        entries: Vec<(String, Vec<u8>)>,
    ) {
        self.place.begin(head, commit);
        let mut known = self.known();
        known.origin = None;
        known.entries.clear();
        let effects = entries.into_iter().filter(|(entry, _)| name::is_effect(entry));
        known.entries.extend(effects.map(|(entry, bytes)| (entry, Kept::Stored(bytes))));
    }

    /// Says that the keys of this step's effects come from another checkpoint than its head.
    pub(crate) fn key_by(&self, origin: (CheckpointId, RecordHash)) {
        self.known().origin = Some(origin);
    }

    /// Returns when an effect waits for the head to be stored. Asks again until it is answered.
    pub(crate) async fn asked(&self) {
        self.place.asked().await;
    }

    /// Answers that the head is stored and survives a power cut.
    pub(crate) fn stored(&self, head: (CheckpointId, RecordHash)) {
        self.place.answer(Footing::Synced(head));
    }

    /// The head, once it survives a power cut.
    async fn footing(&self) -> Result<(CheckpointId, RecordHash), JournalError> {
        match self.place.found().await {
            Footing::Synced(head) => Ok(head),
            Footing::Written(head) => self.sync(head).await,
            Footing::Refused(reason) => Err(JournalError::Unplaced(reason)),
            Footing::Unstored => Err(JournalError::Unplaced("no step is running".to_owned())),
        }
    }

    /// Waits for a head that the store has only taken. A read of the thread comes after that, and tells whether another
    /// runner was faster.
    async fn sync(&self, head: (CheckpointId, RecordHash)) -> Result<(CheckpointId, RecordHash), JournalError> {
        self.store.flush().await?;
        fault!(EffectSynced);
        let found = self.store.head(&self.key).await?;
        if found.map(|found| (found.checkpoint, found.hash)) != Some(head) {
            return Err(JournalError::Conflict);
        }
        self.place.synced(head);
        Ok(head)
    }

    async fn read(&self, task: &TaskLabel, effect: &str) -> Result<Option<Entry>, JournalError> {
        let name = name::of(task, effect);
        let kept = self.known().entries.get(&name).cloned();
        let bytes = match kept {
            None => return Ok(None),
            Some(Kept::Stored(bytes)) => Some(bytes),
            // What a branch has taken over lies in no place of its own.
            Some(Kept::Unclear(before)) => self.look(&name).await?.or(before),
        };
        let Some(bytes) = bytes else { return Ok(None) };
        let entry = entry::open(&self.key, self.footing().await?, &name, &bytes);
        entry.map(Some).map_err(|error| JournalError::Unreadable(error.to_string()))
    }

    /// What the store holds of an entry, after all that was on its way.
    async fn look(&self, name: &str) -> Result<Option<Vec<u8>>, JournalError> {
        let (head, _) = self.footing().await?;
        let entries = self.store.pending(&self.key, head).await?;
        Ok(entries.into_iter().find_map(|(found, bytes)| (found == name).then_some(bytes)))
    }

    async fn write(&self, task: &TaskLabel, effect: &str, entry: &Entry) -> Result<(), JournalError> {
        let head = self.footing().await?;
        let name = name::of(task, effect);
        let sealed = entry::seal(&self.key, head, &name, entry);
        let bytes = sealed.map_err(|error| JournalError::NotStorable(error.to_string()))?;
        let put = PutPending {
            thread: self.key.clone(),
            expected: head,
            name: name.clone(),
            bytes: bytes.clone(),
            status: None,
            commit: Commit::Synced,
        };
        {
            let entries = &mut self.known().entries;
            let before = entries.remove(&name).and_then(|kept| match kept {
                Kept::Stored(bytes) => Some(bytes),
                Kept::Unclear(before) => before,
            });
            entries.insert(name.clone(), Kept::Unclear(before));
        }
        fault!(EffectJournaling);
        self.store.put_pending(put).await?;
        fault!(EffectJournaled);
        self.known().entries.insert(name, Kept::Stored(bytes));
        Ok(())
    }

    /// It is whole between any two operations on it.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for StepJournal {
    fn thread(&self) -> &ThreadKey {
        &self.key
    }

    fn place(&self) -> BoxFuture<'_, Result<(CheckpointId, RecordHash), JournalError>> {
        Box::pin(async {
            let head = self.footing().await?;
            Ok(self.known().origin.unwrap_or(head))
        })
    }

    fn get<'a>(&'a self, task: &'a TaskLabel, effect: &'a str) -> BoxFuture<'a, Result<Option<Entry>, JournalError>> {
        Box::pin(self.read(task, effect))
    }

    fn put<'a>(
        &'a self,
        task: &'a TaskLabel,
        effect: &'a str,
        entry: &'a Entry,
    ) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(self.write(task, effect, entry))
    }
}

impl fmt::Debug for StepJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StepJournal").field("thread", &self.key).finish_non_exhaustive()
    }
}
