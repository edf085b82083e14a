//! What the spelling of a type tells: a macro sees how a type is written, not what it is.

use syn::{GenericArgument, Ident, PathArguments, PathSegment, Type};

/// What a type is for a reducer of collections.
pub(super) enum Shape<'a> {
    /// `Vec<T>`, `VecDeque<T>`.
    List(&'a Type),
    /// `String`.
    Text,
    /// `BTreeMap<K, V>`, `HashMap<K, V, …>`.
    Map(&'a Type, &'a Type),
    /// `BTreeSet<K>`, `HashSet<K, …>`.
    Set(&'a Type),
    /// Surely no collection.
    Other,
    /// An alias, or a type of the user's: the reducer's trait tells.
    Unknown,
}

/// Types of the prelude that no collection reducer works on.
const OTHER: [&str; 19] = [
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128",
    "usize", "Option", "Box", "Arc",
];

/// Reads the shape of a type.
pub(super) fn shape(ty: &Type) -> Shape<'_> {
    let Some(last) = last_segment(ty) else {
        return Shape::Other;
    };
    let mut arguments = type_arguments(last);
    let (first, second) = (arguments.next(), arguments.next());
    match (last.ident.to_string().as_str(), first, second) {
        ("Vec" | "VecDeque", Some(item), _) => Shape::List(item),
        ("String", None, _) => Shape::Text,
        ("BTreeMap" | "HashMap", Some(key), Some(value)) => Shape::Map(key, value),
        ("BTreeSet" | "HashSet", Some(key), _) => Shape::Set(key),
        (name, ..) if OTHER.contains(&name) => Shape::Other,
        _ => Shape::Unknown,
    }
}

/// Whether a type is one that literals and borrowed values turn into: `String`, `PathBuf`, `Box<str>`, `Arc<str>`.
pub(super) fn takes_into(ty: &Type) -> bool {
    let Some(last) = last_segment(ty) else { return false };
    match (last.ident.to_string().as_str(), type_arguments(last).next()) {
        ("String" | "PathBuf", None) => true,
        ("Box" | "Arc", Some(inner)) => last_segment(inner).is_some_and(|inner| inner.ident == "str"),
        _ => false,
    }
}

/// The `Rc` or `RefCell` in a type that makes it stay on one thread. What is behind a lock is the lock's business.
pub(super) fn single_threaded(ty: &Type) -> Option<&Ident> {
    let last = last_segment(ty)?;
    let mut inner = type_arguments(last);
    match last.ident.to_string().as_str() {
        "Rc" | "RefCell" if inner.next().is_some() => Some(&last.ident),
        "Mutex" | "RwLock" => None,
        _ => inner.find_map(single_threaded),
    }
}

/// The reference in a type, which a state cannot hold.
pub(super) fn reference(ty: &Type) -> Option<&syn::TypeReference> {
    match ty {
        Type::Reference(reference) => Some(reference),
        _ => last_segment(ty).and_then(|last| type_arguments(last).find_map(reference)),
    }
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        // What a `macro_rules!` passed on as `$ty:ty`.
        Type::Group(group) => last_segment(&group.elem),
        _ => None,
    }
}

fn type_arguments(segment: &PathSegment) -> impl Iterator<Item = &Type> {
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(arguments),
        _ => None,
    };
    arguments.into_iter().flat_map(|arguments| &arguments.args).filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}
