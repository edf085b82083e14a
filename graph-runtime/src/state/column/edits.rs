//! What is stored of a change in a container, and how it comes back.

use super::Storable;
use crate::record::field::{Changes, Edit, EditKind, EditWriter, FieldError};
use crate::state::container::{Change, Container};
use std::marker::PhantomData;

/// How a container of type `T` changes piece by piece.
///
/// A table of functions, and not the trait: only a type that can change so has one, and the derived code asks for it of every
/// type.
pub struct Edits<T: 'static> {
    pub(super) shape: &'static str,
    pub(super) keyed: bool,
    pub(super) places: fn(&T) -> usize,
    pub(super) put_tail: fn(&T, usize, &mut EditWriter<'_>) -> Result<(), FieldError>,
    pub(super) put_item: fn(&T, usize, &mut EditWriter<'_>) -> Result<(), FieldError>,
    apply: fn(&mut T, Changes<'_, '_>) -> Result<(), String>,
}

impl<T: Container> Edits<T> {
    const OF: Edits<T> = Edits {
        shape: T::SHAPE,
        keyed: T::KEYED,
        places: T::places,
        put_tail: |value, place, edits| edits.put::<T::Added>(EditKind::Add, &value.tail(place)),
        put_item: |value, place, edits| match value.item(place) {
            Some(item) => edits.put::<(u64, T::Item)>(EditKind::Put, &(place as u64, item)),
            None => Ok(()),
        },
        apply: |value, changes| value.change(&mut changes.map(|edit| read::<T>(edit?))),
    };
}

fn read<T: Container>(edit: Edit<'_>) -> Result<Change<T>, String> {
    Ok(match edit.kind {
        EditKind::Add => Change::Add(edit.read()?),
        EditKind::Put => {
            let (place, item): (u64, T::Item) = edit.read()?;
            // What is out of reach is no place of the value either.
            Change::Put(usize::try_from(place).unwrap_or(usize::MAX), item)
        }
        EditKind::Remove => Change::Remove(edit.read()?),
    })
}

impl<T> Edits<T> {
    /// Takes changes into the value that they were made to.
    pub(super) fn apply(&self, value: &mut T, changes: Changes<'_, '_>) -> Result<(), String> {
        (self.apply)(value, changes)
    }
}

/// Asks of any type how it changes piece by piece: `<Piecewise<T>>::EDITS` is this constant if it is a container whose items
/// can be stored, and else the one of [`Whole`], which rustc takes where this one is not.
pub struct Piecewise<T>(PhantomData<T>);

impl<T: Container + Storable> Piecewise<T> {
    /// How the container changes.
    pub const EDITS: Option<Edits<T>> = Some(Edits::OF);
}

/// A type that is stored as a whole whenever it has changed.
pub trait Whole {
    /// The type.
    type Value: 'static;

    /// It does not change piece by piece.
    const EDITS: Option<Edits<Self::Value>> = None;
}

#[diagnostic::do_not_recommend]
impl<T: 'static> Whole for Piecewise<T> {
    type Value = T;
}
