//! How the value of a field, and the writes that wait for it, become bytes and come back.

use super::Storable;
use crate::FieldCodec;
use crate::record::field::{FieldError, FieldName, FieldReader, FieldWriter};
use crate::record::probe::FieldProbe;
use crate::schema::Type;
use crate::state::update::Fold;

/// What is learnt about the types of a field once per process.
pub(super) struct Probes {
    pub(super) value: FieldProbe,
    /// Of a reduced field; the write to a plain one is a value.
    writes: FieldProbe,
    /// Of writes that were applied, by a rule that is a part of what they are.
    pub(super) growth: FieldProbe,
}

impl Probes {
    pub(super) const fn new() -> Probes {
        Probes { value: FieldProbe::new(), writes: FieldProbe::of_writes(), growth: FieldProbe::of_growth() }
    }
}

type Put<T> = fn(&mut FieldWriter<'_>, &'static str, &'static FieldProbe, &T) -> Result<(), FieldError>;
type Take<T> = fn(&mut FieldReader<'_>, FieldName, &'static FieldProbe) -> Result<T, FieldError>;

/// The way of a field of type `T` with a slot of type `S`.
pub(super) struct Codec<T: 'static, S: 'static> {
    /// What records hold of the type.
    pub(super) describe: fn() -> Type,
    pub(super) put: Put<T>,
    pub(super) take: Take<Option<T>>,
    pub(super) put_writes: Put<S>,
    pub(super) take_writes: Take<S>,
    /// What is learnt about writes that wait.
    pub(super) writes: fn(&'static Probes) -> &'static FieldProbe,
}

/// A plain field. Its pending write is stored as its value is, so that both are proven at once; a write of `None` is a
/// value, too, and no write is no field.
impl<T: Storable> Codec<T, Option<T>> {
    pub(super) const fn bincode() -> Codec<T, Option<T>> {
        Codec {
            describe: || Type::of::<T>(FieldCodec::Bincode),
            put: |fields, name, probe, value| fields.put(name, probe, value),
            take: |fields, name, probe| fields.take(name, probe),
            put_writes: |fields, name, probe, slot| match slot {
                Some(value) => fields.put(name, probe, value),
                None => Ok(()),
            },
            take_writes: |fields, name, probe| fields.take(name, probe),
            writes: |probes| &probes.value,
        }
    }

    #[cfg(feature = "json")]
    pub(super) const fn json() -> Codec<T, Option<T>> {
        Codec {
            describe: || Type::of::<T>(FieldCodec::Json),
            put: |fields, name, probe, value| fields.put_json(name, probe, value),
            take: |fields, name, probe| fields.take_json(name, probe),
            put_writes: |fields, name, probe, slot| match slot {
                Some(value) => fields.put_json(name, probe, value),
                None => Ok(()),
            },
            take_writes: |fields, name, probe| fields.take_json(name, probe),
            writes: |probes| &probes.value,
        }
    }
}

/// A reduced field. Its writes are stored as they were called, and folded when they are applied.
impl<T: Storable, I: Storable, K: Storable> Codec<T, Fold<T, I, K>> {
    pub(super) const fn bincode_folded() -> Codec<T, Fold<T, I, K>> {
        Codec {
            describe: || Type::of::<T>(FieldCodec::Bincode),
            put: |fields, name, probe, value| fields.put(name, probe, value),
            take: |fields, name, probe| fields.take(name, probe),
            put_writes: |fields, name, probe, slot| match slot.kinds() {
                0 => Ok(()),
                kinds => fields.put_kinds(name, probe, kinds, slot),
            },
            take_writes: |fields, name, probe| Ok(fields.take(name, probe)?.unwrap_or_default()),
            writes: |probes| &probes.writes,
        }
    }

    #[cfg(feature = "json")]
    pub(super) const fn json_folded() -> Codec<T, Fold<T, I, K>> {
        Codec {
            describe: || Type::of::<T>(FieldCodec::Json),
            put: |fields, name, probe, value| fields.put_json(name, probe, value),
            take: |fields, name, probe| fields.take_json(name, probe),
            put_writes: |fields, name, probe, slot| match slot.kinds() {
                0 => Ok(()),
                kinds => fields.put_json_kinds(name, probe, kinds, slot),
            },
            take_writes: |fields, name, probe| Ok(fields.take_json(name, probe)?.unwrap_or_default()),
            writes: |probes| &probes.writes,
        }
    }
}
