//! What a thread that has come far takes, beside one that has just begun.
//!
//! The first steps of a run and its last are two moments of one disk, which may be twice as fast in one as in the other. So both
//! threads go on in turns: what differs then is what lies behind them.

use super::{Began, Conversation, Talk};
use crate::rounds::{Run, ratios, turns};
use crate::session::Session;
use futures_lite::future::block_on;
use graph_runtime::{Outcome, Thread};
use std::sync::PoisonError;
use std::time::Duration;

/// The steps of a round.
const STEPS: u32 = 20;

/// The quartiles of how many times longer a round of the old thread took than one of the young.
pub(super) fn compare(session: &Session, young: Run, old: Run) -> [f64; 3] {
    match turns(session, &mut [young, old], 1, 1).as_slice() {
        [young, old] => ratios(old, young),
        _ => [f64::NAN; 3],
    }
}

/// Takes the steps of a round with a thread that has taken some, and one more: a step ends where the next begins.
pub(super) fn steps(began: Began, thread: Thread<Talk>, mut taken: u32) -> Run {
    Box::new(move || {
        began.lock().unwrap_or_else(PoisonError::into_inner).clear();
        taken += STEPS + 1;
        let run = block_on(thread.invoke(Conversation::update().goal(taken)));
        run.and_then(Outcome::finished).expect("the thread goes on");
        match began.lock().unwrap_or_else(PoisonError::into_inner).as_slice() {
            [first, .., last] => *last - *first,
            _ => Duration::ZERO,
        }
    })
}
