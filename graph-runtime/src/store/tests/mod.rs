//! Bytes out and bytes in, honest and hostile.

mod codec;
mod damage;
mod field;
mod memory;
mod record;
mod state;
