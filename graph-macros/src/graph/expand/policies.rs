//! What happens when nodes fail or take long.

use super::pin::pin;
use super::plan::{Plan, has_policy};
use super::tasks::note;
use super::wrapper::{self, local, types};
use crate::former;
use crate::graph::model::{Kind, Node};
use crate::graph::policy::{Policy, Retry};
use proc_macro2::{Span, TokenStream};
use quote::quote;
use std::time::Duration;
use syn::ext::IdentExt;

/// ```text
/// const TIMED: bool = true;
///
/// fn plain(node: Self::Node) -> bool { !matches!(node, AgentNode::Notes) }
///
/// fn decides(node: Self::Node) -> bool { matches!(node, AgentNode::Act) }
///
/// fn policy(node: Self::Node) -> Option<&'static Policy> {
///     const TOKIO: Tokio = Tokio::feature::<Agent>();
///     match node {
///         AgentNode::Notes => { const POLICY: Policy = Policy::new().retry(Retry { attempts: 3, … }, TOKIO); Some(&POLICY) }
///         _ => None,
///     }
/// }
///
/// fn rescue<'a>(node: Self::Node, …) -> impl Future<…> + Send + 'a { … }
///
/// const PAUSES: &'static [&'static str] = &["approve"];
/// const FORMER: &'static [(&'static str, &'static str)] = &[("search", "web")];
/// ```
///
/// Each stands only in graphs that have what it is about.
pub(super) fn policies(plan: &Plan<'_>) -> TokenStream {
    let timed = timed(plan);
    let special = special(plan);
    let decides = decides(plan);
    let policy = policy(plan);
    let rescue = rescue(plan);
    let pauses = pauses(plan);
    let former = former(plan);
    quote! { #timed #special #decides #policy #rescue #pauses #former }
}

/// The place of the first attribute that waits or blocks.
fn waits(policy: &Policy) -> Option<Span> {
    let retry = policy.retry.as_ref().map(|retry| retry.span);
    retry.or(policy.timeout.as_ref().map(|timeout| timeout.span)).or(policy.blocking)
}

fn timed(plan: &Plan<'_>) -> Option<TokenStream> {
    let own = plan.functions().any(|(_, policy)| waits(policy).is_some());
    let children = plan.subgraphs();
    // A graph in itself has no such constant, and has been refused.
    let inner = children.iter().filter(|_| plan.sound).map(|subgraph| {
        let timed = super::plan::associated(plan, subgraph, "TIMED");
        quote! { || #timed }
    });
    (own || !children.is_empty()).then(|| quote! { const TIMED: bool = #own #(#inner)*; })
}

fn special(plan: &Plan<'_>) -> Option<TokenStream> {
    let (nodes, node) = (&plan.header.nodes, local("node"));
    let special = plan.nodes().filter(|(node, policy)| !Plan::is_plain(node, policy));
    let special: Vec<TokenStream> = special.map(|(node, _)| plan.header.variant(node)).collect();
    (!special.is_empty()).then(|| {
        quote! {
            #[inline]
            fn plain(#node: #nodes) -> bool {
                !::core::matches!(#node, #(#special)|*)
            }
        }
    })
}

/// `const FORMER: &'static [(&'static str, &'static str)] = &[("search", "web")];`
fn former(plan: &Plan<'_>) -> Option<TokenStream> {
    let rows = plan.nodes().flat_map(|(node, policy)| {
        let now = node.name.unraw().to_string();
        policy.former.iter().map(move |old| (former::text(old), now.clone()))
    });
    let rows: Vec<TokenStream> = rows.map(|(old, now)| quote! { (#old, #now) }).collect();
    let ty = quote! { &'static [(&'static str, &'static str)] };
    (!rows.is_empty()).then(|| quote! { const FORMER: #ty = &[#(#rows),*]; })
}

/// `const PAUSES: &'static [&'static str] = &["approve"];`
fn pauses(plan: &Plan<'_>) -> Option<TokenStream> {
    let pauses = plan.nodes().filter(|(node, _)| matches!(node.kind, Kind::Pause { .. }));
    let names: Vec<String> = pauses.map(|(node, _)| node.name.unraw().to_string()).collect();
    (!names.is_empty()).then(|| quote! { const PAUSES: &'static [&'static str] = &[#(#names),*]; })
}

fn decides(plan: &Plan<'_>) -> Option<TokenStream> {
    let (nodes, node) = (&plan.header.nodes, local("node"));
    let deciding = plan.nodes().filter(|(node, _)| wrapper::decides(node));
    let deciding: Vec<TokenStream> = deciding.map(|(node, _)| plan.header.variant(node)).collect();
    (!deciding.is_empty()).then(|| {
        quote! {
            fn decides(#node: #nodes) -> bool {
                ::core::matches!(#node, #(#deciding)|*)
            }
        }
    })
}

fn policy(plan: &Plan<'_>) -> Option<TokenStream> {
    let (krate, nodes, name) = (&plan.header.krate, &plan.header.nodes, &plan.header.name);
    let node = local("node");
    let functions: Vec<(&Node, &Policy)> = plan.functions().filter(|(_, policy)| has_policy(policy)).collect();
    if functions.is_empty() {
        return None;
    }
    let tokio = functions.iter().find_map(|(_, policy)| waits(policy)).map(|span| {
        let feature = pin(quote! { #krate::__private::Tokio::feature::<#name>() }, span);
        quote! { const TOKIO: #krate::__private::Tokio = #feature; }
    });
    let arms = functions.iter().map(|(node, policy)| {
        let (variant, retry) = (plan.header.variant(node), policy.retry.as_ref().map(|retry| retried(plan, retry)));
        let timeout = policy.timeout.as_ref().map(|timeout| {
            let duration = duration(timeout.duration);
            quote! { .timeout(#duration, TOKIO) }
        });
        let blocking = policy.blocking.map(|_| quote! { .blocking(TOKIO) });
        let on_error = policy.on_error.as_ref().map(|_| quote! { .on_error() });
        quote! {
            #variant => {
                const POLICY: #krate::__private::Policy =
                    #krate::__private::Policy::new() #retry #timeout #blocking #on_error;
                ::core::option::Option::Some(&POLICY)
            }
        }
    });
    Some(quote! {
        #[inline]
        fn policy(#node: #nodes) -> ::core::option::Option<&'static #krate::__private::Policy> {
            #tokio
            match #node {
                #(#arms)*
                #[allow(unreachable_patterns)]
                _ => ::core::option::Option::None,
            }
        }
    })
}

/// `.retry(Retry { attempts: 3, … }, TOKIO)`
fn retried(plan: &Plan<'_>, retry: &Retry) -> TokenStream {
    let krate = &plan.header.krate;
    let Retry { attempts, backoff, factor, max, jitter, applies, .. } = retry;
    let (backoff, max) = (duration(*backoff), duration(*max));
    // A function of another type is reported at its path.
    let worth = |path| quote! { ::core::option::Option::Some(#krate::__private::Worth { applies: #path }.applies) };
    let applies = applies.as_ref().map_or_else(|| quote! { ::core::option::Option::None }, worth);
    quote! {
        .retry(
            #krate::__private::Retry {
                attempts: #attempts,
                backoff: #backoff,
                factor: #factor,
                max: #max,
                jitter: #jitter,
                applies: #applies,
            },
            TOKIO,
        )
    }
}

pub(super) fn duration(duration: Duration) -> TokenStream {
    let (seconds, nanoseconds) = (duration.as_secs(), duration.subsec_nanos());
    quote! { ::core::time::Duration::new(#seconds, #nanoseconds) }
}

fn rescue(plan: &Plan<'_>) -> Option<TokenStream> {
    let header = plan.header;
    let (krate, nodes) = (&header.krate, &header.nodes);
    let [node, state, error, patch] = ["node", "state", "error", "patch"].map(local);
    let (state_type, _) = types(header);
    let arms = plan.functions().filter(|(_, policy)| policy.on_error.is_some()).filter_map(|(node, _)| {
        let (task, variant, noted) = (wrapper::name(node)?, header.variant(node), note(node));
        Some(quote! {
            #variant => ::core::result::Result::Ok(
                #krate::__private::Noted::#noted(__Rescues::#task(#state, #error).await?, #patch),
            ),
        })
    });
    let arms: Vec<TokenStream> = arms.collect();
    (!arms.is_empty()).then(|| {
        quote! {
            #[allow(clippy::manual_async_fn)]
            fn rescue<'a>(
                #node: #nodes,
                #state: &'a #state_type,
                #error: &'a #krate::NodeError,
                #patch: &'a mut #krate::__private::Patch<Self>,
            ) -> impl ::core::future::Future<
                Output = ::core::result::Result<#krate::__private::Noted<Self>, #krate::BoxError>,
            > + ::core::marker::Send + 'a {
                async move {
                    match #node {
                        #(#arms)*
                        #[allow(unreachable_patterns)]
                        _ => #krate::__private::no_function(),
                    }
                }
            }
        }
    })
}
