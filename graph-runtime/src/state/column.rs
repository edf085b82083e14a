//! How one field of a state and the writes to it are stored, and what it holds before anything is written.

mod codec;
mod edits;
mod fold;
mod migration;
mod record;
mod reducible;

pub use edits::{Edits, Piecewise, Whole};
pub use migration::{Migrate, Migration};

use super::Field;
use super::update::{Fold, Slot};
use crate::record::field::FieldName;
use crate::schema;
#[cfg(feature = "json")]
use codec::Json;
use codec::{Bincode, Codec, Probes};
use reducible::Reducible;
use serde::{Serialize, de::DeserializeOwned};

/// One field of a state; the derived code has one static for each. `S` is its slot in the patch.
///
/// The functions are pointers, so that the derived code names what it asks of the field's types in one place, the
/// constructor: a type that misses something is one error, at the field.
pub struct Column<T: 'static, S: Slot + 'static = Option<T>> {
    name: FieldName,
    initial: fn() -> T,
    codec: Option<Codec<T, S>>,
    /// How it changes piece by piece, if it does.
    edits: Option<Edits<T>>,
    probes: Probes,
    /// How it folds its writes, if the word of its reducer does not say it all.
    rule: Option<&'static str>,
    /// No error may quote its value.
    secret: bool,
    /// The types that older records may hold it with.
    migrations: &'static [&'static dyn Migrate<T, S>],
}

