//! Records: what a checkpoint is as bytes. Knows fields and frames; knows no thread, no graph and no store.

pub(crate) mod archive;
mod budget;
pub(crate) mod bytes;
pub(crate) mod carried;
pub(crate) mod checkpoint;
mod codec;
mod container;
pub(crate) mod delta;
mod deserializer;
mod elements;
pub(crate) mod entry;
pub(crate) mod field;
mod frame;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
#[cfg(feature = "json")]
mod json;
mod label;
pub(crate) mod leap;
mod meta;
mod number;
pub(crate) mod piece;
pub(crate) mod position;
pub(crate) mod probe;
mod serializer;
pub(crate) mod series;
#[cfg(test)]
mod tests;
pub(crate) mod trace;
pub(crate) mod value;

pub use archive::ImportError;
pub use checkpoint::Source;
pub use field::{FieldCodec, FieldError};
