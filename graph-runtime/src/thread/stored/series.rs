//! A checkpoint, read from the records that hold it: one with a whole state, and those with changes after it.

use crate::graph::engine::machine::Machine;
use crate::record::checkpoint::{self, Record, RecordError};
use crate::record::entry;
use crate::record::field::Span;
use crate::record::piece::Piece;
use crate::record::series::{self, BaseRecord};
use crate::thread::stored::ThreadStore;
use crate::thread::stored::chain::PAGE;
use crate::thread::stored::extent::{self, Extent, Image, place_of_mark};
use crate::thread::stored::tombstone::PRUNED;
use crate::{CheckpointId, Definition, Error, RecordHash};

/// The name of the entry that holds the whole of a checkpoint, where the records that it was read from are gone.
pub(in crate::thread) const BASE: &str = "base";

/// Whether a record of changes can be read with these entries beside it: where there is a gap behind it, its whole state is
/// one of them.
pub(in crate::thread) fn rests(entries: &[(String, Vec<u8>)]) -> bool {
    let has = |wanted: &str| entries.iter().any(|(name, _)| name == wanted);
    has(BASE) || !has(PRUNED)
}

/// Some records of a thread, the newest first: each is directly behind the next one, or leaps to it. The last one holds a whole
/// state, or that lies beside it.
#[derive(Debug, Default)]
pub(in crate::thread) struct Segment {
    records: Vec<Piece>,
    /// What lies beside the last one, and its size.
    base: Option<(BaseRecord, usize)>,
}

impl Segment {
    /// Whether this record is one of those.
    fn holds(&self, bytes: &[u8]) -> bool {
        let hash = checkpoint::hash(bytes);
        self.records.iter().any(|record| Some(record.hash) == hash)
    }

    /// The checkpoint, if its records are here.
    fn read<G: Definition>(&self, thread: &ThreadStore<G>, id: CheckpointId) -> Result<Option<Whole<G>>, Error> {
        let Segment { records, base } = self;
        let Some(place) = records.iter().position(|record| record.checkpoint == id) else { return Ok(None) };
        let records = records.get(place..).unwrap_or_default();
        let read = series::read(records, base.as_ref().map(|(base, _)| base));
        let record = read.map_err(|error| thread.unreadable(id, error))?;
        // A default that was not stored may be another one next time: the next record holds all of it.
        let beside = base.as_ref().map(|(base, bytes)| (base.size(*bytes), *bytes));
        let extent = Extent::of(records, beside).map(|extent| if record.lacks { extent.void() } else { extent });
        Ok(extent.map(|extent| (record, extent)))
    }

    /// What has changed in the records that the newest one is read with, without those that a leap leads over.
    pub(super) fn span(&self) -> Option<Span> {
        let mut span = Span::default();
        let recent = self.records.get(..place_of_mark(&self.records)?)?;
        recent.iter().rev().try_for_each(|record| span.add(record.changes()))?;
        Some(span)
    }

    /// Those from the one with this hash on, if it is here.
    fn split_off(&mut self, hash: RecordHash) -> Option<Segment> {
        let place = self.records.iter().position(|record| record.hash == hash)?;
        Some(Segment { records: self.records.split_off(place), base: self.base.take() })
    }
}

/// A checkpoint, and the records that it was read from.
type Whole<G> = (Record<<G as Definition>::State>, Extent);

impl<G: Definition> ThreadStore<G> {
    /// Reads the checkpoint of this record. The other records that it takes are left in `segment`, for the checkpoints before
    /// this one: all of them together are read once.
    pub(in crate::thread) async fn whole(
        &self,
        id: CheckpointId,
        bytes: Vec<u8>,
        segment: &mut Segment,
    ) -> Result<Whole<G>, Error> {
        if segment.holds(&bytes)
            && let Some(whole) = segment.read(self, id)?
        {
            return Ok(whole);
        }
        *segment = self.segment(self.piece(id, bytes)?, std::mem::take(segment)).await?;
        let missing = || self.unreadable(id, RecordError::Corrupt("it is read from no records".to_owned()));
        segment.read(self, id)?.ok_or_else(missing)
    }

    fn piece(&self, id: CheckpointId, bytes: Vec<u8>) -> Result<Piece, Error> {
        Piece::open(&self.key, id, bytes).map_err(|error| self.unreadable(id, error))
    }

    /// The records that this one is read with. Some of them may be among those of a later one.
    async fn segment(&self, newest: Piece, mut later: Segment) -> Result<Segment, Error> {
        let id = newest.checkpoint;
        let mut before = None;
        loop {
            let (segment, missing) = self.walk(newest.clone(), &mut later).await?;
            let Some(missing) = missing else { return Ok(segment) };
            // The same one twice was pruned and has no base, which was put there in the same step.
            if before.replace(missing) == Some(missing) || self.pruned(missing).await?.is_none() {
                return Err(self.missing(missing).await);
            }
            // Somebody prunes meanwhile, and has put a base beside the oldest that is left; or this one is gone, too.
            let still = self.store.get(&self.key, id).await.map_err(|error| self.unreached(id, error))?;
            if still.is_none() {
                return Err(Error::UnknownCheckpoint { thread: self.key.thread.clone(), checkpoint: id });
            }
        }
    }

