//! The header: what the graph is called, and what it is over.

use super::{here, no_semicolon, skip_statement, starts_statement};
use crate::errors::Errors;
use crate::graph::ast::Header;
use proc_macro2::TokenTree;
use syn::parse::ParseStream;
use syn::token::Brace;
use syn::{Attribute, Ident, Token, Type, Visibility};

/// `attrs vis "graph" Ident "<" Type ("," Type)? ">" ";"`
pub(super) fn header(input: ParseStream<'_>, errors: &mut Errors) -> Header {
    let mut header = Header::default();
    if let Err(error) = header_parts(input, &mut header) {
        errors.push(error);
        // A graph without any header goes on with its first statement.
        if header.name.is_some() || !starts_statement(input) {
            skip_statement(input);
        }
    } else if input.peek(Token![;]) {
        drop(input.parse::<Token![;]>());
    } else if input.peek(Brace) {
        errors.push(here(input, "the header ends with `;`, and the statements follow it without braces"));
        drop(input.parse::<TokenTree>());
    } else if input.peek(Token![<]) || input.peek(Token![where]) {
        errors.push(here(input, "a graph has no generics; name the types of its state and of its context"));
        skip_statement(input);
    } else {
        errors.push(no_semicolon(input, "the header", header.name.as_ref()));
        if !starts_statement(input) {
            skip_statement(input);
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
    header.state = Some(input.parse().map_err(|error| expected(&error, "the state"))?);
    if input.peek(Token![,]) && !input.peek2(Token![>]) {
        input.parse::<Token![,]>()?;
        let context: Type = input.parse().map_err(|error| expected(&error, "the context"))?;
        if let Type::TraitObject(_) = context {
            return Err(syn::Error::new_spanned(context, "a context has a size; put the `dyn` type into an `Arc`"));
        }
        header.context = Some(context);
    }
    if input.peek(Token![,]) && !input.peek2(Token![>]) {
        return Err(here(input, "a graph has a state and a context, nothing else; put what is more into one of them"));
    }
    input.parse::<Option<Token![,]>>()?;
    input.parse::<Token![>]>().map_err(|_| here(input, "expected `>` after the types of the graph"))?;
    Ok(())
}

fn expected(error: &syn::Error, what: &str) -> syn::Error {
    syn::Error::new(error.span(), format!("expected the type of {what}"))
}
