//! `Self`, which means the state to its user and another type, or nothing, in the places that the derive puts it.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::DeriveInput;

/// The input with the name of the struct for `Self`, wherever it stands; `None` if it stands nowhere.
pub(super) fn named(input: &DeriveInput) -> Option<DeriveInput> {
    let mut found = false;
    let tokens = replace(input.to_token_stream(), &input.ident, &mut found);
    if found { syn::parse2(tokens).ok() } else { None }
}

fn replace(tokens: TokenStream, name: &Ident, found: &mut bool) -> TokenStream {
    let replaced = tokens.into_iter().map(|token| match token {
        TokenTree::Ident(ident) if ident == "Self" => {
            *found = true;
            let mut name = name.clone();
            name.set_span(ident.span());
            name.into()
        }
        TokenTree::Group(group) => {
            let mut replaced = Group::new(group.delimiter(), replace(group.stream(), name, found));
            replaced.set_span(group.span());
            replaced.into()
        }
        other => other,
    });
    replaced.collect()
}
