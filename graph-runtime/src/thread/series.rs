//! A checkpoint, read from the records that hold it: one with a whole state, and those with changes after it.

use super::chain::PAGE;
use super::stored::ThreadStore;
use crate::graph::engine::machine::Machine;
use crate::record::checkpoint::{self, Content, Opened, Record, RecordError};
use crate::record::delta::DeltaRecord;
use crate::record::series::Series;
use crate::{CheckpointId, Definition, Error};

/// A state below this size is stored whole with every checkpoint: to read it is one call, and its changes would not be
/// much smaller.
const SMALL: usize = 1 << 10;

/// What the metadata of a record takes, about.
const META: usize = 256;

/// The records that a checkpoint is read from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    /// The one with the whole state.
    base: CheckpointId,
    /// Its size in bytes.
    whole: usize,
    /// The size of those after it.
    since: usize,
}

impl Extent {
    /// A whole record.
    fn whole(id: CheckpointId, bytes: usize) -> Extent {
        Extent { base: id, whole: bytes, since: 0 }
    }

    /// Whether another record with these changes is worth it: to read the checkpoint then costs at most twice the state.
    fn admits(&self, delta: &DeltaRecord) -> bool {
        self.whole >= SMALL && self.since + delta.size() + META <= self.whole
    }

    /// With another record of this size.
    fn and(self, bytes: usize) -> Extent {
        Extent { since: self.since + bytes, ..self }
    }
}

/// What the next record of a thread holds of its state.
pub(super) enum Written {
    Whole,
    /// What has changed since the last one, which is read from these records.
    Delta(DeltaRecord, Extent),
}

impl Written {
    pub(super) fn is_whole(&self) -> bool {
        matches!(self, Written::Whole)
    }

    /// The checkpoint whose record holds the whole state, if this one does not.
    pub(super) fn base(&self) -> Option<CheckpointId> {
        match self {
            Written::Whole => None,
            Written::Delta(_, extent) => Some(extent.base),
        }
    }

    pub(super) fn content<'a, S>(&'a self, state: &'a S) -> Content<'a, S> {
        match self {
            Written::Whole => Content::Whole(state),
            Written::Delta(delta, _) => Content::Delta(delta),
        }
    }

    /// The records that the checkpoint is read from, once this one is stored.
    pub(super) fn extent(&self, id: CheckpointId, bytes: usize) -> Extent {
        match self {
            Written::Whole => Extent::whole(id, bytes),
            Written::Delta(_, extent) => extent.and(bytes),
        }
    }
}

/// Some records of a thread without a gap, the newest first; the last one holds a whole state.
#[derive(Debug, Default)]
pub(super) struct Segment(Vec<(CheckpointId, Vec<u8>)>);

impl Segment {
    /// The checkpoint, if its records are here.
    fn read<G: Definition>(&self, thread: &ThreadStore<G>, id: CheckpointId) -> Result<Option<Whole<G>>, Error> {
        let Segment(records) = self;
        let Some(place) = records.iter().position(|(found, _)| *found == id) else { return Ok(None) };
        let mut whole: Option<(Series<G::State>, Extent)> = None;
        for (id, bytes) in records.iter().skip(place).rev() {
            let unreadable = |error| thread.unreadable(*id, error);
            let opened = checkpoint::open(&thread.key, *id, bytes).map_err(unreadable)?;
            whole = Some(match whole {
                None => (Series::begin(opened).map_err(unreadable)?, Extent::whole(*id, bytes.len())),
                Some((mut series, extent)) => {
                    series.add(opened).map_err(unreadable)?;
                    (series, extent.and(bytes.len()))
                }
            });
        }
        Ok(whole.map(|(series, extent)| (series.end(), extent)))
    }
}

/// A checkpoint, and the records that it was read from.
type Whole<G> = (Record<<G as Definition>::State>, Extent);

impl<G: Definition> ThreadStore<G> {
    /// Reads the checkpoint of this record. The other records that it takes are left in `segment`, for the checkpoints before
    /// this one.
    pub(super) async fn whole(
        &self,
        id: CheckpointId,
        bytes: Vec<u8>,
        segment: &mut Segment,
    ) -> Result<Whole<G>, Error> {
        let unreadable = |error| self.unreadable(id, error);
        let opened = checkpoint::open(&self.key, id, &bytes).map_err(unreadable)?;
        if opened.whole {
            return Ok((opened.record().map_err(unreadable)?, Extent::whole(id, bytes.len())));
        }
        if let Some(whole) = segment.read(self, id)? {
            return Ok(whole);
        }
        let base = based(&opened).map_err(unreadable)?;
        *segment = self.segment(id, bytes, base).await?;
        let missing = || unreadable(RecordError::Corrupt("it is read from no records".to_owned()));
        segment.read(self, id)?.ok_or_else(missing)
    }

    /// The records from `base` to this one.
    async fn segment(&self, id: CheckpointId, bytes: Vec<u8>, base: CheckpointId) -> Result<Segment, Error> {
        let (mut records, mut oldest) = (vec![(id, bytes)], id);
        while oldest > base {
            let wanted = usize::try_from(oldest.0 - base.0).unwrap_or(PAGE).min(PAGE);
            let next = CheckpointId(oldest.0 - 1);
            let page = self.store.range(&self.key, Some(oldest), wanted).await;
            for (found, bytes) in page.map_err(|error| self.unreached(next, error))? {
                if found.0 + 1 != oldest.0 {
                    break;
                }
                records.push((found, bytes));
                oldest = found;
            }
            if oldest > next {
                return Err(self.missing(next).await);
            }
        }
        Ok(Segment(records))
    }

    /// The error of a record that should be there. A thread that was deleted meanwhile is not damaged.
    async fn missing(&self, id: CheckpointId) -> Error {
        match self.head().await {
            Ok(Some(_)) => self.unreadable(id, RecordError::Corrupt("its record is missing".to_owned())),
            Ok(None) => Error::UnknownThread { thread: self.key.thread.clone() },
            Err(error) => error,
        }
    }

    /// What the record after these ones holds of the state of a machine: what has changed, if that is known and worth it.
    pub(super) fn written(&self, machine: &Machine<G>, extent: Option<Extent>) -> Result<Written, Error> {
        let (Some(delta), Some(extent)) = (&machine.delta, extent.filter(|extent| extent.whole >= SMALL)) else {
            return Ok(Written::Whole);
        };
        let delta = delta.record(&*machine.state).map_err(|source| self.not_storable(source))?;
        Ok(if extent.admits(&delta) { Written::Delta(delta, extent) } else { Written::Whole })
    }
}

/// Where the records begin that a record with changes is read with.
fn based(opened: &Opened<'_>) -> Result<CheckpointId, RecordError> {
    let base = opened.meta.base.filter(|base| (1..opened.meta.checkpoint).contains(base));
    let nowhere = || RecordError::Corrupt("it names no record that its changes were made to".to_owned());
    base.map(CheckpointId).ok_or_else(nowhere)
}
