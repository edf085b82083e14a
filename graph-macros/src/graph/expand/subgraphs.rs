//! Graphs inside of this one.

use super::pin::pin;
use super::plan::{Plan, Subgraph, graph_type};
use super::wrapper::{local, plain_name, types};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

/// ```text
/// type Child = Either<Nested<__Graph0>, Either<Nested<__Graph1>, NoChild>>;
/// type Memory = (Kept<__Graph0, false>, (Kept<__Graph1, true>, ()));
/// const SUBGRAPHS: &'static [&'static str] = &["research", "summary"];
///
/// fn enter(node: Self::Node, state: &State, at: At<'_, Self>, memory: &mut Self::Memory) -> Option<Result<Self::Child, Astray>> {
///     match node {
///         AgentNode::Summary => Some(Nested::enter(__Enters::summary(state), &mut memory.1.0).map(|nested| Either::Right(Either::Left(nested)))),
///         …
///     }
/// }
///
/// fn leave(node: Self::Node, state: &State, at: …, child: &Self::Child, patch: &mut Patch<Self>) -> Option<Noted<Self>> {
///     match (node, child) {
///         (AgentNode::Summary, Either::Right(Either::Left(nested))) => Some(Noted::update(__Leaves::summary(state, nested.state()), patch)),
///         …
///     }
/// }
/// ```
pub(super) fn subgraphs(plan: &Plan<'_>) -> TokenStream {
    let krate = &plan.header.krate;
    let subgraphs = plan.subgraphs();
    if subgraphs.is_empty() {
        return quote! {
            type Child = #krate::__private::NoChild;
            type Memory = ();
        };
    }
    // Reported at the user's path: both say of a graph that is less visible than this one that it cannot be inside of it.
    let child = subgraphs.iter().rev().fold(quote! { #krate::__private::NoChild }, |rest, subgraph| {
        let (graph, span) = (graph_type(subgraph.index), subgraph.graph.span());
        pin(quote! { #krate::Either<#krate::__private::Nested<#graph>, #rest> }, span)
    });
    let memory = subgraphs.iter().rev().fold(quote! { () }, |rest, subgraph| {
        let (graph, keeps, span) = (graph_type(subgraph.index), subgraph.keeps, subgraph.graph.span());
        pin(quote! { (#krate::__private::Kept<#graph, #keeps>, #rest) }, span)
    });
    let names = subgraphs.iter().map(|subgraph| syn::ext::IdentExt::unraw(&subgraph.node.name).to_string());
    let enter = enter(plan, &subgraphs);
    let leave = leave(plan, &subgraphs);
    let span = subgraphs.first().map_or_else(Span::call_site, |subgraph| subgraph.graph.span());
    let types = quote_spanned! {span=> type Child = #child; type Memory = #memory; };
    quote! {
        #types
        const SUBGRAPHS: &'static [&'static str] = &[#(#names),*];
        #enter
        #leave
    }
}

fn enter(plan: &Plan<'_>, subgraphs: &[Subgraph<'_>]) -> TokenStream {
    let (krate, nodes) = (&plan.header.krate, &plan.header.nodes);
    let [node, state, at, memory, nested] = ["node", "state", "at", "memory", "nested"].map(local);
    let (state_type, _) = types(plan.header);
    let arms = subgraphs.iter().map(|subgraph| {
        let (variant, name) = (plan.header.variant(subgraph.node), plain_name(subgraph.node));
        let item = plan.item(subgraph.node.scope).map(|item| quote! { , #item });
        let kept = (0..subgraph.index).fold(quote! { #memory }, |rest, _| quote! { #rest.1 });
        let chosen = choice(plan, subgraph, &quote! { #nested });
        quote! {
            #variant => ::core::option::Option::Some(
                #krate::__private::Nested::enter(__Enters::#name(#state #item), &mut #kept.0).map(|#nested| #chosen),
            ),
        }
    });
    quote! {
        #[allow(unused_variables)]
        fn enter(
            #node: #nodes,
            #state: &#state_type,
            #at: #krate::__private::At<'_, Self>,
            #memory: &mut Self::Memory,
        ) -> ::core::option::Option<::core::result::Result<Self::Child, #krate::__private::Astray>> {
            match #node {
                #(#arms)*
                #[allow(unreachable_patterns)]
                _ => ::core::option::Option::None,
            }
        }
    }
}

fn leave(plan: &Plan<'_>, subgraphs: &[Subgraph<'_>]) -> TokenStream {
    let (krate, nodes) = (&plan.header.krate, &plan.header.nodes);
    let [node, state, at, child, patch, nested] = ["node", "state", "at", "child", "patch", "nested"].map(local);
    let (state_type, _) = types(plan.header);
    let arms = subgraphs.iter().map(|subgraph| {
        let (variant, name) = (plan.header.variant(subgraph.node), plain_name(subgraph.node));
        let item = plan.item(subgraph.node.scope).map(|item| quote! { , #item });
        let chosen = choice(plan, subgraph, &quote! { #nested });
        quote! {
            (#variant, #chosen) => ::core::option::Option::Some(
                #krate::__private::Noted::update(__Leaves::#name(#state #item, #nested.state()), #patch),
            ),
        }
    });
    quote! {
        #[allow(unused_variables)]
        fn leave(
            #node: #nodes,
            #state: &#state_type,
            #at: #krate::__private::At<'_, Self>,
            #child: &Self::Child,
            #patch: &mut #krate::__private::Patch<Self>,
        ) -> ::core::option::Option<#krate::__private::Noted<Self>> {
            match (#node, #child) {
                #(#arms)*
                #[allow(unreachable_patterns)]
                _ => ::core::option::Option::None,
            }
        }
    }
}

/// `Either::Right(Either::Left(nested))`, as an expression and as a pattern.
fn choice(plan: &Plan<'_>, subgraph: &Subgraph<'_>, nested: &TokenStream) -> TokenStream {
    let krate = &plan.header.krate;
    (0..subgraph.index)
        .fold(quote! { #krate::Either::Left(#nested) }, |inner, _| quote! { #krate::Either::Right(#inner) })
}
