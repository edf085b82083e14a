//! What a checkpoint costs to read, and so what the next record of its thread holds.

use crate::graph::engine::image;
use crate::graph::engine::machine::Machine;
use crate::record::bytes::Bytes;
use crate::record::checkpoint::Content;
use crate::record::field::{FieldError, Span};
use crate::record::leap::Leap;
use crate::record::piece::Piece;
use crate::record::position::{KeptRecord, PositionRecord};
use crate::record::series;
use crate::{CheckpointId, Definition, GraphState, RecordHash};

/// A state below this size is stored whole with every checkpoint: to read it is one call, and its changes would not be
/// much smaller.
const SMALL: usize = 512;

/// What another record costs to read, beside its bytes, as so many bytes of a whole state: a call into the store's engine, and
/// a hash that is too short to be fast.
const CALL: usize = 64;

/// The least that the records cost which a leap leads over.
const STRIDE: usize = 8 << 10;

/// How many leaps lead over changes that cost as much as the state.
const LEAPS: usize = 64;

/// The largest state whose records have leaps. A larger one is stored whole whenever its changes outweigh it, so that a store
/// which refuses records of that size says so.
const LARGE: usize = 8 << 20;

/// The records that a checkpoint is read from.
#[derive(Debug)]
pub(crate) struct Extent {
    /// The last one with a whole state or a leap.
    mark: (CheckpointId, RecordHash),
    /// The bytes of a whole state, as they were last measured; 0 if nothing may be read with these records.
    size: usize,
    /// What they cost to read, in bytes of a whole state.
    cost: usize,
    /// What those behind the mark cost.
    recent: usize,
    /// What those have changed, if a leap may lead over them.
    span: Option<Span>,
    /// What those cost at least that a leap leads over. It saves calls and not bytes, so they are many, and none is most of them.
    least: usize,
}

impl Extent {
    /// A whole record.
    fn whole(mark: (CheckpointId, RecordHash), bytes: usize) -> Extent {
        let span = leaps(bytes).then(Span::default);
        Extent { mark, size: bytes, cost: bytes, recent: 0, span, least: 0 }
    }

    /// These records, the newest first; `None` if there are none. If a whole state lies beside the last one, that takes so many
    /// bytes, and so many with what has changed in it.
    pub(super) fn of(records: &[Piece], beside: Option<(usize, usize)>) -> Option<Extent> {
        let place = place_of_mark(records)?;
        let mark = records.get(place)?;
        let (oldest, changes) = records.split_last()?;
        let (size, whole) = beside.unwrap_or((oldest.length(), oldest.length()));
        let size = if std::ptr::eq(mark, oldest) { size } else { mark.leap()?.size };
        let cost = |records: &[Piece]| records.iter().map(|record| record.length() + CALL).sum::<usize>();
        let behind = records.get(..place)?;
        let (cost, recent) = (whole + cost(changes), cost(behind));
        let least = behind.iter().map(|record| 4 * record.length()).max().unwrap_or(0);
        Some(Extent { mark: (mark.checkpoint, mark.hash), size, cost, recent, span: None, least })
    }

    /// With what has changed in the records behind the mark.
    pub(super) fn spanning(self, span: impl FnOnce() -> Option<Span>) -> Extent {
        let span = if leaps(self.size) { span() } else { None };
        Extent { span, ..self }
    }

    /// As those of a checkpoint that the next record must not be read with.
    pub(super) fn void(self) -> Extent {
        Extent { size: 0, ..self }
    }

    /// How many bytes of changes another record is worth, if any: to read the checkpoint then costs at most about twice
    /// a whole state.
    pub(in crate::thread) fn room(&self) -> Option<usize> {
        if self.size >= SMALL { self.size.saturating_mul(2).checked_sub(self.cost + CALL) } else { None }
    }

    /// With another record, of so many bytes.
    fn and(self, bytes: usize) -> Extent {
        let least = self.least.max(4 * bytes);
        Extent { cost: self.cost + bytes + CALL, recent: self.recent + bytes + CALL, least, ..self }
    }

    /// The costs of the records that a leap leads over.
    fn stride(&self) -> usize {
        STRIDE.max(self.size / LEAPS)
    }

    /// What a leap in the next record, of so many bytes, has to lead over: the record holds these twice, so they are to be few of
    /// that.
    fn reach(&self, bytes: usize) -> usize {
        self.stride().max(4 * bytes).max(self.least)
    }

    /// Whether the next record, of so many bytes, should have a leap.
    fn is_due(&self, bytes: usize) -> bool {
        self.span.is_some() && self.recent >= self.reach(bytes)
    }

    /// Whether there may be no room for all records up to the leap after this one.
    fn is_full(&self, bytes: usize) -> bool {
        self.room().is_none_or(|room| room < bytes + 2 * self.reach(bytes))
    }
}

