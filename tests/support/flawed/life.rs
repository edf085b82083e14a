//! What becomes of old records and of threads, and which threads there are.

use super::Flawed;
use crate::flaw::Flaw;
use graph_runtime::{
    Append, CheckpointId, Checkpointer, Commit, Head, Prune, RecordHash, StoreError, ThreadId, ThreadKey,
};
use std::sync::PoisonError;

impl Flawed {
    pub(super) async fn prune_flawed(&self, mut prune: Prune) -> Result<(), StoreError> {
        prune.thread = self.key(&prune.thread);
        let thread = prune.thread.clone();
        let head = self.store.head(&thread).await?;
        match self.flaw {
            Flaw::KeepsPruned => prune.remove.clear(),
            Flaw::KeepsPrunedEntries => {
                for id in &prune.remove {
                    let beside = self.store.pending(&thread, *id).await?;
                    prune.entries.extend(beside.into_iter().map(|(name, bytes)| (*id, name, bytes)));
                }
            }
            Flaw::PrunesWithoutAWord => prune.entries.clear(),
            Flaw::PrunesOnAnyHead => match head {
                Some(head) => prune.expected = (head.checkpoint, head.hash),
                None => return Ok(()),
            },
            Flaw::PrunesTheHead if prune.remove.contains(&prune.expected.0) => self.hide(&thread, "pruned"),
            Flaw::PrunesAllBefore => {
                let newest = prune.remove.iter().max().map_or(0, |id| id.0).min(prune.expected.0.0);
                prune.remove = (1..=newest).map(CheckpointId).collect();
            }
            Flaw::PrunesRequests => self.hide(&thread, "request"),
            Flaw::PruneMovesTheHead => {
                let told = Head { hash: RecordHash::default(), ..head.ok_or(StoreError::Conflict { head: None })? };
                self.store.prune(prune.clone()).await?;
                let record = self.store.get(&thread, told.checkpoint).await?.unwrap_or_default();
                let (expected, commit) = (Some(prune.expected), Commit::Synced);
                return self.store.append(Append { thread, expected, head: told, record, request: None, commit }).await;
            }
            _ => {}
        }
        self.store.prune(prune).await
    }

    /// Notes what this store no longer shows of a thread.
    pub(super) fn hide(&self, thread: &ThreadKey, what: &str) {
        let hidden = (thread.clone(), what.to_owned());
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(hidden, Vec::new());
    }

    pub(super) fn hides(&self, thread: &ThreadKey, what: &str) -> bool {
        let hidden = (thread.clone(), what.to_owned());
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&hidden)
    }

    pub(super) async fn delete_flawed(&self, thread: ThreadKey) -> Result<(), StoreError> {
        match self.flaw {
            Flaw::KeepsDeleted => return Ok(()),
            Flaw::KeepsDeliveries => {
                let delivered = self.store.deliveries(&thread, None, usize::MAX).await?;
                let delivered = delivered.into_iter().map(|(name, bytes)| ((thread.clone(), name), bytes));
                self.kept.lock().unwrap_or_else(PoisonError::into_inner).extend(delivered);
            }
            Flaw::RefusesToDeleteNothing if self.store.head(&thread).await?.is_none() => {
                return Err(StoreError::Failed { reason: "no such thread".to_owned() });
            }
            Flaw::DeletesNeighbours => {
                for (id, _) in self.store.threads(&thread.graph, None, usize::MAX).await? {
                    if id.as_str().starts_with(thread.thread.as_str()) {
                        self.store.delete(&ThreadKey { graph: thread.graph.clone(), thread: id }).await?;
                    }
                }
            }
            _ => {}
        }
        self.store.delete(&thread).await
    }

    pub(super) async fn threads_flawed(
        &self,
        graph: &str,
        after: Option<&ThreadId>,
        limit: usize,
    ) -> Result<Vec<(ThreadId, Head)>, StoreError> {
        let graph = if matches!(self.flaw, Flaw::MixesGraphs | Flaw::JoinsNames) { "" } else { graph };
        let limit = if self.is(Flaw::IgnoresTheLimitOfThreads) { usize::MAX } else { limit };
        let all = self.store.threads(graph, None, usize::MAX).await?;
        let start = all.iter().find(|(id, _)| Some(id) == after).filter(|_| limit > 0);
        if self.is(Flaw::NeedsTheStart) && after.is_some() && start.is_none() {
            return Ok(Vec::new());
        }
        let mut page = self.store.threads(graph, after, limit).await?;
        match self.flaw {
            Flaw::ThreadsBackwards => page.reverse(),
            Flaw::IncludesTheStart => page.splice(..0, start.cloned()).for_each(drop),
            Flaw::ListsAnotherHead => page.iter_mut().for_each(|(_, head)| head.updated = 0),
            _ => {}
        }
        Ok(page)
    }
}
