//! The tasks of supersteps: one node's function and what it leaves, with nothing applied yet.

use super::plan::Plan;
use super::replies;
use super::wrapper::{self, local, types};
use crate::graph::model::Node;
use proc_macro2::TokenStream;
use quote::quote;

/// ```text
/// fn task<'a>(node: Self::Node, state: &'a State, at: At<'a, Self>, cx: &'a Ctx<Context>, patch: &'a mut Patch<Self>)
///     -> impl Future<Output = Result<Noted<Self>, BoxError>> + Send + 'a
/// {
///     async move {
///         match node {
///             JobGraphNode::StartJob => Ok(Noted::update(__Tasks::start_job(state, cx).await?, patch)),
///             …
///         }
///     }
/// }
/// ```
pub(super) fn task(plan: &Plan<'_>) -> TokenStream {
    let header = plan.header;
    let (krate, nodes) = (&header.krate, &header.nodes);
    let [node, state, at, cx, patch] = ["node", "state", "at", "cx", "patch"].map(local);
    let (state_type, context) = types(header);
    let arms = plan.functions().filter_map(|(node, _)| {
        let (task, variant, noted) = (wrapper::name(node)?, header.variant(node), note(node));
        let arguments = arguments(plan, node);
        let arm = quote! {
            #variant => ::core::result::Result::Ok(
                #krate::__private::Noted::#noted(__Tasks::#task(#arguments).await?, #patch),
            ),
        };
        Some((variant, arm))
    });
    let arms: Vec<(TokenStream, TokenStream)> = arms.collect();
    let rest = (arms.len() < plan.nodes().count()).then(|| quote! { _ => #krate::__private::no_function(), });
    let arms = parts(plan, arms);
    quote! {
        #[inline]
        #[allow(unused_variables, clippy::manual_async_fn)]
        fn task<'a>(
            #node: #nodes,
            #state: &'a #state_type,
            #at: #krate::__private::At<'a, Self>,
            #cx: &'a #krate::Ctx<#context>,
            #patch: &'a mut #krate::__private::Patch<Self>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<#krate::__private::Noted<Self>, #krate::BoxError>,
        > + ::core::marker::Send + 'a {
            async move { match #node { #arms #rest } }
        }
    }
}

/// ```text
/// fn instant(node: Self::Node) -> bool {
///     match node { AgentNode::Parse => const { plain::<State, Updates, _, _>(&__Tasks::parse) }, … _ => false }
/// }
///
/// fn call(node: Self::Node, …) -> Option<Result<Noted<Self>, BoxError>> {
///     match node {
///         AgentNode::Parse => Some(at_once(|| __Tasks::parse(state, cx))?.map(|left| Noted::update(left, patch))),
///         …
///         _ => None,
///     }
/// }
/// ```
///
/// For nodes in groups, which need no future if they are no `async fn`, and for those that block, which run elsewhere.
pub(super) fn call(plan: &Plan<'_>) -> Option<TokenStream> {
    let header = plan.header;
    let (krate, nodes) = (&header.krate, &header.nodes);
    let [node, state, at, cx, patch, left] = ["node", "state", "at", "cx", "patch", "left"].map(local);
    let (state_type, context) = types(header);
    let (mut instant, mut calls) = (Vec::new(), Vec::new());
    for (node, policy) in plan.functions() {
        let (Some(task), variant, noted) = (wrapper::name(node), header.variant(node), note(node)) else { continue };
        let grouped = node.scope.is_some() && Plan::is_plain(node, policy);
        if grouped {
            let kind = wrapper::kind(node);
            let is_plain =
                quote! { #krate::__private::plain::<#state_type, #krate::__private::#kind, _, _>(&__Tasks::#task) };
            instant.push(quote! { #variant => const { #is_plain }, });
        }
        if grouped || policy.blocking.is_some() {
            let arguments = arguments(plan, node);
            calls.push(quote! {
                #variant => ::core::option::Option::Some(
                    #krate::__private::at_once(|| __Tasks::#task(#arguments))?
                        .map(|#left| #krate::__private::Noted::#noted(#left, #patch)),
                ),
            });
        }
    }
    let instant = (!instant.is_empty()).then(|| {
        quote! {
            #[inline]
            fn instant(#node: #nodes) -> bool {
                match #node {
                    #(#instant)*
                    #[allow(unreachable_patterns)]
                    _ => false,
                }
            }
        }
    });
    (!calls.is_empty()).then(|| {
        quote! {
            #instant

            #[allow(unused_variables)]
            fn call(
                #node: #nodes,
                #state: &#state_type,
                #at: #krate::__private::At<'_, Self>,
                #cx: &#krate::Ctx<#context>,
                #patch: &mut #krate::__private::Patch<Self>,
            ) -> ::core::option::Option<
                ::core::result::Result<#krate::__private::Noted<Self>, #krate::BoxError>,
            > {
                match #node {
                    #(#calls)*
                    #[allow(unreachable_patterns)]
                    _ => ::core::option::Option::None,
                }
            }
        }
    })
}

/// How many nodes one `async` block awaits: what rustc does for a block grows with the square of its awaits.
pub(super) const PART: usize = 32;

/// ```text
/// JobGraphNode::StartJob | … => async move { match node { JobGraphNode::StartJob => …, … _ => no_function() } }.await,
/// ```
fn parts(plan: &Plan<'_>, arms: Vec<(TokenStream, TokenStream)>) -> TokenStream {
    if arms.len() > PART {
        arms.chunks(PART).map(|arms| part(plan, arms)).collect()
    } else {
        arms.into_iter().map(|(_, arm)| arm).collect()
    }
}

fn part(plan: &Plan<'_>, arms: &[(TokenStream, TokenStream)]) -> TokenStream {
    let (krate, node) = (&plan.header.krate, local("node"));
    let variants = arms.iter().map(|(variant, _)| variant);
    let arms = arms.iter().map(|(_, arm)| arm);
    quote! {
        #(#variants)|* => async move {
            match #node { #(#arms)* _ => #krate::__private::no_function() }
        }.await,
    }
}

/// How what the node returns is noted: `update` or `command`.
pub(super) fn note(node: &Node) -> TokenStream {
    if wrapper::decides(node) {
        quote! { command }
    } else {
        quote! { update }
    }
}

/// `state, __Items::of_2(at), __Replies::approve(at), cx`
pub(super) fn arguments(plan: &Plan<'_>, node: &Node) -> TokenStream {
    let [state, cx] = ["state", "cx"].map(local);
    let item = plan.item(node.scope).map(|item| quote! { #item, });
    let reply = replies::given(node).map(|reply| quote! { #reply, });
    quote! { #state, #item #reply #cx }
}
