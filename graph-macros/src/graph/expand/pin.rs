//! Spans of generated code: rustc must point at the user's tokens, and editors must not mistake them for names.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};

/// The last segments of the generated paths that end an expression; rustc takes the end of its span from them.
const ENDS: [&str; 4] = ["impl", "call", "settle", "answer"];

/// Reports errors in `tokens` at `span` without lending the span to the names in it.
///
/// Editors resolve every name that carries the span of the user's token, so a path that carried it would be offered as
/// the definition of the user's node. Punctuation and delimiters have no definition, and they are enough for rustc.
pub(super) fn pin(tokens: TokenStream, span: Span) -> TokenStream {
    let mut lifetime = false;
    let pinned = tokens.into_iter().map(|mut token| {
        let names_lifetime = std::mem::take(&mut lifetime);
        match &mut token {
            TokenTree::Punct(punct) => {
                lifetime = punct.as_char() == '\'';
                punct.set_span(span);
            }
            TokenTree::Ident(ident) => {
                if names_lifetime || ENDS.iter().any(|end| *ident == *end) {
                    ident.set_span(span);
                }
            }
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), pin(group.stream(), span));
                inner.set_span(span);
                *group = inner;
            }
            TokenTree::Literal(_) => {}
        }
        token
    });
    pinned.collect()
}

/// `function(arguments)`, with the parentheses at `span`; the arguments keep their own spans.
pub(super) fn call(function: TokenStream, arguments: TokenStream, span: Span) -> TokenStream {
    let mut parentheses = Group::new(Delimiter::Parenthesis, arguments);
    parentheses.set_span(span);
    function.into_iter().chain([TokenTree::Group(parentheses)]).collect()
}

/// `{ value }` at `span`: an expression is where its braces are, whatever is inside.
pub(super) fn block(value: TokenStream, span: Span) -> TokenStream {
    let mut braces = Group::new(Delimiter::Brace, value);
    braces.set_span(span);
    TokenTree::Group(braces).into()
}
