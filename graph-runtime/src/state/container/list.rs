//! `Vec` and `VecDeque`.

use super::{Container, Items};
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
                let ascending = removed.windows(2).all(|pair| pair[0] < pair[1]);
                let within = removed.last().is_none_or(|last| *last < self.len() as u64);
                // Every change takes a walk along the list, so one that removes nothing is none.
                (ascending && within && !removed.is_empty()).then_some(())?;
                let mut removed = removed.into_iter().peekable();
                let mut place = 0;
                self.retain(|_| {
                    let goes = removed.next_if_eq(&place).is_some();
                    place += 1;
                    !goes
                });
                Some(())
            }
        }
    };
}

list! { Vec }
list! { VecDeque }
