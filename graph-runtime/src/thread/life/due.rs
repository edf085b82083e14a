//! When something of a graph is due.

use crate::graph::Shared;
use crate::thread::life::list::PAGE;
use crate::thread::run::lease;
use crate::thread::stored::{ThreadStore, named};
use crate::{Definition, Error, Head, Status, StoreError, ThreadKey};
use std::sync::Arc;

/// When the first thread of a graph has something to do by itself, in milliseconds since the Unix epoch.
pub(crate) async fn next_due<G: Definition>(shared: &Arc<Shared<G>>) -> Result<Option<u64>, Error> {
    let mut first = None;
    for graph in named::names(shared) {
        let mut after = None;
        loop {
            let page = shared.persistence.store.threads(&graph, after.as_ref(), PAGE).await?;
            let last = page.len() < PAGE;
            for (id, head) in page {
                let key = ThreadKey { graph: Arc::clone(&graph), thread: id };
                let due = due(shared, &key, head).await?;
                first = first.into_iter().chain(due).min();
                after = Some(key.thread);
            }
            if last {
                break;
            }
        }
    }
    Ok(first)
}

async fn due<G: Definition>(shared: &Arc<Shared<G>>, key: &ThreadKey, head: Head) -> Result<Option<u64>, Error> {
    match head.status {
        Status::Paused => Ok(head.due),
        Status::Running | Status::Replied => {
            let thread = ThreadStore::of(Arc::clone(shared), key.clone());
            match thread.next_attempt().await {
                // `recover` tells of it.
                Err(Error::Corrupt { .. } | Error::Incompatible { .. } | Error::Store(StoreError::Corrupt { .. })) => {
                    Ok(None)
                }
                due => due,
            }
        }
        _ => Ok(None),
    }
}

impl<G: Definition> ThreadStore<G> {
    /// When the first of the retries that wait may begin.
    async fn next_attempt(&self) -> Result<Option<u64>, Error> {
        // A run of this process waits by itself.
        if lease::running(self.store.store_id(), &self.key).is_some() {
            return Ok(None);
        }
        let Some(stored) = self.newest().await? else {
            return Ok(None);
        };
        let entries = stored.entries().await?;
        stored.next_attempt(&entries)
    }
}
