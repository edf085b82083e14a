//! `#[reduce(upsert(by = field))]`.

/// A list whose items have a key.
#[diagnostic::on_unimplemented(
    message = "`#[reduce(upsert(…))]` works on `Vec`, not on `{Self}`",
    label = "not a `Vec`",
    note = "`#[reduce(merge)]` works on maps, where the key stands beside the value"
)]
pub trait Upsert: Sized {
    /// One item.
    type Item;

    /// Puts each item in the place of the one with the same key, or at the end if there is none.
    fn upsert<K: PartialEq>(&mut self, items: Vec<Self::Item>, key: fn(&Self::Item) -> &K);

    /// Removes the items with these keys; a key that is not there is no error.
    fn remove<K: PartialEq>(&mut self, keys: Vec<K>, key: fn(&Self::Item) -> &K);
}

#[diagnostic::do_not_recommend]
impl<T> Upsert for Vec<T> {
    type Item = T;

    fn upsert<K: PartialEq>(&mut self, items: Vec<T>, key: fn(&T) -> &K) {
        for item in items {
            match self.iter_mut().find(|old| key(old) == key(&item)) {
                Some(old) => *old = item,
                None => self.push(item),
            }
        }
    }

    fn remove<K: PartialEq>(&mut self, keys: Vec<K>, key: fn(&T) -> &K) {
        self.retain(|item| !keys.contains(key(item)));
    }
}
