//! `Vec` and `VecDeque`.

use super::sparse::{Sparse, work};
use super::{Change, Container, Items, elsewhere};
use crate::state::column::Storable;
use std::collections::VecDeque;

// impl Container for Vec<T>: a piece is some items at the end, one at its place, or places without theirs.
macro_rules! list {
    ($list:ident) => {
        impl<T: Storable + 'static> Container for $list<T> {
            const SHAPE: &'static str = "list";
            const KEYED: bool = false;

            type Added = Vec<T>;
            type Item = T;
            type Removed = Vec<u64>;

            fn places(&self) -> usize {
                self.len()
            }

            fn tail(&self, place: usize) -> impl serde::Serialize {
                Items(self.iter().skip(place))
            }

            fn item(&self, place: usize) -> Option<&T> {
                self.get(place)
            }

            fn add(&mut self, added: Vec<T>) {
                self.extend(added);
            }

            fn put(&mut self, place: usize, item: T) -> Option<()> {
                *self.get_mut(place)? = item;
                Some(())
            }

            fn remove(&mut self, removed: Vec<u64>) -> Option<()> {
                removable(&removed, self.len())?;
                let mut removed = removed.into_iter().peekable();
                let mut place = 0;
                self.retain(|_| {
                    work();
                    let goes = removed.next_if_eq(&place).is_some();
                    place += 1;
                    !goes
                });
                Some(())
            }

            /// Every removal but the first leaves holes, so that many of them take a walk along the list once and not each.
            fn change(
                &mut self,
                changes: &mut dyn Iterator<Item = Result<Change<Self>, String>>,
            ) -> Result<(), String> {
                let (mut thinned, mut sparse) = (false, None);
                for change in changes {
                    let taken = match (&mut sparse, change?) {
                        (None, Change::Remove(places)) if thinned => {
                            let items = std::mem::take(self);
                            sparse.insert(Sparse::of(items)).thin(&places)
                        }
                        (None, change) => {
                            thinned |= matches!(change, Change::Remove(_));
                            self.take_in(change)
                        }
                        (Some(sparse), Change::Add(added)) => {
                            sparse.add(added);
                            Some(())
                        }
                        (Some(sparse), Change::Put(place, item)) => sparse.put(place, item),
                        (Some(sparse), Change::Remove(places)) => sparse.thin(&places),
                    };
                    taken.ok_or_else(elsewhere)?;
                }
                self.extend(sparse.into_iter().flatten());
                Ok(())
            }
        }
    };
}

list! { Vec }
list! { VecDeque }

/// Whether items stand at these places of a list that is so long: at least one, in ascending order.
fn removable(places: &[u64], length: usize) -> Option<()> {
    let ascending = places.windows(2).all(|pair| pair[0] < pair[1]);
    // A change that removes nothing is none: it would cost a walk along the list.
    (ascending && *places.last()? < length as u64).then_some(())
}

impl<T> Sparse<T> {
    fn thin(&mut self, places: &[u64]) -> Option<()> {
        removable(places, self.len())?;
        self.remove(places)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sparse::tests::WORK;
    use super::*;

    /// What many changes cost, in steps along the list or in the tree over it, of which each is as cheap as the other.
    fn cost<C: Container<Removed = Vec<u64>>>(list: &mut C, removals: impl Iterator<Item = Vec<u64>>) -> u64 {
        let before = WORK.get();
        list.change(&mut removals.map(|places| Ok(Change::Remove(places)))).expect("the places are there");
        WORK.get() - before
    }

    #[test]
    fn many_removals_cost_a_walk_along_the_list_and_not_one_each() {
        for length in [1_u64 << 10, 1 << 17] {
            let all = || 0..u32::try_from(length).expect("it is small");
            let bound = 4 * length * u64::from(length.ilog2());
            let (mut list, mut queue) = (all().collect::<Vec<_>>(), all().collect::<VecDeque<_>>());
            let from_front = cost(&mut list, (0..length).map(|_| vec![0]));
            let from_back = cost(&mut queue, (0..length).rev().map(|place| vec![place]));
            assert!(list.is_empty() && queue.is_empty());
            assert!(
                from_front <= bound && from_back <= bound,
                "{from_front} and {from_back} steps for {length} removals"
            );

            let mut list: Vec<u32> = all().collect();
            let (low, high) = (length / 4, length / 4 + 1);
            let inner = cost(&mut list, (0..length / 4).map(|_| vec![low, high]));
            assert_eq!(list.len() as u64, length / 2);
            assert!(inner <= bound, "{inner} steps for {length} removals in pairs");
        }
    }

    #[test]
    fn one_removal_costs_the_walk_alone() {
        let mut list: Vec<u32> = (0..10_000).collect();
        assert_eq!(cost(&mut list, std::iter::once((0..5_000).map(|half| 2 * half).collect())), 10_000);
        assert!(list.iter().all(|item| item % 2 == 1));
    }

    #[test]
    fn changes_are_taken_in_one_after_the_other_whatever_was_removed_before() {
        let mut list = vec![10, 11, 12, 13, 14];
        let changes = [
            Change::Remove(vec![1, 3]),
            Change::Put(1, 22),
            Change::Remove(vec![0]),
            Change::Add(vec![15, 16]),
            Change::Put(3, 26),
            Change::Remove(vec![1]),
        ];
        list.change(&mut changes.into_iter().map(Ok)).expect("the places are there");
        assert_eq!(list, [22, 15, 26]);
    }

    #[test]
    fn places_that_are_not_there_are_refused_whatever_was_removed_before() {
        for before in [0, 1, 2] {
            for wrong in [vec![], vec![3], vec![0, 3], vec![1, 0], vec![1, 1], vec![u64::MAX]] {
                let mut list: Vec<u32> = (0..3 + before).collect();
                let removals = (0..before).map(|_| vec![0]).chain([wrong.clone()]);
                let changed = list.change(&mut removals.map(|places| Ok(Change::Remove(places))));
                assert_eq!(changed, Err(elsewhere()), "{wrong:?} after {before}");
            }
        }
    }
}
