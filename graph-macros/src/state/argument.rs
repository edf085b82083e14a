//! What a setter takes, and how it makes what is stored from it.

use super::shape;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Type;

/// The argument of a setter.
pub(super) enum Argument {
    /// Exactly this type.
    Exact(TokenStream),
    /// Whatever turns into this type.
    Into(TokenStream),
    /// An iterator of this type.
    Items(TokenStream),
    /// An iterator of whatever turns into this type.
    IntoItems(TokenStream),
}

impl Argument {
    /// The argument for a whole value.
    pub(super) fn value(ty: &Type, into: bool) -> Argument {
        if into { Argument::Into(ty.to_token_stream()) } else { Argument::Exact(ty.to_token_stream()) }
    }

    /// The argument for items of a type, by the same rule as for a value of it.
    pub(super) fn items(ty: &Type) -> Argument {
        if shape::takes_into(ty) {
            Argument::IntoItems(ty.to_token_stream())
        } else {
            Argument::Items(ty.to_token_stream())
        }
    }

    /// The type to write in the signature.
    pub(super) fn ty(&self) -> TokenStream {
        match self {
            Argument::Exact(ty) => ty.clone(),
            Argument::Into(ty) => quote!(impl ::core::convert::Into<#ty>),
            Argument::Items(ty) => quote!(impl ::core::iter::IntoIterator<Item = #ty>),
            Argument::IntoItems(ty) => quote!(impl ::core::iter::IntoIterator<Item = impl ::core::convert::Into<#ty>>),
        }
    }

    /// The expression that makes what is stored from `value`.
    pub(super) fn convert(&self) -> TokenStream {
        let items = quote!(::core::iter::IntoIterator::into_iter(value));
        match self {
            Argument::Exact(_) => quote!(value),
            Argument::Into(_) => quote!(::core::convert::Into::into(value)),
            Argument::Items(_) => quote!(::core::iter::Iterator::collect(#items)),
            Argument::IntoItems(_) => {
                quote!(::core::iter::Iterator::collect(::core::iter::Iterator::map(#items, ::core::convert::Into::into)))
            }
        }
    }
}
