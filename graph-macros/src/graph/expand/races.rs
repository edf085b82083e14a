//! What rustc checks of the graph in constants: no two tasks that may run side by side write over each other.

use super::pin::pin;
use super::plan::{Plan, associated};
use super::wrapper::{self, kind, types};
use crate::graph::model::{Kind, Meeting, Node};
use crate::graph::policy::Policy;
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::Ident;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

/// ```text
/// const __FIELDS: usize = <State as GraphState>::FIELDS.len();
/// const __Claim_web: Claimant = Claimant { name: "web", writes: writes::<State, Updates, _, _>(&__Tasks::web), rescue: Writes::None };
/// …
/// const __Group0: [Option<Clash>; 2] = compare::<__FIELDS, 2>([(0, &__Claim_web), (1, &__Claim_notes)]);
/// const _: () = beside(<State as GraphState>::FIELDS, __Group0[1]);
/// const _: () = among_items(<State as GraphState>::FIELDS, "urls", &__Claim_fetch);
/// ```
///
/// The nodes of a group are compared in one go, so that it costs what they write and not its pairs; what came of it stands
/// once more for each node, because the message stands there: at the later one of the two.
pub(super) fn races(plan: &Plan<'_>) -> TokenStream {
    // A mistake in the shape would be told again in terms of writes.
    if !plan.sound {
        return TokenStream::new();
    }
    let claims = claims(plan);
    let forms = forms(plan);
    let meetings = plan.graph.meetings();
    let fields = (!meetings.is_empty()).then(|| {
        let (krate, (state, _)) = (&plan.header.krate, types(plan.header));
        quote! { const __FIELDS: usize = <#state as #krate::GraphState>::FIELDS.len(); }
    });
    let checks = plan.graph.regions.iter().zip(&meetings).enumerate().map(|(index, (region, meeting))| match meeting {
        Meeting::Branches(branches) => group(plan, index, branches),
        Meeting::Items(nodes) => each(plan, index, &Plan::loop_name(region), nodes),
    });
    let subgraphs = subgraphs(plan);
    quote! { #fields #claims #(#checks)* #forms #subgraphs }
}

fn claim(node: &Node) -> Ident {
    format_ident!("__Claim_{}", node.name.unraw(), span = Span::call_site())
}

/// One constant for each node that may meet another.
fn claims(plan: &Plan<'_>) -> TokenStream {
    let krate = &plan.header.krate;
    let (state, _) = types(plan.header);
    let leaving = |node: &Node| {
        let name = wrapper::plain_name(node);
        quote! { #krate::__private::leaves::<#state, _, _, _>(&__Leaves::#name) }
    };
    let claims = plan.nodes().filter(|(node, _)| node.scope.is_some()).map(|(node, policy)| {
        let (claim, text) = (claim(node), node.name.unraw().to_string());
        let writes = if let Kind::Subgraph { .. } = node.kind {
            leaving(node)
        } else {
            let (name, kind) = (wrapper::plain_name(node), kind(node));
            quote! { #krate::__private::writes::<#state, #krate::__private::#kind, _, _>(&__Tasks::#name) }
        };
        let rescue = if policy.on_error.is_some() {
            let (name, kind) = (wrapper::plain_name(node), kind(node));
            quote! { #krate::__private::writes::<#state, #krate::__private::#kind, _, _>(&__Rescues::#name) }
        } else {
            quote! { #krate::__private::Writes::None }
        };
        quote! {
            #[allow(non_upper_case_globals)]
            const #claim: #krate::__private::Claimant =
                #krate::__private::Claimant { name: #text, writes: #writes, rescue: #rescue };
        }
    });
    quote! { #(#claims)* }
}

fn group(plan: &Plan<'_>, region: usize, branches: &[Vec<usize>]) -> TokenStream {
    let krate = &plan.header.krate;
    let (state, _) = types(plan.header);
    let nodes: Vec<(u32, &Node)> = (0u32..)
        .zip(branches)
        .flat_map(|(branch, nodes)| nodes.iter().map(move |&node| (branch, node)))
        .filter_map(|(branch, node)| Some((branch, plan.graph.nodes.get(node)?)))
        .collect();
    let (clashes, count) = (format_ident!("__Group{region}", span = Span::call_site()), nodes.len());
    let compared = nodes.iter().map(|(branch, node)| {
        let claim = claim(node);
        quote! { (#branch, &#claim) }
    });
    // Before the first branch stands none.
    let checks = nodes.iter().enumerate().filter(|(_, (branch, _))| *branch > 0).map(|(index, (_, node))| {
        let fields = quote! { <#state as #krate::GraphState>::FIELDS };
        let check = pin(quote! { #krate::__private::beside::<>(#fields, #clashes[#index]) }, place(node));
        quote! { const _: () = #check; }
    });
    quote! {
        #[allow(non_upper_case_globals)]
        const #clashes: [::core::option::Option<#krate::__private::Clash>; #count] =
            #krate::__private::compare::<__FIELDS, #count>([#(#compared),*]);
        #(#checks)*
    }
}

fn each(plan: &Plan<'_>, region: usize, items: &str, nodes: &[usize]) -> TokenStream {
    let krate = &plan.header.krate;
    let (state, _) = types(plan.header);
    let nodes = nodes.iter().filter_map(|&node| plan.graph.nodes.get(node));
    // A node that replaces a field meets itself: what it does to others need not be asked. And one in a `for` inside of
    // another one does so in both; one message is enough.
    let own = nodes.filter(|node| plan.graph.innermost_for(node.scope) == Some(region));
    let checks = own.map(|node| {
        let claim = claim(node);
        let fields = quote! { <#state as #krate::GraphState>::FIELDS };
        let check = pin(quote! { #krate::__private::among_items::<>(#fields, #items, &#claim) }, place(node));
        quote! { const _: () = #check; }
    });
    quote! { #(#checks)* }
}

/// What only the type of a function tells: whether it can be stopped, or may block.
fn forms(plan: &Plan<'_>) -> TokenStream {
    let krate = &plan.header.krate;
    let (state, _) = types(plan.header);
    let checks = plan.functions().filter_map(|(node, policy): (&Node, &Policy)| {
        let (name, kind) = (wrapper::name(node)?, kind(node));
        let is_plain = quote! { #krate::__private::plain::<#state, #krate::__private::#kind, _, _>(&__Tasks::#name) };
        let (holds, message, at) = if policy.blocking.is_some() {
            let message = format!("node `{name}` is `async`, so it must not block; take `#[blocking]` out");
            (is_plain, message, node.path.span())
        // A default of the header is not about this node.
        } else if node.attributes.iter().any(|attribute| attribute.path().is_ident("timeout")) {
            let message = format!(
                "node `{name}` is a plain `fn`, which cannot be stopped; make it an `async fn`, or take `#[timeout]` out"
            );
            (quote! { !#is_plain }, message, node.path.span())
        } else {
            return None;
        };
        let check = pin(quote! { #krate::__private::hold::<>(#holds, #message) }, at);
        Some(quote! { const _: () = #check; })
    });
    quote! { #(#checks)* }
}

fn subgraphs(plan: &Plan<'_>) -> TokenStream {
    let krate = &plan.header.krate;
    let (_, context) = types(plan.header);
    let checks = plan.subgraphs().into_iter().map(|subgraph| {
        let (at, name) = (subgraph.graph.span(), wrapper::plain_name(subgraph.node));
        let inner = associated(plan, &subgraph, "Context");
        let form = if plan.header.context.is_some() { quote! { _ } } else { quote! { #krate::__private::Same } };
        let inherited = pin(quote! { <#inner as #krate::__private::ContextOf<#context, #form>>::call }, at);
        let alone = plan.loop_of(subgraph.node.scope).map(|_| {
            let memory = associated(plan, &subgraph, "Memory");
            let message = format!(
                "subgraph `{name}` holds one with `#[memory(thread)]`, and would run several times at once in this `for`; \
                 take the memory out, or the subgraph out of the `for`"
            );
            let keeps = quote! { <#memory as #krate::__private::Memory>::KEEPS };
            let check = pin(quote! { #krate::__private::hold::<>(!#keeps, #message) }, at);
            quote! { const _: () = #check; }
        });
        quote! {
            const _: fn() = #inherited;
            #alone
        }
    });
    quote! { #(#checks)* }
}

/// Where the node stands in the chain.
fn place(node: &Node) -> Span {
    node.mentions.first().map_or_else(|| node.name.span(), Spanned::span)
}
