//! A type as records hold its values.

use crate::FieldCodec;
use crate::record::trace;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::fmt;

/// A type of which values are stored: how, and what serde says of its structure.
///
/// Two types of one structure are one type here, as they are for records: what the types are called does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Type {
    /// `bincode`, or `json`.
    pub codec: String,
    /// The structure in words, such as `struct { id: u64, tags: [str] }`; long ones are cut.
    pub structure: String,
    /// The fingerprint of the structure, 16 hexadecimal digits; none of a type that asks the bytes what they hold, as
    /// `serde_json::Value` does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// What kind of container the type of a field is, if records may hold what has changed in it: `list`, `text`, `map` or
    /// `set`. Whole values of one kind are read as another, of the same structure; changes are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
}

impl Type {
    pub(crate) fn of<T: Serialize + DeserializeOwned>(codec: FieldCodec) -> Type {
        let codec = match codec {
            FieldCodec::Json => "json",
            _ => "bincode",
        };
        let (structure, fingerprint) = match trace::described::<T>() {
            Ok((fingerprint, text)) => (text, Some(format!("{fingerprint:016x}"))),
            Err(_) => ("any".to_owned(), None),
        };
        Type { codec: codec.to_owned(), structure, fingerprint, container: None }
    }

    /// The same type, as a container of this kind.
    pub(crate) fn contained(self, container: Option<&str>) -> Type {
        Type { container: container.map(ToOwned::to_owned), ..self }
    }

    /// Whether values of the one are read as the other.
    pub(super) fn is(&self, other: &Type) -> bool {
        self.codec == other.codec && self.has_structure(other)
    }

    /// What kind of container it is, in words.
    pub(super) fn kind(&self) -> String {
        self.container.as_ref().map_or("stored as a whole".to_owned(), |container| format!("a {container}"))
    }

    /// Whether the two are of one structure, however they are stored.
    pub(super) fn has_structure(&self, other: &Type) -> bool {
        self.fingerprint == other.fingerprint
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.structure)?;
        if self.codec == "json" { f.write_str(" as JSON") } else { Ok(()) }
    }
}
