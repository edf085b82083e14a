//! Fields on their way out.

use super::proof::proof;
use super::{FieldCodec, FieldError, stored};
use crate::record::codec::CodecError;
use crate::record::probe::{FieldProbe, Probed};
use serde::{Serialize, de::DeserializeOwned};

/// Writes the stored fields of a state, or of a patch, one after the other.
pub struct FieldWriter<'a> {
    buffer: &'a mut Vec<u8>,
    schema: u64,
}

impl<'a> FieldWriter<'a> {
    pub(in crate::record) fn new(buffer: &'a mut Vec<u8>) -> FieldWriter<'a> {
        FieldWriter { buffer, schema: 0 }
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
        self.put_in(name, FieldCodec::Bincode, probe, 1, value)
    }

    /// Writes a field with a codec. Its values may be of several kinds, with a bit for each that this one is of: each is proven.
    ///
    /// # Errors
    ///
    /// As [`put`](FieldWriter::put).
    pub(crate) fn put_in<T: Serialize + DeserializeOwned>(
        &mut self,
        name: &'static str,
        codec: FieldCodec,
        probe: &'static FieldProbe,
        kinds: u8,
        value: &T,
    ) -> Result<(), FieldError> {
        let probed = probe.probe::<T>(name, codec)?;
        self.frame(name, &Head::of(codec, &probed), |buffer, start| {
            codec.encode(value, buffer)?;
            let bytes = buffer.get(start..).unwrap_or_default();
            probe.prove(kinds, || proof::<T>(codec, value, bytes))
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
        self.put_in(name, FieldCodec::Json, probe, 1, value)
    }

    /// Writes what has changed in a container in the place of its value.
    ///
    /// # Errors
    ///
    /// [`FieldError::NotStorable`] if the codec could not read the type back.
    pub(crate) fn put_edits<T: Serialize + DeserializeOwned>(
        &mut self,
        name: &'static str,
        codec: FieldCodec,
        probe: &'static FieldProbe,
        edits: &[u8],
    ) -> Result<(), FieldError> {
        let Probed { edits: fingerprint, tag, .. } = probe.probe::<T>(name, codec)?;
        let head = Head { codec, byte: codec.edits_byte(), fingerprint, tag };
        self.frame(name, &head, |buffer, _| {
            buffer.extend_from_slice(edits);
            Ok(())
        })
    }

    /// The fingerprint of the schema of the fields up to now, which their order does not change.
    pub(in crate::record) fn schema(&self) -> u64 {
        self.schema
    }

    fn frame(
        &mut self,
        name: &'static str,
        head: &Head,
        encode: impl FnOnce(&mut Vec<u8>, usize) -> Result<(), CodecError>,
    ) -> Result<(), FieldError> {
        let refuse = |reason: String| FieldError::NotStorable { field: name, codec: head.codec, reason };
        self.schema = self.schema.wrapping_add(head.tag);
        let valued = stored::put(self.buffer, name.as_bytes(), (head.byte, head.fingerprint), |buffer| {
            let start = buffer.len();
            encode(buffer, start)
        });
        valued.map_err(|CodecError(reason)| refuse(reason))
    }
}

/// What the frame of a field says of it, beside its name.
struct Head {
    codec: FieldCodec,
    byte: u8,
    fingerprint: u64,
    tag: u64,
}

impl Head {
    /// That of a value.
    fn of(codec: FieldCodec, probed: &Probed) -> Head {
        Head { codec, byte: codec.byte(), fingerprint: probed.fingerprint, tag: probed.tag }
    }
}
