//! A store that fails when it is told to.

use graph_runtime::{CheckpointId, Checkpointer, Prune, StoreError, StoreFuture, StoreId, StoreLayer, ThreadKey};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Any store with faults before it.
///
/// A clone shares the faults and the store. It has an id of its own, so the engine takes it for the store as another
/// process sees it: its runs are not busy with the runs on the store itself.
#[derive(Clone)]
pub struct Faulty {
    store: Arc<dyn Checkpointer>,
    id: StoreId,
    plan: Arc<Plan>,
}

#[derive(Default)]
struct Plan {
    calls: AtomicU64,
    late: AtomicBool,
    fault: Mutex<Option<(u64, Fault)>>,
    meanwhile: Mutex<Option<(u64, Meanwhile)>>,
    pages: Mutex<Vec<(usize, usize)>>,
    damaged: Mutex<Option<CheckpointId>>,
    hidden: Mutex<Option<&'static str>>,
    prunes: Mutex<Vec<usize>>,
    prunes_refused: AtomicBool,
}

type Meanwhile = Box<dyn FnOnce() + Send>;

/// What a call answers instead of doing its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The head has moved.
    Conflict,
    /// The disk failed, and nothing was written.
    Failed,
    /// The disk failed, but everything was written.
    Lost,
    /// No space is left.
    Full,
    /// The record is too large.
    TooLarge,
    /// The store had failed before.
    Poisoned,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Fault; 6] =
        [Fault::Conflict, Fault::Failed, Fault::Lost, Fault::Full, Fault::TooLarge, Fault::Poisoned];

    /// The error that the fault shows as.
    #[must_use]
    pub fn error(self) -> StoreError {
        let reason = "told to fail".to_owned();
        match self {
            Fault::Conflict => StoreError::Conflict { head: None },
            Fault::Failed | Fault::Lost => StoreError::Failed { reason },
            Fault::Full => StoreError::Full { reason },
            Fault::TooLarge => StoreError::TooLarge { bytes: 2, limit: 1 },
            Fault::Poisoned => StoreError::Poisoned { reason },
        }
    }
}

impl Faulty {
    /// The store as another process sees it, without a fault yet.
    #[must_use]
    pub fn new(store: impl Checkpointer) -> Faulty {
        Faulty { store: Arc::new(store), id: StoreId::new(), plan: Arc::default() }
    }

    /// The store as this process sees it: its runs are busy with those on the store itself.
    #[must_use]
    pub fn within(store: impl Checkpointer) -> Faulty {
        Faulty { id: store.store_id(), ..Faulty::new(store) }
    }

    /// Makes every call wait, once before and once after its work.
    #[must_use]
    pub fn late(self) -> Faulty {
        self.plan.late.store(true, Ordering::SeqCst);
        self
    }

    /// Lets the call after so many others, and every later one, fail.
    pub fn fail_after(&self, calls: u64, fault: Fault) {
        self.plan.calls.store(0, Ordering::SeqCst);
        *self.plan.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some((calls, fault));
    }

    /// Ends the faults; returns whether a call has failed.
    pub fn heal(&self) -> bool {
        let fault = self.plan.fault.lock().unwrap_or_else(PoisonError::into_inner).take();
        fault.is_some_and(|(calls, _)| self.plan.calls.load(Ordering::SeqCst) > calls)
    }

    /// Lets something else happen after so many calls, before the next one.
    pub fn meanwhile(&self, calls: u64, meanwhile: impl FnOnce() + Send + 'static) {
        self.plan.calls.store(0, Ordering::SeqCst);
        *self.plan.meanwhile.lock().unwrap_or_else(PoisonError::into_inner) = Some((calls, Box::new(meanwhile)));
    }

    /// Lets the store find the record of one checkpoint damaged, whenever it reads it.
    pub fn damage(&self, id: CheckpointId) {
        *self.plan.damaged.lock().unwrap_or_else(PoisonError::into_inner) = Some(id);
    }

    /// Lets the store lose the entries of this name, whenever it reads what lies beside a checkpoint.
    pub fn hide(&self, entry: &'static str) {
        *self.plan.hidden.lock().unwrap_or_else(PoisonError::into_inner) = Some(entry);
    }

    fn whole(&self, mut ids: impl Iterator<Item = CheckpointId>) -> Result<(), StoreError> {
        let damaged = *self.plan.damaged.lock().unwrap_or_else(PoisonError::into_inner);
        let reason = "a value is not what was written".to_owned();
        if ids.any(|id| Some(id) == damaged) { Err(StoreError::Corrupt { reason }) } else { Ok(()) }
    }

