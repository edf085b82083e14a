//! What has changed in a container, piece by piece, in the place of its value.
//!
//! ```text
//! edits = any number of: kind u8, value length u32, value
//! ```

use super::proof::proof;
use super::{FieldCodec, FieldError};
use crate::record::codec::{self, CodecError};
use crate::record::probe::FieldProbe;
use serde::{Serialize, de::DeserializeOwned};

/// What an edit does to a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EditKind {
    /// Puts items, entries or elements into it: behind the last one, where there is an order.
    Add,
    /// Replaces the item at a place.
    Put,
    /// Removes the items at some places, or what has some keys.
    Remove,
}

impl EditKind {
    const ALL: [EditKind; 3] = [EditKind::Add, EditKind::Put, EditKind::Remove];

    fn byte(self) -> u8 {
        match self {
            EditKind::Add => 0,
            EditKind::Put => 1,
            EditKind::Remove => 2,
        }
    }

    fn from_byte(byte: u8) -> Option<EditKind> {
        EditKind::ALL.into_iter().find(|kind| kind.byte() == byte)
    }

    /// The bit that says that an edit of this kind was proven; the first is that of values.
    fn proof(self) -> u8 {
        2 << self.byte()
    }
}

/// Takes down the edits of one field.
pub(crate) struct EditWriter<'a> {
    buffer: &'a mut Vec<u8>,
    field: &'static str,
    codec: FieldCodec,
    probe: &'static FieldProbe,
}

impl<'a> EditWriter<'a> {
    pub(crate) fn new(
        buffer: &'a mut Vec<u8>,
        field: &'static str,
        codec: FieldCodec,
        probe: &'static FieldProbe,
    ) -> EditWriter<'a> {
        EditWriter { buffer, field, codec, probe }
    }

    /// Adds an edit, of which the value will be read as an `R`.
    ///
    /// # Errors
    ///
    /// [`FieldError::NotStorable`] if it would not read back; the edit is then left out.
    pub(crate) fn put<R: Serialize + DeserializeOwned>(
        &mut self,
        kind: EditKind,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(), FieldError> {
        let before = self.buffer.len();
        let put = self.frame::<R>(kind, value);
        if put.is_err() {
            self.buffer.truncate(before);
        }
        let refuse = |CodecError(reason)| FieldError::NotStorable { field: self.field, codec: self.codec, reason };
        put.map_err(refuse)
    }

    fn frame<R: Serialize + DeserializeOwned>(
        &mut self,
        kind: EditKind,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(), CodecError> {
        let codec = self.codec;
        self.buffer.push(kind.byte());
        self.buffer.extend_from_slice(&[0; 4]);
        let start = self.buffer.len();
        codec.encode_piece(value, self.buffer)?;
        let bytes = self.buffer.get(start..).unwrap_or_default();
        self.probe.prove(kind.proof(), || {
            proof(bytes, |bytes| codec.decode_piece::<R>(bytes), |value, buffer| codec.encode_piece(value, buffer))
        })?;
        let length =
            u32::try_from(bytes.len()).map_err(|_| CodecError("what is added takes more than 4 GiB".to_owned()))?;
        if let Some(place) = self.buffer.get_mut(start - 4..start) {
            place.copy_from_slice(&length.to_le_bytes());
        }
        Ok(())
    }
}

/// One change of a container.
#[derive(Clone, Copy)]
pub(crate) struct Edit<'a> {
    pub(crate) kind: EditKind,
    codec: FieldCodec,
    value: &'a [u8],
}

impl<'a> Edit<'a> {
    /// Takes the first edit off the bytes; `None` if they do not begin with one.
    pub(super) fn split(bytes: &mut &'a [u8], codec: FieldCodec) -> Option<Edit<'a>> {
        let (kind, rest) = bytes.split_first()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (value, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        *bytes = rest;
        Some(Edit { kind: EditKind::from_byte(*kind)?, codec, value })
    }

    /// What it puts, adds or removes.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, String> {
        self.codec.decode_piece(self.value).map_err(|error| error.0)
    }
}

impl FieldCodec {
    fn encode_piece(self, value: &(impl Serialize + ?Sized), buffer: &mut Vec<u8>) -> Result<(), CodecError> {
        match self {
            #[cfg(feature = "json")]
            FieldCodec::Json => crate::record::json::encode(value, buffer),
            _ => codec::encode_piece(value, buffer),
        }
    }

    fn decode_piece<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, CodecError> {
        match self {
            #[cfg(feature = "json")]
            FieldCodec::Json => crate::record::json::decode(bytes),
            _ => codec::decode_piece(bytes),
        }
    }

    pub(super) fn decode<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, CodecError> {
        match self {
            #[cfg(feature = "json")]
            FieldCodec::Json => crate::record::json::decode(bytes),
            _ => codec::decode(bytes),
        }
    }
}
