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

    /// [`upsert`](Upsert::upsert), which tells the places of the items that were replaced; `None` if it cannot tell.
    #[doc(hidden)]
    fn upsert_telling<K: PartialEq>(
        &mut self,
        items: Vec<Self::Item>,
        key: fn(&Self::Item) -> &K,
    ) -> Option<Vec<usize>> {
        self.upsert(items, key);
        None
    }

    /// [`remove`](Upsert::remove), which tells the places that the removed items had; `None` if it cannot tell.
    #[doc(hidden)]
    fn remove_telling<K: PartialEq>(&mut self, keys: Vec<K>, key: fn(&Self::Item) -> &K) -> Option<Vec<usize>> {
        self.remove(keys, key);
        None
    }
}

#[diagnostic::do_not_recommend]
impl<T> Upsert for Vec<T> {
    type Item = T;

    fn upsert<K: PartialEq>(&mut self, items: Vec<T>, key: fn(&T) -> &K) {
        upsert(self, items, key, |_| {});
    }

    fn remove<K: PartialEq>(&mut self, keys: Vec<K>, key: fn(&T) -> &K) {
        self.retain(|item| !keys.contains(key(item)));
    }

    fn upsert_telling<K: PartialEq>(&mut self, items: Vec<T>, key: fn(&T) -> &K) -> Option<Vec<usize>> {
        let mut replaced = Vec::new();
        upsert(self, items, key, |place| replaced.push(place));
        Some(replaced)
    }

    fn remove_telling<K: PartialEq>(&mut self, keys: Vec<K>, key: fn(&T) -> &K) -> Option<Vec<usize>> {
        let (mut removed, mut place) = (Vec::new(), 0);
        self.retain(|item| {
            let goes = keys.contains(key(item));
            if goes {
                removed.push(place);
            }
            place += 1;
            !goes
        });
        Some(removed)
    }
}

/// Puts the items into the list, and tells each place where one stood already.
fn upsert<T, K: PartialEq>(list: &mut Vec<T>, items: Vec<T>, key: fn(&T) -> &K, mut replaced: impl FnMut(usize)) {
    for item in items {
        match list.iter_mut().enumerate().find(|(_, old)| key(old) == key(&item)) {
            Some((place, old)) => {
                *old = item;
                replaced(place);
            }
            None => list.push(item),
        }
    }
}
