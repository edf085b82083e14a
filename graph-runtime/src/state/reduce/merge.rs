//! `#[reduce(merge)]`.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, Hash};

/// A map or a set that takes more entries; an entry whose key is there replaces it.
#[diagnostic::on_unimplemented(
    message = "`#[reduce(merge)]` works on `BTreeMap`, `HashMap`, `BTreeSet` and `HashSet`, not on `{Self}`",
    label = "neither a map nor a set",
    note = "`#[reduce(with = path)]` takes an `fn(&mut {Self}, {Self})` of your own"
)]
pub trait Merge: Sized {
    /// One entry: key and value of a map, element of a set.
    type Item;

    /// What tells entries apart.
    type Key;

    /// Inserts the entries, in their order.
    fn merge(&mut self, entries: Vec<Self::Item>);

    /// Removes the entries with these keys; a key that is not there is no error.
    fn remove(&mut self, keys: Vec<Self::Key>);
}

#[diagnostic::do_not_recommend]
impl<K: Ord, V> Merge for BTreeMap<K, V> {
    type Item = (K, V);
    type Key = K;

    fn merge(&mut self, entries: Vec<(K, V)>) {
        self.extend(entries);
    }

    fn remove(&mut self, keys: Vec<K>) {
        for key in keys {
            BTreeMap::remove(self, &key);
        }
    }
}

#[diagnostic::do_not_recommend]
impl<K: Eq + Hash, V, H: BuildHasher> Merge for HashMap<K, V, H> {
    type Item = (K, V);
    type Key = K;

    fn merge(&mut self, entries: Vec<(K, V)>) {
        self.extend(entries);
    }

    fn remove(&mut self, keys: Vec<K>) {
        for key in keys {
            HashMap::remove(self, &key);
        }
    }
}

// `Extend` keeps the old element of a set where `Eq` says that the new one is equal; a map keeps the old key. Both are
// equal in everything that the collection looks at.
#[diagnostic::do_not_recommend]
impl<T: Ord> Merge for BTreeSet<T> {
    type Item = T;
    type Key = T;

    fn merge(&mut self, entries: Vec<T>) {
        self.extend(entries);
    }

    fn remove(&mut self, keys: Vec<T>) {
        for key in keys {
            BTreeSet::remove(self, &key);
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Eq + Hash, H: BuildHasher> Merge for HashSet<T, H> {
    type Item = T;
    type Key = T;

    fn merge(&mut self, entries: Vec<T>) {
        self.extend(entries);
    }

    fn remove(&mut self, keys: Vec<T>) {
        for key in keys {
            HashSet::remove(self, &key);
        }
    }
}
