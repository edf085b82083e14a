//! Entries beside checkpoints as records.
//!
//! ```text
//! body = label length, label, value
//! ```

use super::codec::{self, CodecError};
use super::frame::{self, Kind, RecordError};
use super::label;
use crate::{CheckpointId, RecordHash, ThreadKey};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Makes the bytes of an entry beside a checkpoint, which no other place accepts.
pub(crate) fn seal<T: Serialize>(
    key: &ThreadKey,
    beside: (CheckpointId, RecordHash),
    name: &str,
    value: &T,
) -> Result<Vec<u8>, EntryError> {
    write(key, beside, name, |buffer| codec::encode(value, buffer))
}

/// [`seal`] of a value that [`verify`] has returned.
pub(crate) fn seal_again(
    key: &ThreadKey,
    beside: (CheckpointId, RecordHash),
    name: &str,
    value: &[u8],
) -> Result<Vec<u8>, EntryError> {
    write(key, beside, name, |buffer| {
        buffer.extend_from_slice(value);
        Ok(())
    })
}

fn write(
    key: &ThreadKey,
    (checkpoint, hash): (CheckpointId, RecordHash),
    name: &str,
    value: impl FnOnce(&mut Vec<u8>) -> Result<(), CodecError>,
) -> Result<Vec<u8>, EntryError> {
    let mut buffer = Vec::new();
    frame::begin(Kind::Entry, hash, &mut buffer);
    let place = Place { graph: &key.graph, thread: key.thread.as_str(), checkpoint: checkpoint.0, name };
    label::write(&place, &mut buffer).map_err(EntryError)?;
    value(&mut buffer).map_err(EntryError)?;
    frame::end(&mut buffer);
    Ok(buffer)
}

/// Reads an entry that was stored under this name beside this checkpoint.
pub(crate) fn open<T: DeserializeOwned>(
    key: &ThreadKey,
    beside: (CheckpointId, RecordHash),
    name: &str,
    bytes: &[u8],
) -> Result<T, RecordError> {
    let value = verify(key, beside, name, bytes)?;
    codec::decode(value).map_err(|error| RecordError::Incompatible(format!("entry `{name}` cannot be read: {error}")))
}

/// Verifies an entry that was stored under this name beside this checkpoint, and returns the bytes of its value.
pub(crate) fn verify<'a>(
    key: &ThreadKey,
    beside: (CheckpointId, RecordHash),
    name: &str,
    bytes: &'a [u8],
) -> Result<&'a [u8], RecordError> {
    let (checkpoint, hash) = beside;
    let frame = frame::open(&[Kind::Entry], bytes)?;
    let (place, value) = label::split::<Place<'_>>(frame.body)?;
    let expected = Place { graph: &key.graph, thread: key.thread.as_str(), checkpoint: checkpoint.0, name };
    if place != expected || frame.parent != hash {
        return Err(RecordError::Corrupt(format!("the entry belongs to {place:?} and lies at {expected:?}")));
    }
    Ok(value)
}

/// Why an entry has no bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an entry cannot be stored: {0}")]
pub(crate) struct EntryError(CodecError);

/// Where an entry belongs.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Place<'a> {
    graph: &'a str,
    thread: &'a str,
    checkpoint: u64,
    name: &'a str,
}
