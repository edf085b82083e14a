//! What every part of the expansion asks about the graph.

use super::Header;
use super::pin::pin;
use super::wrapper::local;
use crate::graph::model::{Form, Graph, Kind, Node, Region, Scope, Successor};
use crate::graph::policy::{self, Deadline, On, Policy};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Ident, Path, Type};

/// A graph with what its attributes say, ready to be written down.
pub(super) struct Plan<'a> {
    pub(super) header: &'a Header,
    pub(super) graph: &'a Graph,
    /// One for each node, in the order of their declaration.
    policies: Vec<Policy>,
    /// Whether no mistake was found, so that what rustc says can only be about types.
    pub(super) sound: bool,
}

/// A subgraph in the order of the text.
pub(super) struct Subgraph<'a> {
    pub(super) index: usize,
    pub(super) node: &'a Node,
    pub(super) graph: &'a Path,
    pub(super) enter: &'a Path,
    pub(super) leave: &'a Path,
    /// Whether it keeps its state.
    pub(super) keeps: bool,
}

/// A pause in the order of the text.
pub(super) struct Pause<'a> {
    pub(super) index: usize,
    pub(super) node: &'a Node,
    pub(super) reply: &'a Type,
    pub(super) question: Option<&'a Path>,
    pub(super) deadline: Option<Deadline>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(header: &'a Header, graph: &'a Graph, sound: bool) -> Plan<'a> {
        let policy = |node: &Node| {
            let own = policy::of(node);
            if On::of(node) == On::Subgraph { own } else { own.or(&header.defaults) }
        };
        Plan { header, graph, policies: graph.nodes.iter().map(policy).collect(), sound }
    }

    /// The nodes in the order of the text, with their policies.
    pub(super) fn nodes(&self) -> impl Iterator<Item = (&'a Node, &Policy)> {
        self.graph.placed().filter_map(|(index, node)| Some((node, self.policies.get(index)?)))
    }

    /// The nodes that are functions, those of the pauses included.
    pub(super) fn functions(&self) -> impl Iterator<Item = (&'a Node, &Policy)> {
        self.nodes().filter(|(node, _)| !matches!(node.kind, Kind::Subgraph { .. }))
    }

    /// The pauses in the order of the text.
    pub(super) fn pauses(&self) -> Vec<Pause<'a>> {
        let pauses = self.nodes().filter_map(|(node, policy)| match &node.kind {
            Kind::Pause { reply: Some(reply), question } => Some((node, policy, reply, question.as_ref())),
            _ => None,
        });
        let pause = |(index, (node, policy, reply, question)): (usize, (&'a Node, &Policy, &'a Type, _))| Pause {
            index,
            node,
            reply,
            question,
            deadline: policy.deadline.clone(),
        };
        pauses.enumerate().map(pause).collect()
    }

    /// Whether the plain loop may run the node.
    pub(super) fn is_plain(node: &Node, policy: &Policy) -> bool {
        matches!(node.kind, Kind::Function) && !has_policy(policy)
    }

    /// The subgraphs in the order of the text.
    pub(super) fn subgraphs(&self) -> Vec<Subgraph<'a>> {
        let subgraphs = self.nodes().filter_map(|(node, policy)| match &node.kind {
            Kind::Subgraph { graph, passage: Some(passage) } => Some((node, policy, graph, passage)),
            _ => None,
        });
        let subgraph = |(index, (node, policy, graph, passage)): (usize, (&'a Node, &Policy, &'a Path, &'a _))| {
            let crate::graph::ast::Passage { enter, leave } = passage;
            Subgraph { index, node, graph, enter, leave, keeps: policy.memory.is_some() }
        };
        subgraphs.enumerate().map(subgraph).collect()
    }

    /// The `for`s with their indices among the regions.
    pub(super) fn loops(&self) -> impl Iterator<Item = (usize, &'a Region)> {
        self.graph.regions.iter().enumerate().filter(|(_, region)| region.is_for())
    }

    /// The index of the `for` whose items the tasks of this scope have.
    pub(super) fn loop_of(&self, scope: Option<Scope>) -> Option<usize> {
        self.graph.innermost_for(scope)
    }

    /// `__Items::of_2(at)`, the item of a task; nothing outside of a `for`.
    pub(super) fn item(&self, scope: Option<Scope>) -> Option<TokenStream> {
        let (function, at) = (item_function(self.loop_of(scope)?), local("at"));
        Some(quote! { __Items::#function(#at) })
    }

    /// `__Item2`, its type.
    pub(super) fn item_type(&self, scope: Option<Scope>) -> Option<Ident> {
        self.loop_of(scope).map(item_type)
    }

    /// `__Reply0`, the type of the reply that the node waits for, if it does.
    pub(super) fn reply_type(&self, node: &Node) -> Option<Ident> {
        let mut pauses = self.graph.placed().map(|(_, node)| node).filter(|node| waits(node));
        let index = waits(node).then(|| pauses.position(|pause| std::ptr::eq(pause, node)))?;
        index.map(reply_type)
    }

    /// Whether the node waits for a reply of the type of its item, as they are written.
    pub(super) fn is_twin(&self, node: &Node) -> bool {
        let region = self.loop_of(node.scope).and_then(|index| self.graph.regions.get(index));
        match (&node.kind, region.map(|region| &region.form)) {
            (Kind::Pause { reply: Some(reply), .. }, Some(Form::Each { item, .. })) => {
                reply.to_token_stream().to_string() == item.to_token_stream().to_string()
            }
            _ => false,
        }
    }

    /// What checkpoints call a region: its label, or its first node behind as many parentheses as it is deep.
    ///
    /// Regions with one first node are nested, so that no two have one name.
    pub(super) fn region_name(&self, index: usize) -> String {
        let Some(region) = self.graph.regions.get(index) else { return String::new() };
        if let Some(label) = &region.label {
            return label.to_string();
        }
        let depth = self.graph.around(region.scope).count() + 1;
        let inside = |node: &Node| self.graph.around(node.scope).any(|scope| scope.region == index);
        let first = self.graph.placed().find(|(_, node)| inside(node));
        let name = first.map_or_else(|| index.to_string(), |(_, node)| node.name.unraw().to_string());
        format!("{}{name}", "(".repeat(depth))
    }

    /// What a message calls a `for`: `urls`.
    pub(super) fn loop_name(region: &Region) -> String {
        match &region.form {
            Form::Each { items, .. } => {
                let last = items.segments.last();
                last.map_or_else(String::new, |segment| segment.ident.unraw().to_string())
            }
            Form::Group(_) => String::new(),
        }
    }
}

/// Whether the node waits for a reply.
pub(super) fn waits(node: &Node) -> bool {
    matches!(node.kind, Kind::Pause { reply: Some(_), .. })
}

/// Whether the attributes ask for more than one plain run.
pub(super) fn has_policy(policy: &Policy) -> bool {
    policy.retry.is_some() || policy.timeout.is_some() || policy.on_error.is_some() || policy.blocking.is_some()
}

pub(super) fn item_type(region: usize) -> Ident {
    format_ident!("__Item{region}", span = Span::call_site())
}

pub(super) fn item_function(region: usize) -> Ident {
    format_ident!("of_{region}", span = Span::call_site())
}

pub(super) fn item_variant(region: usize) -> Ident {
    format_ident!("__Of{region}", span = Span::call_site())
}

pub(super) fn reply_type(pause: usize) -> Ident {
    format_ident!("__Reply{pause}", span = Span::call_site())
}

/// `__Graph0`, a subgraph by its place.
pub(super) fn graph_type(index: usize) -> Ident {
    format_ident!("__Graph{index}", span = Span::call_site())
}

/// `<__Graph0 as Definition>::State`, reported at the user's path: rustc says once what is said twice at one place.
pub(super) fn associated(plan: &Plan<'_>, subgraph: &Subgraph<'_>, name: &str) -> TokenStream {
    let (krate, graph, span) = (&plan.header.krate, graph_type(subgraph.index), subgraph.graph.span());
    let name = Ident::new(name, span);
    pin(quote! { <#graph as #krate::Definition>::#name }, span)
}

/// Whether something that the expansion can write down follows the node.
pub(super) fn known(successor: Option<&Successor>) -> bool {
    match successor {
        Some(Successor::Then(_)) => true,
        Some(Successor::Route(route)) => route.complete && !route.arms.is_empty(),
        None => false,
    }
}
