//! The graph as Rust items. Cannot fail: a graph with mistakes expands to what is left of it.

pub(crate) mod editor;
mod items;
mod machine;
mod passages;
mod pauses;
mod picture;
mod pin;
mod plan;
mod policies;
mod races;
mod regions;
mod replies;
mod routes;
mod subgraphs;
mod tasks;
mod wrapper;

use super::ast;
use super::model::{Graph, Node};
use super::policy::{self, On, Policy};
use super::support::PASSED_ON;
use crate::errors::Errors;
use crate::krate;
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Ident, LitStr, Path, Token, Type, Visibility};

/// What the header says, complete.
pub(super) struct Header {
    /// Stand on every emitted item: `cfg`.
    conditions: Vec<Attribute>,
    /// Stand on the graph's type: documentation, lint levels.
    attributes: Vec<Attribute>,
    visibility: Visibility,
    pub(super) name: Ident,
    /// `JobGraphNode`
    pub(super) nodes: Ident,
    /// `JobGraphReply`
    pub(super) replies: Ident,
    pub(super) state: Type,
    pub(super) context: Option<Type>,
    pub(super) krate: Path,
    /// What all nodes have that do not say otherwise.
    defaults: Policy,
}

impl Header {
    /// Takes the header apart, or gives up on a graph without a name or a state.
    pub(super) fn read(header: &ast::Header, errors: &mut Errors) -> Option<Header> {
        let mut krate = krate::default();
        let (mut conditions, mut attributes) = (Vec::new(), Vec::new());
        for attribute in &header.attributes {
            let path = attribute.path();
            if path.is_ident("graph") {
                match attribute.parse_args_with(crate_path) {
                    Ok(found) => krate = found,
                    Err(_) => errors.error(attribute, "unknown option of a graph; write `#[graph(crate = path)]`"),
                }
            } else if path.is_ident("cfg") {
                conditions.push(attribute.clone());
            } else if PASSED_ON.iter().any(|name| path.is_ident(name)) {
                attributes.push(attribute.clone());
            }
        }
        let name = header.name.clone()?;
        Some(Header {
            conditions,
            attributes,
            visibility: header.visibility.clone(),
            nodes: format_ident!("{}Node", name, span = Span::call_site()),
            replies: format_ident!("{}Reply", name, span = Span::call_site()),
            name,
            state: header.state.clone()?,
            context: header.context.clone(),
            krate,
            defaults: policy::read(&header.attributes, On::Header, &mut Errors::new()),
        })
    }

    /// The names that the graph had before.
    pub(super) fn former(&self) -> &[LitStr] {
        &self.defaults.former
    }

    /// `JobGraphNode::Decide`
    pub(super) fn variant(&self, node: &Node) -> TokenStream {
        let (nodes, mut variant) = (&self.nodes, node.variant.clone());
        variant.set_span(Span::call_site());
        quote! { #nodes::#variant }
    }
}

fn crate_path(input: syn::parse::ParseStream<'_>) -> syn::Result<Path> {
    input.parse::<Token![crate]>()?;
    krate::parse(input)
}

/// Expands to the graph's type, the enum of its nodes, the enum of its replies, and the hidden machine.
///
/// `sound` says that no mistake was found.
pub(super) fn expand(header: &Header, graph: &Graph, sound: bool) -> TokenStream {
    let Header { conditions, .. } = header;
    let plan = plan::Plan::new(header, graph, sound);
    let picture = picture::picture(&plan);
    let drawing = if sound { super::picture::drawing(&picture) } else { None };
    let documentation = drawing.as_ref().map(|drawing| picture::documentation(header, &picture, drawing));
    let graph_type = graph_type(&plan, documentation.as_ref(), &picture::constants(&plan, &picture));
    let nodes = nodes(header, graph);
    let names = names(header, graph);
    let replies = replies::replies(&plan);
    let waits = replies::implementation(&plan);
    let choose = routes::choose();
    let items = items::items(&plan);
    let passages = passages::passages(&plan);
    let tasks = wrapper::tasks(&plan);
    let drawn = drawing.as_ref().map(|drawing| picture::drawn(header, drawing));
    let parts = tasks::parts(&plan);
    let definition = machine::definition(&plan, drawn.as_ref());
    let races = races::races(&plan);
    quote! {
        #graph_type
        #nodes
        #replies
        #(#conditions)*
        #[doc(hidden)]
        #[allow(deprecated)]
        const _: () = {
            #choose
            #names
            #waits
            #items
            #passages
            #tasks
            #parts
            #definition
            #races
        };
    }
}

/// What is drawn of a graph.
#[cfg(test)]
pub(super) fn picture_of(header: &Header, graph: &Graph) -> super::picture::Picture {
    picture::picture(&plan::Plan::new(header, graph, true))
}

/// ```text
/// /// The user's documentation.
/// #[cfg_attr(doc, doc = "…")]
/// pub enum JobGraph {}
///
/// impl JobGraph {
///     pub fn builder() -> ::graph_runtime::Builder<JobGraph> { … }
///     pub fn new() -> ::graph_runtime::Graph<JobGraph, ::graph_runtime::InMemory> { … }
///     pub const MERMAID: &'static str = "…";
/// }
/// ```
fn graph_type(plan: &plan::Plan<'_>, documentation: Option<&TokenStream>, constants: &TokenStream) -> TokenStream {
    let header = plan.header;
    let Header { conditions, attributes, visibility, name, krate, .. } = header;
    let bound = bound(header);
    let new = new(plan);
    quote! {
        #(#conditions)*
        #(#attributes)*
        #documentation
        #visibility enum #name {}

        #(#conditions)*
        #[automatically_derived]
        #[allow(dead_code, deprecated)]
        impl #name #bound {
            /// Chooses where and how the graph runs.
            #visibility fn builder() -> #krate::Builder<#name> {
                #krate::Builder::new()
            }

            #new

            #constants
        }
    }
}

