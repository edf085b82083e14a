//! A step of a thread that has taken many, beside one of a thread that has just begun.
//!
//! The first steps of a run and its last are two moments of one disk, which may be twice as fast in one as in the other. So both
//! threads step in turns: what differs then is what lies behind them.

use super::{Began, Conversation, Talk};
use crate::rounds::{Run, ratios, turns};
use crate::session::Session;
use futures_lite::future::block_on;
use graph_runtime::{Outcome, Thread};
use std::sync::PoisonError;
use std::time::Duration;

/// The steps between the beginnings of which a round takes the time.
const STEPS: u32 = 20;

/// The quartiles of how many times longer a step of the old thread took than one of the young.
pub(super) fn compare(session: &Session, began: &Began, young: Thread<Talk>, old: (Thread<Talk>, u32)) -> [f64; 3] {
    let mut runs = [(young, 0), old].map(|(thread, taken)| run(began.clone(), thread, taken));
    match turns(session, &mut runs, 1, STEPS).as_slice() {
        [young, old] => ratios(old, young),
        _ => [f64::NAN; 3],
    }
}

/// Lets the thread, which has taken some steps, take one more than is timed, as a step ends where the next begins.
fn run(began: Began, thread: Thread<Talk>, mut taken: u32) -> Run {
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
