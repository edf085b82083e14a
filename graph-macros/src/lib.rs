//! The macros of `graph-runtime`.

#![allow(dead_code, reason = "the entry points follow")]

mod errors;
mod graph;
mod krate;
mod spelling;

/// Describes a graph; see the documentation of `graph_runtime`.
#[proc_macro]
pub fn graph(tokens: proc_macro::TokenStream) -> proc_macro::TokenStream {
    graph::expand(tokens.into()).into()
}
