//! Why a field could not be stored, or not be read.

/// Why a field could not be stored, or not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldError {
    /// The value would not read back as it was written.
    #[error("field `{field}` cannot be stored: {reason}; {}", remedy(*codec))]
    NotStorable {
        /// The field.
        field: &'static str,
        /// How it would be stored.
        codec: FieldCodec,
        /// What is wrong with its type or its value.
        reason: String,
    },
    /// The record holds the field with another type.
    #[error(
        "field `{field}` is stored with a type of fingerprint {stored:016x} and has one of {current:016x} now; \
         write `#[state(migrate(from = Old, with = path))]` on it, or give the new type a new field"
    )]
    Changed {
        /// The field.
        field: &'static str,
        /// The fingerprint in the record.
        stored: u64,
        /// The fingerprint of the type in this program.
        current: u64,
    },
    /// The record holds what has changed in the field, piece by piece, and its type takes no such pieces now.
    #[error(
        "what has changed in field `{field}` is stored piece by piece, and its type is no such list, text, map or set now; \
         write `#[state(migrate(from = Old, with = path))]` on it, or give the new type a new field"
    )]
    Reshaped {
        /// The field.
        field: &'static str,
    },
    /// A task has left writes to the field, and they are none to a field of its type and with its reducer.
    #[error(
        "what waits to be written to field `{field}` is stored for another type or reducer; let the program that stored it \
         finish the step, or put them back"
    )]
    Rewritten {
        /// The field.
        field: &'static str,
    },
    /// The record holds the field in another codec.
    #[error(
        "field `{field}` is stored as {stored} and read as {current}; put `#[state(json)]` back as it was, or write \
         `#[state(migrate(from = Type, with = path))]` on it"
    )]
    OtherCodec {
        /// The field.
        field: &'static str,
        /// The codec in the record.
        stored: FieldCodec,
        /// The codec of the field in this program.
        current: FieldCodec,
    },
    /// The code that stores or reads the field's value panicked.
    #[error(
        "field `{field}` panicked while it was stored or read: {message}; mend its `Serialize`, `Deserialize`, `Default` or migration"
    )]
    Panicked {
        /// The field.
        field: &'static str,
        /// What the panic said.
        message: String,
    },
    /// The bytes are those that were written, and yet no value of the field's type.
    #[error("field `{field}` cannot be read: {reason}; restore the type that it was stored with")]
    Unreadable {
        /// The field.
        field: &'static str,
        /// What the codec says.
        reason: String,
    },
}

impl FieldError {
    /// Whether the record holds the field with another type or codec than this program has.
    pub(crate) fn is_of_another_type(&self) -> bool {
        use FieldError::{Changed, OtherCodec, Reshaped};
        matches!(self, Changed { .. } | Reshaped { .. } | OtherCodec { .. })
    }

    /// Without what the user's code or the codec said, which may quote the value.
    pub(crate) fn silenced(mut self) -> FieldError {
        use FieldError::{NotStorable, Panicked, Unreadable};
        if let NotStorable { reason: said, .. } | Unreadable { reason: said, .. } | Panicked { message: said, .. } =
            &mut self
        {
            "the field is secret, and why might tell its value".clone_into(said);
        }
        self
    }
}

/// Marks the codec of edits.
const EDITS: u8 = 0x80;

fn remedy(codec: FieldCodec) -> &'static str {
    match codec {
        FieldCodec::Bincode => "mark it `#[state(json)]`, or change its type",
        _ => "change its type, or mark it `#[state(skip)]`",
    }
}

/// How the value of a field is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldCodec {
    /// By place: short and fast.
    Bincode,
    /// By name; `#[state(json)]`.
    Json,
    /// A codec that this version of the library does not know.
    Unknown(u8),
}

impl FieldCodec {
    pub(in crate::record) fn byte(self) -> u8 {
        match self {
            FieldCodec::Bincode => 0,
            FieldCodec::Json => 1,
            FieldCodec::Unknown(byte) => byte,
        }
    }

    /// The byte of what has changed in a container, in the place of its value.
    pub(super) fn edits_byte(self) -> u8 {
        self.byte() | EDITS
    }

    /// The codec, and whether it is that of edits and not of a value.
    pub(super) fn of_byte(byte: u8) -> (FieldCodec, bool) {
        (FieldCodec::from_byte(byte & !EDITS), byte & EDITS != 0)
    }

    fn from_byte(byte: u8) -> FieldCodec {
        match byte {
            0 => FieldCodec::Bincode,
            1 => FieldCodec::Json,
            byte => FieldCodec::Unknown(byte),
        }
    }
}

impl std::fmt::Display for FieldCodec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FieldCodec::Bincode => f.write_str("bincode"),
            FieldCodec::Json => f.write_str("JSON"),
            FieldCodec::Unknown(byte) => write!(f, "codec {byte}"),
        }
    }
}
