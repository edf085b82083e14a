//! The state machine: one static `match` for each question of the engine.

use super::Header;
use super::pin::{block, call, pin};
use super::wrapper::{self, local, types};
use crate::graph::model::{Arm, Graph, Node, Route, Successor, Target};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

/// ```text
/// impl ::graph_runtime::Definition for JobGraph {
///     type State = Job;
///     type Context = ();
///     type Node = JobGraphNode;
///     const NAME: &'static str = "JobGraph";
///     fn entry(state: &Self::State) -> Next<Self::Node> { … }
///     fn now(node: Self::Node, …) -> Option<…> { … }
///     fn step<'a>(node: Self::Node, …) -> impl Future<…> + Send + 'a { … }
///     fn route(node: Self::Node, state: &Self::State) -> Next<Self::Node> { … }
/// }
/// ```
pub(super) fn definition(header: &Header, graph: &Graph) -> TokenStream {
    let Header { krate, name, nodes, state, .. } = header;
    let text = name.to_string();
    let bound = super::bound(header);
    let state = quote_spanned! {state.span()=> type State = #state; };
    let context = if let Some(context) = &header.context {
        quote_spanned! {context.span()=> type Context = #context; }
    } else {
        quote! { type Context = (); }
    };
    let entry = entry(header, graph);
    let now = now(header, graph);
    let step = step(header, graph);
    let route = route(header, graph);
    quote! {
        #[automatically_derived]
        impl #krate::Definition for #name #bound {
            #state
            #context
            type Node = #nodes;
            const NAME: &'static str = #text;
            #entry
            #now
            #step
            #route
        }
    }
}

/// ```text
/// fn entry(state: &Self::State) -> Next<Self::Node> {
///     Next::Node(JobGraphNode::StartJob)
/// }
/// ```
fn entry(header: &Header, graph: &Graph) -> TokenStream {
    let Header { krate, nodes, .. } = header;
    let state = local("state");
    let (state_type, _) = types(header);
    let next = successor(header, graph, graph.entries.first().map(|place| &place.successor));
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
/// fn route(node: Self::Node, state: &Self::State) -> Next<Self::Node> {
///     match node {
///         JobGraphNode::StartJob => Next::Node(JobGraphNode::Decide),
///         JobGraphNode::Decide => __choose! { done(state) { true => Next::End, … } },
///     }
/// }
/// ```
fn route(header: &Header, graph: &Graph) -> TokenStream {
    let Header { krate, nodes, .. } = header;
    let [node, state] = ["node", "state"].map(local);
    let (state_type, _) = types(header);
    let arms = graph.placed().map(|(_, placed)| {
        let variant = header.variant(placed);
        let next = successor(header, graph, placed.successor());
        quote! { #variant => #next, }
    });
    quote! {
        #[inline]
        #[allow(unused_braces, unused_imports, unused_variables, clippy::blocks_in_conditions)]
        fn route(#node: #nodes, #state: &#state_type) -> #krate::__private::Next<#nodes> {
            use #krate::__private::AnswerExt as _;
            match #node { #(#arms)* }
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
///             Some(Ok(Self::route(JobGraphNode::StartJob, state)))
///         }
///         …
///     }
/// }
/// ```
fn now(header: &Header, graph: &Graph) -> TokenStream {
    let Header { krate, nodes, .. } = header;
    let [node, state, cx, draft] = ["node", "state", "cx", "draft"].map(local);
    let (state_type, context) = types(header);
    let arms = graph.placed().map(|(_, placed)| {
        let run = |call| quote! { #krate::__private::at_once(|| #call)? };
        superstep(header, placed, run, |result| quote! { ::core::option::Option::Some(#result) })
    });
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
            match #node { #(#arms)* }
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
///                 Ok(Self::route(JobGraphNode::StartJob, state))
///             }
///             …
///         }
///     }
/// }
/// ```
fn step(header: &Header, graph: &Graph) -> TokenStream {
    let Header { krate, nodes, .. } = header;
    let [node, state, cx, draft] = ["node", "state", "cx", "draft"].map(local);
    let (state_type, context) = types(header);
    let arms =
        graph.placed().map(|(_, placed)| superstep(header, placed, |call| quote! { #call.await }, |result| result));
    quote! {
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
            async move { match #node { #(#arms)* } }
        }
    }
}

/// A node's arm in `now` and in `step`, which differ in how they `run` its task and what they `give` back.
///
/// The node is a constant in its arm, and so is what follows it: each arm goes straight to the next.
fn superstep(
    header: &Header,
    node: &Node,
    run: impl Fn(TokenStream) -> TokenStream,
    give: impl Fn(TokenStream) -> TokenStream,
) -> TokenStream {
    let (krate, variant) = (&header.krate, header.variant(node));
    let [state, cx, draft, next, apply, update, error] =
        ["state", "cx", "draft", "next", "apply", "update", "error"].map(local);
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
            quote! { Self::route(#variant, #state) },
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
}

/// What follows a node that has not chosen itself. Where there is an error about it, the end, so that the rest stays Rust.
fn successor(header: &Header, graph: &Graph, successor: Option<&Successor>) -> TokenStream {
    match successor {
        Some(Successor::Then(to)) => target(header, graph, *to),
        Some(Successor::Route(Route { path: Some(path), complete: true, arms: found, .. })) if !found.is_empty() => {
            let arms = arms(header, graph, found);
            let answer = answer(header, path);
            quote! { __choose! { #answer { #arms } } }
        }
        _ => target(header, graph, Target::End),
    }
}

/// ```text
/// { Answer(Route::<State, _>::call(&done, state)).answer() }
/// ```
///
/// Reported at the user's `done`: rustc says there which variant the patterns forget.
fn answer(header: &Header, path: &Path) -> TokenStream {
    let (krate, span, state) = (&header.krate, path.span(), local("state"));
    let (state_type, _) = types(header);
    let route = pin(quote! { #krate::__private::Route::<#state_type, _>::call }, span);
    let reference = pin(quote! { & }, span);
    let value = call(route, quote! { #reference #path, #state }, span);
    let answer = call(pin(quote! { #krate::__private::Answer }, span), value, span);
    let unpacked = pin(quote! { .answer() }, span);
    block(quote! { #answer #unpacked }, span)
}

/// `Step::Look => Next::Node(AgentNode::Digest),` with the user's patterns as they are.
pub(super) fn arms(header: &Header, graph: &Graph, arms: &[Arm]) -> TokenStream {
    let arms = arms.iter().map(|arm| {
        let (pattern, target) = (&arm.pattern, target(header, graph, arm.target));
        quote! { #pattern => #target, }
    });
    quote! { #(#arms)* }
}

fn target(header: &Header, graph: &Graph, target: Target) -> TokenStream {
    let krate = &header.krate;
    if let Target::Node(index) = target
        && let Some(node) = graph.nodes.get(index)
    {
        let variant = header.variant(node);
        return quote! { #krate::__private::Next::Node(#variant) };
    }
    quote! { #krate::__private::Next::End }
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
