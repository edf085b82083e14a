//! Fields on their way in.

use super::edits::{Changes, Edit};
use super::stored::StoredField;
use super::{FieldCodec, FieldError, FieldName};
use crate::record::probe::FieldProbe;
use serde::{Serialize, de::DeserializeOwned};
use std::borrow::Cow;
use std::collections::HashMap;

/// Reads the stored fields of a state, or of a patch, by name and best in the order in which they were written.
pub struct FieldReader<'a> {
    fields: &'a [u8],
    rest: &'a [u8],
    /// The first field is the one, whatever its name.
    sole: bool,
    lacked: bool,
    later: Later<'a>,
}

/// What has changed in fields since.
#[derive(Default)]
struct Later<'a> {
    /// The fields by their names, each with its changes, the oldest first.
    fields: Vec<(&'a [u8], Vec<Change<'a>>)>,
    /// Where a name is among them.
    places: HashMap<&'a [u8], usize>,
    /// Where the next one is, if all records hold the same fields in the same order, as most do.
    next: usize,
}

/// What has changed in a field, and the number of the record that holds it.
type Change<'a> = (usize, StoredField<'a>);

impl<'a> Later<'a> {
    fn push(&mut self, record: usize, stored: StoredField<'a>) {
        let place = match self.fields.get(self.next) {
            Some((name, _)) if *name == stored.name => self.next,
            _ => *self.places.entry(stored.name).or_insert(self.fields.len()),
        };
        match self.fields.get_mut(place) {
            Some((_, changes)) => changes.push((record, stored)),
            None => self.fields.push((stored.name, vec![(record, stored)])),
        }
        self.next = if place + 1 < self.fields.len() { place + 1 } else { 0 };
    }

    fn of(&self, name: &str) -> &[Change<'a>] {
        let field = self.places.get(name.as_bytes()).and_then(|place| self.fields.get(*place));
        field.map(|(_, changes)| changes.as_slice()).unwrap_or_default()
    }
}

