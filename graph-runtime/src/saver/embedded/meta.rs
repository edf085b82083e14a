//! What the store says of itself: its format, and how many commits it holds.

use super::changes::Changes;
use super::engine::{Bytes, Engine, Scan};
use super::frame;
use super::keys;
use crate::StoreError;

const FORMAT: u32 = 1;

/// How many commits the store holds; `None` if it was never set up.
pub(super) fn commits<E: Engine>(engine: &E) -> Result<Option<u64>, StoreError> {
    let Some(meta) = engine.read(|scan| scan.get(keys::META))? else {
        return Ok(None);
    };
    let meta = frame::open_small(keys::META, meta.as_ref())?;
    let (format, commits) =
        meta.split_first_chunk().ok_or_else(|| frame::damaged("the store's own record is short"))?;
    match u32::from_be_bytes(*format) {
        FORMAT => {}
        newer => {
            return Err(StoreError::Failed {
                reason: format!("it has format {newer}, and this program knows {FORMAT}"),
            });
        }
    }
    let commits = commits.try_into().map_err(|_| frame::damaged("the store's own record is short"))?;
    Ok(Some(u64::from_be_bytes(commits)))
}

/// Adds the count of commits to the changes that make it true.
pub(super) fn put_commits<B: Bytes>(changes: &mut Changes<B>, commits: u64) {
    let meta = [&FORMAT.to_be_bytes()[..], &commits.to_be_bytes()].concat();
    frame::put_small(changes, keys::META, &meta);
}
