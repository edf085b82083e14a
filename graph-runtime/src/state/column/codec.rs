//! How the value of a field, and the writes that wait for it, become bytes and come back.

use super::Storable;
use crate::record::field::{
    Changes, EditKind, EditWriter, FieldCodec, FieldError, FieldName, FieldReader, FieldWriter,
};
use crate::record::probe::FieldProbe;
use crate::schema::Type;
use crate::state::update::{Fold, Slot, Write};

/// What is learnt about the types of a field once per process.
pub(super) struct Probes {
    pub(super) value: FieldProbe,
    /// Of a reduced field; the write to a plain one is a value.
    writes: FieldProbe,
}

impl Probes {
    pub(super) const fn new() -> Probes {
        Probes { value: FieldProbe::new(), writes: FieldProbe::of_writes() }
    }
}

type Put<T> = fn(&mut FieldWriter<'_>, &'static str, &'static FieldProbe, &T) -> Result<(), FieldError>;
type Take<T> = fn(&mut FieldReader<'_>, FieldName, &'static FieldProbe) -> Result<T, FieldError>;

type TakeChanged<T> =
    fn(&mut FieldReader<'_>, FieldName, &'static FieldProbe, Apply<'_, T>) -> Result<Option<T>, FieldError>;

/// Takes changes into a value, or into what a field holds before it has one.
type Apply<'a, T> = &'a dyn Fn(Option<T>, Changes<'_, '_>) -> Result<T, String>;

/// The way of a field of type `T` with a slot of type `S`.
pub(super) struct Codec<T: 'static, S: Slot + 'static> {
    /// What records hold of the type.
    pub(super) describe: fn() -> Type,
    pub(super) form: FieldCodec,
    pub(super) put: Put<T>,
    pub(super) take: TakeChanged<T>,
    pub(super) put_edits: fn(&mut FieldWriter<'_>, &'static str, &'static FieldProbe, &[u8]) -> Result<(), FieldError>,
    /// One of the writes that wait, as what it changes in a map or a set.
    pub(super) put_write: fn(&S::Write, &mut EditWriter<'_>) -> Result<(), FieldError>,
    pub(super) put_writes: Put<S>,
    pub(super) take_writes: Take<S>,
    /// What is learnt about writes that wait.
    pub(super) writes: fn(&'static Probes) -> &'static FieldProbe,
}

/// What a field is stored with, as a type: it is known where the functions of the field are compiled.
pub(super) trait Form {
    const CODEC: FieldCodec;
}

pub(super) struct Bincode;

impl Form for Bincode {
    const CODEC: FieldCodec = FieldCodec::Bincode;
}

#[cfg(feature = "json")]
pub(super) struct Json;

#[cfg(feature = "json")]
impl Form for Json {
    const CODEC: FieldCodec = FieldCodec::Json;
}

/// A plain field. Its pending write is stored as its value is, so that both are proven at once; a write of `None` is a
/// value, too, and no write is no field.
impl<T: Storable> Codec<T, Option<T>> {
    pub(super) const fn plain<F: Form>() -> Codec<T, Option<T>> {
        Codec {
            describe: || Type::of::<T>(F::CODEC),
            form: F::CODEC,
            put: |fields, name, probe, value| fields.put_in(name, F::CODEC, probe, 1, value),
            take: |fields, name, probe, apply| fields.take_changed(name, F::CODEC, probe, apply),
            put_edits: |fields, name, probe, edits| fields.put_edits::<T>(name, F::CODEC, probe, edits),
            put_write: |_, _| Ok(()),
            put_writes: |fields, name, probe, slot| match slot {
                Some(value) => fields.put_in(name, F::CODEC, probe, 1, value),
                None => Ok(()),
            },
            take_writes: |fields, name, probe| fields.take_in(name, F::CODEC, probe),
            writes: |probes| &probes.value,
        }
    }
}

/// A reduced field. Its writes are stored as they were called, and folded when they are applied.
impl<T: Storable, I: Storable, K: Storable> Codec<T, Fold<T, I, K>> {
    pub(super) const fn folded<F: Form>() -> Codec<T, Fold<T, I, K>> {
        Codec {
            describe: || Type::of::<T>(F::CODEC),
            form: F::CODEC,
            put: |fields, name, probe, value| fields.put_in(name, F::CODEC, probe, 1, value),
            take: |fields, name, probe, apply| fields.take_changed(name, F::CODEC, probe, apply),
            put_edits: |fields, name, probe, edits| fields.put_edits::<T>(name, F::CODEC, probe, edits),
            put_write,
            put_writes: |fields, name, probe, slot| match slot.kinds() {
                0 => Ok(()),
                kinds => fields.put_in(name, F::CODEC, probe, kinds, slot),
            },
            take_writes: |fields, name, probe| Ok(fields.take_in(name, F::CODEC, probe)?.unwrap_or_default()),
            writes: |probes| &probes.writes,
        }
    }
}

fn put_write<T, I: Storable, K: Storable>(
    write: &Write<T, I, K>,
    edits: &mut EditWriter<'_>,
) -> Result<(), FieldError> {
    match write {
        Write::Reduce(input) => edits.put::<I>(EditKind::Add, input),
        Write::Remove(keys) => edits.put::<Vec<K>>(EditKind::Remove, keys),
        // The value is stored.
        Write::Overwrite(_) => Ok(()),
    }
}
