//! The loop of a run: a superstep, a commit, and again.

use super::{Interrupt, Rest, Run};
use crate::fault::fault;
use crate::graph::effect::journal::Journal;
use crate::graph::engine::observer::Observer;
use crate::graph::engine::path::TaskPath;
use crate::graph::engine::scene::{Ledger, Scene};
use crate::thread::run::ledger::StepLedger;
use crate::thread::stored::beside;
use crate::{Definition, Head, Source, Status, StopReason};
use futures_lite::future::yield_now;
use std::sync::Arc;
use std::time::Instant;

/// How many steps may follow each other without waiting for anything.
const PATIENCE: u64 = 128;

impl<'a, G: Definition> Run<'a, G> {
    /// The loop: a superstep, a commit, and again, to the end of the graph or to where it rests before that.
    pub(super) async fn advance(&mut self) -> Result<Option<Rest>, Interrupt> {
        let thread = self.thread;
        let name = &thread.key.thread;
        let journal: Arc<dyn Journal> = Arc::clone(&self.journal) as Arc<dyn Journal>;
        let (last, path, brake) = (self.last, TaskPath::new(), Some(&self.signal.brake));
        let observer = thread.hub.as_ref().map(|hub| Arc::clone(hub) as Arc<dyn Observer>);
        let meters = self.meters.clone();
        let (journal, observer, meters) = (Some(&journal), observer.as_ref(), Some(&meters));
        let (name, step, ledger, several) = (Some(name), 0, None, false);
        let scene = Scene { thread: name, step, last, path, ledger, journal, brake, observer, meters, several };
        if self.begun {
            self.listen().await?;
        } else {
            if let Some(head @ Head { status: Status::Replied, .. }) = self.head {
                // The reply belongs to what is dropped.
                thread.wake(head).await?;
            }
            let scene = Scene { step: self.steps + 1, ..scene.clone() };
            self.machine.begin(G::entry, &scene).map_err(|error| Interrupt::Nodes(vec![error]))?;
            fault!(InputBegun);
            self.commit(Source::Input).await?;
            fault!(InputStored);
            self.heard().await;
        }
        let (mut taken, mut passed) = (0, Vec::new());
        while !self.machine.at_end() {
            if self.machine.idle() {
                if self.rest().await? {
                    return Ok(Some(Rest::Paused));
                }
                continue;
            }
            if let Some(reason) = self.stops(passed, taken) {
                return Ok(Some(Rest::Stopped(reason)));
            }
            if taken % PATIENCE == PATIENCE - 1 {
                // A loop that never waits lets the executor's other tasks in, a cancellation for one.
                yield_now().await;
            }
            if let Some(head) = self.asleep.take() {
                thread.wake(head).await?;
                self.called = false;
                fault!(Woken);
            }
            taken += 1;
            passed = self.stops_after();
            self.began = Instant::now();
            let ledger = self.ledger();
            self.journal.begin(ledger.beside, self.footing, std::mem::take(&mut self.entries));
            if let Some(origin) = self.origin.take() {
                self.journal.key_by(origin);
            }
            let (step, several) = (self.steps + 1, ledger.beside.is_some() && self.machine.width() > 1);
            let scene = Scene { step, several, ledger: Some(&ledger as &dyn Ledger), ..scene.clone() };
            self.tell_step(step);
            fault!(StepBegun);
            let errors = self.perform(&scene).await?;
            fault!(StepPerformed);
            if !errors.is_empty() {
                return Err(Interrupt::Nodes(errors));
            }
            self.machine.settle(&scene).map_err(|error| Interrupt::Nodes(vec![error]))?;
            self.steps += 1;
            let listened = self.listen().await;
            self.tell_settled();
            fault!(StepSettled);
            self.commit(Source::Step).await?;
            fault!(StepStored);
            self.heard().await;
            if let Err(deaf) = listened {
                // A reply that cannot be taken is no reason to lose the step.
                self.save().await?;
                return Err(deaf);
            }
        }
        self.acknowledge().await?;
        Ok(None)
    }

    /// What stops the run before its next step.
    fn stops(&mut self, passed: Vec<&'static str>, taken: u64) -> Option<StopReason> {
        if let Some(reason) = self.signal.brake.pulled() {
            return Some(StopReason::Drained { reason });
        }
        if !passed.is_empty() {
            return Some(StopReason::Breakpoint { nodes: passed });
        }
        let limit = self.thread.shared.step_limit;
        if taken == limit {
            return Some(StopReason::StepLimit { limit });
        }
        let nodes = self.stops_before();
        let passing = std::mem::take(&mut self.passing);
        (!nodes.is_empty() && !passing).then_some(StopReason::Breakpoint { nodes })
    }

    /// Ends the run where nothing can run before a reply comes, unless one has come in the meantime.
    async fn rest(&mut self) -> Result<bool, Interrupt> {
        // The commit has said so, unless the thread was on its way to something else. Said before the last look: a reply that
        // comes after that finds a thread that waits, and wakes it.
        if let Some(head) = self.head.filter(|head| head.status != Status::Paused) {
            if head.status == Status::Replied {
                // The reply was taken. One that comes from now on keeps the thread awake.
                self.thread.wake(head).await?;
            }
            // What came before the thread was said to run has called it already, and does not do so again.
            self.listen().await?;
            if !self.machine.idle() {
                return Ok(false);
            }
            fault!(Resting);
            if let Err(error) = self.thread.pause(head).await {
                return Err(self.thread.interrupted(error).await);
            }
            fault!(Rested);
            self.asleep = Some(head);
            self.head = Some(Head { status: Status::Paused, ..head });
        }
        self.listen().await?;
        if !self.machine.idle() {
            return Ok(false);
        }
        self.acknowledge().await?;
        Ok(self.signal.close())
    }

    /// Where the tasks of the next step keep what they do.
    pub(super) fn ledger(&self) -> StepLedger<'a, G> {
        let current = self.begun && self.unsaved.is_none();
        StepLedger { thread: self.thread, beside: self.head.filter(|_| current).map(beside) }
    }
}
