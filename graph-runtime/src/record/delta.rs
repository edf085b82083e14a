//! What changed in a state since the record before.

use super::bytes::Bytes;
use super::checkpoint::{read_fields, write_fields};
use super::field::FieldError;
use crate::state::Marks;
use crate::{GraphState, panic};
use serde::{Deserialize, Serialize};

/// The changes of a state, as a record holds them. To read them, no reducer of the user's is called: fields that grow have one of
/// the library's, the others are stored as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeltaRecord {
    /// The writes to fields that grow, one update after the other, as fields.
    pub(crate) growth: Vec<Bytes>,
    /// The other fields that were written, as they are now.
    pub(crate) values: Bytes,
}

impl DeltaRecord {
    /// The bytes of what changed.
    pub(crate) fn size(&self) -> usize {
        self.growth.iter().map(|growth| growth.0.len()).sum::<usize>() + self.values.0.len()
    }

    /// Takes the changes into the state that they were made from.
    pub(crate) fn apply<S: GraphState>(&self, state: &mut S) -> Result<(), Unfit> {
        for growth in &self.growth {
            let mut fields = read_fields(&growth.0).ok_or(Unfit::Cut)?;
            let mut patch = S::decode_growth(&mut fields)?;
            // Keys are compared by the user's code.
            panic::catch(|| state.apply(&mut patch)).map_err(Unfit::Panicked)?;
        }
        let mut fields = read_fields(&self.values.0).ok_or(Unfit::Cut)?;
        state.replace(&mut fields)?;
        Ok(())
    }
}

/// Why changes cannot be taken into a state.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Unfit {
    #[error("the fields are not whole")]
    Cut,
    #[error(transparent)]
    Field(#[from] FieldError),
    #[error("to compare the keys of what was added panicked: {0}; mend their `PartialEq`, `Ord` or `Hash`")]
    Panicked(String),
}

/// The changes of a state on their way into a record.
#[derive(Debug, Default)]
pub(crate) struct Delta {
    growth: Vec<Bytes>,
    /// Where the next one is written, so that an update without any takes no memory.
    buffer: Vec<u8>,
    marks: Marks,
    /// Why an update cannot be stored.
    failed: Option<FieldError>,
    /// How many bytes of growth are left before the changes outweigh the state; `None` once they do.
    room: Option<usize>,
}

impl Delta {
    /// Notes what an update is about to change; nothing, once the state itself is the shorter record.
    pub(crate) fn note<S: GraphState>(&mut self, patch: &S::Patch) {
        let Some(room) = self.room else { return };
        S::mark(patch, &mut self.marks);
        self.buffer.clear();
        match write_fields(&mut self.buffer, |fields| S::encode_growth(patch, fields)) {
            // Nothing but the number of fields, which is none.
            Ok(()) if self.buffer.len() <= 2 => {}
            Ok(()) => {
                self.room = room.checked_sub(self.buffer.len());
                if self.room.is_some() {
                    self.growth.push(Bytes(self.buffer.clone()));
                } else {
                    // However long the run goes on without a record, they take no memory.
                    (self.growth, self.buffer) = (Vec::new(), Vec::new());
                }
            }
            Err(error) => self.failed = self.failed.take().or(Some(error)),
        }
    }

    /// The changes up to now, of the state as it is now; `None` if they outweigh it.
    pub(crate) fn record<S: GraphState>(&self, state: &S) -> Result<Option<DeltaRecord>, FieldError> {
        if self.room.is_none() {
            return Ok(None);
        }
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let mut values = Vec::new();
        write_fields(&mut values, |fields| state.encode_marked(&self.marks, fields))?;
        Ok(Some(DeltaRecord { growth: self.growth.clone(), values: Bytes(values) }))
    }

    /// Forgets all changes: they are stored. The next ones may take so many bytes, if any.
    pub(crate) fn clear(&mut self, room: Option<usize>) {
        self.growth.clear();
        self.marks.clear();
        self.room = room;
    }
}
