//! What changed in a state since the record before.

use super::bytes::Bytes;
use super::checkpoint::write_fields;
use super::field::FieldError;
use crate::GraphState;
use crate::state::Marks;

/// The changes of a state on their way into a record: of a container what has changed in it, of another field its value.
#[derive(Debug, Default)]
pub struct Delta {
    /// The fields whose values are stored, as they will be by then.
    replaced: Marks,
    /// What has changed in other fields; the memory of one is used again for its next changes.
    edits: Vec<(usize, Bytes)>,
    /// A change cannot be stored; whether the state can, with what was written since, is told where it is.
    failed: bool,
    /// How many bytes of edits are left before the changes outweigh the state; `None` once they do.
    room: Option<usize>,
}

impl Delta {
    /// Notes what an update changes. Containers take it in meanwhile, and nothing is left of it in the patch for them; nothing
    /// happens once the state itself is the shorter record.
    pub(crate) fn note<S: GraphState>(&mut self, state: &mut S, patch: &mut S::Patch) {
        if self.room.is_some() {
            state.note(patch, self);
        }
    }

    /// Notes that a field has a new value.
    pub fn replace(&mut self, field: usize) {
        self.replaced.set(field);
        if let Some((_, Bytes(edits))) = self.edits.iter_mut().find(|(edited, _)| *edited == field) {
            self.room = self.room.map(|room| room.saturating_add(edits.len()));
            edits.clear();
        }
    }

    /// Whether the value of a field is stored.
    #[must_use]
    pub fn replaces(&self, field: usize) -> bool {
        self.replaced.has(field)
    }

    /// What has changed in a field, if anything has.
    pub(crate) fn edits(&self, field: usize) -> Option<&[u8]> {
        let (_, Bytes(edits)) = self.edits.iter().find(|(edited, _)| *edited == field)?;
        (!edits.is_empty()).then_some(edits.as_slice())
    }

    /// Notes changes in a container, unless its value is stored anyway.
    pub(crate) fn edit(&mut self, field: usize, write: impl FnOnce(&mut Vec<u8>) -> Result<(), FieldError>) {
        let Some(room) = self.room.filter(|_| !self.replaced.has(field)) else { return };
        let found = self.edits.iter().position(|(edited, _)| *edited == field);
        let found = found.unwrap_or_else(|| {
            self.edits.push((field, Bytes::default()));
            self.edits.len() - 1
        });
        let Some((_, Bytes(edits))) = self.edits.get_mut(found) else { return };
        let before = edits.len();
        self.failed |= write(edits).is_err();
        self.room = room.checked_sub(edits.len().saturating_sub(before));
        if self.room.is_none() {
            // However long the run goes on without a record, they take no memory.
            self.edits = Vec::new();
        }
    }

    /// The changes up to now as fields, of the state as it is now; `None` if they outweigh it, or one of them
    /// cannot be stored.
    pub(crate) fn record<S: GraphState>(&self, state: &S) -> Result<Option<Bytes>, FieldError> {
        if self.room.is_none() || self.failed {
            return Ok(None);
        }
        let mut fields = Vec::new();
        write_fields(&mut fields, |fields| state.encode_changes(self, fields))?;
        Ok(Some(Bytes(fields)))
    }

    /// Forgets all changes: they are stored. The next ones may take so many bytes, if any.
    pub(crate) fn clear(&mut self, room: Option<usize>) {
        self.replaced.clear();
        self.failed = false;
        self.edits.iter_mut().for_each(|(_, Bytes(edits))| edits.clear());
        self.room = room;
    }
}
