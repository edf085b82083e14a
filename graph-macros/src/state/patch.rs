//! The patch: one slot a field, where writes wait until the engine applies them.

use super::model::{Field, State};
use super::reduction::Reduction;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Path, Token, VisRestricted, Visibility, parse_quote};

/// The name of the patch. It stands beside the user's types, so it must be one that nobody else uses.
pub(super) fn name(state: &State<'_>) -> Ident {
    format_ident!("__{}Patch", state.name)
}

/// The marker type of a field.
pub(super) fn marker(field: &Field<'_>) -> TokenStream {
    let ident = field.ident;
    quote!(__fields::#ident)
}

/// ```text
/// mod __fields {
///     pub struct step;
/// }
///
/// #[derive(Default)]
/// pub struct __JobPatch {
///     step: Option<u32>,
/// }
///
/// impl FieldOf<Job, Option<u32>> for __fields::step { … }
/// impl Update<Job> for __JobPatch { … }
/// impl Update<Job> for Job { … }
/// ```
pub(super) fn expand(state: &State<'_>) -> TokenStream {
    let State { krate, name: job, visibility, .. } = state;
    let patch = name(state);
    let deeper = deeper(visibility);
    let idents: Vec<_> = state.fields.iter().map(|field| field.ident).collect();
    let slots: Vec<_> = state.fields.iter().map(|field| slot(krate, field)).collect();
    let impls =
        state.fields.iter().zip(&slots).enumerate().map(|(index, (field, slot))| field_of(state, index, field, slot));
    let overwrites = state.fields.iter().map(|field| {
        let operation = if field.reducer.is_some() {
            quote!(#krate::update::Overwrite::new)
        } else {
            quote!(#krate::update::Set::new)
        };
        let ident = field.ident;
        quote!(#krate::__private::Operation::put(#operation(self.#ident), &mut patch.#ident);)
    });
    quote! {
        // The markers have a module of their own, so that none of them shadows a type of the user's.
        mod __fields {
            #(#deeper struct #idents;)*
        }

        #[derive(::core::default::Default)]
        #visibility struct #patch {
            #(#idents: #slots,)*
        }

        #(#impls)*

        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #krate::Update<#job> for #patch {
            const WRITES: #krate::__private::Writes = #krate::__private::Writes::All;

            fn write(self, patch: &mut #patch) {
                #(#krate::__private::Slot::extend(&mut patch.#idents, self.#idents);)*
            }

            fn apply(patch: &mut #patch, state: &mut #job) {
                <#job as #krate::GraphState>::apply(state, patch);
            }
        }

        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #krate::Update<#job> for #job {
            const WRITES: #krate::__private::Writes = #krate::__private::Writes::All;

            fn write(self, patch: &mut #patch) {
                #(#overwrites)*
            }

            fn apply(patch: &mut #patch, state: &mut #job) {
                <#job as #krate::GraphState>::apply(state, patch);
            }
        }
    }
}

/// ```text
/// impl FieldOf<Job, Option<u32>> for __fields::step {
///     const INDEX: usize = 0;
///     fn slot(patch: &mut __JobPatch) -> &mut Option<u32> { &mut patch.step }
///     fn apply(patch: &mut __JobPatch, state: &mut Job) {
///         if let Some(value) = patch.step.take() { state.step = value; }
///     }
/// }
/// ```
fn field_of(state: &State<'_>, index: usize, field: &Field<'_>, slot: &TokenStream) -> TokenStream {
    let State { krate, name: job, .. } = state;
    let patch_type = name(state);
    let marker = marker(field);
    let ident = field.ident;
    // The path of a reducer is resolved among these names, and the user's function may be called like one of them.
    let [patch, state] = ["patch", "state"].map(|name| Ident::new(name, Span::mixed_site()));
    let apply = match &field.reducer {
        None => quote! {
            if let ::core::option::Option::Some(value) = ::core::option::Option::take(&mut #patch.#ident) {
                #state.#ident = value;
            }
        },
        Some((_, Reduction { reduce, remove, tells, .. })) => {
            let none = quote!(::core::option::Option::None);
            let (reduce, remove) = if *tells {
                (
                    quote!(|value, input| <#marker>::reduce(value, input, #none)),
                    quote!(|value, keys| <#marker>::remove(value, keys, #none)),
                )
            } else {
                (reduce.clone(), remove.clone())
            };
            quote!(#krate::update::Fold::apply(&mut #patch.#ident, &mut #state.#ident, #reduce, #remove);)
        }
    };
    let telling = field.telling().map(|reduction| telling(field, &marker, reduction));
    quote! {
        #telling

        #[automatically_derived]
        impl #krate::__private::FieldOf<#job, #slot> for #marker {
            const INDEX: usize = #index;

            fn slot(patch: &mut #patch_type) -> &mut #slot {
                &mut patch.#ident
            }

            fn apply(#patch: &mut #patch_type, #state: &mut #job) {
                #apply
            }
        }
    }
}

/// ```text
/// impl __fields::notes {
///     fn reduce(value: &mut Vec<Note>, input: Vec<Note>, places: Option<&mut Vec<usize>>) { … }
///     fn remove(value: &mut Vec<Note>, keys: Vec<NoKey>, places: Option<&mut Vec<usize>>) { … }
/// }
/// ```
///
/// Writes are folded in two places, and what is wrong with a reducer is an error in one.
fn telling(field: &Field<'_>, marker: &TokenStream, reduction: &Reduction) -> TokenStream {
    let ty = field.ty;
    let Reduction { input, key, reduce, remove, .. } = reduction;
    let (keys, places) =
        (quote!(::std::vec::Vec<#key>), quote!(::core::option::Option<&mut ::std::vec::Vec<::core::primitive::usize>>));
    quote! {
        impl #marker {
            fn reduce(value: &mut #ty, input: #input, places: #places) {
                let reduce: fn(&mut #ty, #input, #places) = #reduce;
                reduce(value, input, places);
            }

            fn remove(value: &mut #ty, keys: #keys, places: #places) {
                let remove: fn(&mut #ty, #keys, #places) = #remove;
                remove(value, keys, places);
            }
        }
    }
}

/// The type of a field's slot: `Option<T>`, or `Fold<T, I, K>` for a reduced field.
pub(super) fn slot(krate: &Path, field: &Field<'_>) -> TokenStream {
    let ty = field.ty;
    match &field.reducer {
        None => quote!(::core::option::Option<#ty>),
        Some((_, Reduction { input, key, .. })) => quote!(#krate::update::Fold<#ty, #input, #key>),
    }
}

/// The same visibility, one module deeper.
///
/// The markers must be exactly as visible as the struct: less would make the setters' return types private, more would
/// show a private state in a public trait.
pub(super) fn deeper(visibility: &Visibility) -> Visibility {
    let restricted = match visibility {
        Visibility::Public(_) => return visibility.clone(),
        Visibility::Inherited => return parse_quote!(pub(super)),
        Visibility::Restricted(restricted) => restricted,
    };
    let path = &restricted.path;
    let Some(first) = path.segments.first() else {
        return parse_quote!(pub(super));
    };
    if first.ident == "crate" {
        return visibility.clone();
    }
    let rest: Punctuated<_, Token![::]> = if first.ident == "self" {
        path.segments.iter().skip(1).cloned().collect()
    } else {
        path.segments.iter().cloned().collect()
    };
    let path: Path = if rest.is_empty() { parse_quote!(super) } else { parse_quote!(super::#rest) };
    Visibility::Restricted(VisRestricted {
        pub_token: restricted.pub_token,
        paren_token: restricted.paren_token,
        in_token: Some(Token![in](restricted.path.span())),
        path: Box::new(path),
    })
}