/// Whether records of a state of this size have leaps.
fn leaps(size: usize) -> bool {
    (4 * STRIDE..=LARGE).contains(&size)
}

/// The place of the last record with a whole state or a leap among those, the newest first, that a checkpoint is read from.
pub(super) fn place_of_mark(records: &[Piece]) -> Option<usize> {
    let leapt = records.windows(2).position(|pair| matches!(pair, [record, next] if record.before != next.hash));
    leapt.or(records.len().checked_sub(1))
}

/// What the next record of a thread holds of its state.
pub(in crate::thread) enum Written {
    Whole,
    /// What has changed since the last one, which is read from these records.
    Delta(Bytes, Extent),
    /// That, and what has changed since their mark.
    Leap {
        changes: Bytes,
        since: Bytes,
        size: usize,
        extent: Extent,
    },
}

impl Written {
    /// The checkpoint whose record this one is read with, if it does not hold the whole state: all from there on, or that
    /// one alone, if it is a leap.
    pub(in crate::thread) fn base(&self) -> Option<CheckpointId> {
        match self {
            Written::Whole => None,
            Written::Delta(_, extent) | Written::Leap { extent, .. } => Some(extent.mark.0),
        }
    }

    pub(in crate::thread) fn content<'a, S>(&'a self, state: &'a S) -> Content<'a, S> {
        match self {
            Written::Whole => Content::Whole(state),
            Written::Delta(changes, _) => Content::Delta(changes),
            Written::Leap { changes: Bytes(changes), since: Bytes(since), size, extent } => {
                Content::Leap(Leap { changes, base: extent.mark.1, size: *size, since })
            }
        }
    }

    /// The records that the checkpoint is read from, once this one is stored, which takes so many bytes.
    pub(in crate::thread) fn extent(self, mark: (CheckpointId, RecordHash), bytes: usize) -> Extent {
        match self {
            Written::Whole => Extent::whole(mark, bytes),
            Written::Delta(_, extent) => extent.and(bytes),
            Written::Leap { size, extent: Extent { cost, recent, mut span, .. }, .. } => {
                if let Some(span) = &mut span {
                    span.clear();
                }
                let span = span.filter(|_| leaps(size));
                Extent { mark, size, cost: cost - recent + bytes + CALL, recent: 0, span, least: 0 }
            }
        }
    }
}

/// What a record holds of a machine: its state, its position, and what its subgraphs keep.
pub(in crate::thread) type Image = (Written, PositionRecord, Vec<KeptRecord>);

/// What the record after these ones holds of a machine: what has changed, if that is known and worth it.
pub(super) fn next<G: Definition>(machine: &Machine<G>, extent: Option<Extent>) -> Result<Image, FieldError> {
    match changed(machine, extent)? {
        Some(image) => Ok(image),
        None => Ok((Written::Whole, machine.image(true)?, machine.kept(true)?)),
    }
}

fn changed<G: Definition>(machine: &Machine<G>, extent: Option<Extent>) -> Result<Option<Image>, FieldError> {
    let (Some(delta), Some(mut extent)) = (&machine.delta, extent) else { return Ok(None) };
    let Some(room) = extent.room() else { return Ok(None) };
    let Some(changes) = delta.record(&*machine.state)?.filter(|Bytes(changes)| changes.len() <= room) else {
        return Ok(None);
    };
    let (position, memory) = (machine.image(false)?, machine.kept(false)?);
    let bytes = series::size(&changes, &position, &memory);
    // What is half of the state is stored as the whole state before long.
    let half = 2 * changes.0.len() > extent.size;
    extent.span.take_if(|span| half || span.add(&changes.0).is_none());
    if !extent.is_due(bytes) {
        return Ok((bytes <= room).then_some((Written::Delta(changes, extent), position, memory)));
    }
    let whole = (machine.image(true)?, machine.kept(true)?);
    let kept = series::size(&Bytes::default(), &whole.0, &whole.1);
    // A leap leaves nothing of position and memory to other records. That is to be little of what it saves.
    let heavy = kept > extent.stride();
    if heavy || 8 * kept > extent.recent && !extent.is_full(bytes) {
        extent.span.take_if(|_| heavy);
        extent.least = extent.least.max(8 * kept);
        return Ok((bytes <= room).then_some((Written::Delta(changes, extent), position, memory)));
    }
    let since = extent.span.as_ref().map(Span::fields).unwrap_or_default();
    let mut size = extent.size;
    if extent.is_full(bytes) || changes.0.len() + since.0.len() + kept > room {
        size = image::fields(|fields| machine.state.encode(fields))?.0.len();
        let cost = extent.cost - extent.recent + changes.0.len() + since.0.len() + kept + CALL;
        if !leaps(size) || 2 * cost > 3 * size {
            return Ok(None);
        }
    }
    Ok(Some((Written::Leap { changes, since, size, extent }, whole.0, whole.1)))
}
