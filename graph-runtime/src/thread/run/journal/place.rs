//! The checkpoint that a step runs from, for effects that have to wait until it is stored.

use crate::{CheckpointId, Commit, RecordHash};
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// How firmly the head of the running step stands.
#[derive(Clone, Debug)]
pub(super) enum Footing {
    /// It survives a power cut.
    Synced((CheckpointId, RecordHash)),
    /// The store has taken it.
    Written((CheckpointId, RecordHash)),
    /// The run holds it back until it is asked.
    Unstored,
    /// It cannot be stored.
    Refused(String),
}

/// A place that the run names and that effects wait for.
#[derive(Debug, Default)]
pub(super) struct Place(Mutex<State>);

#[derive(Debug)]
struct State {
    footing: Footing,
    /// An effect waits.
    wanted: bool,
    /// Of the effects that wait.
    effects: Vec<Waker>,
    /// Of the run, which listens for the first of them.
    run: Option<Waker>,
}

impl Default for State {
    fn default() -> State {
        State {
            footing: Footing::Refused("no step is running".to_owned()),
            wanted: false,
            effects: Vec::new(),
            run: None,
        }
    }
}

impl Place {
    pub(super) fn begin(&self, head: Option<(CheckpointId, RecordHash)>, commit: Commit) {
        self.answer(match (head, commit) {
            (Some(head), Commit::Synced) => Footing::Synced(head),
            (Some(head), Commit::Written) => Footing::Written(head),
            (None, _) => Footing::Unstored,
        });
    }

    /// Tells the effects that wait.
    pub(super) fn answer(&self, footing: Footing) {
        let woken = {
            let mut state = self.state();
            state.footing = footing;
            state.wanted = false;
            std::mem::take(&mut state.effects)
        };
        // After the lock: a waker may poll at once.
        woken.into_iter().for_each(Waker::wake);
    }

    /// Notes that the head was made to survive a power cut, unless another step has begun.
    pub(super) fn synced(&self, head: (CheckpointId, RecordHash)) {
        let mut state = self.state();
        if matches!(state.footing, Footing::Written(written) if written == head) {
            state.footing = Footing::Synced(head);
        }
    }

    /// Returns when an effect waits.
    pub(super) async fn asked(&self) {
        poll_fn(|cx| {
            let mut state = self.state();
            if state.wanted {
                return Poll::Ready(());
            }
            match &mut state.run {
                Some(waker) => waker.clone_from(cx.waker()),
                None => state.run = Some(cx.waker().clone()),
            }
            Poll::Pending
        })
        .await;
    }

    /// The footing, once it is no longer [`Footing::Unstored`].
    pub(super) async fn found(&self) -> Footing {
        poll_fn(|cx| {
            let mut state = self.state();
            if !matches!(state.footing, Footing::Unstored) {
                return Poll::Ready(state.footing.clone());
            }
            if !state.effects.iter().any(|waker| waker.will_wake(cx.waker())) {
                state.effects.push(cx.waker().clone());
            }
            state.wanted = true;
            let run = state.run.take();
            drop(state);
            if let Some(run) = run {
                run.wake();
            }
            Poll::Pending
        })
        .await
    }

    /// Every change of the state is a single one, so that a panic elsewhere leaves nothing to repair.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
