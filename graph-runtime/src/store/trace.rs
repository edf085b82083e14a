//! The structure of a type, as serde sees it, as one number.
use serde::{Serialize, de::DeserializeOwned};

pub(super) fn fingerprint<T: Serialize + DeserializeOwned>() -> Result<u64, String> {
    Ok(0)
}

/// The first 64 bits of a hash.
pub(super) fn first_word(hash: &blake3::Hash) -> u64 {
    hash.as_bytes().iter().take(8).rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}
