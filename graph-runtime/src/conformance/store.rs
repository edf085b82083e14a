//! The store under test.

use super::difference::{Difference, Verdict, refused, same};
use super::sample::{append, whole};
use crate::{Append, Checkpointer, Commit, Deliver, Prune, PutPending, StoreError, StoreId, ThreadKey};
use std::future::Future;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::Arc;

/// A boxed future that stays on its thread: what opens a store need not cross threads.
pub(super) type Local<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Opens the store with a name.
pub(super) type Open<'a> = &'a dyn Fn(String) -> Local<'a, Result<Arc<dyn Checkpointer>, StoreError>>;

/// An open store.
pub(super) struct Store<'a> {
    pub(super) saver: Arc<dyn Checkpointer>,
    name: String,
    open: Open<'a>,
}

/// The calls of the trait, as the cases make them.
impl<'a> Store<'a> {
    pub(super) async fn open(open: Open<'a>, name: String) -> Result<Store<'a>, Difference> {
        let saver = open(name.clone()).await.map_err(|error| refused("opening the store", &error))?;
        Ok(Store { saver, name, open })
    }

    /// Drops the last handle and opens the store again.
    pub(super) async fn reopen(self) -> Result<Store<'a>, Difference> {
        let Store { saver, name, open } = self;
        drop(saver);
        Store::open(open, name).await
    }

    /// A second store.
    pub(super) async fn other(&self) -> Result<Store<'a>, Difference> {
        Store::open(self.open, format!("{}_other", self.name)).await
    }

    pub(super) fn saver(&self) -> &dyn Checkpointer {
        &*self.saver
    }

    pub(super) fn id(&self) -> StoreId {
        self.saver.store_id()
    }

    pub(super) async fn append(&self, append: Append) -> Verdict {
        let number = append.head.checkpoint;
        self.saver.append(append).await.map_err(|error| refused(format_args!("the append of {number}"), &error))
    }

    pub(super) async fn put(&self, entry: PutPending) -> Verdict {
        let name = entry.name.clone();
        self.saver.put_pending(entry).await.map_err(|error| refused(format_args!("putting the entry {name:?}"), &error))
    }

    /// Delivers; `new` is what the store has to answer.
    pub(super) async fn deliver(&self, delivery: Deliver, new: bool) -> Verdict {
        let name = delivery.name.clone();
        let answer = self.saver.deliver(delivery).await;
        let answer = answer.map_err(|error| refused(format_args!("delivering {name:?}"), &error))?;
        same(format_args!("whether the delivery of {name:?} is new"), &answer, &new)
    }

    pub(super) async fn delete(&self, thread: &ThreadKey) -> Verdict {
        self.saver.delete(thread).await.map_err(|error| refused("the delete", &error))
    }

    pub(super) async fn prune(&self, prune: Prune) -> Verdict {
        self.saver.prune(prune).await.map_err(|error| refused("the prune", &error))
    }

    pub(super) async fn flush(&self) -> Verdict {
        self.saver.flush().await.map_err(|error| refused("the flush", &error))
    }

    /// Appends numbers, the last one synced.
    pub(super) async fn write(&self, thread: &ThreadKey, numbers: RangeInclusive<u64>, bytes: usize) -> Verdict {
        let last = *numbers.end();
        for number in numbers {
            let commit = if number == last { Commit::Synced } else { Commit::Written };
            self.append(Append { commit, ..append(thread, number, bytes) }).await?;
        }
        Ok(())
    }

    /// Writes everything that a thread can own.
    pub(super) async fn write_whole(&self, thread: &ThreadKey) -> Verdict {
        let (appends, entries, delivery) = whole(thread);
        for append in appends {
            self.append(append).await?;
        }
        for entry in entries {
            self.put(entry).await?;
        }
        self.deliver(delivery, true).await
    }
}