    /// The records that the given one is read with, as far as they are there, and the newest that is not.
    async fn walk(&self, newest: Piece, later: &mut Segment) -> Result<(Segment, Option<CheckpointId>), Error> {
        let mut segment = Segment { records: vec![newest], base: None };
        while let Some(last) = segment.records.last().filter(|last| !last.is_whole()) {
            let place = (last.checkpoint, last.hash);
            let base = based(last).map_err(|error| self.unreadable(last.checkpoint, error))?;
            if let Some(hash) = last.leap().map(|leap| leap.base) {
                if let Some(Segment { records, base }) = later.split_off(hash) {
                    segment.records.extend(records);
                    segment.base = base;
                    break;
                }
                let found = self.store.get(&self.key, base).await.map_err(|error| self.unreached(base, error))?;
                if let Some(bytes) = found {
                    segment.records.push(self.piece(base, bytes)?);
                    continue;
                }
            }
            let records = self.behind(place.0, base).await?;
            if records.is_empty() {
                segment.base = self.base_beside(place).await?;
                let missing = segment.base.is_none().then_some(CheckpointId(place.0.0 - 1));
                return Ok((segment, missing));
            }
            segment.records.extend(records);
        }
        Ok((segment, None))
    }

    /// The records directly before a checkpoint, back to `base`, or to one that is whole or has a leap; but only some, if
    /// they are many.
    async fn behind(&self, id: CheckpointId, base: CheckpointId) -> Result<Vec<Piece>, Error> {
        let wanted = usize::try_from(id.0 - base.0).unwrap_or(PAGE).min(PAGE);
        let page = self.store.range(&self.key, Some(id), wanted).await;
        let (mut records, mut next) = (Vec::new(), CheckpointId(id.0 - 1));
        for (found, bytes) in page.map_err(|error| self.unreached(next, error))? {
            if found != next {
                break;
            }
            let piece = self.piece(found, bytes)?;
            let last = piece.is_whole() || piece.leap().is_some();
            records.push(piece);
            if last {
                break;
            }
            next = CheckpointId(next.0.saturating_sub(1));
        }
        Ok(records)
    }

    /// The whole state that lies beside a record of changes, and its size.
    async fn base_beside(&self, beside: (CheckpointId, RecordHash)) -> Result<Option<(BaseRecord, usize)>, Error> {
        let entries = self.entries_beside(beside.0).await?;
        let Some((_, bytes)) = entries.into_iter().find(|(name, _)| name == BASE) else { return Ok(None) };
        let base = entry::open(&self.key, beside, BASE, &bytes);
        base.map(|base| Some((base, bytes.len()))).map_err(|error| self.unreadable(beside.0, error))
    }

    /// The entry that this record needs beside it once those before it are gone; none, if it holds a whole state.
    pub(in crate::thread) async fn rested(
        &self,
        id: CheckpointId,
        bytes: &[u8],
    ) -> Result<Option<(CheckpointId, String, Vec<u8>)>, Error> {
        let unreadable = |error| self.unreadable(id, error);
        if self.piece(id, bytes.to_vec())?.is_whole() {
            return Ok(None);
        }
        let mut segment = Segment::default();
        let (record, _) = self.whole(id, bytes.to_vec(), &mut segment).await?;
        let beside = (id, record.hash);
        let base = segment.base.as_ref().map(|(base, _)| base);
        let base = BaseRecord::of(&record, &segment.records, base).map_err(|source| self.not_storable(source))?;
        let sealed = entry::seal(&self.key, beside, BASE, &base);
        let bytes = sealed.map_err(|error| unreadable(RecordError::Incompatible(error.to_string())))?;
        Ok(Some((id, BASE.to_owned(), bytes)))
    }

    /// What the next record of the thread holds, which is read with these.
    pub(in crate::thread) fn next(&self, machine: &Machine<G>, extent: Option<Extent>) -> Result<Image, Error> {
        extent::next(machine, extent).map_err(|source| self.not_storable(source))
    }

    /// The error of a record that should be there. A thread that was deleted meanwhile is not damaged.
    async fn missing(&self, id: CheckpointId) -> Error {
        match self.head().await {
            Ok(Some(_)) => self.unreadable(id, RecordError::Corrupt("its record is missing".to_owned())),
            Ok(None) => Error::UnknownThread { thread: self.key.thread.clone() },
            Err(error) => error,
        }
    }
}

/// Where the records begin that a record with changes is read with.
fn based(record: &Piece) -> Result<CheckpointId, RecordError> {
    let base = record.meta()?.base.filter(|base| (1..record.checkpoint.0).contains(base));
    let nowhere = || RecordError::Corrupt("it names no record that its changes were made to".to_owned());
    base.map(CheckpointId).ok_or_else(nowhere)
}
