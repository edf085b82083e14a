//! From what a run and its tasks do to events.

use super::changes::Part;
use super::task::inner;
use super::{Changes, Emitted, Event, Task};
use crate::clock;
use crate::graph::engine::observer::Observer;
use crate::graph::engine::path::TaskName;
use crate::record::bytes::Bytes;
use crate::record::field::FieldError;
use crate::{CheckpointId, Definition, Head, NodeError, Source, ThreadId, Waiting, WaitingId};
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Everyone who hears of a run.
pub(crate) struct Hub<G: Definition>(Mutex<Inner<G>>);

struct Inner<G: Definition> {
    /// One for each who listens; none once the run is over.
    listeners: Vec<UnboundedSender<Event<G>>>,
    over: bool,
    step: u64,
    /// What the tasks of this step write, from when they are done until it is applied.
    done: HashMap<TaskName, Part>,
    /// What was applied in this step, in that order.
    applied: Vec<Part>,
    /// The pauses that were told of.
    waiting: HashSet<WaitingId>,
}

impl<G: Definition> Hub<G> {
    pub(super) fn new() -> Self {
        let (listeners, applied, waiting) = (Vec::new(), Vec::new(), HashSet::new());
        Hub(Mutex::new(Inner { listeners, over: false, step: 0, done: HashMap::new(), applied, waiting }))
    }

    /// Another listener, for every event from now on.
    pub(super) fn listen(&self) -> UnboundedReceiver<Event<G>> {
        let (sender, receiver) = unbounded();
        let mut inner = self.inner();
        if !inner.over {
            inner.listeners.push(sender);
        }
        receiver
    }

    /// Tells all, and that this was the last event.
    pub(super) fn close(&self, last: Option<&Event<G>>) {
        let mut inner = self.inner();
        if let Some(last) = last {
            inner.tell(last);
        }
        inner.over = true;
        inner.listeners.clear();
    }

    /// The run begins; on a state that is new, if it has an input, or on one that is left.
    pub(crate) fn begin(
        &self,
        thread: &ThreadId,
        from: Option<CheckpointId>,
        input: Option<Result<Bytes, FieldError>>,
    ) {
        let input = input.map(|fields| Changes::step([own(fields)]));
        self.inner().tell(&Event::RunStarted { thread: thread.clone(), from, input });
    }

    /// A branch begins at `from`: what lasts for one step lasts for its first one, too.
    pub(crate) fn branch(&self, thread: &ThreadId, from: Option<CheckpointId>, edit: Result<Bytes, FieldError>) {
        let input = Some(Changes::task(own(edit)));
        self.inner().tell(&Event::RunStarted { thread: thread.clone(), from, input });
    }

    /// A superstep begins.
    pub(crate) fn step(&self, step: u64, tasks: Vec<String>) {
        let mut inner = self.inner();
        inner.step = step;
        inner.done.clear();
        inner.applied.clear();
        inner.tell(&Event::StepStarted { step, tasks: tasks.into() });
    }

    /// The superstep is done.
    pub(crate) fn settled(&self) {
        let mut inner = self.inner();
        let (step, changes) = (inner.step, Changes::step(std::mem::take(&mut inner.applied)));
        inner.tell(&Event::StepFinished { step, changes });
    }

    /// A checkpoint is in the store.
    pub(crate) fn stored(&self, head: Head, step: u64, source: Source) {
        self.inner().tell(&Event::Checkpoint { id: head.checkpoint, step, source, status: head.status });
    }

    /// The thread waits for a reply; told once.
    pub(crate) fn waits(&self, task: &TaskName, waiting: Waiting) {
        let mut inner = self.inner();
        if inner.waiting.insert(waiting.id().clone()) {
            let task = Task::new(task, inner.step);
            inner.tell(&Event::Paused { task, waiting: waiting.into() });
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner<G>> {
        // Nothing in it is changed by half, so a poisoned lock is as good as a whole one.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<G: Definition> Inner<G> {
    fn tell(&mut self, event: &Event<G>) {
        self.listeners.retain(|listener| listener.unbounded_send(event.clone()).is_ok());
    }

    fn finished(&mut self, task: &TaskName, part: Part) {
        let (task, changes) = (Task::new(task, self.step), Changes::task(part));
        self.tell(&Event::TaskFinished { task, changes });
    }
}

impl<G: Definition> Observer for Hub<G> {
    fn started(&self, task: &TaskName, attempt: u32) {
        let mut inner = self.inner();
        let task = Task::new(task, inner.step);
        inner.tell(&Event::TaskStarted { task, attempt });
    }

    fn failed(&self, task: &TaskName, error: &NodeError, due: Option<u64>) {
        let (message, next) = (error.cause.to_string().into(), due.map(clock::instant));
        let mut inner = self.inner();
        let task = Task::new(task, inner.step);
        inner.tell(&Event::AttemptFailed { task, attempt: error.attempt, message, next });
    }

    fn finished(&self, task: &TaskName, fields: Result<Bytes, FieldError>) {
        let part = part(task, fields);
        let mut inner = self.inner();
        inner.finished(task, part.clone());
        inner.done.insert(task.clone(), part);
    }

    fn applied(&self, task: &TaskName, fields: &mut dyn FnMut() -> Result<Bytes, FieldError>) {
        let done = self.inner().done.remove(task);
        let part = done.unwrap_or_else(|| {
            let part = part(task, fields());
            self.inner().finished(task, part.clone());
            part
        });
        if let Part::Own(_) | Part::Refused(_) = part {
            self.inner().applied.push(part);
        }
    }

    fn emitted(&self, task: &TaskName, value: Arc<dyn Any + Send + Sync>, name: &'static str) {
        let mut inner = self.inner();
        let (task, value) = (Task::new(task, inner.step), Emitted::new(value, name));
        inner.tell(&Event::Emitted { task, value });
    }
}

fn part(task: &TaskName, fields: Result<Bytes, FieldError>) -> Part {
    match own(fields) {
        Part::Own(fields) if inner(task) => Part::Inner(fields),
        part => part,
    }
}

fn own(fields: Result<Bytes, FieldError>) -> Part {
    fields.map_or_else(Part::Refused, Part::Own)
}

impl<G: Definition> fmt::Debug for Hub<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").finish_non_exhaustive()
    }
}
