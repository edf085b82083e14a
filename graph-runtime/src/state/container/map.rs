//! `BTreeMap` and `HashMap`.

use super::Container;
use crate::state::column::Storable;
use crate::state::reduce::Merge;
use crate::state::update::NoKey;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

// impl Container for BTreeMap<K, V>: a piece is some entries, or some keys without theirs.
macro_rules! map {
    ($($map:ident<K, V $(, $hasher:ident)?> where $($key:ident)+;)*) => { $(
        impl<K, V, $($hasher)?> Container for $map<K, V, $($hasher)?>
        where
            K: Storable + 'static $(+ $key)+,
            V: Storable + 'static,
            $($hasher: BuildHasher + 'static,)?
        {
            const SHAPE: &'static str = "map";
            const KEYED: bool = true;

            type Added = Vec<(K, V)>;
            type Item = NoKey;
            type Removed = Vec<K>;

            fn places(&self) -> usize {
                0
            }

            fn tail(&self, _: usize) -> impl serde::Serialize {}

            fn item(&self, _: usize) -> Option<&NoKey> {
                None
            }

            fn add(&mut self, added: Vec<(K, V)>) {
                Merge::merge(self, added);
            }

            fn put(&mut self, _: usize, _: NoKey) -> Option<()> {
                None
            }

            fn remove(&mut self, removed: Vec<K>) -> Option<()> {
                Merge::remove(self, removed);
                Some(())
            }
        }
    )* };
}

map! {
    BTreeMap<K, V> where Ord;
    HashMap<K, V, H> where Eq Hash;
}
