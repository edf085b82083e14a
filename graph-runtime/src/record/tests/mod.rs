//! Bytes out and bytes in, honest and hostile.

mod checkpoint;
mod codec;
mod damage;
mod field;
#[cfg(feature = "json")]
mod json;
mod leap;
#[cfg(feature = "json")]
mod patch;
mod pieces;
mod state;

/// Bytes as the committed ones are written.
fn hex(bytes: &[u8]) -> String {
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).expect("a digit"));
    bytes.iter().flat_map(digits).collect()
}
