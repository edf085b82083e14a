//! What the fuzz targets of `fuzz/` need of the inside. No part of the public API: it changes without notice, and is there
//! with the feature `fuzzing` only.
//!
//! Each function takes any bytes, and panics if a property does not hold.

use crate::record::fuzzing as record;

/// Records and entries: bytes as they are, and with the checksum that they would need.
pub fn frame(bytes: &[u8]) {
    record::frame(bytes);
}

/// Values of many shapes, in all codecs.
pub fn codec(bytes: &[u8]) {
    record::codec(bytes);
}

/// What the embedded stores hold: keys, heads, and entries with their names.
#[cfg(any(feature = "redb", feature = "sled"))]
pub fn keys(bytes: &[u8]) {
    crate::saver::fuzz_keys(bytes);
}

/// An export whose bytes were changed, with checksums, hashes and counts that fit them: a file that somebody has forged.
#[must_use]
pub fn repaired(file: &[u8]) -> Vec<u8> {
    crate::record::archive::repaired(file)
}
