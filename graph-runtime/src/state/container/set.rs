//! `BTreeSet` and `HashSet`.

use super::Container;
use crate::state::column::Storable;
use crate::state::reduce::Merge;
use crate::state::update::NoKey;
use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher, Hash};

// impl Container for BTreeSet<T>: a piece is some elements, or those that are gone.
macro_rules! set {
    ($($set:ident<T $(, $hasher:ident)?> where $($key:ident)+;)*) => { $(
        impl<T, $($hasher)?> Container for $set<T, $($hasher)?>
        where
            T: Storable + 'static $(+ $key)+,
            $($hasher: BuildHasher + 'static,)?
        {
            const SHAPE: &'static str = "set";
            const KEYED: bool = true;

            type Added = Vec<T>;
            type Item = NoKey;
            type Removed = Vec<T>;

            fn places(&self) -> usize {
                0
            }

            fn tail(&self, _: usize) -> impl serde::Serialize {}

            fn item(&self, _: usize) -> Option<&NoKey> {
                None
            }

            fn add(&mut self, added: Vec<T>) {
                Merge::merge(self, added);
            }

            fn put(&mut self, _: usize, _: NoKey) -> Option<()> {
                None
            }

            fn remove(&mut self, removed: Vec<T>) -> Option<()> {
                Merge::remove(self, removed);
                Some(())
            }
        }
    )* };
}

set! {
    BTreeSet<T> where Ord;
    HashSet<T, H> where Eq Hash;
}
