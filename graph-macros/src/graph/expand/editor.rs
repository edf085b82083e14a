//! What editors see beside the expansion: every mention of a name, also in a graph that is being written.

use crate::graph::ast::{Ast, Chain, Stage, Statement, Tail};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::Path;

/// Names everything that the text mentions, so that "go to definition", renaming and completion work on it.
///
/// ```text
/// #[allow(unexpected_cfgs)]
/// const _: () = {
///     #[cfg(rust_analyzer)]
///     fn graph() {
///         let web = sources::search_web;
///         web;
///         done;
///         verbatim! { match done(state) { true => {} _ => {} } }
///     }
/// };
/// ```
///
/// rustc leaves the body out, else a wrong name would be reported twice. It would still parse it, so unfinished patterns
/// hide in a macro. The `allow` stands outside: on the item that carries the `cfg` it would come too late.
pub(crate) fn block(ast: &Ast) -> TokenStream {
    let mut body = TokenStream::new();
    for statement in &ast.statements {
        match statement {
            Statement::Nodes(nodes) => {
                for declaration in &nodes.declarations {
                    match &declaration.path {
                        Some(path) => alias(&declaration.name, path, &mut body),
                        None => mention(&declaration.name, &mut body),
                    }
                }
            }
            Statement::Pause(pause) => {
                match &pause.declaration.path {
                    Some(path) => alias(&pause.declaration.name, path, &mut body),
                    None => mention(&pause.declaration.name, &mut body),
                }
                pause.question.iter().for_each(|path| mention(path, &mut body));
                let reply = &pause.reply;
                body.extend(quote! { let _: #reply; });
            }
            Statement::Subgraph(subgraph) => {
                let (name, graph) = (&subgraph.name, &subgraph.graph);
                body.extend(quote! { let #name: #graph; });
                if let Some(passage) = &subgraph.passage {
                    mention(&passage.enter, &mut body);
                    mention(&passage.leave, &mut body);
                }
            }
            Statement::Chain(inner) => chain(inner, &mut body),
        }
    }
    quote! {
        #[allow(unexpected_cfgs)]
        const _: () = {
            #[cfg(rust_analyzer)]
            macro_rules! verbatim { ($($tokens:tt)*) => { $($tokens)* } }
            #[cfg(rust_analyzer)]
            fn graph() { #body }
        };
    }
}

fn alias(name: &syn::Ident, path: &Path, body: &mut TokenStream) {
    body.extend(quote! { let #name = #path; });
}

fn mention(path: impl ToTokens, body: &mut TokenStream) {
    body.extend(quote! { #path; });
}

fn chain(of: &Chain, body: &mut TokenStream) {
    for stage in &of.stages {
        match stage {
            // `start`, `end` and `join` define nothing.
            Stage::Name(name) if name == "start" || name == "end" || name == "join" => {}
            Stage::Name(name) => mention(name, body),
            Stage::Group(group) => {
                for branch in &group.branches {
                    chain(&branch.chain, body);
                    branch.condition.iter().for_each(|path| mention(path, body));
                }
            }
            Stage::Each(each) => {
                mention(&each.items, body);
                let item = &each.item;
                body.extend(quote! { let _: #item; });
                chain(&each.chain, body);
            }
        }
    }
    if let Some(Tail::Route(route)) = &of.tail {
        let state = syn::Ident::new("state", Span::mixed_site());
        let answer = route.path.as_ref().map_or_else(|| quote! { loop {} }, |path| quote! { #path(#state) });
        let arms = route.arms.iter().map(|arm| {
            let pattern = &arm.pattern;
            let mut inner = TokenStream::new();
            chain(&arm.chain, &mut inner);
            quote! { #pattern => { #inner } }
        });
        body.extend(quote! {
            let #state = loop {};
            verbatim! { match #answer { #(#arms)* } }
        });
    }
}
