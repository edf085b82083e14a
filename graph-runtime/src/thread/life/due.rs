//! When something of a graph is due.

use crate::graph::Shared;
use crate::thread::life::list::PAGE;
use crate::thread::run::lease;
use crate::thread::stored::ThreadStore;
use crate::{Definition, Error, Head, Status, StoreError, ThreadId};
use std::sync::Arc;

/// When the first thread of a graph has something to do by itself, in milliseconds since the Unix epoch.
pub(crate) async fn next_due<G: Definition>(shared: &Arc<Shared<G>>) -> Result<Option<u64>, Error> {
    let (mut first, mut after) = (None, None);
    loop {
        let page = shared.persistence.store.threads(&shared.name, after.as_ref(), PAGE).await?;
        let last = page.len() < PAGE;
        for (id, head) in page {
            let due = due(shared, &id, head).await?;
            first = first.into_iter().chain(due).min();
            after = Some(id);
        }
        if last {
            return Ok(first);
        }
    }
}

async fn due<G: Definition>(shared: &Arc<Shared<G>>, id: &ThreadId, head: Head) -> Result<Option<u64>, Error> {
    match head.status {
        Status::Paused => Ok(head.due),
        Status::Running | Status::Replied => {
            let thread = ThreadStore::new(Arc::clone(shared), id.clone());
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
