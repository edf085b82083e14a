//! The timer and the pool of the tokio runtime that the caller is in.

use super::{Elapsed, NoTimer};
use crate::{NodeCause, panic};
use futures_util::FutureExt;
use std::future::Future;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// Whether the caller is in a tokio runtime that has its timer.
///
/// A runtime does not tell whether it was built with a timer, other than by the panic of a sleep that is made in one
/// without. So one is made, never polled, and the panic caught; the line that it prints is about the same mistake, and
/// where panics abort it is all that is said.
pub(crate) fn available() -> Result<(), NoTimer> {
    Handle::try_current().map_err(|_| NoTimer)?;
    panic::catch(|| drop(tokio::time::sleep(Duration::ZERO))).map_err(|_| NoTimer)
}

/// Waits. Panics where no timer is [`available`].
pub(crate) async fn sleep(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// Awaits `work`, and drops it when the time is over. Panics where no timer is [`available`].
///
/// Work that ends after its time is late as well: it may have kept its thread to itself, so that no timer could stop it.
///
/// No `async fn`, which would hold the work twice.
pub(crate) fn limit<F: Future>(duration: Duration, work: F) -> impl Future<Output = Result<F::Output, Elapsed>> {
    let (began, work) = (Instant::now(), tokio::time::timeout(duration, work));
    work.map(move |done| match done {
        // The timer's own ticks are milliseconds.
        Ok(done) if began.elapsed() <= duration.saturating_add(TICK) => Ok(done),
        _ => Err(Elapsed),
    })
}

/// How exact a timer is.
const TICK: Duration = Duration::from_millis(1);

/// Calls `work` where it may block, and hands its panic back as a value.
///
/// Work that has begun is not stopped when the future is dropped; work that has not, never begins.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, NodeCause> {
    let pool = Handle::try_current().map_err(|_| NodeCause::NoPool)?;
    // Spawning panics if the system has no thread left.
    let task = panic::catch(|| pool.spawn_blocking(work)).map_err(NodeCause::Panic)?;
    let _abandoned = Abandon(task.abort_handle());
    task.await.map_err(|error| match error.try_into_panic() {
        Ok(payload) => NodeCause::Panic(panic::message(&*payload)),
        // Nobody else can cancel it.
        Err(_) => NodeCause::NoPool,
    })
}

/// Takes work back that the pool has not begun with when nobody waits for it any more.
struct Abandon(AbortHandle);

impl Drop for Abandon {
    fn drop(&mut self) {
        self.0.abort();
    }
}
