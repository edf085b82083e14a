//! The name of the graph under which a thread is stored: of a graph that was renamed, the one that the thread was started
//! under.

use crate::graph::Shared;
use crate::thread::run::lease::Lease;
use crate::thread::stored::ThreadStore;
use crate::{Definition, Error, ThreadId, ThreadKey};
use std::sync::Arc;

/// The names that a thread of this graph may be stored under, that of new ones first.
pub(in crate::thread) fn names<G: Definition>(shared: &Shared<G>) -> impl Iterator<Item = Arc<str>> + use<G> {
    std::iter::once(Arc::clone(&shared.name)).chain(G::FORMER_NAMES.iter().map(|former| Arc::from(*former)))
}

/// The keys that a thread of this graph may be stored under.
pub(in crate::thread) fn keys<G: Definition>(
    shared: &Shared<G>,
    id: &ThreadId,
) -> impl Iterator<Item = ThreadKey> + use<G> {
    let id = id.clone();
    names(shared).map(move |graph| ThreadKey { graph, thread: id.clone() })
}

impl<G: Definition> ThreadStore<G> {
    /// The thread under the name that it is stored under. Of a graph that always had its name, nothing is read.
    ///
    /// # Errors
    ///
    /// [`Error::TwoNames`] if there is one under two names: nobody but the user knows which is the one.
    pub(in crate::thread) async fn found(mut self) -> Result<Self, Error> {
        if G::FORMER_NAMES.is_empty() {
            return Ok(self);
        }
        let mut found = None::<ThreadKey>;
        for key in keys(&self.shared, &self.key.thread) {
            if self.store.head(&key).await.map_err(|error| self.failed(error))?.is_none() {
                continue;
            }
            if let Some(first) = found.replace(key.clone()) {
                let names = [first.graph, key.graph].map(|name| name.to_string());
                return Err(Error::TwoNames { thread: key.thread, names });
            }
        }
        if let Some(found) = found {
            self.key = found;
        }
        Ok(self)
    }

    /// Whether no thread of this id is stored under another name of the graph. Of a graph that always had its name, nothing
    /// is read.
    ///
    /// Whoever begins a thread looks once it has the lease: one that was [found](ThreadStore::found) nowhere before may have
    /// been imported since, under a former name. In this process the leases of all names keep it so until the thread has
    /// begun. Another process, on a store of its user's own, is not kept: the store compares the heads of one name, and what
    /// came of a look at another one is stale by then. `guide::evolution` says what such a store can do.
    pub(in crate::thread) async fn alone(&self) -> Result<bool, Error> {
        if G::FORMER_NAMES.is_empty() {
            return Ok(true);
        }
        for key in keys(&self.shared, &self.key.thread).filter(|key| *key != self.key) {
            if self.store.head(&key).await.map_err(|error| self.failed(error))?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The right to run the thread in this process, whatever name of the graph it is stored under.
    pub(in crate::thread) fn leases(&self) -> Result<Vec<Lease>, Error> {
        let store = self.store.store_id();
        let busy = || Error::Busy { thread: self.key.thread.clone() };
        keys(&self.shared, &self.key.thread).map(|key| Lease::take(store, &key).ok_or_else(busy)).collect()
    }
}
