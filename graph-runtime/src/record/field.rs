//! Fields as bytes: each is framed by its name, the fingerprint of its type, and its codec.
//!
//! ```text
//! fields = count u16, then count times:
//!          name length u16, name, codec u8, fingerprint u64, value length u32, value
//! ```

use super::codec::{self, CodecError};
use super::probe::{FieldProbe, Probed};
use serde::{Serialize, de::DeserializeOwned};

/// Why a field could not be stored, or not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldError {
    /// The value would not read back as it was written.
    #[error("field `{field}` cannot be stored: {reason}; {}", remedy(*codec))]
    NotStorable {
        /// The field.
        field: &'static str,
        /// How it would be stored.
        codec: FieldCodec,
        /// What is wrong with its type or its value.
        reason: String,
    },
    /// The record holds the field with another type.
    #[error(
        "field `{field}` is stored with a type of fingerprint {stored:016x} and has one of {current:016x} now; \
         give the new type a new field, or restore the old one"
    )]
    Changed {
        /// The field.
        field: &'static str,
        /// The fingerprint in the record.
        stored: u64,
        /// The fingerprint of the type in this program.
        current: u64,
    },
    /// The record holds the field in another codec.
    #[error("field `{field}` is stored as {stored} and read as {current}; put `#[state(json)]` back as it was")]
    OtherCodec {
        /// The field.
        field: &'static str,
        /// The codec in the record.
        stored: FieldCodec,
        /// The codec of the field in this program.
        current: FieldCodec,
    },
    /// The code that stores or reads the field's value panicked.
    #[error(
        "field `{field}` panicked while it was stored or read: {message}; mend its `Serialize`, `Deserialize` or `Default`"
    )]
    Panicked {
        /// The field.
        field: &'static str,
        /// What the panic said.
        message: String,
    },
    /// The bytes are those that were written, and yet no value of the field's type.
    #[error("field `{field}` cannot be read: {reason}; restore the type that it was stored with")]
    Unreadable {
        /// The field.
        field: &'static str,
        /// What the codec says.
        reason: String,
    },
}

fn remedy(codec: FieldCodec) -> &'static str {
    match codec {
        FieldCodec::Bincode => "mark it `#[state(json)]`, or change its type",
        _ => "change its type, or mark it `#[state(skip)]`",
    }
}

/// How the value of a field is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldCodec {
    /// By place: short and fast.
    Bincode,
    /// By name; `#[state(json)]`.
    Json,
    /// A codec that this version of the library does not know.
    Unknown(u8),
}

impl FieldCodec {
    pub(super) fn byte(self) -> u8 {
        match self {
            FieldCodec::Bincode => 0,
            FieldCodec::Json => 1,
            FieldCodec::Unknown(byte) => byte,
        }
    }

    fn from_byte(byte: u8) -> FieldCodec {
        match byte {
            0 => FieldCodec::Bincode,
            1 => FieldCodec::Json,
            byte => FieldCodec::Unknown(byte),
        }
    }
}

impl std::fmt::Display for FieldCodec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FieldCodec::Bincode => f.write_str("bincode"),
            FieldCodec::Json => f.write_str("JSON"),
            FieldCodec::Unknown(byte) => write!(f, "codec {byte}"),
        }
    }
}

/// Writes the stored fields of a state, one after the other.
pub struct FieldWriter<'a> {
    buffer: &'a mut Vec<u8>,
    start: usize,
    count: u16,
    schema: u64,
}

