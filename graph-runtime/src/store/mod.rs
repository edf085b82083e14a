//! Bytes: codec, field framing, records, and the savers.

mod budget;
mod codec;
mod deserializer;
pub(crate) mod field;
mod frame;
#[cfg(feature = "json")]
mod json;
pub(crate) mod memory;
pub(crate) mod probe;
pub(crate) mod record;
mod serializer;
#[cfg(test)]
mod tests;
mod trace;
