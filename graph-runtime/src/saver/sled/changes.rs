//! What one commit changes, in order.

use ::sled::{Batch, IVec};

/// Keys with their new values, or without one to remove.
#[derive(Debug, Default)]
pub(super) struct Changes(Vec<(IVec, Option<IVec>)>);

impl Changes {
    pub(super) fn put(&mut self, key: impl Into<IVec>, value: impl Into<IVec>) {
        self.0.push((key.into(), Some(value.into())));
    }

    pub(super) fn remove(&mut self, key: impl Into<IVec>) {
        self.0.push((key.into(), None));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl IntoIterator for Changes {
    type Item = (IVec, Option<IVec>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Of two changes to one key, the later one holds.
impl From<Changes> for Batch {
    fn from(changes: Changes) -> Batch {
        let mut batch = Batch::default();
        for (key, value) in changes {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        batch
    }
}
