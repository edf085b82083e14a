//! A state as its expansion needs it: every field with how it is written, stored and set.

use super::migration::{self, Migration};
use super::options::{self, Options, Reducer};
use super::reduction::{self, Reduction};
use super::shape;
use crate::errors::Errors;
use crate::former;
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Fields, Generics, Ident, LitStr, Path, Type, Visibility};

/// The struct.
pub(super) struct State<'a> {
    pub(super) krate: Path,
    pub(super) visibility: &'a Visibility,
    pub(super) name: &'a Ident,
    pub(super) generics: &'a Generics,
    pub(super) fields: Vec<Field<'a>>,
    /// Whether this can be the state of a graph. If not, it is expanded to a stand-in, so that the rest of the program
    /// sees a state.
    pub(super) possible: bool,
}

/// A field.
pub(super) struct Field<'a> {
    pub(super) ident: &'a Ident,
    /// The identifier without `r#`: the name in checkpoints.
    pub(super) name: String,
    pub(super) ty: &'a Type,
    pub(super) docs: Vec<&'a Attribute>,
    /// The reducer as it is written, and what it means for the type.
    pub(super) reducer: Option<(Ident, Reduction)>,
    /// The expression of `default = …`.
    pub(super) default: Option<TokenStream>,
    /// Whether setters take whatever turns into the field's type.
    pub(super) into: bool,
    pub(super) setters: Setters,
    pub(super) codec: Codec,
    pub(super) secret: bool,
    pub(super) ephemeral: bool,
    /// The names under which older records hold it.
    pub(super) former: Vec<LitStr>,
    /// The types with which they hold it.
    pub(super) migrations: Vec<Migration>,
}

impl Field<'_> {
    /// Its reducer, if it is one for lists, maps and sets, which changes them piece by piece.
    pub(super) fn telling(&self) -> Option<&Reduction> {
        self.reducer.as_ref().map(|(_, reduction)| reduction).filter(|reduction| reduction.tells)
    }
}

/// Which setters a field gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setters {
    /// Those of its type and reducer.
    Typed,
    /// Ones that take anything, because a mistake was reported and we do not know what was meant.
    Lenient,
    /// None, because another field has one of their names.
    None,
}

/// How a field is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    Bincode,
    Json,
    Skip,
}

/// Reads a state. What is wrong is reported and left out.
pub(super) fn state<'a>(input: &'a DeriveInput, errors: &mut Errors) -> State<'a> {
    let krate = options::container(&input.attrs, errors);
    let concrete = input.generics.params.is_empty();
    if !concrete {
        errors.error(
            &input.generics,
            "a graph state has no generics or lifetimes; name the types, and own what is borrowed",
        );
    }
    let found = fields(input, errors);
    let mut possible = concrete && found.is_some();
    let mut fields = Vec::new();
    for found in found.into_iter().flatten() {
        possible = possible && sendable(found, errors);
        fields.extend(found.ident.as_ref().map(|ident| field(&krate, ident, found, errors)));
    }
    let current: Vec<String> = fields.iter().map(|field| field.name.clone()).collect();
    let old = fields.iter().flat_map(|field| field.former.iter().map(|name| (field.name.clone(), name)));
    former::check("field", "state", &[], &current, old, errors);
    State { krate, visibility: &input.vis, name: &input.ident, generics: &input.generics, fields, possible }
}

/// The fields of a struct with named fields, the only shape that a state can have.
fn fields<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Option<impl Iterator<Item = &'a syn::Field> + use<'a>> {
    let name = &input.ident;
    let problem = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) => return Some(named.named.iter()),
            Fields::Unnamed(_) => "not a tuple struct; checkpoints store fields by name",
            Fields::Unit => "not a unit struct; write `{ … }` with its fields",
        },
        Data::Enum(_) => "not an enum; put the enum into a field",
        Data::Union(_) => "not a union; write a struct",
    };
    errors.error(name, format_args!("a graph state is a struct with named fields, {problem}"));
    None
}

