//! A checkpoint out of several records: one with a whole state, and those with changes after it.

use super::checkpoint::{Opened, Record, RecordError};
use super::delta::Unfit;
use crate::GraphState;

/// The records that one checkpoint is read from, the oldest first.
pub(crate) struct Series<S>(Record<S>);

impl<S: GraphState> Series<S> {
    /// Begins with a whole state.
    pub(crate) fn begin(whole: Opened<'_>) -> Result<Series<S>, RecordError> {
        whole.record().map(Series)
    }

    /// Goes on to the record after the last one.
    pub(crate) fn add(&mut self, next: Opened<'_>) -> Result<(), RecordError> {
        let Series(record) = self;
        if next.before != record.hash {
            return Err(RecordError::corrupt("its changes were made to another record than the one before it"));
        }
        let delta = next.delta()?;
        let mut meta = next.meta;
        meta.position.complete(&record.meta.position)?;
        delta.apply(&mut record.state).map_err(|unfit| match unfit {
            Unfit::Cut => RecordError::corrupt(unfit.to_string()),
            Unfit::Field(error) => RecordError::Incompatible(error.to_string()),
        })?;
        (record.meta, record.hash) = (meta, next.hash);
        Ok(())
    }

    /// The checkpoint of the last record.
    pub(crate) fn end(self) -> Record<S> {
        self.0
    }
}
