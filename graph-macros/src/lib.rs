//! The macros of `graph-runtime`.

mod errors;
mod graph;
mod krate;
mod spelling;
mod state;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct the state of a graph.
#[proc_macro_derive(GraphState, attributes(state, reduce))]
pub fn derive_graph_state(input: TokenStream) -> TokenStream {
    state::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Describes a graph; see the documentation of `graph_runtime`.
#[proc_macro]
pub fn graph(input: TokenStream) -> TokenStream {
    graph::expand(input.into()).into()
}