/// Whether a field's type may cross threads, as far as its spelling tells; rustc would say it once for each impl.
fn sendable(field: &syn::Field, errors: &mut Errors) -> bool {
    if let Some(ident) = shape::single_threaded(&field.ty) {
        let instead = if ident == "Rc" { "Arc" } else { "Mutex" };
        errors.error(
            ident,
            format_args!("a graph state is shared between threads, and `{ident}` cannot be; use `{instead}`"),
        );
        return false;
    }
    match shape::reference(&field.ty) {
        None => true,
        // rustc reports the missing lifetime itself.
        Some(reference) if reference.lifetime.is_none() => false,
        Some(reference) => {
            errors.error(reference, "a graph state owns its fields; use `String` for `&str`, `Vec` for a slice");
            false
        }
    }
}

fn field<'a>(krate: &Path, ident: &'a Ident, field: &'a syn::Field, errors: &mut Errors) -> Field<'a> {
    let mut found = Errors::new();
    let mut options = options::field(&field.attrs, &mut found);
    contradictions(&options, &mut found);
    let reducer = options.reducer.as_ref().map(|(_, reducer)| reducer);
    let migrations = std::mem::take(&mut options.migrations).into_iter();
    let migrations = migrations.map(|migration| migration.of(krate, &field.ty, reducer)).collect();
    let into = options.into.is_some() || shape::takes_into(&field.ty);
    let reducer =
        options.reducer.and_then(|(word, reducer)| match reduction::resolve(krate, &field.ty, into, &reducer) {
            Ok(reduction) => Some((word, reduction)),
            Err(right) => {
                let shown =
                    if matches!(reducer, Reducer::Upsert { .. }) { "upsert(…)".to_owned() } else { word.to_string() };
                found.error(
                    &field.ty,
                    format_args!(
                        "`#[reduce({shown})]` works on {right}; `#[reduce(with = path)]` takes a function of your own"
                    ),
                );
                None
            }
        });
    let wrong = !found.is_empty();
    errors.append(found);
    let mut field = Field {
        ident,
        name: ident.unraw().to_string(),
        ty: &field.ty,
        docs: field.attrs.iter().filter(|attribute| attribute.path().is_ident("doc")).collect(),
        reducer,
        default: options.default.map(|(_, value)| value).filter(|value| !value.is_empty()),
        into,
        setters: Setters::Typed,
        codec: match (&options.skip, &options.json) {
            (Some(_), _) => Codec::Skip,
            (None, Some(_)) => Codec::Json,
            (None, None) => Codec::Bincode,
        },
        secret: options.secret.is_some(),
        ephemeral: options.ephemeral.is_some(),
        former: options.former,
        migrations,
    };
    if wrong {
        // What was meant is unknown, so nothing more is asked of the field's type.
        field.setters = Setters::Lenient;
        field.codec = Codec::Skip;
        field.reducer = None;
        field.migrations.clear();
        field.default = Some(quote!(loop {}));
    }
    field
}

/// Options that make no sense together.
fn contradictions(options: &Options, errors: &mut Errors) {
    if let (Some(json), Some(_)) = (&options.json, &options.skip) {
        errors.error(json, "a `skip` field is never stored, so `json` says nothing; remove one");
    }
    if let (Some(name), Some(_)) = (options.former.first(), &options.skip) {
        errors.error(name, "a `skip` field is never stored, so it has no old name; remove one");
    }
    if let (false, Some(skip)) = (options.migrations.is_empty(), &options.skip) {
        errors.error(skip, "a `skip` field is never stored, so it has no old type; remove `migrate`, or this");
    }
    migration::check(&options.migrations, errors);
    if let (Some(into), Some((word, reducer))) = (&options.into, &options.reducer)
        && matches!(reducer, Reducer::Append | Reducer::Merge | Reducer::Upsert { .. })
    {
        errors.error(into, format_args!("the setters of `{word}` take any iterator of items; remove `into`"));
    }
}
