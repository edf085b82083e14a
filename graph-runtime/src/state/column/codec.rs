//! How the value of a field, and the writes that wait for it, become bytes and come back.

use super::Storable;
use crate::record::field::{FieldError, FieldName, FieldReader, FieldWriter};
use crate::record::probe::FieldProbe;
use crate::state::update::Fold;

/// What is learnt about the types of a field once per process.
pub(super) struct Probes {
    value: FieldProbe,
    /// Of a reduced field; the write to a plain one is a value.
    writes: FieldProbe,
}

impl Probes {
    pub(super) const fn new() -> Probes {
        Probes { value: FieldProbe::new(), writes: FieldProbe::of_writes() }
    }
}

type Put<T> = fn(&mut FieldWriter<'_>, &'static str, &'static Probes, &T) -> Result<(), FieldError>;
type Take<T> = fn(&mut FieldReader<'_>, FieldName, &'static Probes) -> Result<T, FieldError>;

/// The way of a field of type `T` with a slot of type `S`.
pub(super) struct Codec<T: 'static, S: 'static> {
    pub(super) put: Put<T>,
    pub(super) take: Take<Option<T>>,
    pub(super) put_writes: Put<S>,
    pub(super) take_writes: Take<S>,
}

/// A plain field. Its pending write is stored as its value is, so that both are proven at once; a write of `None` is a
/// value, too, and no write is no field.
impl<T: Storable> Codec<T, Option<T>> {
    pub(super) const fn bincode() -> Codec<T, Option<T>> {
        Codec {
            put: |fields, name, probes, value| fields.put(name, &probes.value, value),
            take: |fields, name, probes| fields.take(name, &probes.value),
            put_writes: |fields, name, probes, slot| match slot {
                Some(value) => fields.put(name, &probes.value, value),
                None => Ok(()),
            },
            take_writes: |fields, name, probes| fields.take(name, &probes.value),
        }
    }

    #[cfg(feature = "json")]
    pub(super) const fn json() -> Codec<T, Option<T>> {
        Codec {
            put: |fields, name, probes, value| fields.put_json(name, &probes.value, value),
            take: |fields, name, probes| fields.take_json(name, &probes.value),
            put_writes: |fields, name, probes, slot| match slot {
                Some(value) => fields.put_json(name, &probes.value, value),
                None => Ok(()),
            },
            take_writes: |fields, name, probes| fields.take_json(name, &probes.value),
        }
    }
}

/// A reduced field. Its writes are stored as they were called, and folded when they are applied.
impl<T: Storable, I: Storable, K: Storable> Codec<T, Fold<T, I, K>> {
    pub(super) const fn bincode_folded() -> Codec<T, Fold<T, I, K>> {
        Codec {
            put: |fields, name, probes, value| fields.put(name, &probes.value, value),
            take: |fields, name, probes| fields.take(name, &probes.value),
            put_writes: |fields, name, probes, slot| match slot.kinds() {
                0 => Ok(()),
                kinds => fields.put_kinds(name, &probes.writes, kinds, slot),
            },
            take_writes: |fields, name, probes| Ok(fields.take(name, &probes.writes)?.unwrap_or_default()),
        }
    }

    #[cfg(feature = "json")]
    pub(super) const fn json_folded() -> Codec<T, Fold<T, I, K>> {
        Codec {
            put: |fields, name, probes, value| fields.put_json(name, &probes.value, value),
            take: |fields, name, probes| fields.take_json(name, &probes.value),
            put_writes: |fields, name, probes, slot| match slot.kinds() {
                0 => Ok(()),
                kinds => fields.put_json_kinds(name, &probes.writes, kinds, slot),
            },
            take_writes: |fields, name, probes| Ok(fields.take_json(name, &probes.writes)?.unwrap_or_default()),
        }
    }
}
