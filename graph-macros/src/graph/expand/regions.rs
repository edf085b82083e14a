//! Groups and `for`s: the tables, how they open, and what follows them.

use super::pin::{call, pin};
use super::plan::{Plan, item_type, item_variant};
use super::routes::{read, successor, target};
use super::wrapper::{local, types};
use crate::errors::Errors;
use crate::graph::model::{Branch, Form, Region, Scope};
use crate::graph::policy::{self, On};
use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;
use syn::spanned::Spanned;

/// ```text
/// const REGIONS: &'static [Region] = &[Region { name: "(web", scope: None, form: Form::Group }, …];
/// const SCOPES: &'static [Option<Scope>] = &[None, Some(Scope { region: 0, branch: 0 }), …];
///
/// fn open(region: usize, state: &State, at: At<'_, Self>) -> Opening<Self> {
///     match region {
///         0 => Opening::empty()
///             .branch(true, 0, Next::Node(AgentNode::Web))
///             .branch(Condition::<State, _>::call(&has_notes, state), 1, Next::Node(AgentNode::Notes)),
///         1 => Opening::each(__Items::Of1(Of1.hold(Lists::<State, Url, _>::call(&urls, state))), Next::Node(AgentNode::Fetch)),
///         _ => Opening::empty(),
///     }
/// }
///
/// fn after(region: usize, state: &State, at: At<'_, Self>) -> Next<Self::Node> {
///     match region { 0 => Next::Node(AgentNode::Digest), … _ => Next::End }
/// }
/// ```
///
/// Nothing for a graph without any.
pub(super) fn regions(plan: &Plan<'_>) -> TokenStream {
    if plan.graph.regions.is_empty() {
        return TokenStream::new();
    }
    let (krate, nodes) = (&plan.header.krate, &plan.header.nodes);
    let [region, state, at] = ["region", "state", "at"].map(local);
    let (state_type, _) = types(plan.header);
    let indexed = || plan.graph.regions.iter().enumerate();
    let rows = indexed().map(|(index, region)| {
        let (name, scope, form) = (plan.region_name(index), scope(plan, region.scope), form(plan, region));
        quote! { #krate::__private::Region { name: #name, scope: #scope, form: #form } }
    });
    let scopes = plan.nodes().map(|(node, _)| scope(plan, node.scope));
    let opened = indexed().map(|(index, region)| {
        let opening = opening(plan, index, region);
        quote! { #index => #opening, }
    });
    let followed = indexed().map(|(index, region)| {
        let next = successor(plan, region.successor(), region.scope);
        quote! { #index => #next, }
    });
    quote! {
        const REGIONS: &'static [#krate::__private::Region] = &[#(#rows),*];
        const SCOPES: &'static [::core::option::Option<#krate::__private::Scope>] = &[#(#scopes),*];

        #[allow(unused_variables)]
        fn open(
            #region: usize,
            #state: &#state_type,
            #at: #krate::__private::At<'_, Self>,
        ) -> #krate::__private::Opening<Self> {
            match #region {
                #(#opened)*
                _ => #krate::__private::Opening::empty(),
            }
        }

        #[allow(unused_braces, unused_imports, unused_variables, clippy::blocks_in_conditions)]
        fn after(
            #region: usize,
            #state: &#state_type,
            #at: #krate::__private::At<'_, Self>,
        ) -> #krate::__private::Next<#nodes> {
            use #krate::__private::AnswerExt as _;
            match #region {
                #(#followed)*
                _ => #krate::__private::Next::End,
            }
        }
    }
}

/// `Some(Scope { region: 0, branch: 1 })`
fn scope(plan: &Plan<'_>, scope: Option<Scope>) -> TokenStream {
    let krate = &plan.header.krate;
    if let Some(Scope { region, branch }) = scope {
        let branch = u32::try_from(branch).unwrap_or(u32::MAX);
        quote! {
            ::core::option::Option::Some(#krate::__private::Scope { region: #region, branch: #branch })
        }
    } else {
        quote! { ::core::option::Option::None }
    }
}

/// `Form::Group`, or `Form::Each { concurrency: Some(8) }`
fn form(plan: &Plan<'_>, region: &Region) -> TokenStream {
    let form = {
        let krate = &plan.header.krate;
        quote! { #krate::__private::Form }
    };
    let Form::Each { attributes, .. } = &region.form else { return quote! { #form::Group } };
    let concurrency = if let Some((limit, _)) = policy::read(attributes, On::Each, &mut Errors::new()).concurrency {
        quote! { ::core::option::Option::Some(#limit) }
    } else {
        quote! { ::core::option::Option::None }
    };
    quote! { #form::Each { concurrency: #concurrency } }
}

fn opening(plan: &Plan<'_>, index: usize, region: &Region) -> TokenStream {
    let krate = &plan.header.krate;
    match &region.form {
        Form::Group(branches) => {
            let branches = branches.iter().enumerate().map(|(branch, Branch { first, condition })| {
                let first = target(plan, *first);
                let branch = u32::try_from(branch).unwrap_or(u32::MAX);
                let wanted = if let Some(path) = condition {
                    read(plan, path, region.scope, &quote! { Condition }, &quote! { ItemCondition })
                } else {
                    quote! { true }
                };
                quote! { .branch(#wanted, #branch, #first) }
            });
            quote! { #krate::__private::Opening::empty() #(#branches)* }
        }
        Form::Each { items, branch, .. } => {
            let (variant, first) = (item_variant(index), target(plan, branch.first));
            let list = list(plan, index, items, region.scope);
            quote! { #krate::__private::Opening::each(__Items::#variant(#variant.hold(#list)), #first) }
        }
    }
}

/// `Lists::<State, Url, _>::call(&urls, state)`, reported at the user's `urls`.
fn list(plan: &Plan<'_>, index: usize, items: &Path, scope: Option<Scope>) -> TokenStream {
    let (krate, span, state) = (&plan.header.krate, items.span(), local("state"));
    let (state_type, _) = types(plan.header);
    let (item, reference) = (item_type(index), pin(quote! { & }, span));
    if let (Some(outer), Some(outer_item)) = (plan.item_type(scope), plan.item(scope)) {
        let list = pin(quote! { #krate::__private::ListsWithin::<#state_type, #outer, #item, _>::call }, span);
        call(list, quote! { #reference #items, #state, #outer_item }, span)
    } else {
        let list = pin(quote! { #krate::__private::Lists::<#state_type, #item, _>::call }, span);
        call(list, quote! { #reference #items, #state }, span)
    }
}
