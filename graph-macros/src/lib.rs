//! The macros of `graph-runtime`.

#![allow(dead_code, reason = "the entry points follow")]

mod errors;
mod krate;
mod spelling;
