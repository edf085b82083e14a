//! Containers, of which a record holds what has changed piece by piece: lists, text, maps and sets.
//!
//! The pieces are results. They say what a container is afterwards, whichever reducer has changed it; so they are read by its
//! type alone.

mod list;
mod map;
mod set;
mod sparse;
mod text;

use super::column::Storable;

/// A type that changes piece by piece; implemented for the collections of the standard library and for nothing else.
pub trait Container: Sized + 'static {
    /// What kind of container it is. Those of one kind take each other's pieces.
    const SHAPE: &'static str;

    /// Whether what is in it is found by a key, and not by a place.
    const KEYED: bool;

    /// What is added at once.
    type Added: Storable;

    /// What stands at one place.
    type Item: Storable;

    /// What is removed at once: places in ascending order, or keys.
    type Removed: Storable;

    /// The number of places.
    fn places(&self) -> usize;

    /// What stands at this place and behind it, to be read as an [`Added`](Container::Added).
    fn tail(&self, place: usize) -> impl serde::Serialize;

    /// What stands at this place.
    fn item(&self, place: usize) -> Option<&Self::Item>;

    /// Adds, behind the last place if there are any.
    fn add(&mut self, added: Self::Added);

    /// Replaces what stands at a place; `None` if there is no such place.
    fn put(&mut self, place: usize, item: Self::Item) -> Option<()>;

    /// Removes; `None` if there are no such places.
    fn remove(&mut self, removed: Self::Removed) -> Option<()>;

    /// Takes changes in, the oldest first, until one is none of its own.
    ///
    /// # Errors
    ///
    /// Why the last one was not taken in. The container is of no use then.
    fn change(&mut self, changes: &mut dyn Iterator<Item = Result<Change<Self>, String>>) -> Result<(), String> {
        for change in changes {
            self.take_in(change?).ok_or_else(elsewhere)?;
        }
        Ok(())
    }

    /// Takes one change in; `None` if there are no such places.
    fn take_in(&mut self, change: Change<Self>) -> Option<()> {
        match change {
            Change::Add(added) => {
                self.add(added);
                Some(())
            }
            Change::Put(place, item) => self.put(place, item),
            Change::Remove(removed) => self.remove(removed),
        }
    }
}

/// One change of a container.
pub enum Change<C: Container> {
    /// Adds.
    Add(C::Added),
    /// Replaces what stands at a place.
    Put(usize, C::Item),
    /// Removes.
    Remove(C::Removed),
}

/// Why a change cannot be taken in.
pub(super) fn elsewhere() -> String {
    "its changes were made to another value".to_owned()
}

/// A sequence as it is stored.
struct Items<I>(I);

impl<T: serde::Serialize, I: Iterator<Item = T> + Clone> serde::Serialize for Items<I> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone())
    }
}
