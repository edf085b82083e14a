//! What one commit changes, in order.

/// Keys with their new values, or without one to remove. Of two changes to one key, the later one holds.
#[derive(Debug)]
pub(in crate::saver) struct Changes<B>(Vec<(B, Option<B>)>);

impl<B> Changes<B> {
    pub(in crate::saver) fn put(&mut self, key: impl Into<B>, value: impl Into<B>) {
        self.0.push((key.into(), Some(value.into())));
    }

    pub(super) fn remove(&mut self, key: impl Into<B>) {
        self.0.push((key.into(), None));
    }

    pub(in crate::saver) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<B> Default for Changes<B> {
    fn default() -> Changes<B> {
        Changes(Vec::new())
    }
}

impl<B> IntoIterator for Changes<B> {
    type Item = (B, Option<B>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
