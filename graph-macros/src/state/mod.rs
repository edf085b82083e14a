//! `#[derive(GraphState)]`.

mod argument;
mod collide;
mod column;
mod expand;
mod itself;
mod migration;
mod model;
mod options;
mod parse;
mod patch;
mod reduction;
mod refused;
mod setters;
mod shape;
#[cfg(test)]
mod tests;

use crate::errors::Errors;
use proc_macro2::TokenStream;
use syn::DeriveInput;

/// Expands what can be expanded and then reports every mistake, so that a mistake in one field does not make the whole
/// state unknown to the code that uses it.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let named = itself::named(input);
    let input = named.as_ref().unwrap_or(input);
    let mut errors = Errors::new();
    let mut state = model::state(input, &mut errors);
    collide::check(&mut state, &mut errors);
    let mut tokens = expand::expand(&state);
    tokens.extend(errors.finish());
    tokens
}
