//! The pictures of the graph: constants beside `builder()`, which cost nothing where nobody names them.

use super::Header;
use super::plan::Plan;
use crate::errors::Errors;
use crate::graph::model::{Form, Kind, Region, Scope, Successor, Target};
use crate::graph::picture::{self, Drawing, Edge, Label, Picture, Point, text};
use crate::graph::policy::{self, Deadline, On, Policy};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use std::time::Duration;
use syn::ext::IdentExt;
use syn::{Ident, Path};

/// ```text
/// pub const MERMAID: &'static str = "flowchart TD …";
/// pub const DOT: &'static str = "digraph …";
///
/// pub fn topology() -> &'static ::graph_runtime::Topology {
///     use ::graph_runtime::topology as tables;
///     const TOPOLOGY: &tables::Topology = &tables::Topology::new("JobGraph", &[…], &[…], &[…]);
///     TOPOLOGY
/// }
///
/// pub fn schema() -> ::graph_runtime::schema::Schema { … }
/// ```
pub(super) fn constants(plan: &Plan<'_>, picture: &Picture) -> TokenStream {
    let Header { krate, visibility, name, .. } = plan.header;
    let (mermaid, dot) = (picture::mermaid(picture), picture::dot(picture));
    let topology = topology(picture);
    quote! {
        /// The graph as a Mermaid flowchart: Markdown pages show it where it stands in a block of the language `mermaid`.
        ///
        /// A group or a `for` is a frame with a point where its branches begin and one where they meet; a subgraph has a double
        /// border, a pause six sides.
        #visibility const MERMAID: &'static str = #mermaid;

        /// The graph in the language of Graphviz: `dot -Tsvg` draws it, as [`MERMAID`](Self::MERMAID) is drawn.
        #visibility const DOT: &'static str = #dot;

        /// The graph as tables: nodes, regions and edges.
        #[must_use]
        #visibility fn topology() -> &'static #krate::Topology {
            use #krate::topology as tables;
            const TOPOLOGY: &tables::Topology = &#topology;
            TOPOLOGY
        }

        /// What stored threads hold of the graph: fields, types and nodes, by name.
        #[must_use]
        #[inline]
        #visibility fn schema() -> #krate::schema::Schema {
            #krate::schema::Schema::of::<#name>()
        }
    }
}

