//! Statements that declare: `node`, `pause`, `subgraph`.

use super::{closed, here, name, path, starts_statement};
use crate::graph::ast::{Declaration, Nodes, Passage, Pause, Subgraph};
use crate::spelling;
use syn::parse::{Parse, ParseStream};
use syn::token::Paren;
use syn::{Attribute, Ident, Path, Token, Type, parenthesized};

/// `"node" decl ("," decl)*`
pub(super) fn nodes(input: ParseStream<'_>, attributes: Vec<Attribute>) -> syn::Result<Nodes> {
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
pub(super) fn pause(input: ParseStream<'_>, attributes: Vec<Attribute>) -> syn::Result<Pause> {
    input.parse::<Ident>()?;
    let declaration = declaration(input)?;
    if !input.peek(Paren) {
        return Err(here(input, format!("pause `{0}` names no reply; write `pause {0}(Reply);`", declaration.name)));
    }
    let content;
    parenthesized!(content in input);
    let reply = closed(&content, Type::parse, "expected the type of the reply")?;
    if input.peek(Token![,]) {
        return Err(here(input, "a `pause` declares one; end it with `;` and begin another"));
    }
    let asks = input.cursor().ident().map(|(ident, _)| ident.to_string());
    if asks.as_ref().is_some_and(|word| word != "asks" && spelling::closest(word, ["asks"]).is_some()) {
        return Err(here(input, "unknown word after the reply; did you mean `asks`?"));
    }
    let question = if asks.is_some_and(|word| word == "asks") {
        input.parse::<Ident>()?;
        let question = path(input, "expected the path of a function after `asks`")?;
        if input.peek(Paren) {
            return Err(here(input, "what asks is named, not called; take the parentheses out"));
        }
        Some(question)
    } else {
        None
    };
    Ok(Pause { attributes, declaration, reply, question })
}

/// `"subgraph" Ident "=" Path ("(" Path "," Path ")")?`
pub(super) fn subgraph(input: ParseStream<'_>, attributes: Vec<Attribute>) -> syn::Result<Subgraph> {
    input.parse::<Ident>()?;
    let name = name(input, "the name of a subgraph")?;
    input.parse::<Token![=]>().map_err(|_| {
        here(input, format!("subgraph `{name}` names no graph; write `subgraph {name} = Graph(enter, leave);`"))
    })?;
    let graph = path(input, "expected the path of a graph")?;
    let passage = if input.peek(Paren) {
        let content;
        parenthesized!(content in input);
        Some(closed(&content, passage, "expected `(enter, leave)`, the paths of two functions")?)
    } else {
        None
    };
    Ok(Subgraph { attributes, name, graph, passage })
}

fn passage(content: ParseStream<'_>) -> syn::Result<Passage> {
    let enter = Path::parse_mod_style(content)?;
    content.parse::<Token![,]>()?;
    let leave = Path::parse_mod_style(content)?;
    content.parse::<Option<Token![,]>>()?;
    Ok(Passage { enter, leave })
}
