//! One run of a thread at a time within this process, and how it hears of a cancellation.

use crate::graph::engine::brake::Brake;
use crate::{StoreId, ThreadKey};
use futures_lite::FutureExt;
use std::collections::HashMap;
use std::future::{Future, poll_fn};
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
    signal: Arc<Signal>,
}

impl Lease {
    /// Takes the lease, unless another run of this process holds it.
    pub(crate) fn take(store: StoreId, thread: &ThreadKey) -> Option<Lease> {
        let key = (store, thread.clone());
        let signal = Arc::new(Signal::new(key.clone()));
        let mut runs = runs();
        if runs.contains_key(&key) {
            return None;
        }
        runs.insert(key, Arc::clone(&signal));
        Some(Lease { signal })
    }

    /// What the holder listens to.
    pub(crate) fn signal(&self) -> &Signal {
        &self.signal
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.signal.leave(&mut runs());
        self.signal.take_mail(false);
    }
}

/// The run of a thread in this process, if there is one.
pub(crate) fn running(store: StoreId, thread: &ThreadKey) -> Option<Arc<Signal>> {
    runs().get(&(store, thread.clone())).cloned()
}

/// Tells the run of a thread in this process that a reply has come in; `false` if there is none, and then whoever brings
/// the reply drives the thread.
///
/// Where the lease is held by what takes no replies, an edit of the thread or a run that is about to begin or to end, it waits
/// for what becomes of that.
pub(crate) async fn notify(store: StoreId, thread: &ThreadKey) -> bool {
    poll_fn(|cx| tell_or(store, thread, |mail| mail.senders.push(cx.waker().clone()))).await
}

/// [`notify`] without waiting.
pub(crate) fn tell(store: StoreId, thread: &ThreadKey) {
    let _ = tell_or(store, thread, |_| {});
}

fn tell_or(store: StoreId, thread: &ThreadKey, otherwise: impl FnOnce(&mut Mail)) -> Poll<bool> {
    // Under the lock, so that the run cannot end in between without having looked.
    let runs = runs();
    let Some(signal) = runs.get(&(store, thread.clone())) else { return Poll::Ready(false) };
    let mut mail = signal.mail();
    if mail.taken {
        mail.came = true;
        return Poll::Ready(true);
    }
    otherwise(&mut mail);
    Poll::Pending
}

/// Asks the runs of a graph's threads in this process to end at their next step boundary, and returns how many there are.
pub(crate) fn drain(store: StoreId, graph: &str, reason: &str) -> usize {
    let runs = runs();
    let of_graph = runs.iter().filter(|((found, thread), _)| *found == store && *thread.graph == *graph);
    of_graph.map(|(_, signal)| signal.brake.pull(reason)).count()
}

/// What a run hears of: a cancellation, a reply, the wish that it ends.
pub(crate) struct Signal {
    key: (StoreId, ThreadKey),
    cancelled: AtomicBool,
    message: Mutex<Message>,
    mail: Mutex<Mail>,
    pub(crate) brake: Arc<Brake>,
}

#[derive(Default)]
struct Message {
    reason: String,
    waker: Option<Waker>,
}

/// The replies that come in while a lease is held.
#[derive(Default)]
struct Mail {
    /// The holder looks for replies, and again if one has come.
    taken: bool,
    /// A reply has come in since the run last looked.
    came: bool,
    /// Those who wait for the holder to take mail, or to go.
    senders: Vec<Waker>,
}

/// The run was cancelled, for this reason.
pub(crate) struct Cancelled(pub(crate) String);

impl Signal {
    fn new(key: (StoreId, ThreadKey)) -> Signal {
        Signal {
            key,
            cancelled: AtomicBool::new(false),
            message: Mutex::default(),
            mail: Mutex::default(),
            brake: Arc::default(),
        }
    }

    /// Gives the lease back early, unless a reply has come in since the run last looked: `false` says that it has to look
    /// again. After that, whoever brings a reply drives the thread.
    pub(crate) fn close(&self) -> bool {
        let mut runs = runs();
        let silent = !std::mem::take(&mut self.mail().came);
        if silent {
            self.leave(&mut runs);
        }
        silent
    }

    /// Whether the run takes mail from now on.
    pub(crate) fn take_mail(&self, taken: bool) {
        let senders = {
            let mut mail = self.mail();
            mail.taken = taken;
            std::mem::take(&mut mail.senders)
        };
        senders.into_iter().for_each(Waker::wake);
    }

    /// Takes this run off the list; another one may have its place by then.
    fn leave(&self, runs: &mut Runs) {
        if runs.get(&self.key).is_some_and(|running| std::ptr::eq(Arc::as_ptr(running), self)) {
            runs.remove(&self.key);
        }
    }

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
    pub(crate) async fn guard<T>(&self, run: &mut (impl Future<Output = T> + Unpin)) -> Result<T, Cancelled> {
        poll_fn(|cx| {
            self.listen(cx);
            match self.check() {
                Err(cancelled) => Poll::Ready(Err(cancelled)),
                Ok(()) => run.poll(cx).map(Ok),
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

    fn mail(&self) -> MutexGuard<'_, Mail> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn message(&self) -> MutexGuard<'_, Message> {
        self.message.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
