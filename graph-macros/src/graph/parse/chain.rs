//! Chains and their stages: nodes, groups, `for`.

use super::route::route;
use super::{closed, drain, here, name, path, skip_past_comma, unexpected};
use crate::errors::Errors;
use crate::graph::ast::{Branch, Chain, Each, Group, Stage, Tail};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::token::{Brace, Bracket, Paren};
use syn::{Attribute, Lifetime, Token, Type, braced, parenthesized};

/// A chain as far as it could be read.
pub(super) struct Read {
    pub(super) chain: Chain,
    /// The last token that was read: where a missing one is reported.
    pub(super) last: TokenStream,
    /// Whether reading stopped at an error, which is reported.
    pub(super) broken: bool,
}

/// `stage ("->" stage)* ("->" (route | Lifetime))?`, up to the first token that cannot go on.
pub(super) fn chain(input: ParseStream<'_>, errors: &mut Errors, attributes: Vec<Attribute>) -> Read {
    let mut read = Read { chain: Chain::default(), last: TokenStream::new(), broken: false };
    if let Err(error) = stages(input, errors, attributes, &mut read) {
        errors.push(error);
        read.broken = true;
    }
    read
}

fn stages(
    input: ParseStream<'_>,
    errors: &mut Errors,
    mut attributes: Vec<Attribute>,
    read: &mut Read,
) -> syn::Result<()> {
    let mut arrow: Option<Token![->]> = None;
    loop {
        if let Some(arrow) = arrow {
            if input.is_empty() || input.peek(Token![;]) || input.peek(Token![,]) {
                return Err(syn::Error::new_spanned(
                    arrow,
                    "nothing follows this `->`; name a node, `end` or a `match`",
                ));
            }
            if input.peek(Token![match]) {
                let keyword = input.parse()?;
                read.last = ToTokens::into_token_stream(keyword);
                read.chain.tail = Some(Tail::Route(route(input, errors, keyword)?));
                return after_tail(input, "a `match`; go on inside its arms");
            }
        } else if input.peek(Token![match]) {
            return Err(here(input, "a `match` follows a node; write `node -> match …`"));
        }
        let label: Option<Lifetime> = input.parse()?;
        if let Some(label) = &label
            && !input.peek(Token![:])
        {
            read.last = label.to_token_stream();
            read.chain.tail = Some(Tail::Jump(label.clone()));
            return after_tail(input, "a jump to a label; every node after it is unreachable");
        }
        if label.is_some() {
            input.parse::<Token![:]>()?;
        }
        if attributes.is_empty() {
            attributes = Attribute::parse_outer(input)?;
        }
        let stage = stage(input, errors, label, std::mem::take(&mut attributes), &mut read.last)?;
        read.chain.stages.push(stage);
        if !input.peek(Token![->]) {
            return Ok(());
        }
        let token: Token![->] = input.parse()?;
        read.last = token.to_token_stream();
        arrow = Some(token);
    }
}

fn after_tail(input: ParseStream<'_>, what: &str) -> syn::Result<()> {
    if input.peek(Token![->]) {
        return Err(here(input, format!("nothing follows {what}")));
    }
    Ok(())
}

fn stage(
    input: ParseStream<'_>,
    errors: &mut Errors,
    label: Option<Lifetime>,
    attributes: Vec<Attribute>,
    last: &mut TokenStream,
) -> syn::Result<Stage> {
    if input.peek(Paren) {
        if let Some(attribute) = attributes.first() {
            errors.error(attribute, "a group takes no attribute; write it above a `node`");
        }
        return group(input, errors, label, last).map(Stage::Group);
    }
    if input.peek(Token![for]) {
        return each(input, errors, label, attributes, last).map(Box::new).map(Stage::Each);
    }
    if let Some(label) = label {
        return Err(syn::Error::new_spanned(
            label,
            "a label names a group or a `for`; a node is jumped to by its name",
        ));
    }
    if let Some(attribute) = attributes.first() {
        return Err(syn::Error::new_spanned(attribute, "an attribute stands above a `node` or a `for`; take it out"));
    }
    if input.peek(Brace) {
        return Err(here(input, "a chain is written without braces; take them away"));
    }
    if let Some(remedy) = foreign(input) {
        return Err(here(input, remedy));
    }
    let node = name(input, "a node, `(`, `for` or `end`")?;
    if input.peek(Token![::]) {
        let message = format!("a chain names nodes, not paths; declare `node name = {node}::…;` and write `name`");
        return Err(syn::Error::new(node.span(), message));
    }
    *last = node.to_token_stream();
    Ok(Stage::Name(node))
}

/// What other languages write where a stage stands, and what is written here instead.
fn foreign(input: ParseStream<'_>) -> Option<&'static str> {
    if input.peek(Token![if]) {
        Some("a chain has no `if`; ask a route: `-> match route { true => …, false => … }`")
    } else if input.peek(Token![while]) || input.peek(Token![loop]) {
        Some("a chain has no loop of its own; end it in a `match`, of which an arm names an earlier node")
    } else if input.peek(Bracket) {
        Some("what runs side by side stands in parentheses; write `(a, b)`")
    } else {
        None
    }
}

/// `"(" branch ("," branch)* ","? ")"`
fn group(
    input: ParseStream<'_>,
    errors: &mut Errors,
    label: Option<Lifetime>,
    last: &mut TokenStream,
) -> syn::Result<Group> {
    let content;
    let token = parenthesized!(content in input);
    let parentheses = quote_spanned!(token.span.join()=> ());
    last.clone_from(&parentheses);
    let mut branches = Vec::new();
    while !content.is_empty() {
        let read = chain(&content, errors, Vec::new());
        let mut broken = read.broken;
        let mut condition = None;
        if !broken && content.peek(Token![if]) {
            content.parse::<Token![if]>()?;
            match path(&content, "expected the path of a condition, an `fn(&State) -> bool`") {
                Ok(found) => condition = Some(found),
                Err(error) => {
                    errors.push(error);
                    broken = true;
                }
            }
        }
        branches.push(Branch { chain: read.chain, condition });
        if !broken && !content.is_empty() && !content.peek(Token![,]) {
            errors.push(unexpected(&content, "`->`, `if` or `,`"));
        }
        skip_past_comma(&content);
    }
    if branches.is_empty() {
        errors.error(&parentheses, "this group is empty; name the nodes that run side by side");
    }
    Ok(Group { label, parentheses, branches })
}

/// `attrs "for" Path "(" Type ")" "{" chain "}"`
fn each(
    input: ParseStream<'_>,
    errors: &mut Errors,
    label: Option<Lifetime>,
    attributes: Vec<Attribute>,
    last: &mut TokenStream,
) -> syn::Result<Each> {
    let keyword: Token![for] = input.parse()?;
    *last = keyword.to_token_stream();
    let items = path(input, "expected the path of a function that lists the items")?;
    if !input.peek(Paren) {
        return Err(here(input, "expected the type of the items in parentheses; write `for items(Item) { … }`"));
    }
    let content;
    parenthesized!(content in input);
    let item = closed(&content, Type::parse, "expected the type of the items")?;
    if !input.peek(Brace) {
        return Err(here(input, "expected `{` and the chain that every item goes through"));
    }
    let content;
    braced!(content in input);
    let read = chain(&content, errors, Vec::new());
    if !read.broken && !content.is_empty() {
        errors.push(unexpected(&content, "`->` or `}`"));
    }
    drain(&content);
    Ok(Each { label, attributes, keyword, items, item, chain: read.chain })
}
