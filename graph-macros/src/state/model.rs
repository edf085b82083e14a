//! A state as its expansion needs it: every field with how it is written, stored and set.

use super::options::{self, Options, Reducer};
use crate::errors::Errors;
use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::{
    Attribute, Data, DeriveInput, Fields, GenericArgument, Generics, Ident, Path, PathArguments, Type, Visibility,
};

/// The struct.
pub(super) struct State<'a> {
    pub(super) krate: Path,
    pub(super) visibility: &'a Visibility,
    pub(super) name: &'a Ident,
    /// Refused, but expanded all the same, so that the struct is a state to the rest of the program.
    pub(super) generics: &'a Generics,
    pub(super) fields: Vec<Field<'a>>,
    /// Whether all fields are known, so that a value of the struct can be written down.
    pub(super) complete: bool,
}

/// A field.
pub(super) struct Field<'a> {
    pub(super) ident: &'a Ident,
    /// The identifier without `r#`: the name in checkpoints.
    pub(super) name: String,
    pub(super) ty: &'a Type,
    pub(super) docs: Vec<&'a Attribute>,
    pub(super) reducer: Option<(Ident, Reducer)>,
    /// The expression of `default = …`.
    pub(super) default: Option<TokenStream>,
    /// Whether setters take whatever turns into the field's type.
    pub(super) into: bool,
    /// Whether its setters can be there; not if another field has theirs.
    pub(super) settable: bool,
    pub(super) codec: Codec,
    pub(super) secret: bool,
    pub(super) ephemeral: bool,
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
    if !input.generics.params.is_empty() {
        errors.error(
            &input.generics,
            "a graph state has no generics or lifetimes; name the types, and own what is borrowed",
        );
    }
    let fields = fields(input, errors);
    State {
        krate,
        visibility: &input.vis,
        name: &input.ident,
        generics: &input.generics,
        complete: fields.is_some(),
        fields: fields.into_iter().flatten().filter_map(|found| field(found, errors)).collect(),
    }
}

/// The fields of a struct with named fields, the only shape that a state can have.
fn fields<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Option<impl Iterator<Item = &'a syn::Field> + use<'a>> {
    let name = &input.ident;
    let found = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) => Some(&named.named),
            Fields::Unnamed(_) => {
                errors.error(
                    name,
                    "a graph state is a struct with named fields, not a tuple struct; checkpoints store fields by name",
                );
                None
            }
            Fields::Unit => {
                errors
                    .error(name, format_args!("a graph state is a struct with fields; write `struct {name} {{ … }}`"));
                None
            }
        },
        Data::Enum(_) => {
            errors.error(name, "a graph state is a struct with named fields, not an enum; put the enum into a field");
            None
        }
        Data::Union(_) => {
            errors.error(name, "a graph state is a struct with named fields, not a union; write a struct");
            None
        }
    };
    found.map(|fields| fields.iter())
}

fn field<'a>(field: &'a syn::Field, errors: &mut Errors) -> Option<Field<'a>> {
    let options = options::field(&field.attrs, errors);
    contradictions(&options, errors);
    let ident = field.ident.as_ref()?;
    Some(Field {
        ident,
        name: ident.unraw().to_string(),
        ty: &field.ty,
        docs: field.attrs.iter().filter(|attribute| attribute.path().is_ident("doc")).collect(),
        into: options.into.is_some() || takes_into(&field.ty),
        settable: true,
        codec: match (&options.skip, &options.json) {
            (Some(_), _) => Codec::Skip,
            (None, Some(_)) => Codec::Json,
            (None, None) => Codec::Bincode,
        },
        reducer: options.reducer,
        default: options.default.map(|(_, value)| value).filter(|value| !value.is_empty()),
        secret: options.secret.is_some(),
        ephemeral: options.ephemeral.is_some(),
    })
}

/// Options that make no sense together.
fn contradictions(options: &Options, errors: &mut Errors) {
    if let (Some(json), Some(_)) = (&options.json, &options.skip) {
        errors.error(json, "a `skip` field is never stored, so `json` says nothing; remove one");
    }
    if let (Some(into), Some((word, reducer))) = (&options.into, &options.reducer)
        && matches!(reducer, Reducer::Append | Reducer::Merge | Reducer::Upsert { .. })
    {
        errors.error(into, format_args!("the setters of `{word}` take any iterator of items; remove `into`"));
    }
}

/// Whether a type is one that literals and borrowed values turn into: `String`, `PathBuf`, `Box<str>`, `Arc<str>`.
///
/// A macro sees how a type is written, not what it is; an alias needs `#[state(into)]`.
pub(super) fn takes_into(ty: &Type) -> bool {
    let Some(last) = last_segment(ty) else { return false };
    match &last.arguments {
        PathArguments::None => last.ident == "String" || last.ident == "PathBuf",
        PathArguments::AngleBracketed(_) if last.ident == "Box" || last.ident == "Arc" => {
            first_argument(ty).is_some_and(|inner| last_segment(inner).is_some_and(|inner| inner.ident == "str"))
        }
        _ => false,
    }
}

/// `K` of `Map<K, V>`.
pub(super) fn first_argument(ty: &Type) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &last_segment(ty)?.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}

fn last_segment(ty: &Type) -> Option<&syn::PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        Type::Group(group) => last_segment(&group.elem),
        _ => None,
    }
}
