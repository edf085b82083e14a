//! The syntax of `#[state(…)]` and `#[reduce(…)]`: a list of options, each a word that may bring a value.

use crate::errors::Errors;
use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Attribute, Ident, Meta, Token};

/// Hands each option to `take`, which parses what follows its word. An option that does not parse is skipped, so that
/// the mistakes in the others are reported too.
pub(super) fn options(
    attribute: &Attribute,
    errors: &mut Errors,
    mut take: impl FnMut(&Ident, ParseStream<'_>, &mut Errors) -> syn::Result<()>,
) {
    let Meta::List(meta) = &attribute.meta else {
        let name = attribute.path().segments.last().map_or_else(String::new, |last| last.ident.to_string());
        errors.error(attribute, format_args!("`#[{name}]` says nothing; write `#[{name}(…)]`"));
        return;
    };
    let parser = |input: ParseStream<'_>| {
        list(input, errors, &mut take);
        Ok(())
    };
    if let Err(error) = meta.parse_args_with(parser) {
        errors.push(error);
    }
}

/// The options between parentheses. All tokens are taken, or syn would complain about those that are left.
pub(super) fn list(
    input: ParseStream<'_>,
    errors: &mut Errors,
    take: &mut impl FnMut(&Ident, ParseStream<'_>, &mut Errors) -> syn::Result<()>,
) {
    while !input.is_empty() {
        if let Err(error) = option(input, errors, take) {
            errors.push(error);
            expression(input);
        }
        // An option and an expression both end at a comma or at the end.
        let _comma = input.parse::<Option<Token![,]>>();
    }
}

/// One option: its word, then what `take` makes of the rest up to the comma.
fn option(
    input: ParseStream<'_>,
    errors: &mut Errors,
    take: &mut impl FnMut(&Ident, ParseStream<'_>, &mut Errors) -> syn::Result<()>,
) -> syn::Result<()> {
    let word = input.call(Ident::parse_any).map_err(|error| {
        syn::Error::new(error.span(), "an option begins with a plain word, such as `append` or `skip`")
    })?;
    take(&word, input, errors)?;
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(());
    }
    Err(input.error(format_args!("unexpected token after `{word}`; options are separated by commas")))
}

/// The tokens of an expression: all up to a comma, except one between the angle brackets of a path.
///
/// rustc parses them and reports on them better than we would; parsing them here would also need the whole of syn.
pub(super) fn expression(input: ParseStream<'_>) -> TokenStream {
    let mut tokens = TokenStream::new();
    let mut angles = 0_usize;
    let mut path = true;
    let mut arrow = false;
    while !input.is_empty() && (angles > 0 || !input.peek(Token![,])) {
        let opens = input.peek(Token![<]) && (path || angles > 0);
        let closes = input.peek(Token![>]) && !arrow;
        path = input.peek(Token![::]) || (path && input.peek(Token![:]));
        arrow = input.peek(Token![-]);
        if opens {
            angles += 1;
        } else if closes {
            angles = angles.saturating_sub(1);
        }
        match input.parse::<TokenTree>() {
            Ok(token) => tokens.extend([token]),
            Err(_) => break,
        }
    }
    tokens
}
