//! Checkpoints as records.
//!
//! ```text
//! body = meta length, meta, fields; with changes only = meta length, meta, changes or a leap
//! ```

use super::bytes::Bytes;
use super::codec::CodecError;
use super::field::{FieldError, FieldReader, FieldWriter};
use super::frame::{self, Frame, Kind};
use super::label;
use super::leap::Leap;
use super::meta::Named;
use crate::{CheckpointId, GraphState, RecordHash, ThreadKey};
use serde::{Deserialize, Serialize};

pub(crate) use super::frame::RecordError;
pub(crate) use super::meta::{Meta, OwnedMeta, ReplyRecord};

/// What made a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Source {
    /// An update from outside, with which a run started.
    Input,
    /// A superstep.
    Step,
    /// A cancellation.
    Cancel,
    /// A superstep in which a reply was used.
    Reply,
    /// An edit of the state from outside.
    Update,
    /// A branch that begins at an older checkpoint.
    Fork,
}

/// A checkpoint as it is read.
#[derive(Debug)]
pub(crate) struct Record<S> {
    pub(crate) meta: OwnedMeta,
    pub(crate) hash: RecordHash,
    pub(crate) state: S,
    /// The record that holds the state has no value for some of its fields: they are at the defaults that they have now.
    pub(crate) lacks: bool,
}

/// Writes a checkpoint into the buffer, in place of what it held.
///
/// On an error the buffer holds a part of the record.
pub(crate) fn encode<S: GraphState>(
    meta: &Meta<'_>,
    parent: RecordHash,
    content: &Content<'_, S>,
    buffer: &mut Vec<u8>,
) -> Result<RecordHash, FieldError> {
    let kind = match content {
        Content::Whole(_) => Kind::Full,
        Content::Delta(_) => Kind::Delta,
        Content::Leap(_) => Kind::Leap,
    };
    frame::begin(kind, parent, buffer);
    label::write(meta, buffer).map_err(metadata)?;
    match content {
        Content::Whole(state) => {
            let mut fields = FieldWriter::new(buffer);
            state.encode(&mut fields)?;
            let schema = fields.schema();
            frame::note(schema, buffer);
        }
        Content::Delta(Bytes(fields)) => buffer.extend_from_slice(fields),
        Content::Leap(leap) => leap.write(buffer),
    }
    Ok(frame::end(buffer))
}

/// What a record holds of the state.
pub(crate) enum Content<'a, S> {
    Whole(&'a S),
    /// What has changed since the record before it.
    Delta(&'a Bytes),
    /// That, and what has changed since the base.
    Leap(Leap<'a>),
}

/// Writes a checkpoint, which was read, as that of another thread, behind a record of that thread. A leap begins at the record
/// with the hash `base` there; without that one it is left out.
pub(crate) fn seal_again(
    opened: Opened<'_>,
    key: &ThreadKey,
    parent: RecordHash,
    base: Option<RecordHash>,
    buffer: &mut Vec<u8>,
) -> Result<RecordHash, FieldError> {
    let Opened { meta, kind, schema, content, leap, .. } = opened;
    let kind = if kind == Kind::Leap && base.is_none() { Kind::Delta } else { kind };
    frame::begin(kind, parent, buffer);
    if kind == Kind::Full {
        frame::note(schema, buffer);
    }
    label::write(&meta.of(&key.graph, key.thread.as_str()), buffer).map_err(metadata)?;
    match (leap, base) {
        (Some(leap), Some(base)) => Leap { base, ..leap }.write(buffer),
        (Some(Leap { changes, .. }), None) => buffer.extend_from_slice(changes),
        (None, _) => buffer.extend_from_slice(content),
    }
    Ok(frame::end(buffer))
}

fn metadata(CodecError(reason): CodecError) -> FieldError {
    FieldError::NotStorable { field: "the metadata", codec: super::field::FieldCodec::Bincode, reason }
}

/// Verifies a checkpoint that was stored for this thread under this id.
pub(crate) fn open<'a>(key: &ThreadKey, id: CheckpointId, bytes: &'a [u8]) -> Result<Opened<'a>, RecordError> {
    let frame = frame::open(Kind::CHECKPOINTS, bytes)?;
    let (Named { graph, thread, meta }, content) = label::split::<Named<'_, OwnedMeta>>(frame.body)?;
    label::in_its_place(key, id, (graph, thread, meta.checkpoint))?;
    let Frame { kind, schema, hash, parent: before, .. } = frame;
    let leap = if kind == Kind::Leap { Some(Leap::read(content)?) } else { None };
    Ok(Opened { meta, hash, before, kind, schema, content, leap })
}

/// The hash that a record says it has; `None` if it is too short for one.
pub(crate) fn hash(bytes: &[u8]) -> Option<RecordHash> {
    bytes.last_chunk().copied().map(RecordHash)
}

/// A checkpoint that was verified, and whose state was not read yet.
#[derive(Debug)]
pub(crate) struct Opened<'a> {
    pub(crate) meta: OwnedMeta,
    pub(crate) hash: RecordHash,
    /// The hash of the record before it on the thread.
    pub(crate) before: RecordHash,
    kind: Kind,
    schema: u64,
    content: &'a [u8],
    leap: Option<Leap<'a>>,
}

impl Opened<'_> {
    /// Whether it holds the whole state, and not only what has changed.
    pub(crate) fn is_whole(&self) -> bool {
        self.kind == Kind::Full
    }

    /// The hash of the record that its leap begins at, if it has one.
    pub(crate) fn leaps_from(&self) -> Option<RecordHash> {
        self.leap.map(|leap| leap.base)
    }

    /// Whether it directly follows this record; the first record of a thread follows none.
    pub(crate) fn follows(&self, last: Option<(CheckpointId, RecordHash)>) -> bool {
        let id = CheckpointId::after(last.map(|(id, _)| id));
        id.0 == self.meta.checkpoint && self.before == last.map(|(_, hash)| hash).unwrap_or_default()
    }
}

/// Writes fields that stand inside of a record: those of a task's writes, or of a subgraph's state.
pub(crate) fn write_fields(
    buffer: &mut Vec<u8>,
    write: impl FnOnce(&mut FieldWriter<'_>) -> Result<(), FieldError>,
) -> Result<(), FieldError> {
    let mut fields = FieldWriter::new(buffer);
    write(&mut fields)
}

/// Reads fields that stand inside of a record; `None` if they are not whole.
pub(crate) fn read_fields(bytes: &[u8]) -> Option<FieldReader<'_>> {
    FieldReader::new(bytes)
}

/// [`read_fields`] as they are after these changes, the oldest first.
pub(crate) fn read_changed_fields<'a>(bytes: &'a [u8], changes: &'a [Bytes]) -> Option<FieldReader<'a>> {
    read_fields(bytes)?.changed(changes.iter().map(|changes| &*changes.0))
}

/// The names of fields that stand inside of a record; none if they are not whole.
pub(crate) fn field_names(bytes: &[u8]) -> Vec<&str> {
    read_fields(bytes).map(|fields| fields.names()).unwrap_or_default()
}

/// Those of the fields that stand inside of a record which have none of these names.
pub(crate) fn other_fields(bytes: &[u8], names: &[&str]) -> Vec<u8> {
    read_fields(bytes).map(|fields| fields.others(names)).unwrap_or_default()
}

/// Reads the only field that stands inside of a record, whatever it was called; `None` if it is not whole.
pub(crate) fn read_sole_field(bytes: &[u8]) -> Option<FieldReader<'_>> {
    FieldReader::sole(bytes)
}
