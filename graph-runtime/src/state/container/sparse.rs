//! A list out of which items go one by one.

/// A list in which what is removed leaves a hole, so that removing costs the logarithm of its length and not the length.
pub(super) struct Sparse<T> {
    slots: Vec<Option<T>>,
    /// How many items stand in so many slots before the end of each number: a Fenwick tree, counted from 1. The number at `n` is
    /// that of the slots from `n - (n & n.wrapping_neg())` to `n`.
    counts: Vec<usize>,
    length: usize,
}

impl<T> Sparse<T> {
    pub(super) fn of(items: impl IntoIterator<Item = T>) -> Sparse<T> {
        let mut sparse = Sparse { slots: Vec::new(), counts: Vec::new(), length: 0 };
        sparse.add(items);
        sparse
    }

    /// Adds items behind the last one.
    pub(super) fn add(&mut self, items: impl IntoIterator<Item = T>) {
        for item in items {
            self.slots.push(Some(item));
            self.length += 1;
            let number = self.slots.len();
            // The item, and what the numbers below count of the same slots.
            let mut count = 1;
            let (mut below, least) = (number - 1, number - span(number));
            while below > least {
                work();
                count += self.count(below);
                below -= span(below);
            }
            self.counts.push(count);
        }
    }

    /// Replaces the item at a place; `None` if there is no such place.
    pub(super) fn put(&mut self, place: usize, item: T) -> Option<()> {
        let slot = self.slot(place)?;
        *self.slots.get_mut(slot)? = Some(item);
        Some(())
    }

    /// Removes the items at these places, in ascending order; `None` if there are no such places.
    pub(super) fn remove(&mut self, places: &[u64]) -> Option<()> {
        for (gone, place) in places.iter().enumerate() {
            let slot = self.slot(usize::try_from(*place).ok()?.checked_sub(gone)?)?;
            self.slots.get_mut(slot)?.take()?;
            self.length -= 1;
            let mut number = slot + 1;
            while let Some(count) = self.counts.get_mut(number - 1) {
                work();
                *count -= 1;
                number += span(number);
            }
        }
        Some(())
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// The slot of the item at a place.
    fn slot(&self, place: usize) -> Option<usize> {
        if place >= self.length {
            return None;
        }
        let (mut slot, mut left) = (0, place);
        let mut width = self.counts.len().checked_ilog2().map_or(0, |log| 1 << log);
        while width > 0 {
            work();
            let end = slot + width;
            if end <= self.counts.len() && self.count(end) <= left {
                left -= self.count(end);
                slot = end;
            }
            width >>= 1;
        }
        Some(slot)
    }

    fn count(&self, number: usize) -> usize {
        number.checked_sub(1).and_then(|index| self.counts.get(index)).copied().unwrap_or(0)
    }
}

impl<T> IntoIterator for Sparse<T> {
    type Item = T;
    type IntoIter = std::iter::Flatten<std::vec::IntoIter<Option<T>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.slots.into_iter().flatten()
    }
}

/// How many slots a number of the tree counts.
fn span(number: usize) -> usize {
    number & number.wrapping_neg()
}

/// A step of the work, for the tests that count it.
#[inline]
pub(super) fn work() {
    #[cfg(test)]
    tests::WORK.set(tests::WORK.get() + 1);
}

#[cfg(test)]
pub(super) mod tests {
    use super::Sparse;
    use proptest::prelude::*;
    use std::cell::Cell;

    thread_local! {
        pub(in crate::state::container) static WORK: Cell<u64> = const { Cell::new(0) };
    }

    #[derive(Clone, Debug)]
    enum Change {
        Add(u8),
        Put(usize),
        Remove(Vec<u64>),
    }

    fn change() -> impl Strategy<Value = Change> {
        prop_oneof![
            any::<u8>().prop_map(|count| Change::Add(count % 9)),
            (0..40_usize).prop_map(Change::Put),
            proptest::collection::btree_set(0..40_u64, 1..6)
                .prop_map(|places| Change::Remove(places.into_iter().collect())),
        ]
    }

    proptest! {
        #[test]
        fn it_is_the_list_that_it_stands_for(first in 0..40_u32, changes in proptest::collection::vec(change(), 0..60)) {
            let mut list: Vec<u32> = (0..first).collect();
            let mut sparse = Sparse::of(list.clone());
            let mut next = first..;
            for change in changes {
                match change {
                    Change::Add(count) => {
                        let added: Vec<u32> = next.by_ref().take(count.into()).collect();
                        list.extend(&added);
                        sparse.add(added);
                    }
                    Change::Put(place) => {
                        let item = next.next().expect("numbers do not end");
                        let put = list.get_mut(place).map(|found| *found = item);
                        prop_assert_eq!(sparse.put(place, item), put);
                    }
                    Change::Remove(places) => {
                        if places.iter().any(|place| *place >= list.len() as u64) {
                            continue;
                        }
                        for place in places.iter().rev() {
                            list.remove(usize::try_from(*place).expect("it is small"));
                        }
                        prop_assert_eq!(sparse.remove(&places), Some(()));
                    }
                }
                prop_assert_eq!(sparse.len(), list.len());
            }
            prop_assert_eq!(sparse.into_iter().collect::<Vec<_>>(), list);
        }
    }

    #[test]
    fn places_that_are_not_there_are_refused() {
        let mut sparse = Sparse::of([1, 2, 3]);
        assert_eq!(sparse.remove(&[3]), None);
        assert_eq!(sparse.remove(&[u64::MAX]), None);
        assert_eq!(sparse.put(3, 4), None);
        assert_eq!(sparse.remove(&[0, 1, 2]), Some(()));
        assert_eq!((sparse.put(0, 4), sparse.remove(&[0])), (None, None));
    }
}
