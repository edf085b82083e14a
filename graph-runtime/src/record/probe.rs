//! What is learnt about a field's type once per process.

use super::codec::CodecError;
use super::field::{FieldCodec, FieldError};
use super::trace;
use serde::{Serialize, de::DeserializeOwned};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// One static per stored field, in the derived code: what is learnt about its type once per process.
pub struct FieldProbe {
    /// The name of the traced type and what came of it. A static in a generic function serves several types; the first
    /// one fills it and the others trace anew.
    traced: OnceLock<(&'static str, Result<Probed, String>)>,
    proven: AtomicBool,
}

impl FieldProbe {
    /// A probe that has learnt nothing yet.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "only statics hold one")]
    pub const fn new() -> FieldProbe {
        FieldProbe { traced: OnceLock::new(), proven: AtomicBool::new(false) }
    }

    /// The fingerprint of a field's type; an error if the codec could not read the type back.
    pub(super) fn probe<T: Serialize + DeserializeOwned>(
        &self,
        field: &'static str,
        codec: FieldCodec,
    ) -> Result<Probed, FieldError> {
        let name = std::any::type_name::<T>();
        let (traced, probed) = self.traced.get_or_init(|| (name, Probed::trace::<T>(field, codec)));
        let probed = if *traced == name { probed.clone() } else { Probed::trace::<T>(field, codec) };
        probed.map_err(|reason| FieldError::NotStorable { field, codec, reason })
    }

    /// Runs the proof that a field's bytes read back: before its first bytes are stored, and always in debug builds.
    pub(super) fn prove(&self, proof: impl FnOnce() -> Result<(), CodecError>) -> Result<(), CodecError> {
        if cfg!(debug_assertions) || !self.proven.load(Ordering::Relaxed) {
            proof()?;
            self.proven.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// What a record says of a field beside its value.
#[derive(Clone, Debug)]
pub(super) struct Probed {
    /// The structure of the type.
    pub(super) fingerprint: u64,
    /// The part of the field in the fingerprint of the schema.
    pub(super) tag: u64,
}

impl Probed {
    fn trace<T: Serialize + DeserializeOwned>(field: &str, codec: FieldCodec) -> Result<Probed, String> {
        let fingerprint = match codec {
            FieldCodec::Bincode => trace::fingerprint::<T>()?,
            // The bytes themselves name what they hold.
            _ => 0,
        };
        let mut tag = blake3::Hasher::new();
        tag.update(&fingerprint.to_le_bytes());
        tag.update(&[codec.byte()]);
        tag.update(field.as_bytes());
        Ok(Probed { fingerprint, tag: trace::first_word(&tag.finalize()) })
    }
}
