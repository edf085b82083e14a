//! Reading many values of a thread.

use super::engine::Scan;
use super::frame;
use super::head;
use super::keys::Names;
use crate::{CheckpointId, StoreError};
use std::ops::Range;

/// Records by their numbers.
type Records = Vec<(CheckpointId, Vec<u8>)>;

/// Entries by their names.
type Entries = Vec<(String, Vec<u8>)>;

/// Up to `limit` records older than `before`, newest first.
pub(super) fn older(
    scan: &impl Scan,
    names: &Names,
    before: Option<CheckpointId>,
    limit: usize,
) -> Result<Records, StoreError> {
    let Some(above) = above(scan, names)? else { return Ok(Records::new()) };
    let before = before.map_or(above, |before| before.min(above));
    records(scan, names, scan.range(names.records(CheckpointId(0), before)).rev(), limit)
}

/// Up to `limit` records newer than `after`, oldest first.
pub(super) fn newer(scan: &impl Scan, names: &Names, after: CheckpointId, limit: usize) -> Result<Records, StoreError> {
    let Some(above) = above(scan, names)? else { return Ok(Records::new()) };
    let first = CheckpointId(after.0.saturating_add(1)).min(above);
    records(scan, names, scan.range(names.records(first, above)), limit)
}

/// What is behind the head of a thread, if it has one: a record there was left by a crash and belongs to nobody.
fn above(scan: &impl Scan, names: &Names) -> Result<Option<CheckpointId>, StoreError> {
    let head = head::read(scan, names)?;
    Ok(head.map(|head| CheckpointId(head.checkpoint.0.saturating_add(1))))
}

fn records<S: Scan>(
    scan: &S,
    names: &Names,
    mut values: impl Iterator<Item = Result<(S::Bytes, S::Bytes), StoreError>>,
    limit: usize,
) -> Result<Records, StoreError> {
    let mut records = Records::new();
    while records.len() < limit
        && let Some(value) = values.next()
    {
        let (key, first) = value?;
        let (id, chunk) = names.record_id(key.as_ref()).ok_or_else(|| frame::damaged("a record lost its number"))?;
        // The other chunks of a record are read with its first one.
        if chunk.is_empty() {
            records.push((id, frame::gather(scan, key.as_ref(), first.as_ref())?));
        }
    }
    Ok(records)
}

/// Up to `limit` entries whose keys are in a range, in the order of the digests of their names.
pub(super) fn entries(
    scan: &impl Scan,
    names: &Names,
    range: Range<Vec<u8>>,
    limit: usize,
) -> Result<Entries, StoreError> {
    let mut entries = Entries::new();
    let mut values = scan.range(range);
    while entries.len() < limit
        && let Some(value) = values.next()
    {
        let (key, first) = value?;
        if names.is_entry(key.as_ref()) {
            entries.push(named(&frame::gather(scan, key.as_ref(), first.as_ref())?)?);
        }
    }
    Ok(entries)
}

/// Takes the name off an entry.
pub(super) fn named(value: &[u8]) -> Result<(String, Vec<u8>), StoreError> {
    let split = value.split_first_chunk().and_then(|(length, rest)| {
        let (name, bytes) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        Some((std::str::from_utf8(name).ok()?.to_owned(), bytes.to_vec()))
    });
    split.ok_or_else(|| frame::damaged("an entry lost its name"))
}
