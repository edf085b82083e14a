//! The expansion is silent in a crate that denies what lints there are.

#![deny(missing_docs, missing_debug_implementations, unreachable_pub, unused, rust_2018_idioms, nonstandard_style)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
