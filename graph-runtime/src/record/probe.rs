//! What is learnt about a field's type once per process.

use super::codec::CodecError;
use super::field::{FieldCodec, FieldError};
use super::trace;
use serde::{Serialize, de::DeserializeOwned};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

/// One static per stored field, in the derived code: what is learnt about its type once per process.
pub struct FieldProbe {
    /// The name of the traced type and what came of it. A static in a generic function serves several types; the first
    /// one fills it and the others trace anew.
    traced: OnceLock<(&'static str, Result<Probed, String>)>,
    /// The kinds of values that were proven, a bit for each.
    proven: AtomicU8,
    /// What stands for the fingerprint where the bytes name what they hold.
    named: u64,
    /// What kind of container the type is, if what changes in it may be stored piece by piece: the pieces of another kind are
    /// other changes.
    pub(crate) shape: &'static str,
}

impl FieldProbe {
    /// A probe that has learnt nothing yet.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "only statics hold one")]
    pub const fn new() -> FieldProbe {
        FieldProbe { traced: OnceLock::new(), proven: AtomicU8::new(0), named: 0, shape: "" }
    }

    /// A probe for the writes to a reduced field, which nobody may read as a value, or a value as writes: some types
    /// take any JSON.
    #[must_use]
    pub const fn of_writes() -> FieldProbe {
        let mut probe = FieldProbe::new();
        probe.named = 1;
        probe
    }

    /// The fingerprint of a field's type; an error if the codec could not read the type back.
    pub(super) fn probe<T: Serialize + DeserializeOwned>(
        &self,
        field: &'static str,
        codec: FieldCodec,
    ) -> Result<Probed, FieldError> {
        let name = std::any::type_name::<T>();
        let (traced, probed) = self.traced.get_or_init(|| (name, self.trace::<T>(field, codec)));
        let probed = if *traced == name { probed.clone() } else { self.trace::<T>(field, codec) };
        probed.map_err(|reason| FieldError::NotStorable { field, codec, reason })
    }

    fn trace<T: Serialize + DeserializeOwned>(&self, field: &str, codec: FieldCodec) -> Result<Probed, String> {
        let fingerprint = match codec {
            FieldCodec::Bincode => trace::fingerprint::<T>()?,
            // The bytes themselves name what they hold.
            _ => self.named,
        };
        let mut tag = blake3::Hasher::new();
        tag.update(&fingerprint.to_le_bytes());
        tag.update(&[codec.byte()]);
        tag.update(field.as_bytes());
        Ok(Probed { fingerprint, edits: shaped(fingerprint, self.shape), tag: trace::first_word(&tag.finalize()) })
    }

    /// Runs the proof that a field's bytes read back: before the first bytes of each of these kinds are stored, and
    /// always in debug builds.
    pub(super) fn prove(&self, kinds: u8, proof: impl FnOnce() -> Result<(), CodecError>) -> Result<(), CodecError> {
        if cfg!(debug_assertions) || self.proven.load(Ordering::Relaxed) & kinds != kinds {
            proof()?;
            self.proven.fetch_or(kinds, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// The fingerprint of what changes in a container of this kind.
fn shaped(fingerprint: u64, shape: &str) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&fingerprint.to_le_bytes());
    hasher.update(shape.as_bytes());
    trace::first_word(&hasher.finalize())
}

/// What a record says of a field beside its value.
#[derive(Clone, Debug)]
pub(super) struct Probed {
    /// The structure of the type.
    pub(super) fingerprint: u64,
    /// The structure of what changes in a value, where that is stored piece by piece.
    pub(super) edits: u64,
    /// The part of the field in the fingerprint of the schema.
    pub(super) tag: u64,
}
