//! Graph states of a strict user: every lint denied, the library under another name and behind a module of theirs.

#![deny(missing_docs, missing_debug_implementations, unreachable_pub, unused, rust_2018_idioms, nonstandard_style)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]

/// Where the library is.
pub mod prelude {
    pub use durable as graphs;
}

pub mod graphs;
pub mod pauses;
pub mod shadowed;
pub mod shapes;
pub mod visible;
