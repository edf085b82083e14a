//! A checkpoint, read from the records that hold it: one with a whole state, and those with changes after it.

use crate::graph::engine::machine::Machine;
use crate::record::bytes::Bytes;
use crate::record::checkpoint::{self, Content, Record, RecordError};
use crate::record::piece::Piece;
use crate::record::position::{KeptRecord, PositionRecord};
use crate::record::series::{self, BaseRecord};
use crate::thread::stored::ThreadStore;
use crate::thread::stored::chain::PAGE;
use crate::thread::stored::tombstone::PRUNED;
use crate::{CheckpointId, Definition, Error, RecordHash};

/// A state below this size is stored whole with every checkpoint: to read it is one call, and its changes would not be
/// much smaller.
const SMALL: usize = 1 << 10;

/// What another record costs to read, beside its bytes, as so many bytes of a whole state: a call into the store's engine, and
/// a hash that is too short to be fast.
const CALL: usize = 64;

/// The records that a checkpoint is read from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    /// The one with the whole state.
    base: CheckpointId,
    /// The bytes of that one; 0 if nothing may be read with it.
    whole: usize,
    /// What the records after it cost to read, in bytes.
    since: usize,
}

impl Extent {
    /// A whole record.
    fn whole(id: CheckpointId, bytes: usize) -> Extent {
        Extent { base: id, whole: bytes, since: 0 }
    }

    /// How many bytes of changes another record is worth, if any: to read the checkpoint then costs at most about twice
    /// the last whole state.
    pub(in crate::thread) fn room(&self) -> Option<usize> {
        if self.whole >= SMALL { self.whole.checked_sub(self.since + CALL) } else { None }
    }

    /// With another record, of so many bytes.
    fn and(self, bytes: usize) -> Extent {
        Extent { since: self.since + bytes + CALL, ..self }
    }
}

/// What the next record of a thread holds of its state.
pub(in crate::thread) enum Written {
    Whole,
    /// What has changed since the last one, which is read from these records.
    Delta(Bytes, Extent),
}

impl Written {
    /// The checkpoint whose record holds the whole state, if this one does not.
    pub(in crate::thread) fn base(&self) -> Option<CheckpointId> {
        match self {
            Written::Whole => None,
            Written::Delta(_, extent) => Some(extent.base),
        }
    }

    pub(in crate::thread) fn content<'a, S>(&'a self, state: &'a S) -> Content<'a, S> {
        match self {
            Written::Whole => Content::Whole(state),
            Written::Delta(delta, _) => Content::Delta(delta),
        }
    }

    /// The records that the checkpoint is read from, once this one is stored, which takes so many bytes.
    pub(in crate::thread) fn extent(&self, (id, bytes): (CheckpointId, usize)) -> Extent {
        match self {
            Written::Whole => Extent::whole(id, bytes),
            Written::Delta(_, extent) => extent.and(bytes),
        }
    }
}

/// The name of the entry that holds the whole of a checkpoint, where the records that it was read from are gone.
pub(in crate::thread) const BASE: &str = "base";

/// Whether a record of changes can be read with these entries beside it: where there is a gap behind it, its whole state is
/// one of them.
pub(in crate::thread) fn rests(entries: &[(String, Vec<u8>)]) -> bool {
    let has = |wanted: &str| entries.iter().any(|(name, _)| name == wanted);
    has(BASE) || !has(PRUNED)
}

