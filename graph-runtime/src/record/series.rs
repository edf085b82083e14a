//! A checkpoint out of several records: one with a whole state, and those with changes after it, as far as no leap leads over
//! them.

use super::bytes::Bytes;
use super::checkpoint::{OwnedMeta, Record, RecordError, field_names, other_fields, read_fields, write_fields};
use super::field::{FieldError, Span};
use super::piece::Piece;
use super::position::{self, KeptRecord, PositionRecord};
use crate::GraphState;
use serde::{Deserialize, Serialize};

/// The whole of a checkpoint whose record holds changes only: an entry beside it, once what they were made to is gone.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct BaseRecord {
    position: PositionRecord,
    memory: Vec<KeptRecord>,
    fields: Bytes,
    /// What has changed in them, the oldest first, each as fields; none, if the fields are those of the program that put this
    /// here.
    changes: Vec<Bytes>,
}

impl BaseRecord {
    /// That of the first of these records, which was read from them. What they hold otherwise than this program does, or beyond
    /// what it knows, stays as it is: another program may read it, and the records after them hold what has changed in that.
    pub(crate) fn of<S: GraphState>(
        record: &Record<S>,
        records: &[Piece],
        base: Option<&BaseRecord>,
    ) -> Result<BaseRecord, FieldError> {
        let (position, memory) = (record.meta.position.clone(), record.meta.memory.clone());
        let (whole, changes) = parts(records, base).unwrap_or_default();
        let whole = whole.unwrap_or_default();
        if record.lacks {
            let changes = changes.into_iter().map(|changes| Bytes(changes.to_vec())).collect();
            return Ok(BaseRecord { position, memory, fields: Bytes(whole.to_vec()), changes });
        }
        let mut fields = Vec::new();
        write_fields(&mut fields, |fields| record.state.encode(fields))?;
        let own = fields.clone();
        let known = field_names(&own);
        fields.extend(other_fields(whole, &known));
        let mut span = Span::default();
        for changes in changes {
            // The state was read from them, so their framing is whole.
            let _ = span.add(&other_fields(changes, &known));
        }
        let changes = Some(span.fields()).filter(|changes| !changes.0.is_empty());
        Ok(BaseRecord { position, memory, fields: Bytes(fields), changes: changes.into_iter().collect() })
    }

    /// How many of these bytes, which it takes, are not changes: about those of a whole state.
    pub(crate) fn size(&self, bytes: usize) -> usize {
        bytes - self.changes.iter().map(|changes| changes.0.len()).sum::<usize>().min(bytes)
    }
}

/// Whole fields, and what has changed in them since, the oldest first.
type Parts<'a> = (Option<&'a [u8]>, Vec<&'a [u8]>);

/// The fields of these records, the newest first: the whole ones, if there are any, and what has changed in them since, the
/// oldest first. `None` if one was not made to the one behind it.
fn parts<'a>(records: &'a [Piece], base: Option<&'a BaseRecord>) -> Option<Parts<'a>> {
    let whole = base.map(|base| &*base.fields.0).or_else(|| records.last()?.whole());
    let before = base.into_iter().flat_map(|base| &base.changes).map(|changes| Some(&*changes.0));
    let since = records.windows(2).rev().map(|pair| pair[0].since(&pair[1]));
    Some((whole, before.chain(since).collect::<Option<_>>()?))
}

/// Reads the first of these records, the newest first. Each follows the next one, or leaps over some to it. The last one holds a
/// whole state, or that lies beside it.
///
/// Each field is read once, whatever has changed in it; so what is read costs what the records hold.
pub(crate) fn read<S: GraphState>(records: &[Piece], base: Option<&BaseRecord>) -> Result<Record<S>, RecordError> {
    let nothing = || RecordError::corrupt("it is read from no records");
    let newest = records.first().ok_or_else(nothing)?;
    let other = || RecordError::corrupt("its changes were made to another record than the one before it");
    let (whole, changes) = parts(records, base).ok_or_else(other)?;
    let missing = || RecordError::corrupt("it holds changes only, and what they were made to is missing");
    let fields = read_fields(whole.ok_or_else(missing)?).and_then(|fields| fields.changed(changes));
    let mut fields = fields.ok_or_else(|| RecordError::corrupt("the fields are not whole"))?;
    let state = S::decode(&mut fields).map_err(|error| RecordError::Incompatible(error.to_string()))?;
    Ok(Record { meta: meta(newest, records, base)?, hash: newest.hash, state, lacks: fields.lacked() })
}

/// What the newest of these records says beside the state, with what it leaves to the records before it.
fn meta(newest: &Piece, records: &[Piece], base: Option<&BaseRecord>) -> Result<OwnedMeta, RecordError> {
    let mut meta = newest.meta()?;
    if let (Some(base), [_]) = (base, records) {
        (meta.position, meta.memory) = (base.position.clone(), base.memory.clone());
    }
    // Most are whole, and then nobody asks what the records before it say.
    if meta.position.is_whole() && meta.memory.iter().all(KeptRecord::is_whole) {
        return Ok(meta);
    }
    // A record with a leap leaves nothing to others.
    let leaves = records.iter().position(|record| record.leap().is_some());
    let asked = records.get(1..leaves.map_or(records.len(), |place| place + 1)).unwrap_or_default();
    let older: Vec<_> = asked.iter().map(Piece::meta).collect::<Result<_, _>>()?;
    let (mut positions, mut memories): (Vec<&PositionRecord>, Vec<&[KeptRecord]>) =
        older.iter().map(|meta| (&meta.position, &*meta.memory)).unzip();
    let base = base.filter(|_| asked.len() + 1 == records.len());
    if let (Some(base), Some(position), Some(memory)) = (base, positions.last_mut(), memories.last_mut()) {
        (*position, *memory) = (&base.position, &base.memory);
    }
    meta.position.complete(&positions)?;
    position::complete_memory(&mut meta.memory, &memories)?;
    Ok(meta)
}

/// The bytes of what a record of changes holds.
pub(crate) fn size(changes: &Bytes, position: &PositionRecord, memory: &[KeptRecord]) -> usize {
    changes.0.len() + position.size() + memory.iter().map(KeptRecord::size).sum::<usize>()
}
