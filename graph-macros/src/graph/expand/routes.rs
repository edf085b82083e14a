//! What follows `start`, a node, and a group or a `for`.

use super::pin::{block, call, pin};
use super::plan::Plan;
use super::wrapper::{local, types};
use crate::graph::model::{Arm, Route, Scope, Successor, Target};
use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;
use syn::spanned::Spanned;

/// ```text
/// fn entry(state: &Self::State) -> Next<Self::Node> {
///     Next::Node(JobGraphNode::StartJob)
/// }
/// ```
pub(super) fn entry(plan: &Plan<'_>) -> TokenStream {
    let (krate, nodes) = (&plan.header.krate, &plan.header.nodes);
    let state = local("state");
    let (state_type, _) = types(plan.header);
    let next = successor(plan, plan.graph.entries.first().map(|place| &place.successor), None);
    quote! {
        #[inline]
        #[allow(unused_braces, unused_imports, unused_variables, clippy::blocks_in_conditions)]
        fn entry(#state: &#state_type) -> #krate::__private::Next<#nodes> {
            use #krate::__private::AnswerExt as _;
            #next
        }
    }
}

/// ```text
/// fn route(node: Self::Node, state: &Self::State, at: At<'_, Self>) -> Next<Self::Node> {
///     match node {
///         JobGraphNode::StartJob => Next::Node(JobGraphNode::Decide),
///         JobGraphNode::Decide => __choose! { done(state) { true => Next::End, … } },
///     }
/// }
/// ```
pub(super) fn route(plan: &Plan<'_>) -> TokenStream {
    let (krate, nodes) = (&plan.header.krate, &plan.header.nodes);
    let [node, state, at] = ["node", "state", "at"].map(local);
    let (state_type, _) = types(plan.header);
    let arms = plan.nodes().map(|(placed, _)| {
        let variant = plan.header.variant(placed);
        let next = successor(plan, placed.successor(), placed.scope);
        quote! { #variant => #next, }
    });
    quote! {
        #[inline]
        #[allow(unused_braces, unused_imports, unused_variables, clippy::blocks_in_conditions)]
        fn route(
            #node: #nodes,
            #state: &#state_type,
            #at: #krate::__private::At<'_, Self>,
        ) -> #krate::__private::Next<#nodes> {
            use #krate::__private::AnswerExt as _;
            match #node { #(#arms)* }
        }
    }
}

/// What follows, unless a node has chosen itself. Where there is an error about it, the end, so that the rest stays Rust.
pub(super) fn successor(plan: &Plan<'_>, successor: Option<&Successor>, scope: Option<Scope>) -> TokenStream {
    match successor {
        Some(Successor::Then(to)) => target(plan, *to),
        Some(Successor::Route(Route { path: Some(path), complete: true, arms: found, .. })) if !found.is_empty() => {
            let arms = arms(plan, found);
            let answer = answer(plan, path, scope);
            quote! { __choose! { #answer { #arms } } }
        }
        _ => target(plan, Target::End),
    }
}

/// ```text
/// { Answer(Route::<State, _>::call(&done, state)).answer() }
/// ```
///
/// Reported at the user's `done`: rustc says there which variant the patterns forget.
fn answer(plan: &Plan<'_>, path: &Path, scope: Option<Scope>) -> TokenStream {
    let (krate, span) = (&plan.header.krate, path.span());
    let value = read(plan, path, scope, &quote! { Route }, &quote! { ItemRoute });
    let answer = call(pin(quote! { #krate::__private::Answer }, span), value, span);
    let unpacked = pin(quote! { .answer() }, span);
    block(quote! { #answer #unpacked }, span)
}

/// `Route::<State, _>::call(&done, state)`, or in a `for` `ItemRoute::<State, Item, _>::call(&done, state, item)`,
/// reported at the user's `done`.
pub(super) fn read(
    plan: &Plan<'_>,
    path: &Path,
    scope: Option<Scope>,
    outside: &TokenStream,
    inside: &TokenStream,
) -> TokenStream {
    let (krate, span, state) = (&plan.header.krate, path.span(), local("state"));
    let (state_type, _) = types(plan.header);
    let reference = pin(quote! { & }, span);
    if let (Some(item_type), Some(item)) = (plan.item_type(scope), plan.item(scope)) {
        let function = pin(quote! { #krate::__private::#inside::<#state_type, #item_type, _>::call }, span);
        call(function, quote! { #reference #path, #state, #item }, span)
    } else {
        let function = pin(quote! { #krate::__private::#outside::<#state_type, _>::call }, span);
        call(function, quote! { #reference #path, #state }, span)
    }
}

/// `Step::Look => Next::Node(AgentNode::Digest),` with the user's patterns as they are.
pub(super) fn arms(plan: &Plan<'_>, arms: &[Arm]) -> TokenStream {
    let arms = arms.iter().map(|arm| {
        let (pattern, target) = (&arm.pattern, target(plan, arm.target));
        quote! { #pattern => #target, }
    });
    quote! { #(#arms)* }
}

/// `Next::Node(AgentNode::Digest)`
pub(super) fn target(plan: &Plan<'_>, target: Target) -> TokenStream {
    let krate = &plan.header.krate;
    let next = quote! { #krate::__private::Next };
    match target {
        Target::Node(index) => {
            let Some(node) = plan.graph.nodes.get(index) else { return quote! { #next::End } };
            let variant = plan.header.variant(node);
            quote! { #next::Node(#variant) }
        }
        Target::Region(index) => quote! { #next::Region(#index) },
        Target::Join => quote! { #next::Join },
        Target::End | Target::Unknown => quote! { #next::End },
    }
}

/// ```text
/// macro_rules! __choose { … }
/// ```
///
/// A pattern that rustc cannot parse is then an error where it stands; in the open it would discard the whole expansion.
pub(super) fn choose() -> TokenStream {
    quote! {
        macro_rules! __choose { ($($tokens:tt)*) => { match $($tokens)* } }
    }
}
