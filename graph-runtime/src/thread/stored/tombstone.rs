//! What is known of checkpoints that were pruned.

use crate::record::carried::Origin;
use crate::record::checkpoint;
use crate::record::entry;
use crate::thread::stored::ThreadStore;
use crate::{CheckpointId, Definition, Error, RecordHash};
use serde::{Deserialize, Serialize};

/// The name of the entry; it lies beside the checkpoint behind which others are gone.
pub(in crate::thread) const PRUNED: &str = "pruned";

/// Says that the checkpoints between the one that it lies beside and the next older one were pruned.
///
/// The hash of the newest that is gone stays in the record that it lies beside. A record that
/// holds changes has its whole state beside it, too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::thread) struct Tombstone {
    older: Option<Origin>,
    /// The parents of those that are gone, where a parent is not the checkpoint before: branches began there.
    pub(in crate::thread) branches: Vec<(u64, Option<u64>)>,
}

impl Tombstone {
    /// Leads to this checkpoint; to none, if none is left.
    pub(in crate::thread) fn lead(&mut self, older: Option<(CheckpointId, RecordHash)>) {
        self.older = older.map(Origin::from);
    }

    /// The next older checkpoint that is kept and the hash of its record; zeros if there is none.
    pub(in crate::thread) fn older(&self) -> (CheckpointId, RecordHash) {
        self.older.map_or((CheckpointId(0), RecordHash::default()), Origin::place)
    }

    /// Whether it leads to this checkpoint; to none, if none is left.
    pub(in crate::thread) fn leads(&self, older: Option<(CheckpointId, RecordHash)>) -> bool {
        self.older.map(Origin::place) == older
    }

    /// The checkpoint that the state of a pruned one came from.
    pub(in crate::thread) fn parent(&self, gone: u64) -> Option<u64> {
        let branch = self.branches.iter().find(|(id, _)| *id == gone);
        branch.map_or(gone.checked_sub(1).filter(|before| *before > 0), |(_, parent)| *parent)
    }

    /// Notes one that is gone.
    pub(in crate::thread) fn bury(&mut self, gone: CheckpointId, parent: Option<u64>) {
        if parent != gone.0.checked_sub(1).filter(|before| *before > 0) {
            self.branches.push((gone.0, parent));
        }
    }
}

impl<G: Definition> ThreadStore<G> {
    /// What is known of the place of this checkpoint, if it was pruned.
    pub(in crate::thread) async fn pruned(&self, id: CheckpointId) -> Result<Option<Tombstone>, Error> {
        loop {
            let newer = self.store.newer(&self.key, id, 1).await.map_err(|error| self.unreached(id, error))?;
            let Some((above, bytes)) = newer.into_iter().next() else {
                return Ok(None);
            };
            let opened = checkpoint::open(&self.key, above, &bytes).map_err(|error| self.unreadable(above, error))?;
            if let Some(tombstone) = self.tombstone((above, opened.hash)).await? {
                return Ok(Some(tombstone).filter(|tombstone| tombstone.older().0 < id));
            }
            let still = self.store.get(&self.key, above).await.map_err(|error| self.unreached(above, error))?;
            if still.is_some() {
                return Ok(None);
            }
            // It was pruned itself between the reads; the one that tells of it is newer.
        }
    }

    /// The tombstone beside a checkpoint.
    pub(in crate::thread) async fn tombstone(
        &self,
        beside: (CheckpointId, RecordHash),
    ) -> Result<Option<Tombstone>, Error> {
        let entries = self.entries_beside(beside.0).await?;
        let Some((name, bytes)) = entries.iter().find(|(name, _)| name == PRUNED) else {
            return Ok(None);
        };
        let opened = entry::open(&self.key, beside, name, bytes);
        opened.map(Some).map_err(|error| self.unreadable(beside.0, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tombstone_knows_the_parents_of_what_is_gone() {
        let mut tombstone = Tombstone::default();
        for (gone, parent) in [(7, Some(6)), (6, Some(2)), (2, Some(1)), (1, None)] {
            tombstone.bury(CheckpointId(gone), parent);
        }
        assert_eq!(tombstone.branches, [(6, Some(2))]);
        assert_eq!([7, 6, 2, 1].map(|gone| tombstone.parent(gone)), [Some(6), Some(2), Some(1), None]);
    }
}
