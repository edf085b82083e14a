//! Bytes out and bytes in, honest and hostile.

mod codec;
mod damage;
mod field;
mod record;
mod state;
