//! Single values as bytes: what is stored that is no field of a state.

use super::codec;
use super::field::{FieldCodec, proof};
use super::trace;
use serde::{Serialize, de::DeserializeOwned};
use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

/// What came of tracing a type.
type Traced = Result<u64, String>;

/// By the type's id: a static in a generic function would serve all types.
static TRACED: LazyLock<Mutex<HashMap<TypeId, Traced>>> = LazyLock::new(Mutex::default);

/// The fingerprint of a type, traced once per process; an error says why its values could not be read back.
pub(crate) fn fingerprint<T: Serialize + DeserializeOwned + 'static>() -> Result<u64, String> {
    // A map of finished traces is consistent between any two of its operations. It is not held while a type is traced:
    // that runs the type's own code.
    let traced = || TRACED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = traced().get(&TypeId::of::<T>()) {
        return known.clone();
    }
    let found = trace::fingerprint::<T>();
    traced().insert(TypeId::of::<T>(), found.clone());
    found
}

/// The bytes of a value, proven to read back.
pub(crate) fn store<T: Serialize + DeserializeOwned>(value: &T) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    codec::encode(value, &mut bytes).map_err(|error| error.0)?;
    proof::<T>(FieldCodec::Bincode, value, &bytes).map_err(|error| error.0)?;
    Ok(bytes)
}

/// The value that takes exactly these bytes.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    codec::decode(bytes).map_err(|error| error.0)
}

/// A hash of a value's bytes: BLAKE3, truncated to 128 bits.
pub(crate) fn digest<T: Serialize + ?Sized>(value: &T) -> Result<[u8; 16], String> {
    let mut bytes = Vec::new();
    codec::encode(value, &mut bytes).map_err(|error| error.0)?;
    let mut digest = [0; 16];
    digest.copy_from_slice(&blake3::hash(&bytes).as_bytes()[..16]);
    Ok(digest)
}
