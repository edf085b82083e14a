//! Types that a field had before, and the ways from them to the one that it has.

use super::model::{Field, State};
use super::options::{self, Reducer};
use super::reduction;
use super::shape::{self, Shape};
use super::{column, parse};
use crate::errors::Errors;
use crate::{krate, spelling};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Path, Token, Type, parenthesized};

/// `migrate(from = Old, with = path)`
pub(super) struct Migration {
    from: Type,
    with: Path,
    /// What the field's reducer takes of the old type and its keys, if that is known to be one for it.
    reduced: Option<(TokenStream, TokenStream)>,
}

impl Migration {
    /// The same, of a field with this type and reducer. Of collections, it goes by the spelling of both types.
    pub(super) fn of(self, krate: &Path, ty: &Type, reducer: Option<&Reducer>) -> Migration {
        let known = |ty: &Type| !matches!(shape::shape(ty), Shape::Unknown);
        let reduction = reducer.and_then(|reducer| {
            let spelt = matches!(reducer, Reducer::Append | Reducer::Merge | Reducer::Upsert { .. });
            let fits = !spelt || (known(&self.from) && known(ty));
            fits.then(|| reduction::resolve(krate, &self.from, false, reducer).ok())?
        });
        Migration { reduced: reduction.map(|reduction| (reduction.input, reduction.key)), ..self }
    }
}

/// The rest of the option, after its word; `None` if what is wrong with it is reported.
pub(super) fn read(word: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Option<Migration>> {
    let example = "write `migrate(from = Old, with = path)`";
    if !input.peek(syn::token::Paren) {
        return Err(syn::Error::new_spanned(word, format!("`migrate` names no type and no function; {example}")));
    }
    let content;
    parenthesized!(content in input);
    let (mut from, mut with) = (None, None);
    let mut found = Errors::new();
    parse::list(&content, &mut found, &mut |option, content, errors| {
        if option == "from" {
            content.parse::<Token![=]>()?;
            let ty = content.parse();
            let ty = ty.map_err(|error| syn::Error::new(error.span(), "expected the old type, as in `from = Old`"))?;
            options::once(&mut from, option, ty, errors);
        } else if option == "with" {
            options::once(&mut with, option, options::function(option, content, "fn(Old) -> New")?, errors);
        } else {
            let hint = spelling::hint(&option.to_string(), ["from", "with"]);
            let message =
                format!("unknown option `{option}` of `migrate`, which takes `from = Old` and `with = path`{hint}");
            return Err(syn::Error::new_spanned(option, message));
        }
        Ok(())
    });
    let whole = found.is_empty();
    errors.append(found);
    match (from, with) {
        (Some((_, from)), Some((_, with))) => Ok(Some(Migration { from, with, reduced: None })),
        (None, _) if whole => Err(syn::Error::new_spanned(word, format!("`migrate` names no old type; {example}"))),
        (_, None) if whole => Err(syn::Error::new_spanned(word, format!("`migrate` names no function; {example}"))),
        _ => Ok(None),
    }
}

/// Reports a type from which two ways lead: a record that holds it could mean either.
pub(super) fn check(migrations: &[Migration], errors: &mut Errors) {
    let spelt = |migration: &Migration| migration.from.to_token_stream().to_string();
    for (index, migration) in migrations.iter().enumerate() {
        if migrations.iter().take(index).any(|earlier| spelt(earlier) == spelt(migration)) {
            let from = spelt(migration).replace(' ', "");
            errors.error(&migration.from, format_args!("the field migrates from `{from}` already; remove one"));
        }
    }
}

/// ```text
/// static __cost_0: Migration<u32, f64> = Migration::plain({ let migrate: fn(u32) -> f64 = from_cents; migrate }, <Piecewise<u32>>::EDITS);
/// ```
///
/// Where the field is reduced, and was by the same reducer, its waiting writes are of types that the reducer takes.
pub(super) fn statics(state: &State<'_>, field: &Field<'_>) -> TokenStream {
    let ty = field.ty;
    let statics = field.migrations.iter().enumerate().map(|(index, Migration { from, with, reduced })| {
        let name = name(field, index);
        let (krate, span) = (krate::at(&state.krate, from.span()), with.span());
        let slot = reduced.as_ref().map(|(input, key)| quote!(, #krate::update::Fold<#from, #input, #key>));
        let constructor = format_ident!("{}", if slot.is_some() { "folded" } else { "plain" }, span = from.span());
        // The pointer's type stands in the error if the function has another.
        let function = quote_spanned! {span=> { let migrate: fn(#from) -> #ty = #with; migrate } };
        quote_spanned! {from.span()=>
            static #name: #krate::__private::Migration<#from, #ty #slot> =
                #krate::__private::Migration::#constructor(#function, <#krate::__private::Piecewise<#from>>::EDITS);
        }
    });
    statics.collect()
}

/// `.migrated(&[&__cost_0])`
pub(super) fn listed(field: &Field<'_>) -> Option<TokenStream> {
    let names = (0..field.migrations.len()).map(|index| name(field, index));
    let names: Vec<Ident> = names.collect();
    (!names.is_empty()).then(|| quote_spanned!(field.ty.span()=> .migrated(&[#(&#names),*])))
}

fn name(field: &Field<'_>, index: usize) -> Ident {
    format_ident!("{}_{index}", column::name(field))
}
