//! The pauses: what they ask, and what is taken for a reply when nobody gives one.

use super::pin::{block, call, pin};
use super::plan::{Pause, Plan, associated};
use super::policies::duration;
use super::replies::variant;
use super::routes::read;
use super::wrapper::{local, types};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

/// ```text
/// type Pausing = Pauses;
///
/// fn ask(node: Self::Node, state: &State, at: At<'_, Self>) -> Option<Result<Question, String>> {
///     const JSON: Json = Json::feature::<()>();
///     match node {
///         AgentNode::Approve => Some(Question::of(&{ Asks::<State, _>::call(&card, state) }, JSON)),
///         _ => None,
///     }
/// }
///
/// fn overdue(node: Self::Node, state: &State, at: At<'_, Self>) -> Option<Self::Reply> {
///     match node {
///         AgentNode::Approve => Some(AgentReply::Approve(Lapses::<State, Approval, _>::call(&refuse, state))),
///         _ => None,
///     }
/// }
/// ```
pub(super) fn pauses(plan: &Plan<'_>) -> TokenStream {
    let krate = &plan.header.krate;
    let pauses = plan.pauses();
    let pausing = pausing(plan, &pauses);
    // Beside `Child`, which says the same of a graph that is less visible than this one.
    let subgraphs = plan.subgraphs();
    let span = subgraphs.first().map_or_else(Span::call_site, |subgraph| subgraph.graph.span());
    let pausing = quote_spanned! {span=> type Pausing = #pausing; };
    if pauses.is_empty() {
        return pausing;
    }
    let nodes = &plan.header.nodes;
    let [node, state, at] = ["node", "state", "at"].map(local);
    let (state_type, _) = types(plan.header);
    let json = pauses.iter().find_map(|pause| pause.question).map(|question| {
        // The parentheses are reported at the user's path; a name there would not be.
        let feature = pin(quote! { #krate::__private::Json::feature::<()>() }, question.span());
        quote! { const JSON: #krate::__private::Json = #feature; }
    });
    let asked = pauses.iter().map(|pause| {
        let (variant, question) = (plan.header.variant(pause.node), question(plan, pause));
        quote! { #variant => ::core::option::Option::Some(#question), }
    });
    let overdue = pauses.iter().filter_map(|pause| {
        let (variant, reply) = (plan.header.variant(pause.node), variant(plan, pause.node));
        let given = lapsed(plan, pause, &pause.deadline.as_ref()?.or);
        Some(quote! { #variant => ::core::option::Option::Some(#reply(#given)), })
    });
    let overdue: Vec<TokenStream> = overdue.collect();
    let overdue = (!overdue.is_empty()).then(|| {
        quote! {
            #[allow(unused_variables)]
            fn overdue(
                #node: #nodes,
                #state: &#state_type,
                #at: #krate::__private::At<'_, Self>,
            ) -> ::core::option::Option<Self::Reply> {
                match #node {
                    #(#overdue)*
                    #[allow(unreachable_patterns)]
                    _ => ::core::option::Option::None,
                }
            }
        }
    });
    quote! {
        #pausing

        #[allow(unused_variables, unused_braces, clippy::blocks_in_conditions)]
        fn ask(
            #node: #nodes,
            #state: &#state_type,
            #at: #krate::__private::At<'_, Self>,
        ) -> ::core::option::Option<::core::result::Result<#krate::__private::Question, ::std::string::String>> {
            #json
            match #node {
                #(#asked)*
                #[allow(unreachable_patterns)]
                _ => ::core::option::Option::None,
            }
        }

        #overdue
    }
}

/// `Pauses`, `Unpaused`, or what the subgraphs say: `<<__Graph0 as Definition>::Pausing as Or<Unpaused>>::Either`.
fn pausing(plan: &Plan<'_>, pauses: &[Pause<'_>]) -> TokenStream {
    let krate = &plan.header.krate;
    if !pauses.is_empty() {
        return quote! { #krate::__private::Pauses };
    }
    let none = quote! { #krate::__private::Unpaused };
    // A graph in itself says nothing of its own, and has been refused.
    plan.subgraphs().iter().filter(|_| plan.sound).rev().fold(none, |rest, subgraph| {
        let own = associated(plan, subgraph, "Pausing");
        pin(quote! { <#own as #krate::__private::Or<#rest>>::Either }, subgraph.graph.span())
    })
}

/// `Question::of(&{ Asks::<State, _>::call(&card, state) }, JSON).map(|question| question.within(…))`, reported at the
/// user's `card`.
fn question(plan: &Plan<'_>, pause: &Pause<'_>) -> TokenStream {
    let krate = &plan.header.krate;
    let question = if let Some(path) = pause.question {
        let span = path.span();
        let value = block(read(plan, path, pause.node.scope, &quote! { Asks }, &quote! { ItemAsks }), span);
        let reference = pin(quote! { & }, span);
        quote! { #krate::__private::Question::of(#reference #value, JSON) }
    } else {
        quote! { ::core::result::Result::Ok(#krate::__private::Question::none()) }
    };
    let within = pause.deadline.as_ref().map(|deadline| {
        let (duration, asked) = (duration(deadline.duration), local("question"));
        quote! { .map(|#asked: #krate::__private::Question| #asked.within(#duration)) }
    });
    quote! { #question #within }
}

/// `Lapses::<State, Approval, _>::call(&refuse, state)`, reported at the user's `refuse`.
fn lapsed(plan: &Plan<'_>, pause: &Pause<'_>, path: &Path) -> TokenStream {
    let (krate, span, state) = (&plan.header.krate, path.span(), local("state"));
    let (state_type, _) = types(plan.header);
    let (reply, reference) = (super::plan::reply_type(pause.index), pin(quote! { & }, span));
    let scope = pause.node.scope;
    if let (Some(item_type), Some(item)) = (plan.item_type(scope), plan.item(scope)) {
        let function = pin(quote! { #krate::__private::ItemLapses::<#state_type, #item_type, #reply, _>::call }, span);
        call(function, quote! { #reference #path, #state, #item }, span)
    } else {
        let function = pin(quote! { #krate::__private::Lapses::<#state_type, #reply, _>::call }, span);
        call(function, quote! { #reference #path, #state }, span)
    }
}
