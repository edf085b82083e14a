//! The values in attributes. `what` names the attribute or option in a message, and `example` is a right one.

use crate::spelling;
use proc_macro2::{TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Ident, Lit, LitInt, Meta, Path, Token};

/// What stands between the parentheses of an attribute that needs something there.
pub(super) fn inside(attribute: &Attribute, example: &str) -> syn::Result<TokenStream> {
    let name = name(attribute);
    match &attribute.meta {
        Meta::List(list) if !list.tokens.is_empty() => Ok(list.tokens.clone()),
        Meta::NameValue(_) => {
            let message = format!("the value of `#[{name}]` stands in parentheses; write `{example}`");
            Err(syn::Error::new_spanned(&attribute.meta, message))
        }
        _ => {
            Err(syn::Error::new_spanned(&attribute.meta, format!("`#[{name}]` says nothing alone; write `{example}`")))
        }
    }
}

/// The tokens before the next comma, or all.
pub(super) fn until_comma(input: ParseStream<'_>) -> TokenStream {
    let mut tokens = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        let Ok(token) = input.parse::<TokenTree>() else { break };
        tokens.extend([token]);
    }
    tokens
}

/// Requires that an attribute is its name and nothing else.
pub(super) fn nothing(attribute: &Attribute) -> syn::Result<()> {
    let name = name(attribute);
    match &attribute.meta {
        Meta::Path(_) => Ok(()),
        more => Err(syn::Error::new_spanned(more, format!("`#[{name}]` takes no value; write `#[{name}]`"))),
    }
}

fn name(attribute: &Attribute) -> String {
    attribute.path().get_ident().map_or_else(String::new, ToString::to_string)
}

/// Requires this one word.
pub(super) fn word(value: TokenStream, right: &str, what: &str, example: &str) -> syn::Result<()> {
    let found = syn::parse2::<Ident>(value.clone()).map_or_else(|_| String::new(), |word| word.to_string());
    if found == right {
        return Ok(());
    }
    let remedy = spelling::closest(&found, [right])
        .map_or_else(|| format!("write `{example}`"), |near| format!("did you mean `{near}`?"));
    Err(syn::Error::new_spanned(value, format!("{what} does not know this; {remedy}")))
}

/// `8`
pub(super) fn whole(value: TokenStream, what: &str, example: &str) -> syn::Result<u32> {
    let literal = syn::parse2::<LitInt>(value.clone()).ok().filter(|literal| literal.suffix().is_empty());
    let Some(literal) = literal else {
        return Err(syn::Error::new_spanned(value, format!("{what} takes a whole number; write `{example}`")));
    };
    literal.base10_parse().map_err(|_| {
        let message = format!("{what} takes a number from 1 to {}; write `{example}`", u32::MAX);
        syn::Error::new_spanned(value, message)
    })
}

/// `2`, `1.5`
pub(super) fn decimal(value: TokenStream, what: &str, example: &str) -> syn::Result<f64> {
    let number = match syn::parse2::<Lit>(value.clone()) {
        Ok(Lit::Int(literal)) if literal.suffix().is_empty() => literal.base10_parse().ok(),
        Ok(Lit::Float(literal)) if literal.suffix().is_empty() => literal.base10_parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| syn::Error::new_spanned(value, format!("{what} takes a number; write `{example}`")))
}

/// `true`, `false`
pub(super) fn flag(value: TokenStream, what: &str) -> syn::Result<bool> {
    match syn::parse2::<Lit>(value.clone()) {
        Ok(Lit::Bool(literal)) => Ok(literal.value),
        _ => Err(syn::Error::new_spanned(value, format!("{what} takes `true` or `false`; alone it is `true`"))),
    }
}

/// The path of a function.
pub(super) fn path(value: TokenStream, what: &str, signature: &str) -> syn::Result<Path> {
    Path::parse_mod_style.parse2(value.clone()).map_err(|_| {
        let message = format!("{what} takes the path of a function; write an `{signature}` and name it");
        syn::Error::new_spanned(value, message)
    })
}
