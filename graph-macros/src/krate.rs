//! The path to the runtime: `::graph_runtime`, or what `crate = path` says where a user renamed it.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::Path;
use syn::parse::ParseStream;

/// The path that holds when the user names none.
pub(crate) fn default() -> Path {
    syn::parse_quote!(::graph_runtime)
}

/// Parses the rest of `crate = path`, after the keyword.
pub(crate) fn parse(input: ParseStream<'_>) -> syn::Result<Path> {
    input.parse::<syn::Token![=]>()?;
    Path::parse_mod_style(input)
}

/// The path at the place of the user's tokens, so that an error in what it begins is reported there.
///
/// `quote_spanned!` leaves the spans of what it interpolates alone.
pub(crate) fn at(path: &Path, span: Span) -> TokenStream {
    let respanned = path.to_token_stream().into_iter().map(|mut token| {
        token.set_span(span);
        token
    });
    respanned.collect()
}
