//! The replies that the pauses wait for: one public enum, and how its values are stored.

use super::pin::{call, pin};
use super::plan::{Pause, Plan, Subgraph, associated, reply_type, waits};
use super::wrapper::{local, plain_name};
use crate::graph::model::Node;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Ident;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

/// ```text
/// /// The replies that the pauses of [`Agent`] wait for.
/// pub enum AgentReply {
///     /// The reply to `approve`.
///     Approve(<AgentNode as Waits<0>>::Reply),
///     /// A reply to a pause of `research`.
///     Research(<AgentNode as Waits<1>>::Reply),
/// }
/// ```
///
/// The user's types stand where they are proven, and nowhere else, so that what is wrong with them is said once; the
/// documentation has them here.
pub(super) fn replies(plan: &Plan<'_>) -> TokenStream {
    let super::Header { conditions, visibility, name, replies, krate, .. } = plan.header;
    let (pauses, subgraphs) = (plan.pauses(), subgraphs(plan));
    let doc = if pauses.is_empty() && subgraphs.is_empty() {
        format!("The replies that the pauses of [`{name}`] wait for: it has none.")
    } else {
        format!("The replies that the pauses of [`{name}`] wait for.")
    };
    let own = pauses.iter().map(|Pause { index, node, reply, .. }| {
        let (variant, doc) = (&node.variant, format!("The reply to `{}`.", node.name.unraw()));
        let waits = waits_at(plan, *index);
        quote! { #[doc = #doc] #variant(#[cfg(not(doc))] #waits, #[cfg(doc)] #reply) }
    });
    let inner = subgraphs.iter().map(|Subgraph { index, node, graph, .. }| {
        let (variant, doc) = (&node.variant, format!("A reply to a pause of `{}`.", node.name.unraw()));
        let waits = waits_at(plan, pauses.len() + index);
        quote! { #[doc = #doc] #variant(#[cfg(not(doc))] #waits, #[cfg(doc)] <#graph as #krate::Definition>::Reply) }
    });
    quote! {
        #(#conditions)*
        #[doc = #doc]
        #[allow(dead_code, deprecated, non_camel_case_types, private_interfaces, clippy::allow_attributes)]
        #visibility enum #replies { #(#own,)* #(#inner,)* }
    }
}

/// ```text
/// type __Asked0 = Approval;
/// impl Waits<0> for AgentNode { type Reply = <[(); Owned::<__Asked0>::of()] as Proven<__Asked0>>::Graph; }
/// impl Waits<1> for AgentNode { type Reply = <__Graph0 as ::graph_runtime::Definition>::Reply; }
///
/// type __Reply0 = <AgentNode as Waits<0>>::Reply;
/// static __Replying0: Replying = Replying::to("approve");
///
/// enum __Replies {}
/// impl __Replies {
///     fn approve<'a>(at: At<'a, Agent>) -> &'a __Reply0 {
///         at.reply(|reply| match reply { AgentReply::Approve(reply) => Some(reply), _ => None })
///     }
/// }
///
/// impl ::core::fmt::Debug for AgentReply { … }
/// impl ::graph_runtime::Replies for AgentReply { … }
/// ```
pub(super) fn implementation(plan: &Plan<'_>) -> TokenStream {
    let krate = &plan.header.krate;
    let pauses = plan.pauses();
    let types = pauses.iter().map(|Pause { index, node, reply, .. }| {
        let (ty, stored, name) = (reply_type(*index), replying(*index), node.name.unraw().to_string());
        let (asked, span) = (format_ident!("__Asked{index}", span = Span::call_site()), reply.span());
        // The expression begins and ends where the user's type does.
        let last = reply.to_token_stream().into_iter().last().map_or(span, |token| token.span());
        let (owned, of) = (pin(quote! { #krate::__private::Owned::<#asked> }, span), Ident::new("of", last));
        let proof = call(quote_spanned! { last=> #owned::#of }, TokenStream::new(), last);
        let proven = quote! { <[(); #proof] as #krate::__private::Proven<#asked>>::Graph };
        let waits = waits_for(plan, *index, &proven, span);
        let waited = waits_at(plan, *index);
        quote! {
            type #asked = #reply;
            #waits
            type #ty = #waited;
            #[allow(non_upper_case_globals)]
            static #stored: #krate::__private::Replying = #krate::__private::Replying::to(#name);
        }
    });
    let inner = subgraphs(plan);
    let inner = inner.iter().map(|subgraph| {
        let reply = associated(plan, subgraph, "Reply");
        waits_for(plan, pauses.len() + subgraph.index, &reply, subgraph.graph.span())
    });
    let given = (!pauses.is_empty()).then(|| {
        let functions = pauses.iter().map(|pause| given_function(plan, pause));
        quote! {
            #[allow(dead_code)]
            enum __Replies {}

            #[automatically_derived]
            #[allow(dead_code, non_snake_case)]
            impl __Replies { #(#functions)* }
        }
    });
    let debug = debug(plan);
    let stored = stored(plan);
    quote! { #(#types)* #(#inner)* #given #debug #stored }
}

/// `__Replies::approve(at)`, the reply of a task; nothing, if it is no pause.
pub(super) fn given(node: &Node) -> Option<TokenStream> {
    let (name, at) = (plain_name(node), local("at"));
    waits(node).then(|| quote! { __Replies::#name(#at) })
}

fn given_function(plan: &Plan<'_>, pause: &Pause<'_>) -> TokenStream {
    let krate = &plan.header.krate;
    let mut graph = plan.header.name.clone();
    graph.set_span(Span::call_site());
    let (name, ty, variant) = (plain_name(pause.node), reply_type(pause.index), variant(plan, pause.node));
    let [at, reply] = ["at", "reply"].map(local);
    quote! {
        fn #name<'a>(#at: #krate::__private::At<'a, #graph>) -> &'a #ty {
            #at.reply(|#reply| match #reply {
                #variant(#reply) => ::core::option::Option::Some(#reply),
                #[allow(unreachable_patterns)]
                _ => ::core::option::Option::None,
            })
        }
    }
}

/// The name of the variant, and no more: a reply may be a secret.
fn debug(plan: &Plan<'_>) -> TokenStream {
    let replies = &plan.header.replies;
    let [f, reply] = ["f", "reply"].map(local);
    let own = plan.pauses();
    let own = own.iter().map(|pause| {
        let (variant, name) = (variant(plan, pause.node), pause.node.variant.to_string());
        quote! { #variant(_) => #f.debug_tuple(#name).finish_non_exhaustive(), }
    });
    let inner = subgraphs(plan);
    let inner = inner.iter().map(|subgraph| {
        let (variant, name) = (variant(plan, subgraph.node), subgraph.node.variant.to_string());
        quote! { #variant(#reply) => #f.debug_tuple(#name).field(#reply).finish(), }
    });
    let arms: Vec<TokenStream> = own.chain(inner).collect();
    let (f, body) = if arms.is_empty() {
        (quote! { _ }, quote! { match *self {} })
    } else {
        (quote! { #f }, quote! { match self { #(#arms)* } })
    };
    quote! {
        #[automatically_derived]
        impl ::core::fmt::Debug for #replies {
            fn fmt(&self, #f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result { #body }
        }
    }
}

fn stored(plan: &Plan<'_>) -> TokenStream {
    let (krate, replies) = (&plan.header.krate, &plan.header.replies);
    let (pauses, subgraphs) = (plan.pauses(), subgraphs(plan));
    let [path, pause, fields, reply] = ["path", "pause", "fields", "reply"].map(local);
    let [mut paths, mut descriptions, mut encodings, mut decodings] = [const { Vec::new() }; 4];
    for Pause { index, node, .. } in &pauses {
        let (variant, stored, name) = (variant(plan, node), replying(*index), node.name.unraw().to_string());
        let ty = reply_type(*index);
        paths.push(quote! { #variant(_) => #path.push(#name), });
        let described = quote! { #krate::__private::Replying::describe::<#ty>() };
        descriptions.push(quote! { #name => ::core::option::Option::Some(#described), });
        encodings.push(quote! { #variant(#reply) => #stored.put(#fields, #reply), });
        decodings.push(quote! { #name => #stored.take(#fields).map(#variant), });
    }
    for Subgraph { node, .. } in &subgraphs {
        let (variant, name) = (variant(plan, node), node.name.unraw().to_string());
        paths.push(quote! { #variant(#reply) => { #path.push(#name); #krate::Replies::path(#reply, #path); } });
        encodings.push(quote! { #variant(#reply) => #krate::Replies::encode(#reply, #fields), });
    }
    let (way, encode) = if paths.is_empty() {
        (quote! { match *self {} }, quote! { match *self {} })
    } else {
        (quote! { match self { #(#paths)* } }, quote! { match self { #(#encodings)* } })
    };
    let describe = (!descriptions.is_empty()).then(|| {
        quote! {
            #[inline]
            fn describe(#pause: &str) -> ::core::option::Option<#krate::schema::Type> {
                match #pause {
                    #(#descriptions)*
                    _ => ::core::option::Option::None,
                }
            }
        }
    });
    quote! {
        #[automatically_derived]
        #[allow(unused_variables)]
        impl #krate::Replies for #replies {
            fn path(&self, #path: &mut ::std::vec::Vec<&'static str>) { #way }

            #describe

            fn encode(
                &self,
                #fields: &mut #krate::__private::FieldWriter<'_>,
            ) -> ::core::result::Result<(), #krate::__private::FieldError> {
                #encode
            }

            fn decode(
                #pause: &str,
                #fields: &mut #krate::__private::FieldReader<'_>,
            ) -> ::core::result::Result<Self, #krate::__private::FieldError> {
                match #pause {
                    #(#decodings)*
                    _ => ::core::result::Result::Err(#krate::__private::no_pause(#pause)),
                }
            }
        }
    }
}

/// `impl Waits<0> for AgentNode { type Reply = …; }`, where rustc says of a type that it is less visible than the graph.
fn waits_for(plan: &Plan<'_>, place: usize, reply: &TokenStream, span: Span) -> TokenStream {
    let (krate, nodes) = (&plan.header.krate, &plan.header.nodes);
    let reply = quote_spanned! {span=> type Reply = #reply; };
    quote! {
        #[automatically_derived]
        impl #krate::__private::Waits<#place> for #nodes { #reply }
    }
}

/// `<AgentNode as Waits<0>>::Reply`
fn waits_at(plan: &Plan<'_>, place: usize) -> TokenStream {
    let (krate, nodes) = (&plan.header.krate, &plan.header.nodes);
    quote! { <#nodes as #krate::__private::Waits<#place>>::Reply }
}

/// The subgraphs that have a variant: a graph in itself would be infinite, and has been refused.
fn subgraphs<'a>(plan: &Plan<'a>) -> Vec<Subgraph<'a>> {
    if plan.sound { plan.subgraphs() } else { Vec::new() }
}

/// `AgentReply::Approve`
pub(super) fn variant(plan: &Plan<'_>, node: &Node) -> TokenStream {
    let (replies, mut variant) = (&plan.header.replies, node.variant.clone());
    variant.set_span(Span::call_site());
    quote! { #replies::#variant }
}

fn replying(pause: usize) -> Ident {
    format_ident!("__Replying{pause}", span = Span::call_site())
}
