//! The way from a type that a field had to the one that it has.

use super::Edits;
use crate::FieldCodec;
use crate::record::field::{Changes, FieldError, FieldName, FieldReader};
use crate::record::probe::FieldProbe;
use crate::schema::Type;
use crate::state::update::{Fold, Write};
use serde::{Serialize, de::DeserializeOwned};
use std::any::Any;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::BuildHasher;

/// A field had the type `O`, and has the type `T`; `W` is the slot that its writes waited in.
///
/// As in a [`Column`](super::Column), the constructors are the one place that asks anything of the old type.
pub struct Migration<O: 'static, T: 'static, W: 'static = Option<O>> {
    with: fn(O) -> T,
    edits: Option<Edits<O>>,
    describe: fn() -> Type,
    take: Take<O>,
    take_value: TakeWrites<O>,
    take_writes: TakeWrites<W>,
    value: Probes,
    writes: Probes,
}

/// Reads a value with what has changed in it since, which the last argument takes into it.
type Take<O> = fn(
    &mut FieldReader<'_>,
    FieldName,
    (FieldCodec, &'static FieldProbe),
    &dyn Fn(Option<O>, Changes<'_, '_>) -> Result<O, String>,
) -> Result<Option<O>, FieldError>;

type TakeWrites<W> =
    fn(&mut FieldReader<'_>, FieldName, (FieldCodec, &'static FieldProbe)) -> Result<Option<W>, FieldError>;

/// What a type must be to be read from older records.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a checkpoint",
    label = "not both `serde::Serialize` and `serde::Deserialize`",
    note = "derive `serde::Serialize` and `serde::Deserialize` for the old type, as it had them"
)]
pub trait Former: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<O: Serialize + DeserializeOwned> Former for O {}

impl<O, T> Migration<O, T> {
    /// Leads through this function from a field whose writes were values. The type changed so piece by piece, if it did.
    #[must_use]
    pub const fn plain(with: fn(O) -> T, edits: Option<Edits<O>>) -> Migration<O, T>
    where
        O: Former,
    {
        Migration::new(with, edits, |_, _, _| Ok(None))
    }
}

impl<O, T, J: 'static, L: 'static> Migration<O, T, Fold<O, J, L>> {
    /// Leads through this function from a field with a reducer, which took a `J` and removed by an `L`.
    #[must_use]
    pub const fn folded(with: fn(O) -> T, edits: Option<Edits<O>>) -> Self
    where
        O: Former,
        Fold<O, J, L>: Former,
    {
        Migration::new(with, edits, |fields, name, (codec, probe)| fields.take_in(name, codec, probe))
    }
}

impl<O, T, W> Migration<O, T, W> {
    const fn new(with: fn(O) -> T, edits: Option<Edits<O>>, take_writes: TakeWrites<W>) -> Migration<O, T, W>
    where
        O: Former,
    {
        let mut value = Probes { bincode: FieldProbe::new(), json: FieldProbe::new() };
        if let Some(Edits { shape, .. }) = &edits {
            value.bincode.shape = shape;
            value.json.shape = shape;
        }
        Migration {
            with,
            edits,
            describe: || Type::of::<O>(FieldCodec::Bincode),
            take: |fields, name, (codec, probe), change| fields.take_changed::<O>(name, codec, probe, change),
            take_value: |fields, name, (codec, probe)| fields.take_in(name, codec, probe),
            take_writes,
            value,
            writes: Probes { bincode: FieldProbe::of_writes(), json: FieldProbe::of_writes() },
        }
    }

    fn old(&self) -> Type {
        (self.describe)().contained(self.edits.as_ref().map(|edits| edits.shape))
    }

    fn value(&'static self, fields: &mut FieldReader<'_>, name: FieldName) -> Result<Option<T>, FieldError> {
        let change = |value: Option<O>, changes: Changes<'_, '_>| {
            let mut value = value.ok_or_else(|| "what its changes were made to is missing".to_owned())?;
            let edits = self.edits.as_ref().ok_or_else(|| "its old type does not change piece by piece".to_owned())?;
            edits.apply(&mut value, changes)?;
            Ok(value)
        };
        let found = self.value.either(|way| (self.take)(fields, name, way, &change))?;
        Ok(found.map(self.with))
    }

    /// A value that waits to be written.
    fn waiting(&'static self, fields: &mut FieldReader<'_>, name: FieldName) -> Result<Option<O>, FieldError> {
        self.value.either(|way| (self.take_value)(fields, name, way))
    }
}

/// What is learnt about a type in each codec: an older program may have stored it in another one than this does.
struct Probes {
    bincode: FieldProbe,
    json: FieldProbe,
}

