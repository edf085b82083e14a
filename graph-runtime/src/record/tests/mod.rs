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
