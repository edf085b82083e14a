//! One function per node: the single place where the user's functions are type-checked.

use super::Header;
use super::pin::{self, pin};
use super::plan::{self, Plan};
use super::routes;
use crate::graph::model::{Kind, Node, Successor};
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::spanned::Spanned;
use syn::{Ident, Path};

/// The nodes' functions as the engine sees them. They are associated functions, so that none of their names can hide
/// a name of the user's.
///
/// ```text
/// enum __Tasks {}
/// impl __Tasks { fn start_job… fn decide… }
/// enum __Rescues {}
/// impl __Rescues { fn decide… }
/// ```
pub(super) fn tasks(plan: &Plan<'_>) -> TokenStream {
    let tasks: Vec<TokenStream> = plan.functions().filter_map(|(node, _)| task(plan, node)).collect();
    let rescues: Vec<TokenStream> =
        plan.functions().filter_map(|(node, policy)| rescue(plan, node, policy.on_error.as_ref()?)).collect();
    let rescues = (!rescues.is_empty()).then(|| holder(plan, "__Rescues", &rescues));
    let tasks = holder(plan, "__Tasks", &tasks);
    quote! { #tasks #rescues }
}

/// An enum for functions of the expansion, out of the way of the user's names.
pub(super) fn holder(plan: &Plan<'_>, name: &str, functions: &[TokenStream]) -> TokenStream {
    let bound = super::bound(plan.header);
    let name = Ident::new(name, Span::call_site());
    quote! {
        #[allow(dead_code)]
        enum #name {}

        #[automatically_derived]
        #[allow(dead_code, non_snake_case, unused_braces, clippy::blocks_in_conditions, clippy::manual_async_fn)]
        impl #name #bound { #(#functions)* }
    }
}

/// The `decide` of `__Tasks::decide`, if the node has a function there: what cannot be read of a `match` leaves open what
/// the node must return, and what cannot be a reply what it takes.
pub(super) fn name(node: &Node) -> Option<Ident> {
    let open = matches!(node.kind, Kind::Pause { reply: None, .. });
    (plan::known(node.successor()) && !open).then(|| plain_name(node))
}

/// The same, whether there is one or not.
pub(super) fn plain_name(node: &Node) -> Ident {
    let mut name = node.name.clone();
    name.set_span(Span::call_site());
    name
}

/// Whether the node returns a `Command`.
pub(super) fn decides(node: &Node) -> bool {
    matches!(node.successor(), Some(Successor::Route(route)) if route.path.is_none())
}

/// The kind of the node, as the constants name it: `Updates` or `Decides`.
pub(super) fn kind(node: &Node) -> TokenStream {
    if decides(node) {
        quote! { Decides }
    } else {
        quote! { Updates }
    }
}

fn task(plan: &Plan<'_>, node: &Node) -> Option<TokenStream> {
    let name = name(node)?;
    let parameters = parameters(plan, node);
    let called = called(plan, node);
    Some(match node.successor()? {
        Successor::Route(route) if route.path.is_none() => {
            let arms = routes::arms(plan, &route.arms);
            deciding(plan, &name, &parameters, called, (route.keyword.span, node.path.span()), &arms)
        }
        _ => updating(plan, &name, &parameters, called, node.path.span()),
    })
}

/// ```text
/// fn decide<'a>(state: &'a State, error: &'a NodeError)
///     -> impl Work<Output = Result<impl Update<State> + use<'a>, BoxError>> + Send + use<'a>
/// {
///     Returned::<State, _>::settle(OnError::<State, _>::call(&fallback, state, error))
/// }
/// ```
fn rescue(plan: &Plan<'_>, node: &Node, path: &Path) -> Option<TokenStream> {
    let (krate, span) = (&plan.header.krate, path.span());
    let name = name(node)?;
    let (state_type, _) = types(plan.header);
    let [state, error] = ["state", "error"].map(local);
    let parameters = quote! { #state: &'a #state_type, #error: &'a #krate::NodeError };
    let call = pin(quote! { #krate::__private::OnError::<#state_type, _>::call }, span);
    let reference = pin(quote! { & }, span);
    let called = pin::call(call, quote! { #reference #path, #state, #error }, span);
    Some(match node.successor()? {
        Successor::Route(route) if route.path.is_none() => {
            let arms = routes::arms(plan, &route.arms);
            deciding(plan, &name, &parameters, called, (route.keyword.span, span), &arms)
        }
        _ => updating(plan, &name, &parameters, called, span),
    })
}

/// ```text
/// fn decide<'a>(
///     state: &'a <JobGraph as ::graph_runtime::Definition>::State,
///     cx: &'a ::graph_runtime::Ctx<<JobGraph as ::graph_runtime::Definition>::Context>,
/// ) -> impl Work<Output = Result<impl Update<State> + use<'a>, BoxError>> + Send + use<'a> {
///     Returned::<State, _>::settle(Node::<State, Context, _>::call(&decide, state, cx))
/// }
/// ```
///
/// If the body is wrong, the return type is an error type and rustc says nothing more about it downstream.
fn updating(plan: &Plan<'_>, name: &Ident, parameters: &TokenStream, called: TokenStream, span: Span) -> TokenStream {
    let krate = &plan.header.krate;
    let (state, _) = types(plan.header);
    let update = quote! { impl #krate::Update<#state> + use<'a> };
    let future = pin(future(plan, &update), span);
    let settle = pin(quote! { #krate::__private::Returned::<#state, _>::settle }, span);
    let body = pin::call(settle, called, span);
    quote! {
        #[inline]
        fn #name<'a>(#parameters) -> #future { #body }
    }
}

/// ```text
/// fn decide<'a>(state: …, cx: …)
///     -> impl Work<Output = Result<(Next<JobGraphNode>, impl Update<State> + use<'a>), BoxError>> + Send + use<'a>
/// {
///     let work = Decided::<State, _>::settle(Node::<State, Context, _>::call(&decide, state, cx));
///     Chosen::new(work, |choice| __choose! { choice { Step::Look => Next::Node(JobGraphNode::Digest), … } })
/// }
/// ```
///
/// The choice becomes its arm's target at once, so that only names of nodes are ever stored.
fn deciding(
    plan: &Plan<'_>,
    name: &Ident,
    parameters: &TokenStream,
    called: TokenStream,
    (at, span): (Span, Span),
    arms: &TokenStream,
) -> TokenStream {
    let (krate, nodes) = (&plan.header.krate, &plan.header.nodes);
    let [work, choice] = ["work", "choice"].map(local);
    let (state, _) = types(plan.header);
    let output = quote! { (#krate::__private::Next<#nodes>, impl #krate::Update<#state> + use<'a>) };
    let future = pin(future(plan, &output), span);
    let settle = pin(quote! { #krate::__private::Decided::<#state, _>::settle }, span);
    let settle = pin::call(settle, called, span);
    // The keyword stands for the scrutinee, which is written nowhere.
    let scrutinee = pin::block(quote! { #choice }, at);
    quote! {
        #[inline]
        fn #name<'a>(#parameters) -> #future {
            let #work = #settle;
            #krate::__private::Chosen::new(#work, |#choice| __choose! { #scrutinee { #arms } })
        }
    }
}

/// `Node::<State, Context, _>::call(&decide, state, cx)`, or in a `for`
/// `ItemNode::<State, Item, Context, _>::call(&decide, state, item, cx)`, reported at the user's `decide`.
///
/// A pause has its reply beside these: `PauseNode::<State, Reply, Context, _>::call(&approve, state, reply, cx)`.
fn called(plan: &Plan<'_>, node: &Node) -> TokenStream {
    let (krate, path, span) = (&plan.header.krate, &node.path, node.path.span());
    let (state_type, context) = types(plan.header);
    let [state, item, reply, cx] = ["state", "item", "reply", "cx"].map(local);
    let reference = pin(quote! { & }, span);
    let item_type = plan.item_type(node.scope).map(|item_type| quote! { #item_type, });
    let reply_type = plan.reply_type(node).map(|reply_type| quote! { #reply_type, });
    let form = Ident::new(
        match (&item_type, &reply_type) {
            (None, None) => "Node",
            (None, Some(_)) => "PauseNode",
            (Some(_), None) => "ItemNode",
            (Some(_), Some(_)) if plan.is_twin(node) => "TwinPauseNode",
            (Some(_), Some(_)) => "ItemPauseNode",
        },
        Span::call_site(),
    );
    let item = item_type.is_some().then(|| quote! { #item, });
    let reply = reply_type.is_some().then(|| quote! { #reply, });
    let call = quote! { #krate::__private::#form::<#state_type, #item_type #reply_type #context, _>::call };
    pin::call(pin(call, span), quote! { #reference #path, #state, #item #reply #cx }, span)
}

fn future(plan: &Plan<'_>, output: &TokenStream) -> TokenStream {
    let krate = &plan.header.krate;
    quote! {
        impl #krate::__private::Work<Output = ::core::result::Result<#output, #krate::BoxError>>
            + ::core::marker::Send + use<'a>
    }
}

fn parameters(plan: &Plan<'_>, node: &Node) -> TokenStream {
    let krate = &plan.header.krate;
    let (state_type, context) = types(plan.header);
    let [state, item, reply, cx] = ["state", "item", "reply", "cx"].map(local);
    let item = plan.item_type(node.scope).map(|item_type| quote! { #item: &'a #item_type, });
    let reply = plan.reply_type(node).map(|reply_type| quote! { #reply: &'a #reply_type, });
    quote! { #state: &'a #state_type, #item #reply #cx: &'a #krate::Ctx<#context> }
}

/// The state and the context by way of the graph: the user's own tokens stand in one place, so a mistake in them is
/// reported once.
pub(super) fn types(header: &Header) -> (TokenStream, TokenStream) {
    let Header { krate, name, .. } = header;
    let mut name = name.clone();
    name.set_span(Span::call_site());
    (quote! { <#name as #krate::Definition>::State }, quote! { <#name as #krate::Definition>::Context })
}

/// A name that no name of the user's can meet.
pub(super) fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