impl<'a> FieldWriter<'a> {
    pub(super) fn new(buffer: &'a mut Vec<u8>) -> FieldWriter<'a> {
        let start = buffer.len();
        buffer.extend_from_slice(&[0; 2]);
        FieldWriter { buffer, start, count: 0, schema: 0 }
    }

    /// Writes a field.
    ///
    /// # Errors
    ///
    /// [`FieldError::NotStorable`] if the bytes would not read back; the buffer then holds a part of the field.
    pub fn put<T: Serialize + DeserializeOwned>(
        &mut self,
        name: &'static str,
        probe: &'static FieldProbe,
        value: &T,
    ) -> Result<(), FieldError> {
        let probed = probe.probe::<T>(name, FieldCodec::Bincode)?;
        self.frame(name, FieldCodec::Bincode, &probed, |buffer, start| {
            codec::encode(value, buffer)?;
            probe.prove(|| proof(buffer.get(start..).unwrap_or_default(), codec::decode::<T>, codec::encode::<T>))
        })
    }

    /// Writes a field as JSON.
    ///
    /// # Errors
    ///
    /// As [`put`](FieldWriter::put).
    #[cfg(feature = "json")]
    pub fn put_json<T: Serialize + DeserializeOwned>(
        &mut self,
        name: &'static str,
        probe: &'static FieldProbe,
        value: &T,
    ) -> Result<(), FieldError> {
        use super::json;
        let probed = probe.probe::<T>(name, FieldCodec::Json)?;
        self.frame(name, FieldCodec::Json, &probed, |buffer, start| {
            json::encode(value, buffer)?;
            probe.prove(|| proof(buffer.get(start..).unwrap_or_default(), json::decode::<T>, json::encode::<T>))
        })
    }

    /// Closes the fields and returns the fingerprint of their schema, which their order does not change.
    pub(super) fn finish(self) -> u64 {
        if let Some(count) = self.buffer.get_mut(self.start..self.start + 2) {
            count.copy_from_slice(&self.count.to_le_bytes());
        }
        self.schema
    }

    fn frame(
        &mut self,
        name: &'static str,
        codec: FieldCodec,
        probed: &Probed,
        encode: impl FnOnce(&mut Vec<u8>, usize) -> Result<(), CodecError>,
    ) -> Result<(), FieldError> {
        let refuse = |reason: String| FieldError::NotStorable { field: name, codec, reason };
        let name_length = u16::try_from(name.len()).map_err(|_| refuse("its name is above 65535 bytes".to_owned()))?;
        self.count =
            self.count.checked_add(1).ok_or_else(|| refuse("the state has more than 65535 fields".to_owned()))?;
        self.schema = self.schema.wrapping_add(probed.tag);

        self.buffer.extend_from_slice(&name_length.to_le_bytes());
        self.buffer.extend_from_slice(name.as_bytes());
        self.buffer.push(codec.byte());
        self.buffer.extend_from_slice(&probed.fingerprint.to_le_bytes());
        self.buffer.extend_from_slice(&[0; 4]);
        let start = self.buffer.len();
        encode(self.buffer, start).map_err(|error| refuse(error.0))?;
        let length = u32::try_from(self.buffer.len() - start)
            .map_err(|_| refuse("its value takes more than 4 GiB".to_owned()))?;
        if let Some(place) = self.buffer.get_mut(start - 4..start) {
            place.copy_from_slice(&length.to_le_bytes());
        }
        Ok(())
    }
}

/// Reads the bytes back and writes the value again: what differs then would be lost when it is needed.
fn proof<T>(
    bytes: &[u8],
    decode: impl FnOnce(&[u8]) -> Result<T, CodecError>,
    encode: impl FnOnce(&T, &mut Vec<u8>) -> Result<(), CodecError>,
) -> Result<(), CodecError> {
    let mut again = Vec::with_capacity(bytes.len());
    let value = decode(bytes).map_err(|error| CodecError(format!("it does not read back ({error})")))?;
    encode(&value, &mut again)?;
    if reordered(bytes, &again) { Ok(()) } else { Err(CodecError("it reads back as another value".to_owned())) }
}

/// Whether two encodings hold the same bytes in any order: a hash map may come back in another one.
pub(super) fn reordered(one: &[u8], other: &[u8]) -> bool {
    let count = |bytes: &[u8]| {
        let mut counts = [0usize; 256];
        for byte in bytes {
            counts[usize::from(*byte)] += 1;
        }
        counts
    };
    one == other || (one.len() == other.len() && count(one) == count(other))
}

/// Reads the stored fields of a state, by name and best in the order in which they were written.
pub struct FieldReader<'a> {
    fields: &'a [u8],
    rest: &'a [u8],
}

