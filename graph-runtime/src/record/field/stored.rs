//! A field as it lies in a record.

use super::{FieldCodec, FieldError};
use crate::record::number::{framed, split_framed};
use crate::record::probe::Probed;
use serde::de::DeserializeOwned;

/// One field of a record.
#[derive(Clone, Copy)]
pub(super) struct StoredField<'a> {
    pub(super) name: &'a [u8],
    pub(super) codec: FieldCodec,
    /// What it holds has changed in the field, and is not the field's value.
    pub(super) edits: bool,
    pub(super) fingerprint: u64,
    pub(super) value: &'a [u8],
}

/// Appends a field: what it is called and how it is stored, and what it holds.
pub(super) fn put<E>(
    buffer: &mut Vec<u8>,
    name: &[u8],
    (codec, fingerprint): (u8, u64),
    value: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
) -> Result<(), E> {
    framed(buffer, |buffer| {
        buffer.extend_from_slice(name);
        Ok(())
    })?;
    buffer.push(codec);
    buffer.extend_from_slice(&fingerprint.to_le_bytes());
    framed(buffer, value)
}

impl<'a> StoredField<'a> {
    /// Takes the first field off the bytes.
    pub(super) fn split(bytes: &mut &'a [u8]) -> Option<StoredField<'a>> {
        let mut rest = *bytes;
        let name = split_framed(&mut rest)?;
        let (codec, rest) = rest.split_first()?;
        let (fingerprint, mut rest) = rest.split_first_chunk()?;
        let value = split_framed(&mut rest)?;
        *bytes = rest;
        let (codec, edits) = FieldCodec::of_byte(*codec);
        Some(StoredField { name, codec, edits, fingerprint: u64::from_le_bytes(*fingerprint), value })
    }

    /// How it is stored.
    pub(super) fn head(&self) -> (u8, u64) {
        let codec = if self.edits { self.codec.edits_byte() } else { self.codec.byte() };
        (codec, self.fingerprint)
    }

    /// The value of the field.
    pub(super) fn decode<T: DeserializeOwned>(
        &self,
        field: &'static str,
        codec: FieldCodec,
        probed: &Probed,
    ) -> Result<T, FieldError> {
        self.check(field, codec)?;
        if self.edits {
            let reason = "it holds changes, and what they were made to is missing".to_owned();
            return Err(FieldError::Unreadable { field, reason });
        }
        if self.fingerprint != probed.fingerprint {
            return Err(FieldError::Changed { field, stored: self.fingerprint, current: probed.fingerprint });
        }
        codec.decode(self.value).map_err(|error| FieldError::Unreadable { field, reason: error.0 })
    }

    /// What has changed in the field.
    pub(super) fn edits_of(
        &self,
        field: &'static str,
        codec: FieldCodec,
        probed: &Probed,
    ) -> Result<&'a [u8], FieldError> {
        self.check(field, codec)?;
        if self.fingerprint == probed.edits { Ok(self.value) } else { Err(FieldError::Reshaped { field }) }
    }

    fn check(&self, field: &'static str, current: FieldCodec) -> Result<(), FieldError> {
        if self.codec == current { Ok(()) } else { Err(FieldError::OtherCodec { field, stored: self.codec, current }) }
    }
}
