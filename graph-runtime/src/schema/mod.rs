//! What stored threads hold of a graph, as a description that a test compares with a committed one: see
//! [`guide::evolution`](crate::guide::evolution).
//!
//! `graph!` emits `Agent::schema()`. With the feature `json`, a [`Schema`] is displayed as JSON, and [`check`] compares it
//! with a file.

#[cfg(feature = "json")]
mod check;
mod compare;
mod graph;
#[cfg(feature = "json")]
mod text;
mod types;

#[cfg(feature = "json")]
pub use check::{Mismatch, check};
pub use compare::{Change, Class};
pub use graph::{Field, Kind, Loop, Node, Schema};
pub use types::Type;
