//! Futures side by side, of which those cost little that are done when they are polled first.

use futures_lite::future::poll_once;
use futures_util::future::OptionFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::future::Future;
use std::pin::Pin;

/// The futures that run, each in memory of its own.
pub(super) struct Running<F: Future> {
    /// Those that wait for something.
    waiting: FuturesUnordered<Pin<Box<OptionFuture<F>>>>,
    /// The memory of one that was done at once, for the next one.
    spare: Option<Pin<Box<OptionFuture<F>>>>,
}

impl<F: Future> Running<F> {
    pub(super) fn new() -> Self {
        Running { waiting: FuturesUnordered::new(), spare: None }
    }

    /// Begins a future: its output, if it is done at once. Otherwise it waits among the others.
    ///
    /// Only there does it need a waker of its own, so most futures that have nothing to wait for allocate nothing.
    pub(super) async fn begin(&mut self, future: F) -> Option<F::Output> {
        let mut slot = self.spare.take().unwrap_or_else(|| Box::pin(OptionFuture::from(None)));
        slot.set(Some(future).into());
        if let Some(output) = poll_once(slot.as_mut()).await {
            slot.set(None.into());
            self.spare = Some(slot);
            return output;
        }
        self.waiting.push(slot);
        None
    }

    /// The output of the next one that is done; `None` when all are.
    pub(super) async fn next(&mut self) -> Option<F::Output> {
        self.waiting.next().await.flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_lite::future::{block_on, ready, yield_now};
    use std::future::poll_fn;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::task::Poll;

    #[test]
    fn what_is_done_at_once_never_waits_and_what_waits_is_told_later() {
        block_on(async {
            let mut running = Running::new();
            let number = |number: u32| async move {
                if number % 2 == 1 {
                    yield_now().await;
                }
                number
            };
            let mut begun = Vec::new();
            for index in 0..6 {
                begun.push(running.begin(number(index)).await);
            }
            assert_eq!(begun, [Some(0), None, Some(2), None, Some(4), None]);
            let mut later = Vec::new();
            while let Some(done) = running.next().await {
                later.push(done);
            }
            later.sort_unstable();
            assert_eq!(later, [1, 3, 5]);
            assert_eq!(running.begin(number(6)).await, Some(6));
            assert!(running.next().await.is_none());
        });
    }

    /// Whoever wakes it between its first poll and its place among the others is not lost.
    #[test]
    fn one_that_was_woken_before_it_waits_is_polled_again() {
        let polled = AtomicU32::new(0);
        let woken = poll_fn(|cx| {
            if polled.fetch_add(1, Ordering::Relaxed) == 0 {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Ready(7)
        });
        block_on(async {
            let mut running = Running::new();
            assert_eq!(running.begin(woken).await, None);
            assert_eq!(running.next().await, Some(7));
        });
    }

    #[test]
    fn a_future_is_dropped_when_it_is_done() {
        let held = std::sync::Arc::new(());
        block_on(async {
            let mut running = Running::new();
            let handle = std::sync::Arc::clone(&held);
            running.begin(async move { drop(std::sync::Arc::clone(&handle)) }).await;
            assert_eq!(std::sync::Arc::strong_count(&held), 1);
            ready(()).await;
        });
    }
}
