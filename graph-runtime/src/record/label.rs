//! What a body begins with: it names the graph, the thread and the checkpoint that the record belongs to, so that the record is
//! refused where another one was stored.

use super::codec::{self, CodecError};
use super::frame::RecordError;
use super::number::{framed, split_framed};
use crate::{CheckpointId, ThreadKey};
use serde::{Deserialize, Serialize};

/// Appends what a body begins with, framed by its length.
pub(super) fn write<T: Serialize>(label: &T, buffer: &mut Vec<u8>) -> Result<(), CodecError> {
    framed(buffer, |buffer| codec::encode(label, buffer))
}

pub(super) fn split<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<(T, &'a [u8]), RecordError> {
    let mut rest = body;
    let label = split_framed(&mut rest).ok_or_else(|| RecordError::corrupt("the body is not whole"))?;
    let label = codec::decode_in_place(label)
        .map_err(|error| RecordError::Corrupt(format!("the body is not whole: {error}")))?;
    Ok((label, rest))
}

/// Refuses a record that was stored for another thread or under another id.
pub(super) fn in_its_place(
    key: &ThreadKey,
    id: CheckpointId,
    (graph, thread, checkpoint): (&str, &str, u64),
) -> Result<(), RecordError> {
    if graph == &*key.graph && thread == key.thread.as_str() && checkpoint == id.0 {
        return Ok(());
    }
    Err(RecordError::Corrupt(format!(
        "it is checkpoint {checkpoint} of thread `{thread}` of graph `{graph}`, stored in the place of another"
    )))
}
