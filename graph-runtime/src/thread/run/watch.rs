//! What a run tells of itself: to who listens, to the logs and to the metrics.

use crate::graph::engine::path::TaskPath;
use crate::telemetry::{self, Meters, span};
use crate::thread::run::{Interrupt, Run};
use crate::{Append, Definition, Error, Head, Outcome, Source, Waiting};
use futures_lite::future::yield_now;
use std::future::Future;

impl<G: Definition> Run<'_, G> {
    /// Drives the run to its end, in a span of its own.
    pub(crate) async fn drive(self: Box<Self>) -> Result<Outcome<G::State>, Error> {
        let watch = Watch::new(span::run(G::NAME, &self.thread.key.thread), self.meters.clone());
        let ended = span::within(watch.span.clone(), self.finish()).await;
        match &ended {
            Ok(outcome) => watch.end(outcome.name(), None),
            Err(error) => watch.end("failed", Some(error)),
        }
        ended
    }

    /// A superstep begins.
    pub(in crate::thread) fn tell_step(&self, step: u64) {
        let Some(hub) = &self.thread.hub else { return };
        let mut tasks = Vec::new();
        self.machine.each(&TaskPath::new(), &mut |task, waits| {
            if !waits {
                tasks.push(task.to_string());
            }
        });
        hub.step(step, tasks);
    }

    /// The superstep is done, and its writes are in the state.
    pub(in crate::thread) fn tell_settled(&self) {
        self.meters.step(self.began.elapsed());
        if let Some(hub) = &self.thread.hub {
            hub.settled();
        }
    }

    /// Gives a checkpoint to the store.
    ///
    /// No `async fn`: the record is on its way before anything is awaited, and the future does not hold it.
    pub(in crate::thread) fn store(
        &self,
        append: Append,
        source: Source,
    ) -> impl Future<Output = Result<(), Interrupt>> {
        let (head, bytes, began) = (append.head, append.record.len(), self.meters.begin());
        let span = span::commit(head.checkpoint);
        let stored = span::inside(&span, || {
            span::sized(bytes);
            self.thread.store.append(append)
        });
        async move {
            if let Err(error) = span::within(span, stored).await {
                return Err(self.thread.interrupted(error).await);
            }
            self.meters.commit(began, bytes);
            self.tell_stored(head, source);
            Ok(())
        }
    }

    /// The pauses that the checkpoint is the first to hold.
    pub(in crate::thread) fn tell_waiting(&mut self) {
        let Some(hub) = &self.thread.hub else { return };
        self.machine.pauses(&TaskPath::new(), &mut |task, asked, replied| {
            if !replied {
                hub.waits(task, Waiting::new(task, asked));
            }
        });
    }

    fn tell_stored(&self, head: Head, source: Source) {
        if let Some(hub) = &self.thread.hub {
            hub.stored(head, self.steps, source);
        }
    }

    /// Waits until who drives the run as a stream has taken what it was told.
    pub(in crate::thread) async fn heard(&self) {
        if self.thread.hub.is_some() {
            yield_now().await;
        }
    }
}

/// One run from its beginning to its end, however it comes.
struct Watch {
    span: span::Span,
    meters: Meters,
    over: bool,
}

impl Watch {
    fn new(span: span::Span, meters: Meters) -> Self {
        meters.run_began();
        span::began(&span);
        Watch { span, meters, over: false }
    }

    fn end(mut self, outcome: &'static str, error: Option<&Error>) {
        self.over = true;
        self.meters.run_ended(outcome, error.map(telemetry::kind));
        span::ended(&self.span, outcome, error);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !self.over {
            self.meters.run_ended("dropped", None);
            span::ended(&self.span, "dropped", None);
        }
    }
}
