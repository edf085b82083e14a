//! The structure of a type, as serde sees it, as one number.
//!
//! bincode stores values by place: it reads bytes of one struct as another of the same widths without an error. So each
//! field's record holds a fingerprint of its type's whole structure: primitives, lengths of tuples, names and order of
//! fields and variants, whatever they nest. Names of types and newtypes around a value do not count, as they change
//! neither bytes nor meaning.
//!
//! The structure comes from deserializing the type from a source that invents each value it is asked for and takes
//! notes. Each pass takes another arm wherever the type offers a choice, until all were taken.

mod part;
mod parts;
mod structure;
#[cfg(test)]
mod tests;
mod text;
mod tracer;

use super::codec;
use super::field::{FieldCodec, reads_back};
use serde::{Serialize, de::DeserializeOwned};
use structure::Structure;

/// Passes end by themselves; this many are enough for thousands of variants and few enough never to hang.
const PASSES: usize = 10_000;

/// The fingerprint of a type, equal in every process for an equal structure; an error says why bincode cannot store it.
///
/// A type that refuses all invented values gets the fingerprint of the part that could be seen.
pub(super) fn fingerprint<T: Serialize + DeserializeOwned>() -> Result<u64, String> {
    structure::<T>().map(|structure| first_word(&structure.hash()))
}

/// The fingerprint of a type, and its structure in words.
pub(crate) fn described<T: Serialize + DeserializeOwned>() -> Result<(u64, String), String> {
    structure::<T>().map(|structure| (first_word(&structure.hash()), structure.text()))
}

fn structure<T: Serialize + DeserializeOwned>() -> Result<Structure, String> {
    let mut structure = Structure::new();
    for _ in 0..PASSES {
        structure.begin_pass();
        let value = tracer::trace::<T>(&mut structure);
        if structure.asks_bytes {
            return Err(codec::NOT_SELF_DESCRIBING.to_owned());
        }
        if let Some(value) = value {
            read_back(&value)?;
        }
        if !structure.learnt() {
            break;
        }
    }
    Ok(structure)
}

/// Proves that an invented value reads back: unlike the values that a program happens to store first, the invented ones
/// cover every variant.
fn read_back<T: Serialize + DeserializeOwned>(value: &T) -> Result<(), String> {
    let mut bytes = Vec::new();
    codec::encode(value, &mut bytes).map_err(|error| error.0)?;
    let same = reads_back::<T>(FieldCodec::Bincode, value, &bytes).map_err(|error| error.0)?;
    if same { Ok(()) } else { Err("one of its variants reads back as another value".to_owned()) }
}

/// The first 64 bits of a hash.
pub(super) fn first_word(hash: &blake3::Hash) -> u64 {
    let bytes = hash.as_bytes().iter().take(8).rev();
    bytes.fold(0, |word, byte| (word << 8) | u64::from(*byte))
}