impl<'a> FieldReader<'a> {
    /// Takes the bytes of all fields; `None` if their framing is not whole.
    pub(in crate::record) fn new(fields: &'a [u8]) -> Option<FieldReader<'a>> {
        let mut rest = fields;
        while !rest.is_empty() {
            StoredField::split(&mut rest)?;
        }
        Some(FieldReader { fields, rest: fields, sole: false, lacked: false, later: Later::default() })
    }

    /// Takes the bytes of one field, which is found under every name: a function has named it, and may be called otherwise
    /// by now.
    pub(in crate::record) fn sole(bytes: &'a [u8]) -> Option<FieldReader<'a>> {
        FieldReader::new(bytes).map(|reader| FieldReader { sole: true, ..reader })
    }

    /// The same fields with what has changed in them since, the oldest changes first; `None` if the framing of those is not
    /// whole.
    pub(in crate::record) fn changed(mut self, changes: impl IntoIterator<Item = &'a [u8]>) -> Option<FieldReader<'a>> {
        for (record, mut rest) in changes.into_iter().enumerate() {
            while !rest.is_empty() {
                self.later.push(record, StoredField::split(&mut rest)?);
            }
        }
        Some(self)
    }

    /// Reads a field as it is after all changes: `change` takes them into its value, or into what it is before it has one.
    /// `None` if the record does not hold it.
    ///
    /// # Errors
    ///
    /// As [`take`](FieldReader::take).
    pub(crate) fn take_changed<T: Serialize + DeserializeOwned>(
        &mut self,
        name: FieldName,
        codec: FieldCodec,
        probe: &'static FieldProbe,
        change: impl FnOnce(Option<T>, Changes<'_, '_>) -> Result<T, String>,
    ) -> Result<Option<T>, FieldError> {
        let field = name.now;
        // Looked for in any case: it tells what is lacking.
        let first = self.find(name);
        // What was before a value counts no more.
        let last = self.changes(name).iter().copied().enumerate().rfind(|(_, (_, stored))| !stored.edits);
        let (since, found) = match last {
            Some((last, (_, stored))) => (last + 1, Some(stored)),
            None => (0, first),
        };
        let changes = self.changes(name);
        let edits = changes.get(since..).unwrap_or_default();
        if found.is_none() && edits.is_empty() {
            return Ok(None);
        }
        let probed = probe.probe::<T>(field, codec)?;
        let value = found.map(|stored| stored.decode(field, codec, &probed)).transpose()?;
        let edits = edits.iter().map(|(_, stored)| stored.edits_of(field, codec, &probed));
        let edits = edits.collect::<Result<Vec<_>, _>>()?;
        if edits.iter().all(|edits| edits.is_empty()) {
            return Ok(value);
        }
        let mut edits = edits.into_iter().flat_map(|mut rest| {
            std::iter::from_fn(move || {
                let next =
                    |rest: &mut _| Edit::split(rest, codec).ok_or_else(|| "its changes are not whole".to_owned());
                // Whoever takes them in ends with the first that is not whole.
                (!rest.is_empty()).then(|| next(&mut rest))
            })
        });
        change(value, &mut edits).map(Some).map_err(|reason| FieldError::Unreadable { field, reason })
    }

    /// Reads a field; `None` if the record does not hold it.
    ///
    /// # Errors
    ///
    /// Every [`FieldError`] but [`FieldError::NotStorable`].
    pub fn take<T: Serialize + DeserializeOwned>(
        &mut self,
        name: impl Into<FieldName>,
        probe: &'static FieldProbe,
    ) -> Result<Option<T>, FieldError> {
        self.take_in(name.into(), FieldCodec::Bincode, probe)
    }

    /// Reads a field that is stored in this codec.
    ///
    /// # Errors
    ///
    /// As [`take`](FieldReader::take).
    pub(crate) fn take_in<T: Serialize + DeserializeOwned>(
        &mut self,
        name: FieldName,
        codec: FieldCodec,
        probe: &'static FieldProbe,
    ) -> Result<Option<T>, FieldError> {
        let Some(stored) = self.find(name) else {
            return Ok(None);
        };
        let probed = probe.probe::<T>(name.now, codec)?;
        stored.decode(name.now, codec, &probed).map(Some)
    }

    /// Reads a field that is stored as JSON.
    ///
    /// # Errors
    ///
    /// As [`take`](FieldReader::take).
    #[cfg(feature = "json")]
    pub fn take_json<T: Serialize + DeserializeOwned>(
        &mut self,
        name: impl Into<FieldName>,
        probe: &'static FieldProbe,
    ) -> Result<Option<T>, FieldError> {
        self.take_in(name.into(), FieldCodec::Json, probe)
    }

    /// Notes that a field is there as it is no longer stored: as one that is not there, the next record has to hold it.
    pub(crate) fn renew(&mut self) {
        self.lacked = true;
    }

    /// Whether a field was asked for that is not there, or not as it is stored now.
    pub(crate) fn lacked(&self) -> bool {
        self.lacked
    }

    /// The names of all fields.
    pub(in crate::record) fn names(&self) -> Vec<&'a str> {
        let mut rest = self.fields;
        let next = || StoredField::split(&mut rest).and_then(|field| std::str::from_utf8(field.name).ok());
        std::iter::from_fn(next).collect()
    }

    /// The bytes of the fields that have none of these names.
    pub(in crate::record) fn others(&self, names: &[&str]) -> Vec<u8> {
        let (mut rest, mut others) = (self.fields, Vec::new());
        while let (before, Some(field)) = (rest, StoredField::split(&mut rest)) {
            if !names.iter().any(|name| name.as_bytes() == field.name) {
                others.extend_from_slice(&before[..before.len() - rest.len()]);
            }
        }
        others
    }

    /// What has changed in a field, the oldest first: in each record under its name, or else under one that it had before.
    fn changes(&self, name: FieldName) -> Cow<'_, [Change<'a>]> {
        let mut changes = Cow::Borrowed(self.later.of(name.now));
        for former in name.former {
            let known = |record: &usize| changes.binary_search_by_key(record, |(record, _)| *record).is_ok();
            let found: Vec<_> = self.later.of(former).iter().filter(|(record, _)| !known(record)).copied().collect();
            if !found.is_empty() {
                // A record may have several of one name, which stay in their order.
                let changes = changes.to_mut();
                changes.extend(found);
                changes.sort_by_key(|(record, _)| *record);
            }
        }
        changes
    }

    /// The field under its name, or else under one that it had before.
    fn find(&mut self, name: FieldName) -> Option<StoredField<'a>> {
        let found = self.named(name.now);
        // Changes under the new name must not follow a value under the old one: the older program would pass them over.
        self.lacked |= found.is_none();
        found.or_else(|| name.former.iter().find_map(|former| self.named(former)))
    }

    /// Looks behind the field that was read last, and then from the first one on.
    fn named(&mut self, name: &str) -> Option<StoredField<'a>> {
        if let Some(next) = StoredField::split(&mut self.rest)
            && (self.sole || next.name == name.as_bytes())
        {
            return Some(next);
        }
        self.rest = self.fields;
        while let Some(next) = StoredField::split(&mut self.rest) {
            if next.name == name.as_bytes() {
                return Some(next);
            }
        }
        None
    }
}
