//! A record that was imported, as far as what comes after it has to fit.

use crate::record::checkpoint::Opened;
use crate::thread::stored::series;
use crate::thread::stored::tombstone::Tombstone;
use crate::{CheckpointId, RecordHash};

/// The last record.
#[derive(Default)]
pub(super) struct Place {
    /// It does not follow the one before it, so a tombstone beside it has to lead there.
    gap: bool,
    /// It holds changes, and its whole state does not lie beside it.
    changes: bool,
    /// There is a tombstone beside it.
    pruned: bool,
    /// The checkpoint before it.
    before: Option<(CheckpointId, RecordHash)>,
    /// The last entry.
    name: Option<String>,
}

impl Place {
    pub(super) fn of(opened: &Opened<'_>, before: Option<(CheckpointId, RecordHash)>) -> Place {
        let (gap, changes) = (!opened.follows(before), !opened.is_whole());
        Place { gap, changes, before, ..Place::default() }
    }

    /// Notes an entry beside it; `false` says that this is not its turn: they come in the order of their names.
    pub(super) fn comes(&mut self, name: &str) -> bool {
        let ordered = self.name.as_deref().is_none_or(|last| last < name);
        self.changes &= name != series::BASE;
        self.name = Some(name.to_owned());
        ordered && !name.contains('\0')
    }

    /// Notes the tombstone beside it.
    pub(super) fn buried(&mut self, tombstone: &Tombstone) {
        self.gap &= !tombstone.leads(self.before);
        self.pruned = true;
    }

    /// What should lie beside it and does not.
    pub(super) fn lacks(&self) -> Option<&'static str> {
        if self.gap {
            return Some("a checkpoint does not follow the one before it");
        }
        (self.changes && self.pruned).then_some("the whole state of a checkpoint is missing")
    }
}
