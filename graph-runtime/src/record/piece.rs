//! One of the records that a checkpoint is read from.

use super::checkpoint::{OwnedMeta, RecordError};
use super::frame::{self, Frame, Kind};
use super::label;
use super::leap::Leap;
use super::meta::{self, Named};
use super::number::split_framed;
use crate::{CheckpointId, RecordHash, ThreadKey};
use std::ops::Range;

/// A checkpoint that was verified, as its bytes: of most of them nothing but the changes is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) checkpoint: CheckpointId,
    pub(crate) hash: RecordHash,
    /// The hash of the record before it on the thread.
    pub(crate) before: RecordHash,
    kind: Kind,
    bytes: Vec<u8>,
    body: Range<usize>,
    content: usize,
}

impl Piece {
    /// Verifies a checkpoint that was stored for this thread under this id.
    pub(crate) fn open(key: &ThreadKey, id: CheckpointId, bytes: Vec<u8>) -> Result<Piece, RecordError> {
        let Frame { kind, hash, parent: before, body, .. } = frame::open(Kind::CHECKPOINTS, &bytes)?;
        let mut content = body;
        let cut = || RecordError::corrupt("the body is not whole");
        let place = split_framed(&mut content).and_then(meta::place).ok_or_else(cut)?;
        label::in_its_place(key, id, place)?;
        if kind == Kind::Leap {
            Leap::read(content)?;
        }
        // The body ends before the checksum, whatever the header is long.
        let end = bytes.len() - hash.0.len();
        let (body, content) = (end - body.len()..end, end - content.len());
        Ok(Piece { checkpoint: id, hash, before, kind, bytes, body, content })
    }

    /// The bytes of the record.
    pub(crate) fn length(&self) -> usize {
        self.bytes.len()
    }

    /// What it says beside the state.
    pub(crate) fn meta(&self) -> Result<OwnedMeta, RecordError> {
        let body = self.bytes.get(self.body.clone()).unwrap_or_default();
        let (Named { meta, .. }, _) = label::split::<Named<'_, OwnedMeta>>(body)?;
        Ok(meta)
    }

    /// The fields of its whole state, if it holds that.
    pub(super) fn whole(&self) -> Option<&[u8]> {
        self.is_whole().then(|| self.content())
    }

    /// Whether the fields are those of a whole state, and not only what has changed.
    pub(crate) fn is_whole(&self) -> bool {
        self.kind == Kind::Full
    }

    /// What it holds beside what has changed since the record before it, if it does.
    pub(crate) fn leap(&self) -> Option<Leap<'_>> {
        if self.kind == Kind::Leap { Leap::read(self.content()).ok() } else { None }
    }

    /// What has changed since this record, if it is the one before, or the one that the leap begins at.
    pub(super) fn since(&self, earlier: &Piece) -> Option<&[u8]> {
        if self.before == earlier.hash {
            return Some(self.changes());
        }
        self.leap().filter(|leap| leap.base == earlier.hash).map(|leap| leap.since)
    }

    /// What has changed since the record before it.
    pub(crate) fn changes(&self) -> &[u8] {
        self.leap().map_or_else(|| self.content(), |leap| leap.changes)
    }

    fn content(&self) -> &[u8] {
        self.bytes.get(self.content..self.body.end).unwrap_or_default()
    }
}
