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
    /// An `fn(&mut T, Input)`, or one that tells.
    pub(super) reduce: TokenStream,
    /// An `fn(&mut T, Vec<Key>)`, or one that tells.
    pub(super) remove: TokenStream,
    /// Whether the two tell what they change in a list, map or set: as a third argument they take an
    /// `Option<&mut Vec<usize>>`, for the places of what they replace or remove.
    pub(super) tells: bool,
    /// What the word of the reducer does not say of it.
    pub(super) rule: Option<String>,
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
        tells: false,
        rule: None,
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
    let append = value.reduce;
    let reduce = quote!(|list, items, _| #append(list, items));
    let value = Reduction { reduce, remove: nothing(), tells: true, ..value };
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
    let merge = value.reduce;
    Ok(Reduction {
        input: quote!(::std::vec::Vec<#item>),
        key,
        argument: Argument::Items(item),
        removal: Some(removal),
        reduce: quote!(|map, entries, _| #merge(map, entries)),
        remove: quote!(|map, keys, _| #owner::remove(map, keys)),
        tells: true,
        rule: None,
    })
}

/// `|list, items, places| <Vec<Message> as Upsert>::upsert(list, items, |item| &item.id, |place| …)`.
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
    let rule = Some(format!("upsert by {by}"));
    let by = quote_spanned!(by.span()=> |item| &item.#by);
    let told = quote!(|place| if let ::core::option::Option::Some(places) = &mut places {
        ::std::vec::Vec::push(places, place);
    });
    let value = Reduction {
        remove: nothing(),
        tells: true,
        rule,
        input: quote!(::std::vec::Vec<#item>),
        argument: Argument::Items(item),
        reduce: quote!(|list, items, mut places| #owner::upsert(list, items, #by, #told)),
        ..value
    };
    Ok(match key {
        None => value,
        Some(key) => Reduction {
            key: key.to_token_stream(),
            removal: Some(Argument::items(key)),
            remove: quote!(|list, keys, mut places| #owner::remove(list, keys, #by, #told)),
            ..value
        },
    })
}

/// Removes items that have no keys.
fn nothing() -> TokenStream {
    quote!(|_, keys, _| for key in keys {
        match key {}
    })
}
