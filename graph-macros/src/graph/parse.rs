//! Tokens to syntax tree. Never gives up: what cannot be read is reported and skipped, so that editors and the later
//! checks see the rest.

use super::ast::{Ast, Chain, Declaration, Header, Nodes, Passage, Pause, Statement, Subgraph};
use super::chain;
use crate::errors::Errors;
use crate::spelling;
use proc_macro2::{TokenStream, TokenTree};
use std::fmt::Display;
use syn::parse::{ParseStream, Parser};
use syn::token::{Brace, Paren};
use syn::{Attribute, Ident, Path, Token, Type, Visibility, parenthesized};

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
    let mut ast = Ast { header: header(input, errors), ..Ast::default() };
    while !input.is_empty() {
        match statement(input, errors) {
            Ok(Some(statement)) => ast.statements.push(statement),
            Ok(None) => {}
            Err(error) => {
                errors.push(error);
                ast.declarations_broken = true;
                skip_statement(input);
            }
        }
    }
    ast
}

/// `attrs vis "graph" Ident "<" Type ("," Type)? ">" ";"`
fn header(input: ParseStream<'_>, errors: &mut Errors) -> Header {
    let mut header = Header::default();
    if let Err(error) = header_parts(input, &mut header) {
        errors.push(error);
        // A graph without any header goes on with its first statement.
        if header.name.is_some() || !starts_statement(input) {
            skip_statement(input);
        }
    } else if input.peek(Token![;]) {
        drop(input.parse::<Token![;]>());
    } else {
        let braces = input.peek(Brace);
        let message = "the header ends with `;`, and the statements follow it without braces";
        errors.push(if braces {
            here(input, message)
        } else {
            no_semicolon(input, "the header", header.name.as_ref())
        });
        if braces {
            drop(input.parse::<TokenTree>());
        }
    }
    header
}

fn header_parts(input: ParseStream<'_>, header: &mut Header) -> syn::Result<()> {
    header.attributes = Attribute::parse_outer(input)?;
    header.visibility = input.parse::<Visibility>()?;
    if input.is_empty() {
        return Err(here(input, "this graph is empty; begin it with a header such as `pub graph Name<State>;`"));
    }
    let keyword = input.cursor().ident().map(|(ident, _)| ident);
    match keyword {
        Some(keyword) if keyword == "graph" => drop(input.parse::<Ident>()),
        // `grahp Name<State>;`
        Some(keyword) if input.peek2(Ident) && input.peek3(Token![<]) => {
            return Err(syn::Error::new(
                keyword.span(),
                format!("unknown keyword `{keyword}`; the header of a graph is `graph Name<State>;`"),
            ));
        }
        _ => return Err(here(input, "expected a header; begin the graph with one such as `pub graph Name<State>;`")),
    }
    let name: Ident = input
        .parse()
        .map_err(|error| syn::Error::new(error.span(), "the graph has no name; write `graph Name<State>;`"))?;
    header.name = Some(name.clone());
    let no_state =
        || syn::Error::new(name.span(), format!("graph `{name}` names no state; write `graph {name}<State>;`"));
    input.parse::<Token![<]>().map_err(|_| no_state())?;
    if input.peek(Token![>]) {
        return Err(no_state());
    }
    header.state = Some(
        input.parse().map_err(|error: syn::Error| syn::Error::new(error.span(), "expected the type of the state"))?,
    );
    if input.peek(Token![,]) {
        input.parse::<Token![,]>()?;
        if !input.peek(Token![>]) {
            header.context = Some(
                input
                    .parse()
                    .map_err(|error: syn::Error| syn::Error::new(error.span(), "expected the type of the context"))?,
            );
        }
    }
    if input.peek(Token![,]) && !input.peek2(Token![>]) {
        return Err(here(input, "a graph has a state and a context, nothing else; put what is more into one of them"));
    }
    input.parse::<Option<Token![,]>>()?;
    input.parse::<Token![>]>().map_err(|_| here(input, "expected `>` after the types of the graph"))?;
    Ok(())
}