/// Constructors of fields that are stored.
impl<T> Column<T> {
    /// A field that is stored with bincode.
    #[must_use]
    pub const fn stored(name: &'static str, initial: fn() -> T) -> Column<T>
    where
        T: FieldType + Storable,
    {
        Column::new(name, initial, Some(Codec::<T, Option<T>>::plain::<Bincode>()))
    }

    /// A field with a reducer, which takes an `I` and removes by a `K`, that is stored with bincode.
    #[must_use]
    pub const fn folded<I: 'static, K: 'static, M>(
        name: &'static str,
        initial: fn() -> T,
    ) -> Column<T, Folded<T, I, K, M>>
    where
        T: FieldType + Reducible<M>,
        T::Then<I>: Storable,
        T::Then<K>: Storable,
    {
        Column::new(name, initial, Some(Codec::<T, Folded<T, I, K, M>>::folded::<Bincode>()))
    }

    /// A field that is stored as JSON.
    #[cfg(feature = "json")]
    #[must_use]
    pub const fn json(name: &'static str, initial: fn() -> T) -> Column<T>
    where
        T: FieldType + Storable,
    {
        Column::new(name, initial, Some(Codec::<T, Option<T>>::plain::<Json>()))
    }

    /// A field with a reducer that is stored as JSON.
    #[cfg(feature = "json")]
    #[must_use]
    pub const fn json_folded<I: 'static, K: 'static, M>(
        name: &'static str,
        initial: fn() -> T,
    ) -> Column<T, Folded<T, I, K, M>>
    where
        T: FieldType + Reducible<M>,
        T::Then<I>: Storable,
        T::Then<K>: Storable,
    {
        Column::new(name, initial, Some(Codec::<T, Folded<T, I, K, M>>::folded::<Json>()))
    }

    /// Stands in for the JSON codec where the feature is off, to say so.
    #[cfg(not(feature = "json"))]
    #[must_use]
    pub const fn json(name: &'static str, initial: fn() -> T) -> Column<T>
    where
        T: FieldType + JsonFeature,
    {
        Column::skipped(name, initial)
    }

    /// Stands in for the JSON codec of a field with a reducer where the feature is off.
    #[cfg(not(feature = "json"))]
    #[must_use]
    pub const fn json_folded<I: 'static, K: 'static, M>(
        name: &'static str,
        initial: fn() -> T,
    ) -> Column<T, Folded<T, I, K, M>>
    where
        T: FieldType + Reducible<M> + JsonFeature,
    {
        Column::skipped(name, initial)
    }
}

impl<T, S: Slot> Column<T, S> {
    /// A field that is never stored.
    #[must_use]
    pub const fn skipped(name: &'static str, initial: fn() -> T) -> Column<T, S>
    where
        T: FieldType,
    {
        Column::new(name, initial, None)
    }

    const fn new(name: &'static str, initial: fn() -> T, codec: Option<Codec<T, S>>) -> Column<T, S> {
        Column {
            name: FieldName::new(name),
            initial,
            codec,
            edits: None,
            probes: Probes::new(),
            rule: None,
            secret: false,
            migrations: &[],
        }
    }

    /// The same field, which older records hold under one of these names.
    #[must_use]
    pub const fn renamed_from(mut self, former: &'static [&'static str]) -> Column<T, S> {
        self.name.former = former;
        self
    }

    /// The same field, whose writes are folded so.
    #[must_use]
    pub const fn folding(mut self, rule: &'static str) -> Column<T, S> {
        self.rule = Some(rule);
        self
    }

    /// The same field, which older records hold with another type, from which one of these leads.
    #[must_use]
    pub const fn migrated(mut self, migrations: &'static [&'static dyn Migrate<T, S>]) -> Column<T, S> {
        self.migrations = migrations;
        self
    }

    /// The same field, of a type that changes so piece by piece, if it does.
    #[must_use]
    pub const fn edited(mut self, edits: Option<Edits<T>>) -> Column<T, S> {
        if let Some(Edits { shape, .. }) = &edits {
            self.probes.value.shape = shape;
        }
        self.edits = edits;
        self
    }

    /// The same field, of whose value no error tells.
    #[must_use]
    pub const fn secret(mut self) -> Column<T, S> {
        self.secret = true;
        self
    }

    /// The value of a field that nothing was written to.
    pub fn initial(&self) -> T {
        (self.initial)()
    }

    /// What records hold of a stored field.
    #[must_use]
    pub fn describe(&self, fields: &[Field]) -> Option<schema::Field> {
        let codec = self.codec.as_ref()?;
        let field = fields.iter().find(|field| field.name == self.name.now)?;
        let reducer = self.rule.or(field.reducer);
        Some(schema::Field {
            name: field.name.to_owned(),
            ty: (codec.describe)().contained(self.edits.as_ref().map(|edits| edits.shape)),
            reducer: reducer.map(ToOwned::to_owned),
            ephemeral: field.ephemeral,
            migrates: self.migrations.iter().map(|migration| migration.describe()).collect(),
            former: self.name.former.iter().map(|former| (*former).to_owned()).collect(),
        })
    }
}

/// The slot `Fold<T, I, K>` of a field, as it is spelled before anything is known of `T`.
type Folded<T, I, K, M> = Fold<T, <T as Reducible<M>>::Then<I>, <T as Reducible<M>>::Then<K>>;

/// The initial value of a field without `#[state(default = …)]`.
#[must_use]
pub fn initial<T: Initial>() -> T {
    T::initial()
}

/// What every field of a state must be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a graph state, which is shared between threads",
    label = "not `Send + Sync + 'static`",
    note = "use `Arc` for `Rc`, `Mutex` for `RefCell`, and owned values for borrowed ones"
)]
pub trait FieldType: Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static> FieldType for T {}

/// What a stored field must be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in a checkpoint",
    label = "not both `serde::Serialize` and `serde::Deserialize`",
    note = "derive `serde::Serialize` and `serde::Deserialize` for it, or mark the field `#[state(skip)]`"
)]
pub trait Storable: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> Storable for T {}

/// What a field without `#[state(default = …)]` must be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no default for a new thread to start with",
    label = "not `Default`",
    note = "mark the field `#[state(default = …)]`, or implement `Default` for its type"
)]
pub trait Initial {
    /// The initial value.
    fn initial() -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Default> Initial for T {
    fn initial() -> T {
        T::default()
    }
}

/// Implemented by nothing: the bound of `#[state(json)]` without the feature.
#[cfg(not(feature = "json"))]
#[diagnostic::on_unimplemented(
    message = "`#[state(json)]` needs the feature `json` of `graph-runtime`",
    label = "stored as JSON",
    note = "add `features = [\"json\"]` to the dependency in Cargo.toml"
)]
pub trait JsonFeature {}