/// Some records of a thread without a gap, the newest first; the last one holds a whole state, or that lies beside it.
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
        let Some((oldest, changes)) = records.split_last() else { return Ok(None) };
        let read = series::read(records, base.as_ref().map(|(base, _)| base));
        let record = read.map_err(|error| thread.unreadable(id, error))?;
        // A default that was not stored may be another one next time: the next record holds all of it.
        let whole = if record.lacks { 0 } else { base.as_ref().map_or(oldest.length(), |(_, bytes)| *bytes) };
        let since = changes.iter().map(|record| record.length() + CALL).sum();
        Ok(Some((record, Extent { base: oldest.checkpoint, whole, since })))
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
        let newest = self.piece(id, bytes)?;
        *segment = if newest.whole {
            Segment { records: vec![newest], base: None }
        } else {
            let base = based(&newest).map_err(|error| self.unreadable(id, error))?;
            self.segment(newest, base).await?
        };
        let missing = || self.unreadable(id, RecordError::Corrupt("it is read from no records".to_owned()));
        segment.read(self, id)?.ok_or_else(missing)
    }

    fn piece(&self, id: CheckpointId, bytes: Vec<u8>) -> Result<Piece, Error> {
        Piece::open(&self.key, id, bytes).map_err(|error| self.unreadable(id, error))
    }

    /// The records from `base` to this one, or from the oldest that was not pruned.
    async fn segment(&self, newest: Piece, base: CheckpointId) -> Result<Segment, Error> {
        let id = newest.checkpoint;
        let mut before = None;
        loop {
            let (segment, missing) = self.walk(newest.clone(), base).await?;
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

    /// The records from `base` to the given one as far as they are there, and the newest that is not.
    async fn walk(&self, newest: Piece, base: CheckpointId) -> Result<(Segment, Option<CheckpointId>), Error> {
        let mut oldest = newest.checkpoint;
        let mut place = (oldest, newest.hash);
        let mut whole = newest.whole;
        let mut segment = Segment { records: vec![newest], base: None };
        while oldest > base {
            let wanted = usize::try_from(oldest.0 - base.0).unwrap_or(PAGE).min(PAGE);
            let next = CheckpointId(oldest.0 - 1);
            let page = self.store.range(&self.key, Some(oldest), wanted).await;
            for (found, bytes) in page.map_err(|error| self.unreached(next, error))? {
                if found.0 + 1 != oldest.0 {
                    break;
                }
                let piece = self.piece(found, bytes)?;
                (oldest, place, whole) = (found, (found, piece.hash), piece.whole);
                segment.records.push(piece);
            }
            if oldest > next {
                segment.base = self.base_beside(place).await?;
                let missing = segment.base.is_none().then_some(next);
                return Ok((segment, missing));
            }
        }
        if !whole {
            segment.base = self.base_beside(place).await?;
        }
        Ok((segment, None))
    }

    /// The whole state that lies beside a record of changes, and its size.
    async fn base_beside(&self, beside: (CheckpointId, RecordHash)) -> Result<Option<(BaseRecord, usize)>, Error> {
        let entries = self.entries_beside(beside.0).await?;
        let Some((_, bytes)) = entries.into_iter().find(|(name, _)| name == BASE) else { return Ok(None) };
        let base = checkpoint::open_entry(&self.key, beside, BASE, &bytes);
        base.map(|base| Some((base, bytes.len()))).map_err(|error| self.unreadable(beside.0, error))
    }

    /// The entry that this record needs beside it once those before it are gone; none, if it holds a whole state.
    pub(in crate::thread) async fn rested(
        &self,
        id: CheckpointId,
        bytes: &[u8],
    ) -> Result<Option<(CheckpointId, String, Vec<u8>)>, Error> {
        let unreadable = |error| self.unreadable(id, error);
        if self.piece(id, bytes.to_vec())?.whole {
            return Ok(None);
        }
        let mut segment = Segment::default();
        let (record, _) = self.whole(id, bytes.to_vec(), &mut segment).await?;
        let beside = (id, record.hash);
        let base = segment.base.as_ref().map(|(base, _)| base);
        let base = BaseRecord::of(&record, &segment.records, base).map_err(|source| self.not_storable(source))?;
        let sealed = checkpoint::seal_entry(&self.key, beside, BASE, &base);
        let bytes = sealed.map_err(|error| unreadable(RecordError::Incompatible(error.to_string())))?;
        Ok(Some((id, BASE.to_owned(), bytes)))
    }

    /// The error of a record that should be there. A thread that was deleted meanwhile is not damaged.
    async fn missing(&self, id: CheckpointId) -> Error {
        match self.head().await {
            Ok(Some(_)) => self.unreadable(id, RecordError::Corrupt("its record is missing".to_owned())),
            Ok(None) => Error::UnknownThread { thread: self.key.thread.clone() },
            Err(error) => error,
        }
    }

    /// What the record after these ones holds of the state of a machine, with its position and what its subgraphs keep: what has
    /// changed, if that is known and worth it.
    pub(in crate::thread) fn written(
        &self,
        machine: &Machine<G>,
        extent: Option<Extent>,
    ) -> Result<(Written, PositionRecord, Vec<KeptRecord>), Error> {
        let written = || {
            if let (Some(delta), Some(extent)) = (&machine.delta, extent)
                && let Some(room) = extent.room()
                && let Some(changes) = delta.record(&*machine.state)?
                && changes.0.len() <= room
            {
                let (position, memory) = (machine.image(false)?, machine.kept(false)?);
                if series::size(&changes, &position, &memory) <= room {
                    return Ok((Written::Delta(changes, extent), position, memory));
                }
            }
            Ok((Written::Whole, machine.image(true)?, machine.kept(true)?))
        };
        written().map_err(|source| self.not_storable(source))
    }
}

/// Where the records begin that a record with changes is read with.
fn based(record: &Piece) -> Result<CheckpointId, RecordError> {
    let base = record.meta()?.base.filter(|base| (1..record.checkpoint.0).contains(base));
    let nowhere = || RecordError::Corrupt("it names no record that its changes were made to".to_owned());
    base.map(CheckpointId).ok_or_else(nowhere)
}
