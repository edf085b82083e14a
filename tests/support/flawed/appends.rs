//! Appends, and entries beside a head.

use super::Flawed;
use crate::flaw::Flaw;
use futures_lite::future::yield_now;
use graph_runtime::{Append, Checkpointer, Commit, PutPending, Status, StoreError};
use std::sync::PoisonError;

impl Flawed {
    pub(super) async fn settle(&self) -> Result<(), StoreError> {
        let late = std::mem::take(&mut *self.late.lock().unwrap_or_else(PoisonError::into_inner));
        for append in late {
            self.store.append(append).await?;
        }
        Ok(())
    }

    pub(super) fn hold(&self, append: Append) {
        self.late.lock().unwrap_or_else(PoisonError::into_inner).push(append);
    }

    pub(super) async fn append_flawed(&self, mut append: Append) -> Result<(), StoreError> {
        append.thread = self.key(&append.thread);
        let at = self.store.head(&append.thread).await?.map(|head| (head.checkpoint, head.hash));
        let known = match &append.request {
            Some(request) => self.store.request(&append.thread, request).await?.is_some(),
            None => false,
        };
        append.request = append.request.map(|request| self.request_name(&request));
        match self.flaw {
            Flaw::IgnoresTheHead => append.expected = at,
            Flaw::IgnoresTheHash if at.map(|at| at.0) == append.expected.map(|at| at.0) => append.expected = at,
            Flaw::ComparesTooEarly if at == append.expected => {
                yield_now().await;
                append.expected = self.store.head(&append.thread).await?.map(|head| (head.checkpoint, head.hash));
            }
            Flaw::StoresWhatItRefuses if at.is_none() => append.expected = None,
            Flaw::CutsRecords => append.record.truncate(65_535),
            Flaw::ForgetsRequests => append.request = None,
            Flaw::ForgetsWhenDue => append.head.due = None,
            Flaw::AppendsAsleep if append.head.status == Status::Paused => {
                if let Some(expected) = append.expected {
                    let (thread, name, bytes) = (append.thread.clone(), "p".to_owned(), Vec::new());
                    let (status, commit) = (Some((Status::Running, 1)), Commit::Written);
                    self.store.put_pending(PutPending { thread, expected, name, bytes, status, commit }).await?;
                }
            }
            Flaw::KeepsTheFirstRequest if known => append.request = None,
            Flaw::HidesWrittenAppends => {
                self.settle().await?;
                if append.commit == Commit::Written {
                    self.hold(append);
                    return Ok(());
                }
            }
            Flaw::StoresDroppedAppends => {
                self.hold(append);
                yield_now().await;
                return self.settle().await;
            }
            _ => {}
        }
        self.store.append(append).await
    }

    pub(super) async fn put_flawed(&self, mut entry: PutPending) -> Result<(), StoreError> {
        entry.thread = self.key(&entry.thread);
        let head = self.store.head(&entry.thread).await?;
        let beside = self.store.pending(&entry.thread, entry.expected.0).await?;
        match self.flaw {
            Flaw::ForgetsEntries => return Ok(()),
            Flaw::KeepsTheFirstEntry if beside.iter().any(|(name, _)| *name == entry.name) => return Ok(()),
            Flaw::EntriesBesideAnyHead => match head {
                Some(head) => entry.expected = (head.checkpoint, head.hash),
                None => return Ok(()),
            },
            Flaw::KeepsTheStatus => entry.status = None,
            Flaw::FallsAsleep if matches!(entry.status, Some((Status::Paused, _))) => {
                let awake = PutPending { status: Some((Status::Running, 1)), ..entry.clone() };
                self.store.put_pending(awake).await?;
            }
            Flaw::InventsAStatus => entry.status = entry.status.or(Some((Status::Finished, 1))),
            _ => {}
        }
        self.store.put_pending(entry).await
    }
}