impl<'a> FieldReader<'a> {
    /// Takes the bytes of all fields; `None` if their framing is not whole.
    pub(super) fn new(bytes: &'a [u8]) -> Option<FieldReader<'a>> {
        let (count, fields) = bytes.split_first_chunk()?;
        let mut rest = fields;
        for _ in 0..u16::from_le_bytes(*count) {
            StoredField::split(&mut rest)?;
        }
        rest.is_empty().then_some(FieldReader { fields, rest: fields })
    }

    /// Reads a field; `None` if the record does not hold it.
    ///
    /// # Errors
    ///
    /// Every [`FieldError`] but [`FieldError::NotStorable`].
    pub fn take<T: Serialize + DeserializeOwned>(
        &mut self,
        name: &'static str,
        probe: &'static FieldProbe,
    ) -> Result<Option<T>, FieldError> {
        let Some(stored) = self.find(name) else {
            return Ok(None);
        };
        let probed = probe.probe::<T>(name, FieldCodec::Bincode)?;
        stored.value(name, FieldCodec::Bincode, &probed, codec::decode).map(Some)
    }

    /// Reads a field that is stored as JSON.
    ///
    /// # Errors
    ///
    /// As [`take`](FieldReader::take).
    #[cfg(feature = "json")]
    pub fn take_json<T: Serialize + DeserializeOwned>(
        &mut self,
        name: &'static str,
        probe: &'static FieldProbe,
    ) -> Result<Option<T>, FieldError> {
        let Some(stored) = self.find(name) else {
            return Ok(None);
        };
        let probed = probe.probe::<T>(name, FieldCodec::Json)?;
        stored.value(name, FieldCodec::Json, &probed, super::json::decode).map(Some)
    }

    /// Looks behind the field that was read last, and then from the first one on.
    fn find(&mut self, name: &str) -> Option<StoredField<'a>> {
        if let Some(next) = StoredField::split(&mut self.rest)
            && next.name == name.as_bytes()
        {
            return Some(next);
        }
        self.rest = self.fields;
        while let Some(next) = StoredField::split(&mut self.rest) {
            if next.name == name.as_bytes() {
                return Some(next);
            }
        }
        None
    }
}

/// One field of a record.
struct StoredField<'a> {
    name: &'a [u8],
    codec: FieldCodec,
    fingerprint: u64,
    value: &'a [u8],
}

impl<'a> StoredField<'a> {
    /// Takes the first field off the bytes.
    fn split(bytes: &mut &'a [u8]) -> Option<StoredField<'a>> {
        let (length, rest) = bytes.split_first_chunk()?;
        let (name, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
        let (codec, rest) = rest.split_first()?;
        let (fingerprint, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (value, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        *bytes = rest;
        Some(StoredField {
            name,
            codec: FieldCodec::from_byte(*codec),
            fingerprint: u64::from_le_bytes(*fingerprint),
            value,
        })
    }

    fn value<T>(
        &self,
        field: &'static str,
        codec: FieldCodec,
        probed: &Probed,
        decode: impl FnOnce(&[u8]) -> Result<T, CodecError>,
    ) -> Result<T, FieldError> {
        if self.codec != codec {
            return Err(FieldError::OtherCodec { field, stored: self.codec, current: codec });
        }
        if self.fingerprint != probed.fingerprint {
            return Err(FieldError::Changed { field, stored: self.fingerprint, current: probed.fingerprint });
        }
        decode(self.value).map_err(|error| FieldError::Unreadable { field, reason: error.0 })
    }
}
