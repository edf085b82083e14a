//! What goes wrong with a thread in its store, as errors that name it.

use crate::graph::engine::image::Misplaced;
use crate::record::checkpoint::RecordError;
use crate::thread::stored::ThreadStore;
use crate::{CheckpointId, Definition, Error, FieldError, StoreError};

impl<G: Definition> ThreadStore<G> {
    /// Names the checkpoint in an error of its store: what the store finds damaged is a record of the thread.
    pub(in crate::thread) fn unreached(&self, checkpoint: CheckpointId, error: StoreError) -> Error {
        match error {
            StoreError::Corrupt { reason } => self.unreadable(checkpoint, RecordError::Corrupt(reason)),
            error => self.failed(error),
        }
    }

    /// Names the thread in an error of its store.
    pub(crate) fn failed(&self, error: StoreError) -> Error {
        let thread = self.key.thread.clone();
        match error {
            StoreError::Conflict { .. } => Error::Conflict { thread },
            StoreError::TooLarge { bytes, limit } => Error::StateTooLarge { thread, bytes, limit },
            error => Error::Store(error),
        }
    }

    pub(crate) fn not_storable(&self, source: FieldError) -> Error {
        Error::NotStorable { thread: self.key.thread.clone(), source }
    }

    pub(crate) fn misplaced(&self, checkpoint: CheckpointId, Misplaced(reason): Misplaced) -> Error {
        self.unreadable(checkpoint, RecordError::Incompatible(reason))
    }

    pub(in crate::thread) fn unreadable(&self, checkpoint: CheckpointId, error: RecordError) -> Error {
        let thread = self.key.thread.clone();
        match error {
            RecordError::Corrupt(reason) => Error::Corrupt { thread, checkpoint, reason },
            RecordError::Incompatible(reason) => Error::Incompatible { thread, checkpoint, reason },
        }
    }
}
