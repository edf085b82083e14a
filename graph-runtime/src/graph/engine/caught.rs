//! The panics of futures, as values.

use crate::{NodeCause, panic};
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Awaits `run` and turns a panic inside it into its message.
///
/// Whatever a panic may have left inconsistent, the half-written patch for one, is dropped with the future or not used again.
///
/// No `async fn`, which would hold `run` twice: as its argument, and as what it awaits.
#[inline]
pub(crate) fn catch<T>(run: impl Future<Output = T>) -> impl Future<Output = Result<T, NodeCause>> {
    Caught { run }
}

pin_project! {
    struct Caught<F> {
        #[pin]
        run: F,
    }
}

impl<F: Future> Future for Caught<F> {
    type Output = Result<F::Output, NodeCause>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let run = self.project().run;
        match panic::catch(|| run.poll(cx)) {
            Ok(polled) => polled.map(Ok),
            Err(message) => Poll::Ready(Err(NodeCause::Panic(message))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::catch;
    use futures_lite::future::yield_now;

    /// A node's future is in several of these, one around the other.
    #[test]
    fn a_future_is_held_once() {
        let run = async {
            let held = [1_u8; 1024];
            yield_now().await;
            held.iter().map(|one| u64::from(*one)).sum::<u64>()
        };
        let alone = size_of_val(&run);
        assert_eq!(size_of_val(&catch(catch(run))), alone);
    }
}
