//! What has changed in fields over several records.

use super::FieldCodec;
use super::edits::Edit;
use super::stored::{self, StoredField};
use crate::record::budget::Free;
use crate::record::bytes::Bytes;
use crate::record::number;
use std::convert::Infallible;

/// What has changed in fields over several records, to be read as if one had changed it: of each field its last value, if it
/// has got one, and what has changed in it since.
///
/// Nothing of it is decoded, so fields that the program does not know are among them.
#[derive(Debug, Default)]
pub(crate) struct Span(Vec<Changed>);

#[derive(Debug)]
struct Changed {
    name: Vec<u8>,
    parts: Vec<Part>,
}

/// A value, or edits of one kind.
#[derive(Debug)]
struct Part {
    head: (u8, u64),
    bytes: Bytes,
}

impl Span {
    /// Adds what the next record has changed; `None` if its framing is not whole.
    pub(crate) fn add(&mut self, mut changes: &[u8]) -> Option<()> {
        while !changes.is_empty() {
            let stored = StoredField::split(&mut changes)?;
            match self.0.iter_mut().find(|field| field.name == stored.name) {
                Some(field) => field.add(&stored),
                None => self.0.push(Changed { name: stored.name.to_vec(), parts: vec![Part::of(&stored)] }),
            }
        }
        Some(())
    }

    /// All of it as fields.
    pub(crate) fn fields(&self) -> Bytes {
        let mut buffer = Vec::new();
        for Changed { name, parts } in &self.0 {
            for part in parts {
                let Ok(()) = stored::put::<Infallible>(&mut buffer, name, part.head, |buffer| {
                    part.write(buffer);
                    Ok(())
                });
            }
        }
        Bytes(buffer)
    }

    /// Forgets all of it. The next changes are most likely in the same fields and of the same length.
    pub(crate) fn clear(&mut self) {
        self.0.iter_mut().for_each(|field| field.parts.clear());
    }
}

impl Changed {
    fn add(&mut self, stored: &StoredField<'_>) {
        if !stored.edits {
            // What was before a value counts no more.
            self.parts.clear();
        }
        match self.parts.last_mut().filter(|last| stored.edits && last.head == stored.head()) {
            Some(last) => last.bytes.0.extend_from_slice(stored.value),
            None => self.parts.push(Part::of(stored)),
        }
    }
}

impl Part {
    fn of(stored: &StoredField<'_>) -> Part {
        Part { head: stored.head(), bytes: Bytes(stored.value.to_vec()) }
    }

    fn write(&self, buffer: &mut Vec<u8>) {
        match FieldCodec::of_byte(self.head.0) {
            (FieldCodec::Bincode, true) => join(&self.bytes.0, buffer),
            _ => buffer.extend_from_slice(&self.bytes.0),
        }
    }
}

/// Appends edits, and makes one of additions that follow each other: sequences of items, entries, elements or characters are
/// their number and then all of them.
fn join(mut edits: &[u8], buffer: &mut Vec<u8>) {
    let mut added = Added::default();
    while !edits.is_empty() {
        let before = edits;
        let next = Edit::split(&mut edits, FieldCodec::Bincode);
        if next.and_then(|edit| added.take(edit, buffer)).is_none() {
            added.write(buffer);
            let edit = before.get(..before.len() - next.map_or(0, |_| edits.len())).unwrap_or_default();
            buffer.extend_from_slice(edit);
            if next.is_none() {
                return;
            }
        }
    }
    added.write(buffer);
}

/// Additions that follow each other.
#[derive(Default)]
struct Added<'a> {
    /// How many items, entries, elements or characters there are.
    count: u64,
    contents: Vec<&'a [u8]>,
    /// The bytes of the contents.
    bytes: usize,
    /// The bytes of the additions as they stand alone.
    alone: usize,
}

impl<'a> Added<'a> {
    /// Takes one more, behind those that it cannot be read together with; `None` if this edit is none.
    fn take(&mut self, edit: Edit<'a>, buffer: &mut Vec<u8>) -> Option<()> {
        let alone = edit.added()?;
        let mut content = alone;
        let count = number::split(&mut content)?;
        let (bytes, all) = (self.bytes + content.len(), self.alone + alone.len());
        let together = self.count.checked_add(count).filter(|_| {
            let values = self.contents.len() as u64 + 1;
            Free::PIECE.covers(values, all, bytes + 1)
        });
        if together.is_none() {
            self.write(buffer);
        }
        self.count += count;
        self.contents.push(content);
        self.bytes += content.len();
        self.alone += alone.len();
        Some(())
    }

    /// Appends them as one, and forgets them.
    fn write(&mut self, buffer: &mut Vec<u8>) {
        if self.contents.is_empty() {
            return;
        }
        let Ok(()) = Edit::put_added::<Infallible>(buffer, |buffer| {
            number::put(self.count, buffer);
            self.contents.iter().for_each(|content| buffer.extend_from_slice(content));
            Ok(())
        });
        *self = Added::default();
    }
}
