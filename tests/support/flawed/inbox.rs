//! What is delivered to threads.

use super::Flawed;
use crate::flaw::Flaw;
use futures_lite::future::yield_now;
use graph_runtime::{Checkpointer, Commit, Deliver, PutPending, Status, StoreError, ThreadKey};
use std::sync::PoisonError;

impl Flawed {
    /// The name under which this store keeps a delivery.
    pub(super) fn delivery_name(&self, name: &str) -> String {
        if self.is(Flaw::FoldsDeliveries) { name.to_lowercase() } else { name.to_owned() }
    }

    pub(super) async fn deliver_flawed(&self, mut delivery: Deliver) -> Result<bool, StoreError> {
        delivery.thread = self.key(&delivery.thread);
        let given = std::mem::take(&mut delivery.name);
        delivery.name = self.delivery_name(&given);
        let thread = delivery.thread.clone();
        let head = self.store.head(&thread).await?;
        let there = self.store.delivered(&thread, &delivery.name).await?.is_some();
        let beside = |name, bytes, status| PutPending {
            thread: thread.clone(),
            expected: delivery.expected,
            name,
            bytes,
            status,
            commit: Commit::Synced,
        };
        match self.flaw {
            Flaw::ForgetsDeliveries => return Ok(true),
            // The memory saver does not replace what is there, so the new bytes lie beside the head.
            Flaw::ReplacesDeliveries if there => {
                let replaced = beside(format!("replaced {given}"), delivery.bytes, None);
                self.store.put_pending(replaced).await?;
                return Ok(false);
            }
            Flaw::ClaimsDeliveries => return self.store.deliver(delivery).await.map(|_| true),
            Flaw::DeliversOnAnyHead => match head {
                Some(head) => delivery.expected = (head.checkpoint, head.hash),
                None => return Ok(true),
            },
            Flaw::DeliversBeforeItCompares if there => return Ok(false),
            Flaw::DeliversBesideTheHead => {
                let entry = beside(given, delivery.bytes, delivery.status);
                return self.store.put_pending(entry).await.map(|()| !there);
            }
            Flaw::DeliversTheStatusAgain if there && delivery.status.is_some() => {
                let told = beside("told".to_owned(), Vec::new(), delivery.status);
                return self.store.put_pending(told).await.map(|()| false);
            }
            Flaw::DeliversWithoutTheStatus => delivery.status = None,
            Flaw::DeliversWithAStatus => delivery.status = delivery.status.or(Some((Status::Running, 1))),
            Flaw::CutsDeliveries => delivery.bytes.truncate(65_535),
            Flaw::DeliversTwice if !there => {
                yield_now().await;
                return self.store.deliver(delivery).await.map(|_| true);
            }
            _ => {}
        }
        self.store.deliver(delivery).await
    }

    pub(super) async fn delivered_flawed(&self, thread: &ThreadKey, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let thread = self.key(thread);
        let found = self.store.delivered(&thread, &self.delivery_name(name)).await?;
        let Some(head) = self.store.head(&thread).await? else {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            return Ok(kept.get(&(thread, name.to_owned())).cloned().or(found));
        };
        let beside = match self.flaw {
            Flaw::ReplacesDeliveries => format!("replaced {name}"),
            Flaw::DeliversBesideTheHead => name.to_owned(),
            _ => return Ok(found),
        };
        let entries = self.store.pending(&thread, head.checkpoint).await?;
        Ok(entries.into_iter().find(|(name, _)| *name == beside).map(|(_, bytes)| bytes).or(found))
    }

    pub(super) async fn deliveries_flawed(
        &self,
        thread: &ThreadKey,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let thread = self.key(thread);
        let limit = if self.is(Flaw::IgnoresTheLimitOfDeliveries) { usize::MAX } else { limit };
        let mut page = self.store.deliveries(&thread, after, limit).await?;
        if let Some(after) = after.filter(|_| self.is(Flaw::ListsTheDeliveryBefore))
            && let Some(bytes) = self.store.delivered(&thread, after).await?
        {
            page.insert(0, (after.to_owned(), bytes));
            page.truncate(limit);
        }
        Ok(page)
    }
}
