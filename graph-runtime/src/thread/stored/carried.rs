//! What a checkpoint that somebody makes of another one takes over from what lies beside that.

use crate::record::bytes::Bytes;
use crate::record::carried::{CarriedRecord, Origin};
use crate::record::checkpoint::{OwnedMeta, RecordError};
use crate::record::entry;
use crate::thread::run::journal;
use crate::thread::stored::halt::{ATTEMPT, HALT, TASK};
use crate::thread::stored::{Stored, ThreadStore, beside};
use crate::{CheckpointId, Definition, Error, RecordHash};
use std::collections::BTreeMap;

impl CarriedRecord {
    fn takes(&self, entry: &str) -> bool {
        let tasks = || entry == HALT || entry.starts_with(TASK) || entry.starts_with(ATTEMPT);
        if journal::is_effect(entry) { self.effects.is_some() } else { self.tasks && tasks() }
    }
}

impl<G: Definition> Stored<'_, G> {
    /// What the checkpoint that is made of this one takes over: the effects, with their keys, and what the tasks left.
    pub(in crate::thread) fn carried(
        &self,
        effects: bool,
        tasks: bool,
        entries: &[(String, Vec<u8>)],
    ) -> Result<Option<CarriedRecord>, Error> {
        let over = self.meta.position.tasks.is_empty();
        if over || (!effects && !tasks) {
            return Ok(None);
        }
        let place = beside(self.head);
        let keys = self.origin().unwrap_or(place);
        let effects = effects.then(|| keys.into());
        let mut carried = CarriedRecord { from: place.into(), effects, tasks, entries: Vec::new() };
        for (name, bytes) in entries {
            if !carried.takes(name) {
                continue;
            }
            let value = self.thread.value(place, name, bytes)?;
            carried.entries.push((name.clone(), Bytes(value.to_vec())));
        }
        Ok(Some(carried))
    }

    /// The checkpoint that the keys of its effects come from, if it is another one.
    pub(in crate::thread) fn origin(&self) -> Option<(CheckpointId, RecordHash)> {
        self.meta.carried.as_ref()?.effects.map(Origin::place)
    }

    /// All that lies beside it, and what it has taken over, under the seal of this place.
    pub(crate) async fn entries(&self) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let thread = self.thread;
        let own = thread.entries_beside(self.head.checkpoint).await?;
        let Some(carried) = &self.meta.carried else { return Ok(own) };
        let mut all = BTreeMap::new();
        for (name, Bytes(value)) in &carried.entries {
            all.insert(name.clone(), thread.sealed(beside(self.head), name, value)?);
        }
        let from = carried.from.place();
        if CheckpointId::after(Some(from.0)) == self.head.checkpoint {
            // It was the head until then, so another process may have put more beside it while the record was made; now
            // nobody can any more.
            let late = thread.entries_beside(from.0).await?;
            for (name, bytes) in late.into_iter().filter(|(name, _)| carried.takes(name)) {
                let sealed = thread.sealed(beside(self.head), &name, thread.value(from, &name, &bytes)?)?;
                all.insert(name, sealed);
            }
        }
        all.extend(own);
        Ok(all.into_iter().collect())
    }
}

impl<G: Definition> ThreadStore<G> {
    /// What lies beside the checkpoint before this one and counts beside this one, too, sealed for there: whoever removes
    /// the one before puts it there.
    pub(in crate::thread) async fn heirlooms(
        &self,
        meta: &OwnedMeta,
        hash: RecordHash,
    ) -> Result<Vec<(CheckpointId, String, Vec<u8>)>, Error> {
        let id = CheckpointId(meta.checkpoint);
        let Some(carried) = &meta.carried else { return Ok(Vec::new()) };
        let from = carried.from.place();
        if CheckpointId::after(Some(from.0)) != id {
            return Ok(Vec::new());
        }
        let mut late = self.entries_beside(from.0).await?;
        if !late.is_empty() {
            let own = self.entries_beside(id).await?;
            late.retain(|(name, _)| carried.takes(name) && own.iter().all(|(own, _)| own != name));
        }
        let sealed = |(name, bytes): (String, Vec<u8>)| {
            let sealed = self.sealed((id, hash), &name, self.value(from, &name, &bytes)?)?;
            Ok((id, name, sealed))
        };
        late.into_iter().map(sealed).collect()
    }

    pub(in crate::thread) async fn entries_beside(
        &self,
        checkpoint: CheckpointId,
    ) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let entries = self.store.pending(&self.key, checkpoint).await;
        entries.map_err(|error| self.unreached(checkpoint, error))
    }

    /// What an entry holds.
    fn value<'a>(&self, place: (CheckpointId, RecordHash), name: &str, bytes: &'a [u8]) -> Result<&'a [u8], Error> {
        let verified = entry::verify(&self.key, place, name, bytes);
        verified.map_err(|error| self.unreadable(place.0, error))
    }

    fn sealed(&self, place: (CheckpointId, RecordHash), name: &str, value: &[u8]) -> Result<Vec<u8>, Error> {
        let sealed = entry::seal_again(&self.key, place, name, value);
        // Not reached: it was sealed before, in another place.
        sealed.map_err(|error| self.unreadable(place.0, RecordError::Corrupt(error.to_string())))
    }
}