impl Probes {
    fn either<R>(
        &'static self,
        mut read: impl FnMut((FieldCodec, &'static FieldProbe)) -> Result<R, FieldError>,
    ) -> Result<R, FieldError> {
        match read((FieldCodec::Bincode, &self.bincode)) {
            // The types for which there is JSON cannot be stored otherwise, and are asked first whether they can.
            Err(FieldError::OtherCodec { .. } | FieldError::NotStorable { .. }) if cfg!(feature = "json") => {
                read((FieldCodec::Json, &self.json))
            }
            read => read,
        }
    }
}

/// A [`Migration`], whatever type it begins at; `S` is the slot of the field.
pub trait Migrate<T, S>: Sync {
    /// The old type.
    fn describe(&self) -> Type;

    /// Reads the field, if it holds the old type.
    ///
    /// # Errors
    ///
    /// As [`Column::take`](super::Column::take).
    fn take(&'static self, fields: &mut FieldReader<'_>, name: FieldName) -> Result<Option<T>, FieldError>;

    /// Reads the writes that wait, if they are writes to a field of the old type.
    ///
    /// # Errors
    ///
    /// As [`Column::take_writes`](super::Column::take_writes).
    fn take_writes(&'static self, fields: &mut FieldReader<'_>, name: FieldName) -> Result<S, FieldError>;
}

/// A plain field, which was one: what waits is a value.
impl<O, T> Migrate<T, Option<T>> for Migration<O, T> {
    fn describe(&self) -> Type {
        self.old()
    }

    fn take(&'static self, fields: &mut FieldReader<'_>, name: FieldName) -> Result<Option<T>, FieldError> {
        self.value(fields, name)
    }

    fn take_writes(&'static self, fields: &mut FieldReader<'_>, name: FieldName) -> Result<Option<T>, FieldError> {
        Ok(self.waiting(fields, name)?.map(self.with))
    }
}

/// A reduced field, which was a plain one: what waits is a value that replaces the field's.
impl<O, T, I: 'static, K: 'static> Migrate<T, Fold<T, I, K>> for Migration<O, T> {
    fn describe(&self) -> Type {
        self.old()
    }

    fn take(&'static self, fields: &mut FieldReader<'_>, name: FieldName) -> Result<Option<T>, FieldError> {
        self.value(fields, name)
    }

    fn take_writes(&'static self, fields: &mut FieldReader<'_>, name: FieldName) -> Result<Fold<T, I, K>, FieldError> {
        let value = self.waiting(fields, name)?.map(self.with);
        Ok(value.map(Write::Overwrite).into_iter().collect())
    }
}

/// A reduced field, which was one by the same reducer, or a plain one.
impl<O, T, I, K, J, L> Migrate<T, Fold<T, I, K>> for Migration<O, T, Fold<O, J, L>>
where
    O: Gathers<J>,
    T: Gathers<I>,
    I: 'static,
    K: 'static,
    J: 'static,
    L: 'static,
{
    fn describe(&self) -> Type {
        self.old()
    }

    fn take(&'static self, fields: &mut FieldReader<'_>, name: FieldName) -> Result<Option<T>, FieldError> {
        self.value(fields, name)
    }

    fn take_writes(&'static self, fields: &mut FieldReader<'_>, name: FieldName) -> Result<Fold<T, I, K>, FieldError> {
        let writes: Option<Fold<O, J, L>> = match self.writes.either(|way| (self.take_writes)(fields, name, way)) {
            Err(FieldError::Changed { .. }) => {
                let value = self.waiting(fields, name)?;
                value.map(|value| [Write::Overwrite(value)].into_iter().collect())
            }
            writes => writes?,
        };
        let migrated = |write| match write {
            Write::Reduce(input) => Ok(Write::Reduce((self.with)(O::gather(input)).scatter())),
            Write::Overwrite(value) => Ok(Write::Overwrite((self.with)(value))),
            Write::Remove(keys) => match (Box::new(keys) as Box<dyn Any>).downcast() {
                Ok(keys) => Ok(Write::Remove(*keys)),
                // The function leads from values, and of these there are only the keys.
                Err(_) => Err(FieldError::Rewritten { field: name.now }),
            },
        };
        writes.unwrap_or_default().drain().map(migrated).collect()
    }
}

/// What a reducer takes, as a value of the field's type: the function of a migration takes and gives such.
pub trait Gathers<I> {
    /// The value that holds what is to be added, and no more.
    fn gather(input: I) -> Self;

    /// What is to be added.
    fn scatter(self) -> I;
}

impl<T> Gathers<T> for T {
    fn gather(input: T) -> T {
        input
    }

    fn scatter(self) -> T {
        self
    }
}

// impl Gathers<Vec<T>> for VecDeque<T>: a collection of what the list holds.
macro_rules! gathers {
    ($($collection:ident<$($parameter:ident),+ $(; $hasher:ident)?> of $item:ty;)*) => { $(
        impl<$($parameter,)+ $($hasher)?> Gathers<Vec<$item>> for $collection<$($parameter,)+ $($hasher)?>
        where
            Self: FromIterator<$item> + IntoIterator<Item = $item>,
            $($hasher: BuildHasher + Default,)?
        {
            fn gather(input: Vec<$item>) -> Self {
                input.into_iter().collect()
            }

            fn scatter(self) -> Vec<$item> {
                self.into_iter().collect()
            }
        }
    )* };
}

gathers! {
    VecDeque<T> of T;
    BTreeMap<K, V> of (K, V);
    HashMap<K, V; H> of (K, V);
    BTreeSet<K> of K;
    HashSet<K; H> of K;
}