/// One statement with its `;`, or `None` for one that was reported and skipped.
fn statement(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Option<Statement>> {
    let mut attributes = Attribute::parse_outer(input)?;
    let keyword = input.cursor().ident().map(|(ident, _)| ident).filter(|_| input.peek(Ident));
    if let Some(keyword) = keyword
        && !input.peek2(Token![->])
    {
        let known = KEYWORDS.iter().find(|known| keyword == **known);
        if let Some(known) = known {
            let declared = match *known {
                "node" => Statement::Nodes(nodes(input, attributes)?),
                "pause" => Statement::Pause(pause(input, attributes)?),
                _ => Statement::Subgraph(subgraph(input, attributes)?),
            };
            end_statement(input, errors, &format!("this `{known}`"), &keyword);
            return Ok(Some(declared));
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
    Ok(chain_statement(input, errors, attributes).map(Statement::Chain))
}

/// `chain ";"`; what was read is kept, whatever follows it.
fn chain_statement(input: ParseStream<'_>, errors: &mut Errors, attributes: Vec<Attribute>) -> Option<Chain> {
    let read = chain::chain(input, errors, attributes);
    if read.broken {
        skip_statement(input);
    } else if input.peek(Token![;]) {
        drop(input.parse::<Token![;]>());
    } else if input.is_empty() {
        errors.error(read.last, "missing `;` after this chain; end the statement with it");
    } else {
        errors.push(chain::unexpected(input, "`->` or `;`"));
        // The next statement begins here if the `;` was forgotten.
        if !starts_statement(input) {
            skip_statement(input);
        }
    }
    Some(read.chain)
}

/// `"node" decl ("," decl)*`
fn nodes(input: ParseStream<'_>, attributes: Vec<Attribute>) -> syn::Result<Nodes> {
    input.parse::<Ident>()?;
    let mut declarations = Vec::new();
    loop {
        let declaration = declaration(input)?;
        let name = declaration.name.clone();
        declarations.push(declaration);
        if input.peek(Token![,]) {
            input.parse::<Token![,]>()?;
        } else if input.peek(Token![;]) || input.is_empty() || starts_statement(input) {
            return Ok(Nodes { attributes, declarations });
        } else if input.peek(Token![::]) {
            let message = format!("a node has a name of its own; write `node name = {name}::…;`");
            return Err(syn::Error::new(name.span(), message));
        } else {
            return Err(here(
                input,
                format!("expected `=`, `,` or `;` after node `{name}`; a node's function is a plain path"),
            ));
        }
    }
}

/// `Ident ("=" Path)?`
fn declaration(input: ParseStream<'_>) -> syn::Result<Declaration> {
    let name = name(input, "the name of a node")?;
    let path = if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        Some(path(input, "expected the path of a function; a node is an `fn` or an `async fn`")?)
    } else {
        None
    };
    Ok(Declaration { name, path })
}

/// `"pause" Ident ("=" Path)? "(" Type ")" ("asks" Path)?`
fn pause(input: ParseStream<'_>, attributes: Vec<Attribute>) -> syn::Result<Pause> {
    let keyword = input.parse()?;
    let declaration = declaration(input)?;
    if !input.peek(Paren) {
        return Err(here(input, format!("pause `{0}` names no reply; write `pause {0}(Reply);`", declaration.name)));
    }
    let content;
    parenthesized!(content in input);
    let reply = closed(&content, |content| content.parse::<Type>(), "expected the type of the reply")?;
    let asks = input.cursor().ident().filter(|(ident, _)| ident == "asks");
    let question = if asks.is_some() {
        input.parse::<Ident>()?;
        Some(path(input, "expected the path of a function after `asks`")?)
    } else {
        None
    };
    Ok(Pause { attributes, keyword, declaration, reply, question })
}

/// `"subgraph" Ident "=" Path ("(" Path "," Path ")")?`
fn subgraph(input: ParseStream<'_>, attributes: Vec<Attribute>) -> syn::Result<Subgraph> {
    let keyword = input.parse()?;
    let name = name(input, "the name of a subgraph")?;
    input
        .parse::<Token![=]>()
        .map_err(|_| here(input, format!("subgraph `{name}` names no graph; write `subgraph {name} = Graph;`")))?;
    let graph = path(input, "expected the path of a graph")?;
    let passage = if input.peek(Paren) {
        let content;
        parenthesized!(content in input);
        Some(closed(&content, passage, "expected `(enter, leave)`, the paths of two functions")?)
    } else {
        None
    };
    Ok(Subgraph { attributes, keyword, name, graph, passage })
}

fn passage(content: ParseStream<'_>) -> syn::Result<Passage> {
    let enter = Path::parse_mod_style(content)?;
    content.parse::<Token![,]>()?;
    let leave = Path::parse_mod_style(content)?;
    content.parse::<Option<Token![,]>>()?;
    Ok(Passage { enter, leave })
}

/// Reads all of a delimited group; what is left over is an error here and not one that makes syn discard the graph.
pub(super) fn closed<T>(
    content: ParseStream<'_>,
    read: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
    expected: &str,
) -> syn::Result<T> {
    let found = read(content).and_then(|found| if content.is_empty() { Ok(found) } else { Err(here(content, "")) });
    drain(content);
    found.map_err(|error| syn::Error::new(error.span(), expected))
}

pub(super) fn name(input: ParseStream<'_>, expected: &str) -> syn::Result<Ident> {
    if input.peek(Ident) { input.parse() } else { Err(chain::unexpected(input, expected)) }
}

pub(super) fn path(input: ParseStream<'_>, expected: &str) -> syn::Result<Path> {
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
        _ => chain::unexpected(input, &format!("`;` after {what}")),
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

/// An error at the next token; at the end, syn would begin the message with words of its own.
pub(super) fn here(input: ParseStream<'_>, message: impl Display) -> syn::Error {
    syn::Error::new(input.span(), message)
}

/// Skips to behind the next `;`.
fn skip_statement(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![;]) {
        drop(input.parse::<TokenTree>());
    }
    drop(input.parse::<Option<Token![;]>>());
}

/// Takes all that is left, because syn discards the whole parse if tokens remain in a group.
pub(super) fn drain(input: ParseStream<'_>) {
    while input.parse::<TokenTree>().is_ok() {}
}
