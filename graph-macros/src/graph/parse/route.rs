//! `match` and its arms.

use super::chain::chain;
use super::{here, path, skip_past_comma, unexpected};
use crate::errors::Errors;
use crate::graph::ast::{Arm, Chain, Route, Stage, Tail};
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::token::{Brace, Paren};
use syn::{Token, braced};

/// `Path? "{" (Pattern "=>" chain ","?)* "}"`, after the `match`.
pub(super) fn route(input: ParseStream<'_>, errors: &mut Errors, keyword: Token![match]) -> syn::Result<Route> {
    let path = if input.peek(Brace) {
        None
    } else {
        Some(path(input, "expected the path of a route, or `{` after a node that returns a `Command`")?)
    };
    if input.peek(Paren) {
        errors.push(here(input, "a route is named, not called; take the parentheses away"));
        drop(input.parse::<TokenTree>());
    }
    if !input.peek(Brace) {
        return Err(unexpected(input, "`{` and the arms of the `match`"));
    }
    let content;
    braced!(content in input);
    let mut arms = Vec::new();
    while !content.is_empty() {
        arms.push(arm(&content, errors));
    }
    Ok(Route { keyword, path, arms })
}

/// `Pattern => chain` with its comma.
fn arm(input: ParseStream<'_>, errors: &mut Errors) -> Arm {
    let pattern = pattern(input);
    let complete = is_complete(&pattern);
    if !input.peek(Token![=>]) && !input.peek(Token![->]) {
        errors.error(&pattern, "expected `=>` and what comes next after this pattern");
        skip_past_comma(input);
        return Arm { pattern, complete: false, chain: Chain::default() };
    }
    if pattern.is_empty() {
        errors.push(here(input, "expected a pattern before this arrow"));
    } else if !complete {
        errors.error(&pattern, "this pattern is not finished");
    }
    let arrow = if input.peek(Token![=>]) {
        input.parse::<Token![=>]>().map(ToTokens::into_token_stream)
    } else {
        errors.push(unexpected(input, "`=>` after this pattern"));
        input.parse::<Token![->]>().map(ToTokens::into_token_stream)
    };
    if input.is_empty() || input.peek(Token![,]) {
        errors.error(arrow.ok(), "nothing follows this `=>`; name a node or `end`");
        skip_past_comma(input);
        return Arm { pattern, complete, chain: Chain::default() };
    }
    let read = chain(input, errors, Vec::new());
    // As in Rust, an arm that ends in a block needs no comma.
    let ends_in_block = matches!(read.chain.tail, Some(Tail::Route(_)))
        || (read.chain.tail.is_none() && matches!(read.chain.stages.last(), Some(Stage::Each(_))));
    if !read.broken && !ends_in_block && !input.is_empty() && !input.peek(Token![,]) {
        errors.push(unexpected(input, "`->` or `,`"));
        skip_past_comma(input);
        // The next arm is lost, so the patterns prove nothing any more.
        return Arm { pattern, complete: false, chain: read.chain };
    }
    if read.broken || !ends_in_block || input.peek(Token![,]) {
        skip_past_comma(input);
    }
    Arm { pattern, complete, chain: read.chain }
}

/// Whether rustc can read the pattern: its errors in the middle of an expansion would discard all of it.
fn is_complete(pattern: &TokenStream) -> bool {
    match pattern.clone().into_iter().last() {
        Some(TokenTree::Punct(last)) => matches!(last.as_char(), '.' | '>'),
        last => last.is_some(),
    }
}

/// The tokens up to `=>`, whatever they are: rustc knows patterns better, and editors complete unfinished ones.
fn pattern(input: ParseStream<'_>) -> TokenStream {
    let mut pattern = TokenStream::new();
    // Commas between `<` and `>` belong to generic arguments.
    let mut depth = 0_usize;
    while !input.is_empty()
        && !input.peek(Token![=>])
        && !input.peek(Token![->])
        && (depth > 0 || !input.peek(Token![,]))
    {
        if input.peek(Token![<]) {
            depth += 1;
        } else if input.peek(Token![>]) {
            depth = depth.saturating_sub(1);
        }
        let Ok(token) = input.parse::<TokenTree>() else { break };
        pattern.extend([token]);
    }
    pattern
}
