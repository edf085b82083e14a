//! Tokens to syntax tree. Never gives up: what cannot be read is reported and skipped, so that editors and the later
//! checks see the rest.

mod chain;
mod declaration;
mod header;
mod route;

use super::ast::{Ast, Chain, Statement};
use crate::errors::Errors;
use crate::spelling;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::fmt::Display;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Ident, Path, Token};

const KEYWORDS: [&str; 3] = ["node", "pause", "subgraph"];

/// Reads one `graph! { … }`.
pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Ast {
    let mut ast = Ast::default();
    let parsed = (|input: ParseStream<'_>| {
        let found = read(input, errors);
        // Left-over tokens would make syn discard everything that was read.
        drain(input);
        Ok(found)
    })
    .parse2(tokens);
    match parsed {
        Ok(found) => ast = found,
        Err(error) => errors.push(error),
    }
    ast
}

fn read(input: ParseStream<'_>, errors: &mut Errors) -> Ast {
    let mut ast = Ast { header: header::header(input, errors), ..Ast::default() };
    while !input.is_empty() {
        match statement(input, errors) {
            Ok(statement) => ast.statements.push(statement),
            Err(error) => {
                errors.push(error);
                ast.declarations_broken = true;
                skip_statement(input);
            }
        }
    }
    ast
}

/// One statement with its `;`.
fn statement(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Statement> {
    let mut attributes = Attribute::parse_outer(input)?;
    let keyword = input.cursor().ident().map(|(ident, _)| ident).filter(|_| input.peek(Ident));
    if let Some(keyword) = keyword
        && !input.peek2(Token![->])
    {
        let known = KEYWORDS.iter().find(|known| keyword == **known);
        if let Some(known) = known {
            let declared = match *known {
                "node" => Statement::Nodes(declaration::nodes(input, attributes)?),
                "pause" => Statement::Pause(declaration::pause(input, attributes)?),
                _ => Statement::Subgraph(declaration::subgraph(input, attributes)?),
            };
            end_statement(input, errors, &format!("this `{known}`"), &keyword);
            return Ok(declared);
        }
        if input.peek2(Ident) {
            return Err(unknown_statement(&keyword));
        }
    }
    if let Some(attribute) = attributes.first()
        && !input.peek(Token![for])
    {
        errors.error(attribute, misplaced(attribute));
        attributes.clear();
    } else if input.peek(Token![;]) {
        return Err(here(input, "expected a statement before this `;`; take it out"));
    }
    Ok(Statement::Chain(chain_statement(input, errors, attributes)))
}

/// `chain ";"`; what was read is kept, whatever follows it.
fn chain_statement(input: ParseStream<'_>, errors: &mut Errors, attributes: Vec<Attribute>) -> Chain {
    let read = chain::chain(input, errors, attributes);
    if read.broken {
        skip_statement(input);
    } else if input.peek(Token![;]) {
        drop(input.parse::<Token![;]>());
    } else if input.is_empty() {
        errors.error(read.last, "missing `;` after this chain; end the statement with it");
    } else {
        errors.push(unexpected(input, "`->` or `;`"));
        // The next statement begins here if the `;` was forgotten.
        if !starts_statement(input) {
            skip_statement(input);
        }
    }
    read.chain
}

/// Reads all of a delimited group; what is left over is an error here and not one that makes syn discard the graph.
fn closed<T>(
    content: ParseStream<'_>,
    read: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
    expected: &str,
) -> syn::Result<T> {
    let found = read(content).and_then(|found| if content.is_empty() { Ok(found) } else { Err(here(content, "")) });
    drain(content);
    found.map_err(|error| syn::Error::new(error.span(), expected))
}

fn name(input: ParseStream<'_>, expected: &str) -> syn::Result<Ident> {
    if input.peek(Ident) { input.parse() } else { Err(unexpected(input, expected)) }
}

fn path(input: ParseStream<'_>, expected: &str) -> syn::Result<Path> {
    Path::parse_mod_style(input).map_err(|error| syn::Error::new(error.span(), expected))
}

/// Takes the `;` of a statement that was read; a forgotten one is no reason to lose the statement.
fn end_statement(input: ParseStream<'_>, errors: &mut Errors, what: &str, at: &Ident) {
    if input.peek(Token![;]) {
        drop(input.parse::<Token![;]>());
    } else {
        errors.push(no_semicolon(input, what, Some(at)));
        if !starts_statement(input) {
            skip_statement(input);
        }
    }
}

fn no_semicolon(input: ParseStream<'_>, what: &str, before: Option<&Ident>) -> syn::Error {
    match before {
        Some(before) if input.is_empty() => {
            syn::Error::new(before.span(), format!("missing `;` after {what}; end it with one"))
        }
        _ => unexpected(input, &format!("`;` after {what}")),
    }
}

fn unknown_statement(keyword: &Ident) -> syn::Error {
    let word = keyword.to_string().to_lowercase();
    let remedy = spelling::closest(&word, KEYWORDS).map_or_else(
        || "a statement is a chain such as `a -> b`, or begins with `node`, `pause` or `subgraph`".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    syn::Error::new(keyword.span(), format!("unknown statement `{keyword}`; {remedy}"))
}

/// What is wrong with an attribute that stands before a chain.
fn misplaced(attribute: &Attribute) -> &'static str {
    if attribute.path().is_ident("doc") {
        "a chain takes no doc comment; write `//`, or document the graph or a `node`"
    } else {
        "a chain takes no attribute; write it above a `node`"
    }
}

fn starts_statement(input: ParseStream<'_>) -> bool {
    let ident = input.cursor().ident().map(|(ident, _)| ident);
    input.peek(Token![#])
        || ident.is_some_and(|ident| KEYWORDS.iter().any(|keyword| ident == *keyword))
        || (input.peek(Ident) && input.peek2(Token![->]))
}

/// "expected …, found …" at the next token.
fn unexpected(input: ParseStream<'_>, expected: &str) -> syn::Error {
    let found = match input.cursor().token_tree() {
        Some((TokenTree::Group(group), _)) => match group.delimiter() {
            Delimiter::Parenthesis => "`(`".to_owned(),
            Delimiter::Brace => "`{`".to_owned(),
            Delimiter::Bracket => "`[`".to_owned(),
            Delimiter::None => group.to_string(),
        },
        Some((TokenTree::Punct(_), _)) if input.peek(Token![=>]) => "`=>`".to_owned(),
        Some((TokenTree::Punct(_), _)) if input.peek(Token![->]) => "`->`".to_owned(),
        Some((TokenTree::Ident(word), _)) if !input.peek(Ident) => format!("keyword `{word}`"),
        Some((token, _)) => format!("`{token}`"),
        None => "the end".to_owned(),
    };
    here(input, format!("expected {expected}, found {found}"))
}

/// An error at the next token; at the end, syn would begin the message with words of its own.
fn here(input: ParseStream<'_>, message: impl Display) -> syn::Error {
    syn::Error::new(input.span(), message)
}

/// Skips to behind the next `;`.
fn skip_statement(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![;]) {
        drop(input.parse::<TokenTree>());
    }
    drop(input.parse::<Option<Token![;]>>());
}

/// Skips to behind the next `,`.
fn skip_past_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        drop(input.parse::<TokenTree>());
    }
    drop(input.parse::<Option<Token![,]>>());
}

/// Takes all that is left, because syn discards the whole parse if tokens remain in a group.
fn drain(input: ParseStream<'_>) {
    while input.parse::<TokenTree>().is_ok() {}
}
