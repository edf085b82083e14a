//! One process after the other, each driving the thread of a case until something stops it.

use crate::recorder::Tape;
use crate::reference::Story;
use crate::script::Script;
use crate::seen::{assert_seen, circled, failed, same};
use crate::subject::{Handle, Seen};
use futures_lite::future::{block_on, poll_fn};
use graph_runtime::{BoxFuture, Durability, Error, NodeCause, NodeError, Outcome, Status, StopReason};
use std::collections::BTreeSet;
use std::task::Poll;

/// How many polls a case may need at most; one that needs more waits for ever.
pub(crate) const PATIENCE: usize = 100_000;

/// Polls a future so many times, and drops it then.
fn polled<T>(mut future: BoxFuture<'static, T>, mut polls: usize) -> Option<T> {
    block_on(poll_fn(move |cx| {
        if polls == 0 {
            return Poll::Ready(None);
        }
        polls -= 1;
        future.as_mut().poll(cx).map(Some)
    }))
}

/// The processes of a case.
pub(crate) struct Drive<'a> {
    pub(crate) story: &'a Story,
    pub(crate) script: &'a Script,
    pub(crate) tape: Tape,
    pub(crate) durability: Durability,
    /// How many runs were dropped.
    pub(crate) dropped: u32,
}

/// How far a process came.
pub(crate) enum Ended {
    Unfinished,
    Finished,
    Circle,
}

impl Drive<'_> {
    /// Starts the input of this number or goes on with it, for so many polls.
    pub(crate) fn run(&mut self, handle: &dyn Handle, start: u64, input: usize, limit: u64, polls: usize) -> Ended {
        let end = self.story.ends.get(input).map(|&end| &self.story.checkpoints[end - 1]);
        let before = block_on(handle.snapshot()).expect("the store is whole");
        self.script.log().failed.clear();
        let (future, taken) = match before {
            None => (handle.invoke(start), 0),
            Some(seen) if seen.status == Status::Finished && seen.state.seed != start => {
                (handle.invoke(start), seen.step)
            }
            // A run was dropped when it had stored its end.
            Some(seen) if seen.status == Status::Finished => {
                assert_seen(&seen, end.expect("an end"));
                return Ended::Finished;
            }
            Some(seen) => (handle.resume(), seen.step),
        };
        let Some(result) = polled(future, polls) else {
            assert!(polls < PATIENCE, "the run never ends");
            self.dropped += 1;
            return Ended::Unfinished;
        };
        let after = block_on(handle.snapshot()).expect("the store is whole");
        match result {
            Ok(Outcome::Finished(last)) => {
                let end = end.expect("an end");
                assert_eq!(last, end.state);
                assert!(end.step - taken <= limit);
                assert_seen(&after.expect("a checkpoint"), end);
                Ended::Finished
            }
            Ok(Outcome::Stopped(stop)) => {
                assert_eq!(stop.reason, StopReason::StepLimit { limit });
                let after = after.expect("a checkpoint");
                assert_eq!((after.status, after.step), (Status::Stopped, taken + limit));
                self.known(&after);
                Ended::Unfinished
            }
            Ok(other) => panic!("{other:?}"),
            Err(error) => {
                if let Error::Node(NodeError { cause: NodeCause::Endless { .. }, .. }) = error {
                    assert_eq!(Some(circled(error)), self.story.circle);
                    return Ended::Circle;
                }
                self.failure(error, after)
            }
        }
    }

    /// All that failed is told together, in the order of the text, and the thread stands where it stood before the step.
    fn failure(&self, error: Error, after: Option<Seen>) -> Ended {
        let failures = std::mem::take(&mut self.script.log().failed);
        let (step, tasks) = failed(error);
        let after = after.expect("a checkpoint");
        assert_eq!((after.status, after.step + 1), (Status::Failed, step));
        let told: Vec<_> = tasks.into_iter().map(|task| (step, task)).collect();
        let happened: BTreeSet<_> = failures.into_iter().collect();
        let ordered: Vec<_> =
            after.tasks.iter().map(|task| (step, task.clone())).filter(|key| happened.contains(key)).collect();
        assert_eq!(told, ordered, "of {happened:?}");
        let stored: Vec<_> = after.failures.iter().map(|(task, step)| (*step, task.clone())).collect();
        assert_eq!(stored, told);
        self.known(&after);
        Ended::Unfinished
    }

    fn known(&self, seen: &Seen) {
        let wanted = self.story.checkpoints.iter().find(|wanted| same(wanted, seen));
        assert_seen(seen, wanted.unwrap_or_else(|| panic!("nobody expects {seen:?} with {:?}", self.durability)));
    }
}
