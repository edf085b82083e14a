//! The path to the runtime: `::graph_runtime`, or what `crate = path` says where a user renamed it.

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
