//! How a reduced field folds its writes: the types that wait in its slot and the functions that fold them.

use super::argument::Argument;
use super::options::Reducer;
use super::shape::{self, Shape};
use crate::krate;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Path, Type};

/// A reducer, resolved for the type of its field.
pub(super) struct Reduction {
    /// What waits to be folded.
    pub(super) input: TokenStream,
    /// What tells items apart; `NoKey` for most reducers.
    pub(super) key: TokenStream,
    /// What the setter takes.
    pub(super) argument: Argument,
    /// What the setter that removes takes, if there is one.
    pub(super) removal: Option<Argument>,
    /// An `fn(&mut T, Input)`.
    pub(super) reduce: TokenStream,
    /// An `fn(&mut T, Vec<Key>)`.
    pub(super) remove: TokenStream,
    /// The same two, as they tell what they change in a list, map or set.
    pub(super) telling: Option<Telling>,
}

/// Functions that fold writes as those of a [`Reduction`], and return the places of what they have replaced or removed; `None`
/// if they cannot tell.
pub(super) struct Telling {
    /// An `fn(&mut T, Input) -> Option<Vec<usize>>`.
    pub(super) reduce: TokenStream,
    /// An `fn(&mut T, Vec<Key>) -> Option<Vec<usize>>`.
    pub(super) remove: TokenStream,
}

/// Resolves a reducer; `Err` names the types that it works on if this is surely none of them.
///
/// Where the spelling of a type shows its items, they are taken from there and not from the reducer's trait: signatures
/// read better, and a type that lacks the trait is one error, where the reducer is called.
pub(super) fn resolve(runtime: &Path, ty: &Type, into: bool, reducer: &Reducer) -> Result<Reduction, &'static str> {
    let owner = |name: &str| {
        let krate = krate::at(runtime, ty.span());
        let name = format_ident!("{name}", span = ty.span());
        quote_spanned!(ty.span()=> <#ty as #krate::reduce::#name>)
    };
    let value = |reduce: TokenStream| Reduction {
        input: ty.to_token_stream(),
        key: quote!(#runtime::update::NoKey),
        argument: Argument::value(ty, into),
        removal: None,
        reduce,
        remove: quote!(|_, keys| for key in keys {
            match key {}
        }),
        telling: None,
    };
    let method = |name: &str, method: &str| {
        let owner = owner(name);
        let method = format_ident!("{method}", span = ty.span());
        quote_spanned!(ty.span()=> #owner::#method)
    };
    match reducer {
        Reducer::Append => append(ty, &owner("Append"), value(method("Append", "append"))),
        Reducer::Merge => merge(ty, &owner("Merge"), value(method("Merge", "merge"))),
        Reducer::Upsert { by, key } => upsert(ty, &owner("Upsert"), by, key.as_deref(), value(TokenStream::new())),
        Reducer::Add => Ok(value(method("Add", "add"))),
        Reducer::Max => Ok(value(method("Max", "max"))),
        Reducer::Min => Ok(value(method("Min", "min"))),
        Reducer::And => Ok(value(method("And", "and"))),
        Reducer::Or => Ok(value(method("Or", "or"))),
        // The pointer's type stands in the error if the function has another.
        Reducer::With(path) => Ok(value(quote!({ let reduce: fn(&mut #ty, #ty) = #path; reduce }))),
    }
}

/// `<Vec<Note> as Append>::append`, which takes a `Vec<Note>`; text takes text.
fn append(ty: &Type, owner: &TokenStream, value: Reduction) -> Result<Reduction, &'static str> {
    // Nothing is replaced or removed.
    let nowhere = quote!(::core::option::Option::Some(::std::vec::Vec::new()));
    let telling = Telling {
        reduce: quote!(|list: &mut #ty, items| { #owner::append(list, items); #nowhere }),
        remove: quote!(|_, keys| { for key in keys { match key {} } #nowhere }),
    };
    let value = Reduction { telling: Some(telling), ..value };
    match shape::shape(ty) {
        Shape::Text => Ok(value),
        Shape::List(item) => Ok(Reduction {
            input: quote!(::std::vec::Vec<#item>),
            argument: Argument::Items(item.to_token_stream()),
            ..value
        }),
        Shape::Unknown => {
            Ok(Reduction { input: quote!(#owner::Input), argument: Argument::Items(quote!(#owner::Item)), ..value })
        }
        _ => Err("`Vec`, `VecDeque` and `String`"),
    }
}

/// `<BTreeMap<K, V> as Merge>::merge`, which takes a `Vec<(K, V)>`, and `remove`, which takes a `Vec<K>`.
fn merge(ty: &Type, owner: &TokenStream, value: Reduction) -> Result<Reduction, &'static str> {
    let (item, key, removal) = match shape::shape(ty) {
        Shape::Map(key, value) => (quote!((#key, #value)), key.to_token_stream(), Argument::items(key)),
        Shape::Set(key) => (key.to_token_stream(), key.to_token_stream(), Argument::items(key)),
        Shape::Unknown => {
            let key = quote!(#owner::Key);
            (quote!(#owner::Item), key.clone(), Argument::Items(key))
        }
        _ => return Err("`BTreeMap`, `HashMap`, `BTreeSet` and `HashSet`"),
    };
    // What is found by a key has no places.
    let nowhere = quote!(::core::option::Option::None);
    let telling = Telling {
        reduce: quote!(|map: &mut #ty, entries| { #owner::merge(map, entries); #nowhere }),
        remove: quote!(|map: &mut #ty, keys| { #owner::remove(map, keys); #nowhere }),
    };
    Ok(Reduction {
        input: quote!(::std::vec::Vec<#item>),
        key,
        argument: Argument::Items(item),
        removal: Some(removal),
        remove: quote!(#owner::remove),
        telling: Some(telling),
        ..value
    })
}

/// `|list: &mut Vec<Message>, items| <Vec<Message> as Upsert>::upsert(list, items, |item| &item.id)`.
fn upsert(
    ty: &Type,
    owner: &TokenStream,
    by: &Ident,
    key: Option<&Type>,
    value: Reduction,
) -> Result<Reduction, &'static str> {
    let item = match shape::shape(ty) {
        Shape::List(item) => item.to_token_stream(),
        Shape::Unknown => quote!(#owner::Item),
        _ => return Err("`Vec`"),
    };
    let by = quote_spanned!(by.span()=> |item| &item.#by);
    let telling = |remove: TokenStream| {
        Some(Telling { reduce: quote!(|list: &mut #ty, items| #owner::upsert_telling(list, items, #by)), remove })
    };
    let value = Reduction {
        telling: telling(quote!(|_, keys| {
            for key in keys {
                match key {}
            }
            ::core::option::Option::None
        })),
        input: quote!(::std::vec::Vec<#item>),
        argument: Argument::Items(item),
        reduce: quote!(|list: &mut #ty, items| #owner::upsert(list, items, #by)),
        ..value
    };
    Ok(match key {
        None => value,
        Some(key) => Reduction {
            key: key.to_token_stream(),
            removal: Some(Argument::items(key)),
            remove: quote!(|list: &mut #ty, keys| #owner::remove(list, keys, #by)),
            telling: telling(quote!(|list: &mut #ty, keys| #owner::remove_telling(list, keys, #by))),
            ..value
        },
    })
}
