//! A field on its way into a record and back.

use super::{Column, Migrate};
use crate::panic;
use crate::record::delta::Delta;
use crate::record::field::{Changes, FieldError, FieldReader, FieldWriter};
use crate::state::update::Slot;

impl<T, S: Slot> Column<T, S> {
    /// Writes a stored field; a skipped one writes nothing.
    ///
    /// # Errors
    ///
    /// [`FieldError`] if the value would not read back as it was written.
    pub fn put(&'static self, fields: &mut FieldWriter<'_>, value: &T) -> Result<(), FieldError> {
        let Some(codec) = &self.codec else { return Ok(()) };
        self.catch(|| (codec.put)(fields, self.name.now, &self.probes.value, value))
    }

    /// Reads a stored field, with what has changed in it; one that the record does not hold, and a skipped one, get their initial
    /// value.
    ///
    /// # Errors
    ///
    /// [`FieldError`] if the bytes are not a value of the field's type.
    pub fn take(&'static self, fields: &mut FieldReader<'_>) -> Result<T, FieldError> {
        let Some(codec) = &self.codec else { return self.catch(|| Ok(self.initial())) };
        let change = |value: Option<T>, changes: Changes<'_, '_>| {
            let edits = self.edits.as_ref().ok_or_else(|| "its type does not change piece by piece".to_owned())?;
            // A default in its place would be another value than the one that changed.
            let mut value = value.ok_or_else(|| "what its changes were made to is missing".to_owned())?;
            edits.apply(&mut value, changes)?;
            Ok(value)
        };
        self.catch(|| {
            let found = (codec.take)(fields, self.name, &self.probes.value, &change);
            let found = self.or_migrated(found, fields, |migration, fields| migration.take(fields, self.name))?;
            Ok(found.unwrap_or_else(|| self.initial()))
        })
    }

    /// Writes what waits for a stored field; where nothing waits, and of a skipped one, it writes nothing.
    ///
    /// # Errors
    ///
    /// [`FieldError`] if the writes would not read back as they were written.
    pub fn put_writes(&'static self, fields: &mut FieldWriter<'_>, slot: &S) -> Result<(), FieldError> {
        let Some(codec) = &self.codec else { return Ok(()) };
        self.catch(|| (codec.put_writes)(fields, self.name.now, (codec.writes)(&self.probes), slot))
    }

    /// Reads what waits for a stored field; nothing does if the bytes do not hold it, and for a skipped one.
    ///
    /// # Errors
    ///
    /// [`FieldError`] if the bytes are no writes to a field of this type.
    pub fn take_writes(&'static self, fields: &mut FieldReader<'_>) -> Result<S, FieldError>
    where
        S: Default,
    {
        let Some(codec) = &self.codec else { return Ok(S::default()) };
        let probe = (codec.writes)(&self.probes);
        self.catch(|| {
            let found = (codec.take_writes)(fields, self.name, probe);
            let found = self.or_migrated(found, fields, |migration, fields| migration.take_writes(fields, self.name));
            found.map_err(|error| match error {
                FieldError::Changed { field, .. } if !std::ptr::eq(probe, &raw const self.probes.value) => {
                    FieldError::Rewritten { field }
                }
                error => error,
            })
        })
    }

    /// Writes what has changed in a stored field; where nothing has, and of a skipped one, it writes nothing.
    ///
    /// # Errors
    ///
    /// As [`put`](Column::put).
    pub fn put_changes(
        &'static self,
        place: usize,
        changes: &Delta,
        fields: &mut FieldWriter<'_>,
        value: &T,
    ) -> Result<(), FieldError> {
        let Some(codec) = &self.codec else { return Ok(()) };
        if changes.replaces(place) {
            return self.put(fields, value);
        }
        let Some(edits) = changes.edits(place) else { return Ok(()) };
        self.catch(|| (codec.put_edits)(fields, self.name.now, &self.probes.value, edits))
    }

    /// What was found, or else what one of the old types finds, if it is that.
    fn or_migrated<R>(
        &'static self,
        found: Result<R, FieldError>,
        fields: &mut FieldReader<'_>,
        migrate: impl Fn(&'static dyn Migrate<T, S>, &mut FieldReader<'_>) -> Result<R, FieldError>,
    ) -> Result<R, FieldError> {
        let Err(error) = found else { return found };
        // JSON says of a value only by failing that it is of another type.
        let other = |error: &FieldError| error.is_of_another_type() || matches!(error, FieldError::Unreadable { .. });
        if !other(&error) {
            return Err(error);
        }
        for migration in self.migrations {
            match migrate(*migration, fields) {
                Err(error) if other(&error) => {}
                found => {
                    fields.renew();
                    return found;
                }
            }
        }
        Err(error)
    }

    /// Storing and reading a value runs the user's code, which may panic.
    pub(super) fn catch<R>(&self, call: impl FnOnce() -> Result<R, FieldError>) -> Result<R, FieldError> {
        let done = panic::catch(call);
        let done = done.unwrap_or_else(|message| Err(FieldError::Panicked { field: self.name.now, message }));
        done.map_err(|error| if self.secret { error.silenced() } else { error })
    }
}
