//! One function per node: the single place where the user's functions are type-checked.

use super::Header;
use super::machine;
use super::pin::{self, pin};
use crate::graph::model::{Graph, Node, Successor};
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::Ident;
use syn::spanned::Spanned;

/// The nodes' functions as the engine sees them. They are associated functions, so that none of their names can hide
/// a name of the user's.
///
/// ```text
/// enum __Tasks {}
/// impl __Tasks { fn start_job… fn decide… }
/// ```
pub(super) fn tasks(header: &Header, graph: &Graph) -> TokenStream {
    let tasks = graph.placed().filter_map(|(_, node)| task(header, graph, node));
    let bound = super::bound(header);
    quote! {
        #[allow(dead_code)]
        enum __Tasks {}

        #[automatically_derived]
        #[allow(dead_code, non_snake_case, unused_braces, clippy::blocks_in_conditions, clippy::manual_async_fn)]
        impl __Tasks #bound { #(#tasks)* }
    }
}

/// The `decide` of `__Tasks::decide`, if the node has a function there: what cannot be read of a `match` leaves open what
/// the node must return.
pub(super) fn name(node: &Node) -> Option<Ident> {
    let known = match node.successor()? {
        Successor::Then(_) => true,
        Successor::Route(route) => route.complete && !route.arms.is_empty(),
    };
    let mut name = node.name.clone();
    name.set_span(Span::call_site());
    (known && node.built).then_some(name)
}

/// Whether the node returns a `Command`.
pub(super) fn decides(node: &Node) -> bool {
    matches!(node.successor(), Some(Successor::Route(route)) if route.path.is_none())
}

fn task(header: &Header, graph: &Graph, node: &Node) -> Option<TokenStream> {
    let name = name(node)?;
    Some(match node.successor()? {
        Successor::Route(route) if route.path.is_none() => {
            let arms = machine::arms(header, graph, &route.arms);
            deciding(header, node, &name, route.keyword.span, &arms)
        }
        _ => updating(header, node, &name),
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
fn updating(header: &Header, node: &Node, name: &Ident) -> TokenStream {
    let krate = &header.krate;
    let parameters = parameters(header);
    let (state, _) = types(header);
    let update = quote! { impl #krate::Update<#state> + use<'a> };
    let span = node.path.span();
    let future = pin(future(header, &update), span);
    let settle = pin(quote! { #krate::__private::Returned::<#state, _>::settle }, span);
    let body = pin::call(settle, called(header, node), span);
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
fn deciding(header: &Header, node: &Node, name: &Ident, at: Span, arms: &TokenStream) -> TokenStream {
    let Header { krate, nodes, .. } = header;
    let [work, choice] = ["work", "choice"].map(local);
    let parameters = parameters(header);
    let (state, _) = types(header);
    let span = node.path.span();
    let output = quote! { (#krate::__private::Next<#nodes>, impl #krate::Update<#state> + use<'a>) };
    let future = pin(future(header, &output), span);
    let settle = pin(quote! { #krate::__private::Decided::<#state, _>::settle }, span);
    let settle = pin::call(settle, called(header, node), span);
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

/// `Node::<State, Context, _>::call(&decide, state, cx)`, reported at the user's `decide`.
fn called(header: &Header, node: &Node) -> TokenStream {
    let (krate, path, span) = (&header.krate, &node.path, node.path.span());
    let (state_type, context) = types(header);
    let [state, cx] = ["state", "cx"].map(local);
    let call = pin(quote! { #krate::__private::Node::<#state_type, #context, _>::call }, span);
    let reference = pin(quote! { & }, span);
    pin::call(call, quote! { #reference #path, #state, #cx }, span)
}

fn future(header: &Header, output: &TokenStream) -> TokenStream {
    let krate = &header.krate;
    quote! {
        impl #krate::__private::Work<Output = ::core::result::Result<#output, #krate::BoxError>>
            + ::core::marker::Send + use<'a>
    }
}

fn parameters(header: &Header) -> TokenStream {
    let krate = &header.krate;
    let (state_type, context) = types(header);
    let [state, cx] = ["state", "cx"].map(local);
    quote! { #state: &'a #state_type, #cx: &'a #krate::Ctx<#context> }
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
