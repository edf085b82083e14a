//! The setters of the update builder.

use super::model::{self, Field, State};
use super::options::Reducer;
use super::patch;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::Type;

/// The names of a field's setters.
pub(super) fn names(field: &Field<'_>) -> Vec<String> {
    let name = &field.name;
    let mut names = vec![name.clone(), format!("maybe_{name}")];
    if field.reducer.is_some() {
        names.push(format!("overwrite_{name}"));
    }
    if removes(field) {
        names.push(format!("remove_{name}"));
    }
    names
}

fn removes(field: &Field<'_>) -> bool {
    matches!(field.reducer, Some((_, Reducer::Merge | Reducer::Upsert { key: Some(_), .. })))
}

/// ```text
/// /// Writes `step`.
/// pub fn step(self, value: u32) -> JobUpdate<Layer<__fields::step, Set<u32>, __W>> {
///     JobUpdate(Layer::new(self.0, Set(value)))
/// }
/// ```
pub(super) fn expand(state: &State<'_>, update: &Ident) -> TokenStream {
    let setters = state
        .fields
        .iter()
        .filter(|field| field.settable)
        .flat_map(|field| all(state, field).into_iter().map(move |setter| setter.expand(state, field, update)));
    quote! {
        impl<__W> #update<__W> {
            #(#setters)*
        }
    }
}

/// One setter.
struct Setter {
    name: Ident,
    doc: String,
    /// The type of its operation.
    operation: TokenStream,
    /// What makes the operation.
    constructor: TokenStream,
    argument: Argument,
    maybe: bool,
}

/// What a setter takes.
enum Argument {
    /// Exactly this type.
    Exact(TokenStream),
    /// Whatever turns into this type.
    Into(TokenStream),
    /// An iterator of this type.
    Items(TokenStream),
    /// An iterator of whatever turns into this type.
    IntoItems(TokenStream),
}

/// The setters of a field.
fn all(state: &State<'_>, field: &Field<'_>) -> Vec<Setter> {
    let krate = &state.krate;
    let reduce = quote!(#krate::__private::reduce);
    let (ty, name) = (field.ty, &field.name);
    let value = || {
        if field.into { Argument::Into(ty.to_token_stream()) } else { Argument::Exact(ty.to_token_stream()) }
    };
    let Some((input, key)) = patch::reduced(krate, field) else {
        let set = |prefix: &str, doc: String| Setter {
            name: named(prefix, field),
            doc,
            operation: quote!(#krate::__private::Set<#ty>),
            constructor: quote!(#krate::__private::Set),
            argument: value(),
            maybe: prefix == "maybe",
        };
        return vec![
            set("", format!("Writes `{name}`.")),
            set("maybe", format!("Writes `{name}` if there is a value.")),
        ];
    };
    let word = field.reducer.as_ref().map_or_else(String::new, |(word, _)| word.to_string());
    let fold = |prefix: &str, doc: String| Setter {
        name: named(prefix, field),
        doc,
        operation: quote!(#reduce::Reduce<#ty, #input, #key>),
        constructor: quote!(#reduce::Reduce::new),
        argument: match field.reducer {
            Some((_, Reducer::Append)) if !field.into => Argument::Items(quote!(<#ty as #reduce::Append>::Item)),
            Some((_, Reducer::Merge)) => Argument::Items(quote!(<#ty as #reduce::Merge>::Item)),
            Some((_, Reducer::Upsert { .. })) => Argument::Items(quote!(<#ty as #reduce::Upsert>::Item)),
            _ => value(),
        },
        maybe: prefix == "maybe",
    };
    let mut setters = vec![
        fold("", format!("Folds into `{name}`: `{word}`.")),
        fold("maybe", format!("Folds into `{name}` if there is a value: `{word}`.")),
        Setter {
            name: named("overwrite", field),
            doc: format!("Replaces the value of `{name}`."),
            operation: quote!(#reduce::Overwrite<#ty, #input, #key>),
            constructor: quote!(#reduce::Overwrite::new),
            argument: value(),
            maybe: false,
        },
    ];
    if removes(field) {
        setters.push(Setter {
            name: named("remove", field),
            doc: format!("Removes what has one of these keys from `{name}`; a key that is not there is no error."),
            operation: quote!(#reduce::Remove<#ty, #input, #key>),
            constructor: quote!(#reduce::Remove::new),
            argument: if key_type(field).is_some_and(model::takes_into) {
                Argument::IntoItems(key)
            } else {
                Argument::Items(key)
            },
            maybe: false,
        });
    }
    setters
}

/// The type of a field's keys as the user wrote it.
fn key_type<'a>(field: &'a Field<'_>) -> Option<&'a Type> {
    match &field.reducer.as_ref()?.1 {
        Reducer::Merge => model::first_argument(field.ty),
        Reducer::Upsert { key, .. } => key.as_ref(),
        _ => None,
    }
}

/// `maybe_step`, with the span of the field, so that an editor leads from the call to the field.
fn named(prefix: &str, field: &Field<'_>) -> Ident {
    if prefix.is_empty() {
        return field.ident.clone();
    }
    format_ident!("{prefix}_{}", field.name, span = field.ident.span())
}

impl Setter {
    fn expand(&self, state: &State<'_>, field: &Field<'_>, update: &Ident) -> TokenStream {
        let State { krate, visibility, .. } = state;
        let Setter { name, doc, operation, constructor, .. } = self;
        let marker = patch::marker(field);
        let docs = &field.docs;
        let ty = self.argument.ty();
        let made = self.argument.convert();
        let (ty, operation, made) = if self.maybe {
            (
                quote!(::core::option::Option<#ty>),
                quote!(::core::option::Option<#operation>),
                quote!(::core::option::Option::map(value, |value| #constructor(#made))),
            )
        } else {
            (ty, operation.clone(), quote!(#constructor(#made)))
        };
        // The user's own words follow in a paragraph of their own.
        let gap = (!docs.is_empty()).then(|| quote!(#[doc = ""]));
        quote! {
            #[doc = #doc]
            #gap
            #(#docs)*
            #visibility fn #name(self, value: #ty) -> #update<#krate::__private::Layer<#marker, #operation, __W>> {
                #update(#krate::__private::Layer::new(self.0, #made))
            }
        }
    }
}

impl Argument {
    fn ty(&self) -> TokenStream {
        match self {
            Argument::Exact(ty) => ty.clone(),
            Argument::Into(ty) => quote!(impl ::core::convert::Into<#ty>),
            Argument::Items(ty) => quote!(impl ::core::iter::IntoIterator<Item = #ty>),
            Argument::IntoItems(ty) => quote!(impl ::core::iter::IntoIterator<Item = impl ::core::convert::Into<#ty>>),
        }
    }

    /// Makes what is stored from `value`.
    fn convert(&self) -> TokenStream {
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
