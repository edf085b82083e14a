//! `#[deadline("24h", or = path)]`: how long a pause waits, and what it takes for a reply then.

use super::{Deadline, duration, value};
use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Attribute, Ident, Token};

const EXAMPLE: &str = "#[deadline(\"24h\", or = path)]";

/// Reads the duration and the function.
pub(super) fn read(attribute: &Attribute) -> syn::Result<Deadline> {
    value::inside(attribute, EXAMPLE)?;
    attribute.parse_args_with(|input: ParseStream<'_>| {
        let deadline = deadline(input, attribute);
        // syn would report what is left over instead.
        drop(input.parse::<TokenStream>());
        deadline
    })
}

fn deadline(input: ParseStream<'_>, attribute: &Attribute) -> syn::Result<Deadline> {
    let value = value::until_comma(input);
    let duration = duration::read(value.clone(), "`#[deadline]`", EXAMPLE)?;
    if duration.is_zero() {
        let message = "a deadline of nothing is over before anybody replies; give it more";
        return Err(syn::Error::new_spanned(value, message));
    }
    let comma = input.parse::<Option<Token![,]>>()?;
    if comma.is_none() || input.is_empty() {
        let message = format!("`#[deadline]` does not say what is taken for the reply then; write `{EXAMPLE}`");
        return Err(syn::Error::new_spanned(attribute.path(), message));
    }
    let first = input.cursor().token_stream().into_iter().next();
    let word = input.call(Ident::parse_any).ok();
    if word.is_none_or(|word| word != "or") || input.parse::<Option<Token![=]>>()?.is_none() {
        let message = format!("`#[deadline]` takes a duration and `or`; write `{EXAMPLE}`");
        return Err(syn::Error::new_spanned(first, message));
    }
    let path = input.parse::<TokenStream>()?;
    if path.is_empty() {
        let message = format!("`or` names no function; write `{EXAMPLE}`");
        return Err(syn::Error::new_spanned(first, message));
    }
    Ok(Deadline { duration, or: value::path(path, "`or`", "fn(&State) -> Reply")? })
}
