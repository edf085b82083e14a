//! Updates and futures, run by hand as the engine runs them.

use graph_runtime::{GraphState, Update};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// The state after an update, written and applied as the engine does it.
#[must_use]
pub fn after<S: GraphState, U: Update<S>>(mut state: S, update: U) -> S {
    let mut patch = S::Patch::default();
    update.write(&mut patch);
    U::apply(&mut patch, &mut state);
    state
}

/// A new state after an update.
#[must_use]
pub fn new<S: GraphState, U: Update<S>>(update: U) -> S {
    after(S::initial(), update)
}

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
