//! The setters of the update builder.

use super::argument::Argument;
use super::model::{Field, Setters, State};
use super::patch;
use super::reduction::Reduction;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// The names of a field's setters.
pub(super) fn names(field: &Field<'_>) -> Vec<String> {
    let name = &field.name;
    let mut names = vec![name.clone(), format!("maybe_{name}")];
    // Of a field whose attributes are wrong, any setter may be meant.
    let lenient = field.setters == Setters::Lenient;
    if lenient || field.reducer.is_some() {
        names.push(format!("overwrite_{name}"));
    }
    if lenient || matches!(&field.reducer, Some((_, reduction)) if reduction.removal.is_some()) {
        names.push(format!("remove_{name}"));
    }
    names
}

/// ```text
/// impl<__W> JobUpdate<__W> {
///     pub fn step(self, value: u32) -> JobUpdate<Layer<__fields::step, Set<u32>, __W>> { … }
/// }
/// ```
pub(super) fn expand(state: &State<'_>, update: &Ident) -> TokenStream {
    let setters = state.fields.iter().map(|field| {
        let target = Target { state, field, update };
        match field.setters {
            Setters::Typed => typed(&target),
            Setters::Lenient => lenient(&target),
            Setters::None => TokenStream::new(),
        }
    });
    quote! {
        #[automatically_derived]
        impl<__W> #update<__W> {
            #(#setters)*
        }
    }
}

/// The field that setters are for, in its state.
struct Target<'a> {
    state: &'a State<'a>,
    field: &'a Field<'a>,
    /// The name of the builder.
    update: &'a Ident,
}

/// The setters of a field as its type and its reducer want them.
fn typed(target: &Target<'_>) -> TokenStream {
    let Field { name, ty, into, reducer, .. } = target.field;
    let value = Argument::value(ty, *into);
    let Some((word, reduction)) = reducer else {
        let set = quote!(Set<#ty>);
        let mut setters = setter(target, "", &format!("Writes `{name}`."), &value, &set);
        setters.extend(setter(target, "maybe_", &format!("Writes `{name}` if there is a value."), &value, &set));
        return setters;
    };
    let Reduction { input, key, argument, removal, .. } = reduction;
    let types = quote!(<#ty, #input, #key>);
    let reduce = quote!(Reduce #types);
    let mut setters = setter(target, "", &format!("Folds into `{name}`: `{word}`."), argument, &reduce);
    let doc = format!("Folds into `{name}` if there is a value: `{word}`.");
    setters.extend(setter(target, "maybe_", &doc, argument, &reduce));
    let doc = format!("Replaces the value of `{name}`.");
    setters.extend(setter(target, "overwrite_", &doc, &value, &quote!(Overwrite #types)));
    if let Some(removal) = removal {
        let doc = format!("Removes what has one of these keys from `{name}`; a key that is not there is no error.");
        setters.extend(setter(target, "remove_", &doc, removal, &quote!(Remove #types)));
    }
    setters
}

/// ```text
/// /// Writes `step`.
/// pub fn step(self, value: u32) -> JobUpdate<Layer<__fields::step, Set<u32>, __W>> {
///     JobUpdate(Layer::new(self.0, Set::new(value)))
/// }
///
/// /// Writes `step` if there is a value.
/// pub fn maybe_step(self, value: Option<u32>) -> JobUpdate<Layer<__fields::step, Option<Set<u32>>, __W>> {
///     JobUpdate(Layer::new(self.0, Option::map(value, |value| <Set<u32>>::new(value))))
/// }
/// ```
fn setter(target: &Target<'_>, prefix: &str, doc: &str, argument: &Argument, operation: &TokenStream) -> TokenStream {
    let Target { state, field, update } = target;
    let State { krate, visibility, .. } = state;
    let name = named(prefix, field);
    let marker = patch::marker(field);
    let operation = quote!(#krate::update::#operation);
    let (argument, made) = (argument.ty(), argument.convert());
    let made = quote!(<#operation>::new(#made));
    let (argument, operation, made) = if prefix == "maybe_" {
        let made = quote!(::core::option::Option::map(value, |value| #made));
        (quote!(::core::option::Option<#argument>), quote!(::core::option::Option<#operation>), made)
    } else {
        (argument, operation, made)
    };
    // The user's own words follow in a paragraph of their own.
    let docs = &field.docs;
    let gap = (!docs.is_empty()).then(|| quote!(#[doc = ""]));
    quote! {
        #[doc = #doc]
        #gap
        #(#docs)*
        #visibility fn #name(self, value: #argument) -> #update<#krate::update::Layer<#marker, #operation, __W>> {
            #update(#krate::update::Layer::new(self.0, #made))
        }
    }
}

/// Setters that take anything: a mistake in the field is reported, and calls of its setters are not more of them.
///
/// ```text
/// pub fn step(self, _: impl Sized) -> JobUpdate<__W> { self }
/// ```
fn lenient(target: &Target<'_>) -> TokenStream {
    let Target { state, field, update } = target;
    let visibility = state.visibility;
    let names = ["", "maybe_", "overwrite_", "remove_"].map(|prefix| named(prefix, field));
    quote! {
        #(#visibility fn #names(self, _: impl ::core::marker::Sized) -> #update<__W> { self })*
    }
}

/// `maybe_step`, with the span of the field, so that an editor leads from the call to the field.
fn named(prefix: &str, field: &Field<'_>) -> Ident {
    if prefix.is_empty() {
        return field.ident.clone();
    }
    format_ident!("{prefix}{}", field.name, span = field.ident.span())
}
