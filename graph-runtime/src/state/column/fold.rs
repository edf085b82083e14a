//! Folding the writes to a field, and noting what they change in it.

use super::Column;
use super::codec::Codec;
use crate::record::delta::Delta;
use crate::record::field::{EditKind, EditWriter, FieldError};
use crate::state::update::{Fold, Slot, Write};

impl<T, I, K> Column<T, Fold<T, I, K>> {
    /// Folds what waits for the field into its value, and notes what changes, if the field changes piece by piece; else only
    /// that it will have another value. The functions tell the places of items that they have replaced or removed.
    pub fn fold(
        &'static self,
        (place, changes): (usize, &mut Delta),
        (slot, value): (&mut Fold<T, I, K>, &mut T),
        reduce: fn(&mut T, I, Option<&mut Vec<usize>>),
        remove: fn(&mut T, Vec<K>, Option<&mut Vec<usize>>),
    ) {
        let (Some(edits), Some(codec)) = (&self.edits, &self.codec) else {
            if slot.holds() {
                changes.replace(place);
            }
            return;
        };
        for write in slot.drain() {
            match write {
                Write::Overwrite(new) => {
                    changes.replace(place);
                    *value = new;
                }
                write if edits.keyed => {
                    self.edit(changes, place, codec, |writer| (codec.put_write)(&write, writer));
                    match write {
                        Write::Reduce(input) => reduce(value, input, None),
                        Write::Remove(keys) => remove(value, keys, None),
                        Write::Overwrite(new) => *value = new,
                    }
                }
                Write::Reduce(input) => {
                    let (before, mut replaced) = ((edits.places)(value), Vec::new());
                    reduce(value, input, Some(&mut replaced));
                    // What came last is what stays, and what was added is stored as it is by now.
                    replaced.retain(|place| *place < before);
                    replaced.sort_unstable();
                    replaced.dedup();
                    self.edit(changes, place, codec, |writer| {
                        replaced.iter().try_for_each(|place| (edits.put_item)(value, *place, writer))?;
                        if (edits.places)(value) > before { (edits.put_tail)(value, before, writer) } else { Ok(()) }
                    });
                }
                Write::Remove(keys) => {
                    let mut removed = Vec::new();
                    remove(value, keys, Some(&mut removed));
                    if !removed.is_empty() {
                        let removed: Vec<u64> = removed.into_iter().map(|place| place as u64).collect();
                        self.edit(changes, place, codec, |writer| writer.put::<Vec<u64>>(EditKind::Remove, &removed));
                    }
                }
            }
        }
    }

    fn edit(
        &'static self,
        changes: &mut Delta,
        place: usize,
        codec: &Codec<T, Fold<T, I, K>>,
        write: impl FnOnce(&mut EditWriter<'_>) -> Result<(), FieldError>,
    ) {
        changes.edit(place, |buffer| {
            let mut writer = EditWriter::new(buffer, self.name.now, codec.form, &self.probes.value);
            self.catch(|| write(&mut writer))
        });
    }
}
