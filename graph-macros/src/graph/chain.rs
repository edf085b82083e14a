//! Chains, and what they are made of: stages, groups, routes and their arms.

use super::ast::{Arm, Branch, Chain, Each, Group, Route, Stage, Tail};
use super::parse::{closed, drain, here, name, path};
use crate::errors::Errors;
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::parse::ParseStream;
use syn::token::{Brace, Paren};
use syn::{Attribute, Ident, Lifetime, Token, Type, braced, parenthesized};

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
        return each(input, errors, label, attributes, last).map(Stage::Each);
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
    let node = name(input, "a node, `(`, `for` or `end`")?;
    if input.peek(Token![::]) {
        let message = format!("a chain names nodes, not paths; declare `node name = {node}::…;` and write `name`");
        return Err(syn::Error::new(node.span(), message));
    }
    *last = node.to_token_stream();
    Ok(Stage::Name(node))
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
    let item = closed(&content, |content| content.parse::<Type>(), "expected the type of the items")?;
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

/// `Path? "{" (Pattern "=>" chain ","?)* "}"`, after the `match`.
fn route(input: ParseStream<'_>, errors: &mut Errors, keyword: Token![match]) -> syn::Result<Route> {
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
        && !(depth == 0 && input.peek(Token![,]))
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

/// "expected …, found …" at the next token.
pub(super) fn unexpected(input: ParseStream<'_>, expected: &str) -> syn::Error {
    let found = match input.cursor().token_tree() {
        Some((TokenTree::Group(group), _)) => match group.delimiter() {
            proc_macro2::Delimiter::Parenthesis => "`(`".to_owned(),
            proc_macro2::Delimiter::Brace => "`{`".to_owned(),
            proc_macro2::Delimiter::Bracket => "`[`".to_owned(),
            proc_macro2::Delimiter::None => group.to_string(),
        },
        Some((TokenTree::Punct(_), _)) if input.peek(Token![=>]) => "`=>`".to_owned(),
        Some((TokenTree::Punct(_), _)) if input.peek(Token![->]) => "`->`".to_owned(),
        Some((TokenTree::Ident(word), _)) if !input.peek(Ident) => format!("keyword `{word}`"),
        Some((token, _)) => format!("`{token}`"),
        None => "the end".to_owned(),
    };
    here(input, format!("expected {expected}, found {found}"))
}

/// Skips to behind the next `,`.
fn skip_past_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        drop(input.parse::<TokenTree>());
    }
    drop(input.parse::<Option<Token![,]>>());
}