/// `#[cfg_attr(doc, doc = "\n\n<div><svg …>…</svg></div>")]`: the drawing, behind the user's documentation.
///
/// The first paragraph is what lists of types show, so the drawing never is.
pub(super) fn documentation(header: &Header, picture: &Picture, drawing: &Drawing) -> TokenStream {
    let documented = header.attributes.iter().any(|attribute| attribute.path().is_ident("doc"));
    let first = if documented { String::new() } else { format!("The graph `{}`.", picture.name) };
    // Markdown leaves a line alone that begins with a `<div>`.
    let text = format!("{first}\n\n<div>{}</svg></div>", drawing.svg);
    quote! { #[cfg_attr(doc, doc = #text)] }
}

/// ```text
/// const DRAWING: Option<&'static Drawing> = Some(&Drawing {
///     svg: "<svg …>…",
///     nodes: &[[12, 52, 96, 28], …],
///     regions: &[],
///     end: [24, 212, 48, 28],
/// });
/// ```
///
/// A graph that is not drawn has the `None` of the trait.
pub(super) fn drawn(header: &Header, drawing: &Drawing) -> TokenStream {
    let krate = &header.krate;
    let Drawing { svg, nodes, regions, end } = drawing;
    let [nodes, regions] = [nodes, regions].map(|places| places.iter().map(place).collect::<Vec<_>>());
    let end = place(end);
    quote! {
        const DRAWING: ::core::option::Option<&'static #krate::__private::Drawing> =
            ::core::option::Option::Some(&#krate::__private::Drawing {
                svg: #svg,
                nodes: &[#(#nodes),*],
                regions: &[#(#regions),*],
                end: #end,
            });
    }
}

/// `[12, 52, 96, 28]`
fn place(place: &[i32; 4]) -> TokenStream {
    let numbers = place.iter().map(|number| proc_macro2::Literal::i32_unsuffixed(*number));
    quote! { [#(#numbers),*] }
}

/// What the pictures show of the graph.
pub(super) fn picture(plan: &Plan<'_>) -> Picture {
    let graph = plan.graph;
    // The pictures count the nodes in the order of the text, the model in that of their declaration.
    let mut places = vec![None; graph.nodes.len()];
    for (place, (index, _)) in graph.placed().enumerate() {
        if let Some(found) = places.get_mut(index) {
            *found = Some(place);
        }
    }
    let mut edges = Vec::new();
    let mut follows = |from: Point, scope: Option<Scope>, successor: Option<&Successor>| {
        let mut edge = |to: Target, label: Option<Label>| {
            if let Some(to) = point(to, scope, &places) {
                edges.push(Edge { from, to, label });
            }
        };
        match successor {
            Some(Successor::Then(target)) => edge(*target, None),
            Some(Successor::Route(route)) => {
                for arm in &route.arms {
                    let (route, pattern) = (route.path.as_ref().map(last), text(arm.pattern.clone()));
                    edge(arm.target, Some(Label::Arm { route, pattern }));
                }
            }
            None => {}
        }
    };
    follows(Point::Start, None, graph.entries.first().map(|entry| &entry.successor));
    for (place, (_, node)) in graph.placed().enumerate() {
        follows(Point::Node(place), node.scope, node.successor());
    }
    for (index, region) in graph.regions.iter().enumerate() {
        follows(Point::Join(index), region.scope, region.successor());
    }
    for (index, region) in graph.regions.iter().enumerate() {
        for (branch, begins) in region.branches().iter().enumerate() {
            if let Some(to) = point(begins.first, Some(Scope { region: index, branch }), &places) {
                let label = begins.condition.as_ref().map(|path| Label::Condition(last(path)));
                edges.push(Edge { from: Point::Fork(index), to, label });
            }
        }
    }
    let nodes = plan.nodes().map(|(node, policy)| picture::Node {
        name: node.name.unraw().to_string(),
        kind: match &node.kind {
            Kind::Function => picture::Kind::Function,
            Kind::Pause { reply, .. } => picture::Kind::Pause(text(reply.to_token_stream())),
            Kind::Subgraph { graph, .. } => picture::Kind::Subgraph(last(graph)),
        },
        scope: node.scope,
        attributes: words(policy),
    });
    let regions = graph.regions.iter().enumerate().map(|(index, region)| self::region(plan, index, region));
    Picture { name: plan.header.name.unraw().to_string(), nodes: nodes.collect(), regions: regions.collect(), edges }
}

fn region(plan: &Plan<'_>, index: usize, region: &Region) -> picture::Region {
    let (items, attributes) = match &region.form {
        Form::Group(_) => (None, Vec::new()),
        // What is wrong with them was reported where they were checked.
        Form::Each { items, attributes, .. } => {
            (Some(last(items)), words(&policy::read(attributes, On::Each, &mut Errors::new())))
        }
    };
    picture::Region {
        name: plan.region_name(index),
        label: region.label.as_ref().map(ToString::to_string),
        scope: region.scope,
        items,
        attributes,
        branches: region.branches().iter().map(|branch| branch.condition.as_ref().map(last)).collect(),
    }
}

/// Where an edge leads that something in `scope` begins; nowhere, if there is an error about it.
fn point(target: Target, scope: Option<Scope>, places: &[Option<usize>]) -> Option<Point> {
    Some(match target {
        Target::Node(index) => Point::Node((*places.get(index)?)?),
        Target::Region(index) => Point::Fork(index),
        Target::Join => Point::Join(scope?.region),
        Target::End => Point::End,
        Target::Unknown => return None,
    })
}

/// What people call a path.
fn last(path: &Path) -> String {
    path.segments.last().map_or_else(String::new, |segment| segment.ident.unraw().to_string())
}

/// What a policy says, shortly.
fn words(policy: &Policy) -> Vec<String> {
    let retry = policy.retry.as_ref().map(|retry| match retry.attempts {
        1 => "1 attempt".to_owned(),
        attempts => format!("{attempts} attempts"),
    });
    let timeout = policy.timeout.as_ref().map(|timeout| format!("at most {:?}", timeout.duration));
    let rescue = policy.on_error.as_ref().map(|path| format!("on error {}", last(path)));
    let blocking = policy.blocking.map(|_| "blocking".to_owned());
    let memory = policy.memory.map(|_| "keeps its state".to_owned());
    let concurrency = policy.concurrency.map(|(count, _)| format!("{count} at a time"));
    let lapse =
        policy.deadline.as_ref().map(|Deadline { duration, or }| format!("{} after {}", last(or), long(*duration)));
    [retry, timeout, rescue, blocking, memory, concurrency, lapse].into_iter().flatten().collect()
}

/// A duration in the largest unit that has a whole number of it: days are no thousands of seconds.
fn long(duration: Duration) -> String {
    let units = [(24 * 60 * 60, "d"), (60 * 60, "h"), (60, "m")];
    let whole = |(unit, _): &(u64, _)| duration.subsec_nanos() == 0 && duration.as_secs().is_multiple_of(*unit);
    match units.iter().find(|unit| whole(unit)) {
        Some((unit, name)) => format!("{}{name}", duration.as_secs() / unit),
        None => format!("{duration:?}"),
    }
}

/// `tables::Topology::new("JobGraph", &[tables::Node::new("decide", tables::Kind::Function, None, &[])], &[], &[…])`
fn topology(picture: &Picture) -> TokenStream {
    let nodes = picture.nodes.iter().map(|node| {
        let picture::Node { name, attributes, .. } = node;
        let scope = scope(node.scope);
        let kind = match &node.kind {
            picture::Kind::Function => quote! { tables::Kind::Function },
            picture::Kind::Subgraph(graph) => quote! { tables::Kind::Subgraph(#graph) },
            picture::Kind::Pause(reply) => quote! { tables::Kind::Pause { reply: #reply } },
        };
        quote! { tables::Node::new(#name, #kind, #scope, &[#(#attributes),*]) }
    });
    let regions = picture.regions.iter().map(|region| {
        let picture::Region { name, attributes, .. } = region;
        let (label, items) = (option(region.label.as_ref()), option(region.items.as_ref()));
        let scope = scope(region.scope);
        let branches = region.branches.iter().map(|condition| {
            let condition = option(condition.as_ref());
            quote! { tables::Branch::new(#condition) }
        });
        quote! { tables::Region::new(#name, #label, #items, #scope, &[#(#branches),*], &[#(#attributes),*]) }
    });
    let edges = picture.edges.iter().map(|edge| {
        let [from, to] = [edge.from, edge.to].map(end_tokens);
        let label = option(edge.label.as_ref().map(|label| match label {
            Label::Condition(condition) => quote! { tables::Label::Condition(#condition) },
            Label::Arm { route, pattern } => {
                let route = option(route.as_ref());
                quote! { tables::Label::Arm { route: #route, pattern: #pattern } }
            }
        }));
        quote! { tables::Edge::new(#from, #to, #label) }
    });
    let name = &picture.name;
    quote! { tables::Topology::new(#name, &[#(#nodes),*], &[#(#regions),*], &[#(#edges),*]) }
}

fn end_tokens(point: Point) -> TokenStream {
    let (name, index) = match point {
        Point::Start => ("Start", None),
        Point::End => ("End", None),
        Point::Node(index) => ("Node", Some(index)),
        Point::Fork(index) => ("Fork", Some(index)),
        Point::Join(index) => ("Join", Some(index)),
    };
    let name = Ident::new(name, Span::call_site());
    let index = index.map(|index| quote! { (#index) });
    quote! { tables::Point::#name #index }
}

fn scope(scope: Option<Scope>) -> TokenStream {
    option(scope.map(|Scope { region, branch }| quote! { tables::Scope::new(#region, #branch) }))
}

fn option(value: Option<impl ToTokens>) -> TokenStream {
    let none = quote! { ::core::option::Option::None };
    value.map_or(none, |value| quote! { ::core::option::Option::Some(#value) })
}
