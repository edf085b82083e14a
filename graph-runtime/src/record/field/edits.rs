//! What has changed in a container, piece by piece, in the place of its value.
//!
//! ```text
//! edits = any number of: kind u8, value length, value
//! ```

use super::proof::proof;
use super::{FieldCodec, FieldError};
use crate::record::codec::{self, CodecError};
use crate::record::number::{framed, split_framed};
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
        let (codec, probe) = (self.codec, self.probe);
        self.buffer.push(kind.byte());
        framed(self.buffer, |buffer| {
            let start = buffer.len();
            codec.encode_piece(value, buffer)?;
            let bytes = buffer.get(start..).unwrap_or_default();
            probe.prove(kind.proof(), || proof::<R>(codec, value, bytes))
        })
    }
}

/// The changes of a container, the oldest first.
pub(crate) type Changes<'c, 'r> = &'c mut (dyn Iterator<Item = Result<Edit<'r>, String>> + 'c);

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
        let (kind, mut rest) = bytes.split_first()?;
        let value = split_framed(&mut rest)?;
        *bytes = rest;
        Some(Edit { kind: EditKind::from_byte(*kind)?, codec, value })
    }

    /// Appends one that adds something.
    pub(super) fn put_added<E>(
        buffer: &mut Vec<u8>,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        buffer.push(EditKind::Add.byte());
        framed(buffer, write)
    }

    /// Its bytes, if it adds something.
    pub(super) fn added(&self) -> Option<&'a [u8]> {
        (self.kind == EditKind::Add).then_some(self.value)
    }

    /// What it puts, adds or removes.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, String> {
        self.codec.decode_piece(self.value).map_err(|error| error.0)
    }
}

impl FieldCodec {
    pub(super) fn encode(self, value: &(impl Serialize + ?Sized), buffer: &mut Vec<u8>) -> Result<(), CodecError> {
        match self {
            #[cfg(feature = "json")]
            FieldCodec::Json => crate::record::json::encode(value, buffer),
            _ => codec::encode(value, buffer),
        }
    }

    pub(super) fn decode<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, CodecError> {
        match self {
            #[cfg(feature = "json")]
            FieldCodec::Json => crate::record::json::decode(bytes),
            _ => codec::decode(bytes),
        }
    }

    fn encode_piece(self, value: &(impl Serialize + ?Sized), buffer: &mut Vec<u8>) -> Result<(), CodecError> {
        match self {
            FieldCodec::Bincode => codec::encode_piece(value, buffer),
            _ => self.encode(value, buffer),
        }
    }

    fn decode_piece<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, CodecError> {
        match self {
            FieldCodec::Bincode => codec::decode_piece(bytes),
            _ => self.decode(bytes),
        }
    }
}
