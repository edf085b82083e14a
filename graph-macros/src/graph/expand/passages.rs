//! The ways into the subgraphs and out of them: where rustc checks the user's functions.

use super::pin::{call, pin};
use super::plan::{Plan, Subgraph, associated, graph_type};
use super::wrapper::{holder, local, plain_name, types};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;
use syn::spanned::Spanned;

/// ```text
/// type __Named0 = Research;
/// type __Graph0 = <[(); Inner::<__Named0>::of()] as Proven<__Named0>>::Graph;
/// enum __Enters {}
/// impl __Enters {
///     fn research<'a>(state: &'a State) -> impl Update<ResearchState> + use<'a> {
///         Enter::<State, ResearchState, _>::call(&enter, state)
///     }
/// }
/// enum __Leaves {}
/// impl __Leaves {
///     fn research<'a>(state: &'a State, child: &'a ResearchState) -> impl Update<State> + use<'a> {
///         Leave::<State, ResearchState, _>::call(&leave, state, child)
///     }
/// }
/// ```
///
/// As around nodes, a wrong body makes the return type an error type, about which rustc says nothing more.
pub(super) fn passages(plan: &Plan<'_>) -> TokenStream {
    let (krate, subgraphs) = (&plan.header.krate, plan.subgraphs());
    if subgraphs.is_empty() {
        return TokenStream::new();
    }
    let types = subgraphs.iter().map(|subgraph| {
        let (name, graph, span) = (graph_type(subgraph.index), subgraph.graph, subgraph.graph.span());
        let named = format_ident!("__Named{}", subgraph.index, span = Span::call_site());
        // The expression begins and ends where the user's path does.
        let last = graph.segments.last().map_or(span, |segment| segment.ident.span());
        let (inner, of) = (pin(quote! { #krate::__private::Inner::<#named> }, span), Ident::new("of", last));
        let proof = call(quote_spanned! { last=> #inner::#of }, TokenStream::new(), last);
        quote! {
            type #named = #graph;
            type #name = <[(); #proof] as #krate::__private::Proven<#named>>::Graph;
        }
    });
    let enters: Vec<TokenStream> = subgraphs.iter().map(|subgraph| enter(plan, subgraph)).collect();
    let leaves: Vec<TokenStream> = subgraphs.iter().map(|subgraph| leave(plan, subgraph)).collect();
    let (enters, leaves) = (holder(plan, "__Enters", &enters), holder(plan, "__Leaves", &leaves));
    quote! { #(#types)* #enters #leaves }
}

fn enter(plan: &Plan<'_>, subgraph: &Subgraph<'_>) -> TokenStream {
    let (krate, path, span, name) =
        (&plan.header.krate, subgraph.enter, subgraph.enter.span(), plain_name(subgraph.node));
    let (state_type, _) = types(plan.header);
    let [state, item] = ["state", "item"].map(local);
    let (child, reference) = (associated(plan, subgraph, "State"), pin(quote! { & }, span));
    let (parameter, body) = if let Some(item_type) = plan.item_type(subgraph.node.scope) {
        let enter = quote! { #krate::__private::ItemEnter::<#state_type, #item_type, #child, _>::call };
        let body = call(pin(enter, span), quote! { #reference #path, #state, #item }, span);
        (Some(quote! { , #item: &'a #item_type }), body)
    } else {
        let enter = quote! { #krate::__private::Enter::<#state_type, #child, _>::call };
        (None, call(pin(enter, span), quote! { #reference #path, #state }, span))
    };
    let update = pin(quote! { impl #krate::Update<#child> + use<'a> }, span);
    quote! {
        fn #name<'a>(#state: &'a #state_type #parameter) -> #update { #body }
    }
}

fn leave(plan: &Plan<'_>, subgraph: &Subgraph<'_>) -> TokenStream {
    let (krate, path, span, name) =
        (&plan.header.krate, subgraph.leave, subgraph.leave.span(), plain_name(subgraph.node));
    let (state_type, _) = types(plan.header);
    let [state, item, child] = ["state", "item", "child"].map(local);
    let (child_type, reference) = (associated(plan, subgraph, "State"), pin(quote! { & }, span));
    let (parameter, body) = if let Some(item_type) = plan.item_type(subgraph.node.scope) {
        let leave = quote! { #krate::__private::ItemLeave::<#state_type, #item_type, #child_type, _>::call };
        let body = call(pin(leave, span), quote! { #reference #path, #state, #item, #child }, span);
        (Some(quote! { #item: &'a #item_type, }), body)
    } else {
        let leave = quote! { #krate::__private::Leave::<#state_type, #child_type, _>::call };
        (None, call(pin(leave, span), quote! { #reference #path, #state, #child }, span))
    };
    let update = pin(quote! { impl #krate::Update<#state_type> + use<'a> }, span);
    quote! {
        fn #name<'a>(#state: &'a #state_type, #parameter #child: &'a #child_type) -> #update { #body }
    }
}
