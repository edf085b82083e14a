//! The tasks of supersteps: one node's function and what it leaves, with nothing applied yet.

use super::plan::Plan;
use super::replies;
use super::wrapper::{self, local, types};
use crate::graph::model::Node;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::Ident;

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
///
/// In a large graph, an arm is one of [`parts`]:
///
/// ```text
/// JobGraphNode::StartJob | … => __Parts::part_0(node, state, at, cx, patch).await,
/// ```
pub(super) fn task(plan: &Plan<'_>) -> TokenStream {
    let [node, state, at, cx, patch] = ["node", "state", "at", "cx", "patch"].map(local);
    let krate = &plan.header.krate;
    let arms = awaits(plan);
    let all = arms.len() == plan.nodes().count();
    let rest = (!all).then(|| quote! { _ => #krate::__private::no_function(), });
    let arms: TokenStream = if arms.len() > PART {
        let part = |(index, arms): (usize, &[Await])| {
            let (variants, part) = (arms.iter().map(|arm| &arm.variant), part(index));
            let at = placed(arms).then(|| quote! { #at, });
            quote! { #(#variants)|* => __Parts::#part(#node, #state, #at #cx, #patch).await, }
        };
        arms.chunks(PART).enumerate().map(part).collect()
    } else {
        arms.into_iter().map(|arm| arm.tokens).collect()
    };
    noting(plan, &Ident::new("task", Span::call_site()), &quote! { Self }, true, &quote! { #arms #rest })
}

/// How many nodes one `async` block awaits: what rustc does for a block grows with the square of its awaits.
pub(super) const PART: usize = 32;

/// ```text
/// enum __Parts {}
/// impl __Parts {
///     fn part_0<'a>(node: JobGraphNode, …) -> impl Future<…> + Send + 'a {
///         async move { match node { JobGraphNode::StartJob => …, … _ => no_function() } }
///     }
///     …
/// }
/// ```
///
/// Functions, because rustc checks the blocks of one function together. Nothing for a graph that needs no parts.
pub(super) fn parts(plan: &Plan<'_>) -> Option<TokenStream> {
    let krate = &plan.header.krate;
    let mut graph = plan.header.name.clone();
    graph.set_span(Span::call_site());
    let arms = awaits(plan);
    let parts = arms.chunks(PART).enumerate().map(|(index, arms)| {
        let tokens = arms.iter().map(|arm| &arm.tokens);
        let tokens = quote! { #(#tokens)* _ => #krate::__private::no_function(), };
        noting(plan, &part(index), &graph.to_token_stream(), placed(arms), &tokens)
    });
    (arms.len() > PART).then(|| wrapper::holder(plan, "__Parts", &parts.collect::<Vec<_>>()))
}

fn part(index: usize) -> Ident {
    format_ident!("part_{index}", span = Span::call_site())
}

/// The arm of a node that is awaited.
struct Await {
    variant: TokenStream,
    tokens: TokenStream,
    /// Whether it takes an item or a reply.
    placed: bool,
}

/// Whether one of them asks where the task is: what a part does not need is not kept while it is awaited.
fn placed(arms: &[Await]) -> bool {
    arms.iter().any(|arm| arm.placed)
}

fn awaits(plan: &Plan<'_>) -> Vec<Await> {
    let (krate, patch) = (&plan.header.krate, local("patch"));
    let arms = plan.functions().filter_map(|(node, _)| {
        let (task, variant, noted) = (wrapper::name(node)?, plan.header.variant(node), note(node));
        let arguments = arguments(plan, node);
        let tokens = quote! {
            #variant => ::core::result::Result::Ok(
                #krate::__private::Noted::#noted(__Tasks::#task(#arguments).await?, #patch),
            ),
        };
        let placed = plan.item(node.scope).is_some() || replies::given(node).is_some();
        Some(Await { variant, tokens, placed })
    });
    arms.collect()
}

/// The function of this name with what a task gets, and an `async` block that matches the node.
fn noting(plan: &Plan<'_>, name: &Ident, graph: &TokenStream, placed: bool, arms: &TokenStream) -> TokenStream {
    let (krate, nodes) = (&plan.header.krate, &plan.header.nodes);
    let [node, state, at, cx, patch] = ["node", "state", "at", "cx", "patch"].map(local);
    let (state_type, context) = types(plan.header);
    let at = placed.then(|| quote! { #at: #krate::__private::At<'a, #graph>, });
    quote! {
        #[inline]
        #[allow(unused_variables, clippy::manual_async_fn)]
        fn #name<'a>(
            #node: #nodes,
            #state: &'a #state_type,
            #at
            #cx: &'a #krate::Ctx<#context>,
            #patch: &'a mut #krate::__private::Patch<#graph>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<#krate::__private::Noted<#graph>, #krate::BoxError>,
        > + ::core::marker::Send + 'a {
            async move { match #node { #arms } }
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
