//! One run of a thread at a time within this process, and how it hears of a cancellation.

use crate::{StoreId, ThreadKey};
use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

type Runs = HashMap<(StoreId, ThreadKey), Arc<Signal>>;

/// The runs of this process. Other processes are kept out by the store, or noticed by the comparison of heads.
static RUNS: LazyLock<Mutex<Runs>> = LazyLock::new(Mutex::default);

fn runs() -> MutexGuard<'static, Runs> {
    // A map of leases is consistent between any two of its operations, so a poisoned lock is as good as a whole one.
    RUNS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The right to run a thread; given back when dropped.
pub(crate) struct Lease {
    key: (StoreId, ThreadKey),
    signal: Arc<Signal>,
}

impl Lease {
    /// Takes the lease, unless another run of this process holds it.
    pub(crate) fn take(store: StoreId, thread: &ThreadKey) -> Option<Lease> {
        let key = (store, thread.clone());
        let signal = Arc::<Signal>::default();
        let mut runs = runs();
        if runs.contains_key(&key) {
            return None;
        }
        runs.insert(key.clone(), Arc::clone(&signal));
        Some(Lease { key, signal })
    }

    /// What the holder listens to.
    pub(crate) fn signal(&self) -> &Signal {
        &self.signal
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        runs().remove(&self.key);
    }
}

/// The run of a thread in this process, if there is one.
pub(crate) fn running(store: StoreId, thread: &ThreadKey) -> Option<Arc<Signal>> {
    runs().get(&(store, thread.clone())).cloned()
}

/// Tells a run that its thread was cancelled.
#[derive(Default)]
pub(crate) struct Signal {
    cancelled: AtomicBool,
    message: Mutex<Message>,
}

#[derive(Default)]
struct Message {
    reason: String,
    waker: Option<Waker>,
}

/// The run was cancelled, for this reason.
pub(crate) struct Cancelled(pub(crate) String);

impl Signal {
    /// Cancels the run and wakes it.
    pub(crate) fn cancel(&self, reason: &str) {
        let waker = {
            let mut message = self.message();
            reason.clone_into(&mut message.reason);
            self.cancelled.store(true, Ordering::Release);
            message.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn check(&self) -> Result<(), Cancelled> {
        if self.cancelled.load(Ordering::Acquire) { Err(Cancelled(self.message().reason.clone())) } else { Ok(()) }
    }

    /// Awaits `run`, unless the cancellation comes first; asked at every poll, so also by nodes that never wait.
    pub(crate) async fn guard<T>(&self, run: impl Future<Output = T>) -> Result<T, Cancelled> {
        let mut run = pin!(run);
        poll_fn(|cx| {
            self.listen(cx);
            match self.check() {
                Err(cancelled) => Poll::Ready(Err(cancelled)),
                Ok(()) => run.as_mut().poll(cx).map(Ok),
            }
        })
        .await
    }

    fn listen(&self, cx: &Context<'_>) {
        let mut message = self.message();
        match &mut message.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            None => message.waker = Some(cx.waker().clone()),
        }
    }

    fn message(&self) -> MutexGuard<'_, Message> {
        self.message.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
