//! The items of the graph's `for`s: one enum, with one variant for each.

use super::pin::{call, pin};
use super::plan::{Plan, item_function, item_type, item_variant};
use crate::graph::model::{Form, Region};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Type};

/// ```text
/// type __Item0 = Url;
///
/// static Of0: Listing<__Item0> = Listing::<__Item0>::of("urls");
///
/// pub enum __Items { Of0(Listed<__Item0>) }
///
/// impl __Items {
///     fn of_0<'a>(at: At<'a, Agent>) -> &'a __Item0 {
///         at.pick(|items| match items { __Items::Of0(items) => items.as_slice(), _ => None })
///     }
/// }
///
/// impl Items for __Items { fn count… fn encode… fn decode… }
/// ```
///
/// Nothing for a graph without a `for`. The user's type stands in two places, and only the constructor of the static asks
/// anything of it.
pub(super) fn items(plan: &Plan<'_>) -> TokenStream {
    let krate = &plan.header.krate;
    let visibility = &plan.header.visibility;
    let mut graph = plan.header.name.clone();
    graph.set_span(Span::call_site());
    let loops: Vec<(usize, &Region, &Type)> = plan
        .loops()
        .filter_map(|(index, region)| match &region.form {
            Form::Each { item, .. } => Some((index, region, item)),
            Form::Group(_) => None,
        })
        .collect();
    if loops.is_empty() {
        return TokenStream::new();
    }
    let types = loops.iter().map(|(index, _, item)| {
        let name = item_type(*index);
        quote! { type #name = #item; }
    });
    let variants = loops.iter().map(|(index, ..)| {
        let (variant, item) = (item_variant(*index), item_type(*index));
        quote! { #variant(#krate::__private::Listed<#item>) }
    });
    let functions = loops.iter().map(|(index, ..)| {
        let (function, variant, item) = (item_function(*index), item_variant(*index), item_type(*index));
        quote! {
            #[inline]
            fn #function<'a>(at: #krate::__private::At<'a, #graph>) -> &'a #item {
                at.pick(|items| match items {
                    __Items::#variant(items) => items.as_slice(),
                    #[allow(unreachable_patterns)]
                    _ => ::core::option::Option::None,
                })
            }
        }
    });
    let listings = loops.iter().map(|(index, region, ty)| {
        let (variant, item, name) = (item_variant(*index), item_type(*index), Plan::loop_name(region));
        // The expression begins and ends where the user's type does.
        let last = ty.to_token_stream().into_iter().last().map_or_else(|| ty.span(), |token| token.span());
        let (listing, of) = (pin(quote! { #krate::__private::Listing::<#item> }, ty.span()), Ident::new("of", last));
        let made = call(quote_spanned! { last=> #listing::#of }, quote! { #name }, last);
        quote! {
            #[allow(non_upper_case_globals)]
            static #variant: #krate::__private::Listing<#item> = #made;
        }
    });
    let lengths = loops.iter().map(|(index, ..)| {
        let variant = item_variant(*index);
        quote! { __Items::#variant(items) => items.count(), }
    });
    let descriptions = loops.iter().map(|(index, ..)| {
        let variant = item_variant(*index);
        quote! { #index => ::core::option::Option::Some(#variant.describe()), }
    });
    let encodings = loops.iter().map(|(index, ..)| {
        let variant = item_variant(*index);
        quote! { __Items::#variant(items) => #variant.put(fields, items), }
    });
    let decodings = loops.iter().map(|(index, ..)| {
        let variant = item_variant(*index);
        quote! { #index => #variant.take(fields).map(__Items::#variant), }
    });
    quote! {
        #(#types)*
        #(#listings)*

        #[allow(private_interfaces, clippy::allow_attributes)]
        #visibility enum __Items { #(#variants,)* }

        #[automatically_derived]
        #[allow(dead_code)]
        impl __Items { #(#functions)* }

        #[automatically_derived]
        impl #krate::__private::Items for __Items {
            fn count(&self) -> usize {
                match self { #(#lengths)* }
            }

            #[inline]
            fn describe(region: usize) -> ::core::option::Option<#krate::schema::Type> {
                match region {
                    #(#descriptions)*
                    _ => ::core::option::Option::None,
                }
            }

            fn encode(
                &self,
                fields: &mut #krate::__private::FieldWriter<'_>,
            ) -> ::core::result::Result<(), #krate::__private::FieldError> {
                match self { #(#encodings)* }
            }

            fn decode(
                region: usize,
                fields: &mut #krate::__private::FieldReader<'_>,
            ) -> ::core::result::Result<Self, #krate::__private::FieldError> {
                match region {
                    #(#decodings)*
                    _ => ::core::result::Result::Err(#krate::__private::no_items()),
                }
            }
        }
    }
}
