//! What a record of changes holds beside those since the one before it: all changes since an earlier one.
//!
//! ```text
//! content = changes length, changes, hash of the base, bytes of a whole state, changes since the base
//! ```
//!
//! Whoever reads the checkpoint, or one after it, leaps over the records in between. If the base was pruned, the record is read as any other.

use super::checkpoint::RecordError;
use super::number::{self, framed, split_framed};
use crate::RecordHash;
use std::convert::Infallible;

/// What a record with a leap holds of the state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leap<'a> {
    /// What has changed since the record before it.
    pub(crate) changes: &'a [u8],
    /// The hash of the record that the leap begins at, which the meta names.
    pub(crate) base: RecordHash,
    /// How many bytes the whole state took when it was last measured.
    pub(crate) size: usize,
    /// What has changed since that record.
    pub(crate) since: &'a [u8],
}

impl<'a> Leap<'a> {
    /// Appends the content of a record.
    pub(super) fn write(&self, buffer: &mut Vec<u8>) {
        let Leap { changes, base, size, since } = *self;
        let Ok(()) = framed::<Infallible>(buffer, |buffer| {
            buffer.extend_from_slice(changes);
            Ok(())
        });
        buffer.extend_from_slice(&base.0);
        number::put(size as u64, buffer);
        buffer.extend_from_slice(since);
    }

    /// Takes the content of a record apart.
    pub(super) fn read(mut content: &'a [u8]) -> Result<Leap<'a>, RecordError> {
        let mut read = || {
            let changes = split_framed(&mut content)?;
            let (base, rest) = content.split_first_chunk()?;
            content = rest;
            let size = usize::try_from(number::split(&mut content)?).ok()?;
            Some(Leap { changes, base: RecordHash(*base), size, since: content })
        };
        read().ok_or_else(|| RecordError::corrupt("the body is not whole"))
    }
}
