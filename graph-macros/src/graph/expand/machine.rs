//! The state machine: one static `match` for each question of the engine.

use super::plan::Plan;
use super::routes;
use super::subgraphs;
use super::tasks::{self, PART};
use super::wrapper::{self, local, types};
use super::{pauses, policies, regions};
use crate::former;
use crate::graph::model::Node;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

/// ```text
/// impl ::graph_runtime::Definition for JobGraph {
///     type State = Job;
///     type Context = ();
///     type Node = JobGraphNode;
///     type Reply = JobGraphReply;
///     const NAME: &'static str = "JobGraph";
///     fn entry(state: &Self::State) -> Next<Self::Node> { … }
///     fn now(node: Self::Node, …) -> Option<…> { … }
///     fn task<'a>(node: Self::Node, …) -> impl Future<…> + Send + 'a { … }
///     fn route(node: Self::Node, state: &Self::State, …) -> Next<Self::Node> { … }
/// }
/// ```
///
/// What only some graphs have, such as regions and policies, stands only in those.
pub(super) fn definition(plan: &Plan<'_>, drawing: Option<&TokenStream>) -> TokenStream {
    let header = plan.header;
    let (krate, name, nodes, state) = (&header.krate, &header.name, &header.nodes, &header.state);
    let replies = &header.replies;
    let text = name.unraw().to_string();
    let former: Vec<String> = header.former().iter().map(former::text).collect();
    let former =
        (!former.is_empty()).then(|| quote! { const FORMER_NAMES: &'static [&'static str] = &[#(#former),*]; });
    let bound = super::bound(header);
    let state = quote_spanned! {state.span()=> type State = #state; };
    let context = if let Some(context) = &header.context {
        quote_spanned! {context.span()=> type Context = #context; }
    } else {
        quote! { type Context = (); }
    };
    let items = if plan.loops().next().is_some() {
        quote! { __Items }
    } else {
        quote! { #krate::__private::NoItems }
    };
    let entry = routes::entry(plan);
    let now = now(plan);
    let task = tasks::task(plan);
    let call = tasks::call(plan);
    let step = step(plan);
    let route = routes::route(plan);
    let regions = regions::regions(plan);
    let pauses = pauses::pauses(plan);
    let policies = policies::policies(plan);
    let subgraphs = subgraphs::subgraphs(plan);
    quote! {
        #[automatically_derived]
        impl #krate::Definition for #name #bound {
            #state
            #context
            type Node = #nodes;
            type Items = #items;
            type Reply = #replies;
            const NAME: &'static str = #text;
            #former
            #entry
            #now
            #task
            #call
            #step
            #route
            #regions
            #pauses
            #policies
            #subgraphs
            #drawing
        }
    }
}

/// ```text
/// fn now(node: Self::Node, state: &mut State, cx: &Ctx<Context>, draft: &mut Draft<State>)
///     -> Option<Result<Next<Self::Node>, BoxError>>
/// {
///     match node {
///         JobGraphNode::StartJob => {
///             let apply = match at_once(|| __Tasks::start_job(state, cx))? {
///                 Ok(update) => draft.note(update),
///                 Err(error) => return Some(Err(error)),
///             };
///             draft.settle(apply, state);
///             Some(Ok(Self::route(JobGraphNode::StartJob, state, At::NOWHERE)))
///         }
///         …
///     }
/// }
/// ```
///
/// In a large graph, what the arms have in common is checked once, in the runtime:
///
/// ```text
/// JobGraphNode::StartJob => update::<Self>(__Tasks::start_job, JobGraphNode::StartJob, state, cx, draft),
/// ```
///
/// Nodes with policies and those of groups are not the plain loop's.
fn now(plan: &Plan<'_>) -> TokenStream {
    let header = plan.header;
    let (krate, nodes) = (&header.krate, &header.nodes);
    let [node, state, cx, draft] = ["node", "state", "cx", "draft"].map(local);
    let (state_type, context) = types(header);
    let run = |call| quote! { #krate::__private::at_once(|| #call)? };
    let arms: TokenStream = if alone(plan).count() > PART {
        alone(plan).map(|placed| called(plan, placed)).collect()
    } else {
        supersteps(plan, run, |result| quote! { ::core::option::Option::Some(#result) })
    };
    let rest = (!all_alone(plan)).then(|| quote! { _ => ::core::option::Option::None, });
    quote! {
        #[inline]
        #[allow(unused_variables)]
        fn now(
            #node: #nodes,
            #state: &mut #state_type,
            #cx: &#krate::Ctx<#context>,
            #draft: &mut #krate::__private::Draft<#state_type>,
        ) -> ::core::option::Option<
            ::core::result::Result<#krate::__private::Next<#nodes>, #krate::BoxError>,
        > {
            match #node { #arms #rest }
        }
    }
}

/// ```text
/// fn step<'a>(node: Self::Node, state: &'a mut State, cx: &'a Ctx<Context>, draft: &'a mut Draft<State>)
///     -> impl Future<Output = Result<Next<Self::Node>, BoxError>> + Send + 'a
/// {
///     async move {
///         match node {
///             JobGraphNode::StartJob => {
///                 let apply = match __Tasks::start_job(state, cx).await {
///                     Ok(update) => draft.note(update),
///                     Err(error) => return Err(error),
///                 };
///                 draft.settle(apply, state);
///                 Ok(Self::route(JobGraphNode::StartJob, state, At::NOWHERE))
///             }
///             …
///         }
///     }
/// }
/// ```
///
/// A large graph makes do with the step that the trait provides: what rustc does for the awaits grows faster than they do.
fn step(plan: &Plan<'_>) -> Option<TokenStream> {
    let header = plan.header;
    let (krate, nodes) = (&header.krate, &header.nodes);
    let [node, state, cx, draft] = ["node", "state", "cx", "draft"].map(local);
    let (state_type, context) = types(header);
    if alone(plan).count() > PART {
        return None;
    }
    let arms = supersteps(plan, |call| quote! { #call.await }, |result| result);
    let rest = (!all_alone(plan)).then(|| quote! { _ => #krate::__private::no_function(), });
    Some(quote! {
        #[inline]
        #[allow(unused_variables, clippy::manual_async_fn)]
        fn step<'a>(
            #node: #nodes,
            #state: &'a mut #state_type,
            #cx: &'a #krate::Ctx<#context>,
            #draft: &'a mut #krate::__private::Draft<#state_type>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<#krate::__private::Next<#nodes>, #krate::BoxError>,
        > + ::core::marker::Send + 'a {
            async move { match #node { #arms #rest } }
        }
    })
}

/// The nodes that the plain loop runs: outside of every group, and without a policy.
fn alone<'a>(plan: &Plan<'a>) -> impl Iterator<Item = &'a Node> {
    plan.functions().filter(|(node, policy)| node.scope.is_none() && Plan::is_plain(node, policy)).map(|(node, _)| node)
}

fn all_alone(plan: &Plan<'_>) -> bool {
    alone(plan).count() == plan.nodes().count()
}

/// `JobGraphNode::StartJob => update::<Self>(__Tasks::start_job, JobGraphNode::StartJob, state, cx, draft),`
fn called(plan: &Plan<'_>, node: &Node) -> TokenStream {
    let krate = &plan.header.krate;
    let [state, cx, draft] = ["state", "cx", "draft"].map(local);
    let variant = plan.header.variant(node);
    match wrapper::name(node) {
        Some(task) if wrapper::decides(node) => {
            quote! { #variant => #krate::__private::choose::<Self>(__Tasks::#task, #state, #cx, #draft), }
        }
        Some(task) => {
            quote! { #variant => #krate::__private::update::<Self>(__Tasks::#task, #variant, #state, #cx, #draft), }
        }
        // There is an error about what follows the node, so its form is not known.
        None => {
            let end = quote! { ::core::result::Result::Ok(#krate::__private::Next::End) };
            quote! { #variant => ::core::option::Option::Some(#end), }
        }
    }
}

/// The arms of `now` and of `step`, which differ in how they `run` a node's task and what they `give` back.
///
/// The node is a constant in its arm, and so is what follows it: each arm goes straight to the next.
fn supersteps(
    plan: &Plan<'_>,
    run: impl Fn(TokenStream) -> TokenStream,
    give: impl Fn(TokenStream) -> TokenStream,
) -> TokenStream {
    let krate = &plan.header.krate;
    let [state, cx, draft, next, apply, update, error] =
        ["state", "cx", "draft", "next", "apply", "update", "error"].map(local);
    let arms = alone(plan).map(|node| {
        let variant = plan.header.variant(node);
        let Some(task) = wrapper::name(node) else {
            // There is an error about what follows the node, so its form is not known.
            let end = give(quote! { ::core::result::Result::Ok(#krate::__private::Next::End) });
            return quote! { #variant => #end, };
        };
        let ran = run(quote! { __Tasks::#task(#state, #cx) });
        let failed = give(quote! { ::core::result::Result::Err(#error) });
        // A node that `match { … }` follows has chosen.
        let (pattern, noted, kept, follows) = if wrapper::decides(node) {
            (
                quote! { (#next, #update) },
                quote! { (#next, #draft.note(#update)) },
                quote! { (#next, #apply) },
                quote! { #next },
            )
        } else {
            (
                quote! { #update },
                quote! { #draft.note(#update) },
                quote! { #apply },
                quote! { Self::route(#variant, #state, #krate::__private::At::NOWHERE) },
            )
        };
        let done = give(quote! { ::core::result::Result::Ok(#follows) });
        quote! {
            #variant => {
                let #kept = match #ran {
                    ::core::result::Result::Ok(#pattern) => #noted,
                    ::core::result::Result::Err(#error) => return #failed,
                };
                #draft.settle(#apply, #state);
                #done
            }
        }
    });
    arms.collect()
}
