//! The macros of `graph-runtime`.