/// ```text
/// pub fn new() -> ::graph_runtime::Graph<JobGraph, ::graph_runtime::InMemory> { … }
/// ```
///
/// A graph with pauses needs a store to wait in, so there it can only be called to be told so. With subgraphs, it is their
/// pauses that decide.
fn new(plan: &plan::Plan<'_>) -> TokenStream {
    let header = plan.header;
    let Header { visibility, name, krate, .. } = header;
    // A graph with a context is made with one.
    let (documentation, parameter, with_context) = match &header.context {
        None => ("The graph in memory: nothing is stored.", None, None),
        Some(_) => (
            "The graph in memory, with its context: nothing is stored.",
            Some(quote! { context: impl #krate::IntoContext<<#name as #krate::Definition>::Context> }),
            Some(quote! { .context(context) }),
        ),
    };
    let pauses = !plan.pauses().is_empty();
    let asks = pauses || !plan.subgraphs().is_empty();
    let unpaused = (asks && plan.sound).then(|| quote! { where for<'a> #name: #krate::__private::NewInMemory<'a> });
    let build = if asks {
        quote! { unchecked }
    } else {
        quote! { build }
    };
    let hidden = pauses.then(|| quote! { #[doc(hidden)] });
    quote! {
        #hidden
        #[doc = #documentation]
        #[allow(clippy::new_ret_no_self, clippy::new_without_default)]
        #[must_use]
        #visibility fn new(#parameter) -> #krate::Graph<#name, #krate::InMemory> #unpaused {
            #name::builder()#with_context.#build()
        }
    }
}

/// ```text
/// /// The nodes of [`JobGraph`].
/// #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
/// pub enum JobGraphNode {
///     /// The node `start_job`.
///     StartJob,
/// }
/// ```
fn nodes(header: &Header, graph: &Graph) -> TokenStream {
    let Header { conditions, visibility, name, nodes, .. } = header;
    let doc = format!("The nodes of [`{name}`].");
    let variants = graph.placed().map(|(_, node)| {
        let Node { variant, docs, .. } = node;
        let doc = format!("The node `{}`.", node.name.unraw());
        let docs = if docs.is_empty() {
            quote! { #[doc = #doc] }
        } else {
            quote! { #(#docs)* }
        };
        quote! { #docs #variant }
    });
    quote! {
        #(#conditions)*
        #[doc = #doc]
        #[allow(dead_code, non_camel_case_types)]
        #[derive(
            ::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug,
            ::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash,
        )]
        #visibility enum #nodes { #(#variants,)* }
    }
}

/// ```text
/// impl ::graph_runtime::NodeName for JobGraphNode { … }
/// ```
fn names(header: &Header, graph: &Graph) -> TokenStream {
    let Header { krate, nodes, .. } = header;
    let variants: Vec<TokenStream> = graph.placed().map(|(_, node)| header.variant(node)).collect();
    let names = graph.placed().map(|(_, node)| node.name.unraw().to_string());
    let indices = 0..variants.len();
    quote! {
        #[automatically_derived]
        impl #krate::NodeName for #nodes {
            const ALL: &'static [Self] = &[#(#variants),*];

            fn name(self) -> &'static str {
                match self { #(#variants => #names,)* }
            }

            #[inline]
            fn index(self) -> usize {
                match self { #(#variants => #indices,)* }
            }
        }
    }
}

/// `where Job: ::graph_runtime::GraphState`
///
/// For a type that is no state, this is the one place of the item where rustc says so.
pub(super) fn bound(header: &Header) -> TokenStream {
    let (state, krate) = (&header.state, &header.krate);
    let bound = crate::krate::at(krate, state.span());
    quote::quote_spanned! {state.span()=> where #state: #bound::GraphState }
}
