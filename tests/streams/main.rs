//! Streams: a run tells what happens in it, in the order in which it happens, and to everyone who asks.

#![expect(clippy::trivially_copy_pass_by_ref, reason = "nodes get their items by reference")]

mod dropped;
mod emitted;
mod graphs;
mod mirror;
mod order;
mod pauses;
mod silent;
mod subscribers;
