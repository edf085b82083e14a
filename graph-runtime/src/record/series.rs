//! A checkpoint out of several records: one with a whole state, and those with changes after it.

use super::bytes::Bytes;
use super::checkpoint::{Opened, Record, RecordError, read_fields, write_fields};
use super::delta::{DeltaRecord, Unfit};
use super::field::FieldError;
use super::position::{KeptRecord, PositionRecord};
use crate::GraphState;
use serde::{Deserialize, Serialize};

/// The whole of a checkpoint whose record holds changes only: an entry beside it, once what they were made to is gone.
#[derive(Serialize, Deserialize)]
pub(crate) struct BaseRecord {
    position: PositionRecord,
    fields: Bytes,
}

impl BaseRecord {
    pub(crate) fn of<S: GraphState>(record: &Record<S>) -> Result<BaseRecord, FieldError> {
        let mut fields = Vec::new();
        write_fields(&mut fields, |fields| record.state.encode(fields))?;
        Ok(BaseRecord { position: record.meta.position.clone(), fields: Bytes(fields) })
    }
}

/// The records that one checkpoint is read from, the oldest first.
pub(crate) struct Series<S> {
    record: Record<S>,
    since: usize,
}

impl<S: GraphState> Series<S> {
    /// Begins with a whole state.
    pub(crate) fn begin(whole: Opened<'_>) -> Result<Series<S>, RecordError> {
        Ok(Series { record: whole.record()?, since: 0 })
    }

    /// Begins with a record of changes whose whole state lies beside it.
    pub(crate) fn rest(base: BaseRecord, on: Opened<'_>) -> Result<Series<S>, RecordError> {
        let BaseRecord { position, fields } = base;
        let mut meta = on.meta;
        meta.position.complete(position)?;
        let mut fields = read_fields(&fields.0).ok_or_else(|| RecordError::corrupt("the fields are not whole"))?;
        let state = S::decode(&mut fields).map_err(|error| RecordError::Incompatible(error.to_string()))?;
        Ok(Series { record: Record { meta, hash: on.hash, state, lacks: fields.lacked() }, since: 0 })
    }

    /// Goes on to the record after the last one.
    pub(crate) fn add(&mut self, next: Opened<'_>) -> Result<(), RecordError> {
        let Series { record, since } = self;
        if next.before != record.hash {
            return Err(RecordError::corrupt("its changes were made to another record than the one before it"));
        }
        let delta = next.delta()?;
        let mut meta = next.meta;
        *since += size(&delta, &meta.position, &meta.memory);
        meta.position.complete(std::mem::take(&mut record.meta.position))?;
        delta.apply(&mut record.state).map_err(|unfit| match unfit {
            Unfit::Cut => RecordError::corrupt(unfit.to_string()),
            Unfit::Field(_) | Unfit::Panicked(_) => RecordError::Incompatible(unfit.to_string()),
        })?;
        (record.meta, record.hash) = (meta, next.hash);
        Ok(())
    }

    /// The checkpoint of the last record, and the bytes of the changes that it took.
    pub(crate) fn end(self) -> (Record<S>, usize) {
        (self.record, self.since)
    }
}

/// The bytes of what a record of changes holds.
pub(crate) fn size(delta: &DeltaRecord, position: &PositionRecord, memory: &[KeptRecord]) -> usize {
    delta.size() + position.size() + memory.iter().map(KeptRecord::size).sum::<usize>()
}
