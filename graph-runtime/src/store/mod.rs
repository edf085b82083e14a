//! Bytes: codec, field framing, records, and the savers.

pub(crate) mod field;
pub(crate) mod record;
