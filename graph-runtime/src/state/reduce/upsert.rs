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

    /// Puts each item in the place of the one with the same key, and tells the place, or at the end if there is none.
    fn upsert<K: PartialEq>(&mut self, items: Vec<Self::Item>, key: fn(&Self::Item) -> &K, replaced: impl FnMut(usize));

    /// Removes the items with these keys, and tells the places that they had; a key that is not there is no error.
    fn remove<K: PartialEq>(&mut self, keys: Vec<K>, key: fn(&Self::Item) -> &K, removed: impl FnMut(usize));
}

#[diagnostic::do_not_recommend]
impl<T> Upsert for Vec<T> {
    type Item = T;

    fn upsert<K: PartialEq>(&mut self, items: Vec<T>, key: fn(&T) -> &K, mut replaced: impl FnMut(usize)) {
        for item in items {
            match self.iter_mut().enumerate().find(|(_, old)| key(old) == key(&item)) {
                Some((place, old)) => {
                    *old = item;
                    replaced(place);
                }
                None => self.push(item),
            }
        }
    }

    fn remove<K: PartialEq>(&mut self, keys: Vec<K>, key: fn(&T) -> &K, mut removed: impl FnMut(usize)) {
        let mut places = 0..;
        self.retain(|item| {
            let (place, goes) = (places.next(), keys.contains(key(item)));
            place.filter(|_| goes).into_iter().for_each(&mut removed);
            !goes
        });
    }
}
