//! What rustc checks of the graph in constants: no two tasks that may run side by side write over each other.

use super::pin::pin;
use super::plan::{Plan, graph_type};
use super::subgraphs::function;
use super::wrapper::{self, types};
use crate::graph::model::{Form, Kind, Node};
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
/// const __Group0_1: Claims<__FIELDS> = Claims::none().and(&__Claim_web);
/// const _: () = beside(<State as GraphState>::FIELDS, &__Group0_1, &__Claim_notes);
/// const _: () = among_items(<State as GraphState>::FIELDS, "urls", &__Claim_fetch);
/// ```
///
/// Each branch of a group is compared with the sum of those before it, so a group costs what its nodes write, not its
/// pairs. The message stands at the later node of the two.
pub(super) fn races(plan: &Plan<'_>) -> TokenStream {
    // A mistake in the shape would be told again in terms of writes.
    if !plan.sound {
        return TokenStream::new();
    }
    let claims = claims(plan);
    let forms = forms(plan);
    let regions = plan.graph.regions.iter().enumerate().map(|(index, region)| match &region.form {
        Form::Group(branches) => group(plan, index, branches.len()),
        Form::Each { .. } => each(plan, index, &Plan::loop_name(region)),
    });
    let regions: Vec<TokenStream> = regions.collect();
    let fields = (!regions.is_empty()).then(|| {
        let (krate, (state, _)) = (&plan.header.krate, types(plan.header));
        quote! { const __FIELDS: usize = <#state as #krate::GraphState>::FIELDS.len(); }
    });
    let subgraphs = subgraphs(plan);
    quote! { #fields #claims #(#regions)* #forms #subgraphs }
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
        let writes = match node.kind {
            Kind::Subgraph { .. } => leaving(node),
            _ => {
                let (name, kind) = (wrapper::plain_name(node), kind(node));
                quote! { #krate::__private::writes::<#state, #krate::__private::#kind, _, _>(&__Tasks::#name) }
            }
        };
        let rescue = match policy.on_error {
            Some(_) => {
                let (name, kind) = (wrapper::plain_name(node), kind(node));
                quote! { #krate::__private::writes::<#state, #krate::__private::#kind, _, _>(&__Rescues::#name) }
            }
            None => quote! { #krate::__private::Writes::None },
        };
        quote! {
            #[allow(non_upper_case_globals)]
            const #claim: #krate::__private::Claimant =
                #krate::__private::Claimant { name: #text, writes: #writes, rescue: #rescue };
        }
    });
    quote! { #(#claims)* }
}

fn kind(node: &Node) -> TokenStream {
    if wrapper::decides(node) {
        quote! { Decides }
    } else {
        quote! { Updates }
    }
}

fn group(plan: &Plan<'_>, region: usize, branches: usize) -> TokenStream {
    let krate = &plan.header.krate;
    let (state, _) = types(plan.header);
    let mut checks = TokenStream::new();
    let mut before = quote! { #krate::__private::Claims::none() };
    for branch in 0..branches {
        let nodes: Vec<&Node> =
            plan.graph.nodes_in(region, branch).into_iter().filter_map(|node| plan.graph.nodes.get(node)).collect();
        let sum = format_ident!("__Group{region}_{branch}", span = Span::call_site());
        if branch > 0 {
            checks.extend(quote! {
                #[allow(non_upper_case_globals)]
                const #sum: #krate::__private::Claims<__FIELDS> = #before;
            });
            for node in &nodes {
                let (claim, at) = (claim(node), place(node));
                let fields = quote! { <#state as #krate::GraphState>::FIELDS };
                let check = pin(quote! { #krate::__private::beside(#fields, &#sum, &#claim) }, at);
                checks.extend(quote! { const _: () = #check; });
            }
            before = quote! { #sum };
        }
        let added = nodes.iter().map(|node| {
            let claim = claim(node);
            quote! { .and(&#claim) }
        });
        before = quote! { #before #(#added)* };
    }
    checks
}

fn each(plan: &Plan<'_>, region: usize, items: &str) -> TokenStream {
    let krate = &plan.header.krate;
    let (state, _) = types(plan.header);
    let nodes = plan.graph.nodes_in(region, 0).into_iter().filter_map(|node| plan.graph.nodes.get(node));
    // A node in a `for` inside of another one meets itself in both; one message is enough.
    let own = nodes.filter(|node| plan.graph.innermost_for(node.scope) == Some(region));
    let checks = own.map(|node| {
        let (claim, at) = (claim(node), place(node));
        let fields = quote! { <#state as #krate::GraphState>::FIELDS };
        let check = pin(quote! { #krate::__private::among_items::<__FIELDS>(#fields, #items, &#claim) }, at);
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
        } else if let Some(timeout) = policy.timeout.as_ref() {
            let message = format!(
                "node `{name}` is a plain `fn`, which cannot be stopped; make it an `async fn`, or take `#[timeout]` out"
            );
            // A default of the header is not about this node.
            let own = node.attributes.iter().any(|attribute| attribute.path().is_ident("timeout"));
            let _ = timeout;
            if !own {
                return None;
            }
            (quote! { !#is_plain }, message, node.path.span())
        } else {
            return None;
        };
        let check = pin(quote! { #krate::__private::hold(#holds, #message) }, at);
        Some(quote! { const _: () = #check; })
    });
    quote! { #(#checks)* }
}

fn subgraphs(plan: &Plan<'_>) -> TokenStream {
    let krate = &plan.header.krate;
    let (_, context) = types(plan.header);
    let checks = plan.subgraphs().into_iter().map(|subgraph| {
        let (graph, at, name) = (graph_type(subgraph.index), subgraph.graph.span(), function(&subgraph));
        let inner = quote! { <#graph as #krate::Definition>::Context };
        let form = if plan.header.context.is_some() { quote! { _ } } else { quote! { #krate::__private::Same } };
        let inherited = pin(quote! { #krate::__private::context_of::<#inner, #context, #form>() }, at);
        let alone = plan.loop_of(subgraph.node.scope).map(|_| {
            let message = format!(
                "subgraph `{name}` holds one with `#[memory(thread)]`, and would run several times at once in this `for`; \
                 take the memory out, or the subgraph out of the `for`"
            );
            let keeps = quote! { <<#graph as #krate::Definition>::Memory as #krate::__private::Memory>::KEEPS };
            let check = pin(quote! { #krate::__private::hold(!#keeps, #message) }, at);
            quote! { const _: () = #check; }
        });
        quote! {
            const _: () = #inherited;
            #alone
        }
    });
    quote! { #(#checks)* }
}

/// Where the node stands in the chain.
fn place(node: &Node) -> Span {
    node.mentions.first().map_or_else(|| node.name.span(), Spanned::span)
}
