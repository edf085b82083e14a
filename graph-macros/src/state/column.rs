//! The static of a field: how it and the writes to it are stored.

use super::model::{Codec, Field, State};
use super::reduction::Reduction;
use super::{migration, patch};
use crate::{former, krate};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

/// The static that knows how a field and the writes to it are stored, and what it starts with.
///
/// ```text
/// static __step: Column<u32, Option<u32>> =
///     Column::<u32>::stored("step", initial::<u32>).edited(<Piecewise<u32>>::EDITS);
/// static __notes: Column<Vec<Note>, Fold<Vec<Note>, Vec<Note>, NoKey>> =
///     Column::<Vec<Note>>::folded::<Vec<Note>, NoKey, _>("notes", initial::<Vec<Note>>)
///         .edited(<Piecewise<Vec<Note>>>::EDITS);
/// static __cache: Column<Cache, Option<Cache>> = Column::<Cache, _>::skipped("cache", initial::<Cache>);
/// ```
pub(super) fn expand(state: &State<'_>, field: &Field<'_>) -> TokenStream {
    let (word, ty) = (&field.name, field.ty);
    let krate = krate::at(&state.krate, ty.span());
    let name = name(field);
    let slot = patch::slot(&state.krate, field);
    let constructor = match (field.codec, &field.reducer) {
        (Codec::Skip, _) => quote_spanned!(ty.span()=> <#ty, _>::skipped),
        (Codec::Bincode, None) => quote_spanned!(ty.span()=> <#ty>::stored),
        (Codec::Json, None) => quote_spanned!(ty.span()=> <#ty>::json),
        (Codec::Bincode, Some((_, Reduction { input, key, .. }))) => {
            quote_spanned!(ty.span()=> <#ty>::folded::<#input, #key, _>)
        }
        (Codec::Json, Some((_, Reduction { input, key, .. }))) => {
            quote_spanned!(ty.span()=> <#ty>::json_folded::<#input, #key, _>)
        }
    };
    let initial = match &field.default {
        None => quote_spanned!(ty.span()=> #krate::__private::initial::<#ty>),
        Some(value) => quote!(|| -> #ty { #value }),
    };
    let former: Vec<String> = field.former.iter().map(former::text).collect();
    let renamed = (!former.is_empty()).then(|| quote_spanned!(ty.span()=> .renamed_from(&[#(#former),*])));
    let rule = field.reducer.as_ref().and_then(|(_, reduction)| reduction.rule.as_ref());
    let folding = rule.map(|rule| quote_spanned!(ty.span()=> .folding(#rule)));
    let secret = field.secret.then(|| quote_spanned!(ty.span()=> .secret()));
    let edited = (field.codec != Codec::Skip)
        .then(|| quote_spanned!(ty.span()=> .edited(<#krate::__private::Piecewise<#ty>>::EDITS)));
    let (migrations, migrated) = (migration::statics(state, field), migration::listed(field));
    quote_spanned! {ty.span()=>
        #migrations
        static #name: #krate::__private::Column<#ty, #slot> =
            #krate::__private::Column::#constructor(#word, #initial)#renamed #edited #folding #secret #migrated;
    }
}

/// The name of the static.
pub(super) fn name(field: &Field<'_>) -> Ident {
    format_ident!("__{}", field.name)
}
