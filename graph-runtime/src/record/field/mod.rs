//! Fields as bytes: each is framed by its name, the fingerprint of its type, and its codec.
//!
//! ```text
//! fields = any number of: name length, name, codec u8, fingerprint u64, value length, value
//! ```
//!
//! Lengths have a [variable width](super::number). In a record of changes, what has changed in a container may stand in the place of its value: then the codec says so.

mod edits;
mod error;
mod name;
mod proof;
mod reader;
mod span;
mod stored;
mod writer;

pub(crate) use edits::{Changes, Edit, EditKind, EditWriter};
pub use error::{FieldCodec, FieldError};
pub use name::FieldName;
#[cfg(test)]
pub(super) use proof::reordered;
pub(super) use proof::{proof, reads_back};
pub use reader::FieldReader;
pub(crate) use span::Span;
pub use writer::FieldWriter;
