//! The tests of the workspace; everything is in the test targets beside this file.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Drives a future that needs no executor: one that is never woken from outside.
///
/// # Panics
///
/// If the future is still pending after 1,000 polls.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..1_000 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
    }
    panic!("the future waits for something from outside");
}
