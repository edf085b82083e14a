//! Writes to a reduced field that wait to be folded into its value.

use super::{Operation, Slot, WriteKind};
use serde::de::{Deserialize, Deserializer, Error};
use serde::{Serialize, Serializer};
use std::marker::PhantomData;

/// The keys of a field whose items have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoKey {}

impl Serialize for NoKey {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        match *self {}
    }
}

impl<'de> Deserialize<'de> for NoKey {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<NoKey, D::Error> {
        <()>::deserialize(source)?;
        Err(D::Error::custom("the items of the field have no keys"))
    }
}

/// The writes to one reduced field, in the order of the calls.
///
/// `T` is the field's type, `I` what its reducer takes, `K` its keys. One write, by far the most common, needs no list.
pub struct Fold<T, I, K> {
    first: Option<Write<T, I, K>>,
    more: Vec<Write<T, I, K>>,
}

/// One of them. The names of the variants stand in stored writes.
#[derive(Serialize, serde::Deserialize)]
pub enum Write<T, I, K> {
    Reduce(I),
    Overwrite(T),
    Remove(Vec<K>),
}

impl<T, I, K> Fold<T, I, K> {
    /// Folds all writes into the value and forgets them; the list keeps its memory for the next step.
    pub fn apply(&mut self, value: &mut T, reduce: fn(&mut T, I), remove: fn(&mut T, Vec<K>)) {
        let mut fold = |write| match write {
            Write::Reduce(input) => reduce(value, input),
            Write::Overwrite(new) => *value = new,
            Write::Remove(keys) => remove(value, keys),
        };
        let Some(first) = self.first.take() else { return };
        fold(first);
        // One write, by far the most common, has no list behind it.
        if !self.more.is_empty() {
            self.more.drain(..).for_each(fold);
        }
    }

    /// Takes the writes out, in their order.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Write<T, I, K>> {
        self.first.take().into_iter().chain(self.more.drain(..))
    }

    /// The kinds of the writes, a bit for each; 0 if there are none.
    pub(crate) fn kinds(&self) -> u8 {
        let kinds = self.iter().map(|write| match write {
            Write::Reduce(_) => 1,
            Write::Overwrite(_) => 2,
            Write::Remove(_) => 4,
        });
        kinds.fold(0, |all, kind| all | kind)
    }

    fn iter(&self) -> impl Iterator<Item = &Write<T, I, K>> {
        self.first.iter().chain(&self.more)
    }

    fn push(&mut self, write: Write<T, I, K>) {
        match self.first {
            None => self.first = Some(write),
            Some(_) => self.more.push(write),
        }
    }
}

impl<T, I, K> Slot for Fold<T, I, K> {
    type Write = Write<T, I, K>;

    fn extend(&mut self, later: Fold<T, I, K>) {
        for write in later.first.into_iter().chain(later.more) {
            self.push(write);
        }
    }

    #[inline]
    fn holds(&self) -> bool {
        self.first.is_some()
    }
}

impl<T, I, K> Default for Fold<T, I, K> {
    fn default() -> Fold<T, I, K> {
        Fold { first: None, more: Vec::new() }
    }
}

impl<T, I, K> FromIterator<Write<T, I, K>> for Fold<T, I, K> {
    fn from_iter<W: IntoIterator<Item = Write<T, I, K>>>(writes: W) -> Fold<T, I, K> {
        let mut writes = writes.into_iter();
        Fold { first: writes.next(), more: writes.collect() }
    }
}

/// A sequence of writes in their order.
impl<T: Serialize, I: Serialize, K: Serialize> Serialize for Fold<T, I, K> {
    fn serialize<S: Serializer>(&self, sink: S) -> Result<S::Ok, S::Error> {
        sink.collect_seq(self.iter())
    }
}

impl<'de, T: Deserialize<'de>, I: Deserialize<'de>, K: Deserialize<'de>> Deserialize<'de> for Fold<T, I, K> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Fold<T, I, K>, D::Error> {
        let mut writes = Vec::deserialize(source)?.into_iter();
        Ok(Fold { first: writes.next(), more: writes.collect() })
    }
}

/// Folds an input into the field.
pub struct Reduce<T, I = T, K = NoKey>(I, PhantomData<fn() -> (T, K)>);

impl<T, I, K> Reduce<T, I, K> {
    /// Folds this.
    #[must_use]
    pub fn new(input: I) -> Reduce<T, I, K> {
        Reduce(input, PhantomData)
    }
}

impl<T, I, K> Operation for Reduce<T, I, K> {
    type Slot = Fold<T, I, K>;

    const KIND: WriteKind = WriteKind::Reduce;

    fn put(self, slot: &mut Fold<T, I, K>) {
        slot.push(Write::Reduce(self.0));
    }
}

/// Replaces the value of a reduced field.
pub struct Overwrite<T, I = T, K = NoKey>(T, PhantomData<fn() -> (I, K)>);

impl<T, I, K> Overwrite<T, I, K> {
    /// Replaces it by this.
    #[must_use]
    pub fn new(value: T) -> Overwrite<T, I, K> {
        Overwrite(value, PhantomData)
    }
}

impl<T, I, K> Operation for Overwrite<T, I, K> {
    type Slot = Fold<T, I, K>;

    const KIND: WriteKind = WriteKind::Replace;

    fn put(self, slot: &mut Fold<T, I, K>) {
        slot.push(Write::Overwrite(self.0));
    }
}

/// Removes the items with these keys.
pub struct Remove<T, I, K>(Vec<K>, PhantomData<fn() -> (T, I)>);

impl<T, I, K> Remove<T, I, K> {
    /// Removes these.
    #[must_use]
    pub fn new(keys: Vec<K>) -> Remove<T, I, K> {
        Remove(keys, PhantomData)
    }
}

impl<T, I, K> Operation for Remove<T, I, K> {
    type Slot = Fold<T, I, K>;

    const KIND: WriteKind = WriteKind::Reduce;

    fn put(self, slot: &mut Fold<T, I, K>) {
        slot.push(Write::Remove(self.0));
    }
}