    /// How many records, of how many bytes together, every range had since this was last asked.
    #[must_use]
    pub fn pages(&self) -> Vec<(usize, usize)> {
        std::mem::take(&mut *self.plan.pages.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many records every prune was to remove since this was last asked.
    #[must_use]
    pub fn prunes(&self) -> Vec<usize> {
        std::mem::take(&mut *self.plan.prunes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets every prune fail from now on, or no longer.
    pub fn refuse_prunes(&self, refuse: bool) {
        self.plan.prunes_refused.store(refuse, Ordering::SeqCst);
    }

    /// How many calls there were since the last fault was planned.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.plan.calls.load(Ordering::SeqCst)
    }

    fn fault(&self) -> Option<Fault> {
        let call = self.plan.calls.fetch_add(1, Ordering::SeqCst);
        let due = |waiting: &mut (u64, Meanwhile)| waiting.0 <= call;
        let meanwhile = self.plan.meanwhile.lock().unwrap_or_else(PoisonError::into_inner).take_if(due);
        if let Some((_, meanwhile)) = meanwhile {
            meanwhile();
        }
        let fault = *self.plan.fault.lock().unwrap_or_else(PoisonError::into_inner);
        fault.and_then(|(calls, fault)| (call >= calls).then_some(fault))
    }
}

impl StoreLayer for Faulty {
    type Store = dyn Checkpointer;

    fn store(&self) -> &dyn Checkpointer {
        &*self.store
    }

    fn store_id(&self) -> StoreId {
        self.id
    }

    fn pass<'a, T: Send + 'a>(
        &'a self,
        call: impl FnOnce(&'a dyn Checkpointer) -> StoreFuture<'a, T> + Send + 'a,
    ) -> StoreFuture<'a, T> {
        Box::pin(async move {
            let late = self.plan.late.load(Ordering::SeqCst);
            if late {
                futures_lite::future::yield_now().await;
            }
            let answer = match self.fault() {
                None => call(&*self.store).await,
                Some(Fault::Lost) => {
                    call(&*self.store).await?;
                    Err(Fault::Lost.error())
                }
                Some(fault) => Err(fault.error()),
            };
            if late {
                futures_lite::future::yield_now().await;
            }
            answer
        })
    }

    fn get<'a>(&'a self, thread: &'a ThreadKey, id: CheckpointId) -> StoreFuture<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            let record = self.pass(move |store| store.get(thread, id)).await?;
            self.whole(std::iter::once(id))?;
            Ok(record)
        })
    }

    fn range<'a>(
        &'a self,
        thread: &'a ThreadKey,
        before: Option<CheckpointId>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(CheckpointId, Vec<u8>)>> {
        Box::pin(async move {
            let page = self.pass(move |store| store.range(thread, before, limit)).await?;
            self.whole(page.iter().map(|(id, _)| *id))?;
            let bytes = page.iter().map(|(_, record)| record.len()).sum();
            self.plan.pages.lock().unwrap_or_else(PoisonError::into_inner).push((page.len(), bytes));
            Ok(page)
        })
    }

    fn newer<'a>(
        &'a self,
        thread: &'a ThreadKey,
        after: CheckpointId,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(CheckpointId, Vec<u8>)>> {
        Box::pin(async move {
            let page = self.pass(move |store| store.newer(thread, after, limit)).await?;
            self.whole(page.iter().map(|(id, _)| *id))?;
            Ok(page)
        })
    }

    fn pending<'a>(&'a self, thread: &'a ThreadKey, id: CheckpointId) -> StoreFuture<'a, Vec<(String, Vec<u8>)>> {
        Box::pin(async move {
            let mut entries = self.pass(move |store| store.pending(thread, id)).await?;
            let hidden = *self.plan.hidden.lock().unwrap_or_else(PoisonError::into_inner);
            entries.retain(|(name, _)| Some(name.as_str()) != hidden);
            Ok(entries)
        })
    }

    fn prune(&self, prune: Prune) -> StoreFuture<'_, ()> {
        if self.plan.prunes_refused.load(Ordering::SeqCst) {
            return Box::pin(std::future::ready(Err(Fault::Failed.error())));
        }
        self.plan.prunes.lock().unwrap_or_else(PoisonError::into_inner).push(prune.remove.len());
        self.pass(|store| store.prune(prune))
    }
}
