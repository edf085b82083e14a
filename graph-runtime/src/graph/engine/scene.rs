//! What a superstep knows of the run that it belongs to.

use super::brake::Brake;
use super::observer::Observer;
use super::path::{TaskName, TaskPath};
use super::position::Done;
use crate::graph::effect::Effects;
use crate::graph::effect::journal::Journal;
use crate::record::bytes::Bytes;
use crate::record::field::FieldError;
use crate::telemetry::Meters;
use crate::telemetry::span::{self, Span};
use crate::{BoxFuture, Ctx, Definition, Error, NodeCause, NodeError, ThreadId};
use std::sync::Arc;

/// The surroundings of a superstep, of a graph or of one inside it.
#[derive(Clone)]
pub struct Scene<'a> {
    pub(crate) thread: Option<&'a ThreadId>,
    pub(crate) step: u64,
    /// The last step that the run may take.
    pub(crate) last: u64,
    /// The way to the graph whose tasks these are.
    pub(crate) path: TaskPath,
    /// Where the run keeps what its tasks did, if it has a store.
    pub(crate) ledger: Option<&'a dyn Ledger>,
    /// Where the run remembers effects, if it has a store.
    pub(crate) journal: Option<&'a Arc<dyn Journal>>,
    /// What ends the run early, if it has a store that keeps the rest.
    pub(crate) brake: Option<&'a Arc<Brake>>,
    /// Who watches, if somebody does.
    pub(crate) observer: Option<&'a Arc<dyn Observer>>,
    /// What counts; nothing is told of a run in memory.
    pub(crate) meters: Option<&'a Meters>,
    /// Whether the step has several tasks and a checkpoint before it, so that each keeps its writes when it is done.
    pub(crate) several: bool,
}

/// Keeps what the tasks of a superstep did before its checkpoint is there, so that none of them runs again without need.
pub(crate) trait Ledger: Send + Sync {
    /// Stores the encoded writes of a task, and where it chose to go.
    fn finished<'a>(
        &'a self,
        task: &'a TaskName,
        next: Option<String>,
        fields: Bytes,
    ) -> BoxFuture<'a, Result<(), Error>>;

    /// Stores that an attempt failed, and when the next one is due.
    fn failed<'a>(&'a self, task: &'a TaskName, attempt: FailedAttempt) -> BoxFuture<'a, Result<(), Error>>;

    /// The error for writes that would not read back.
    fn refuse(&self, error: FieldError) -> Error;
}

/// An attempt that failed, and will be followed by another.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FailedAttempt {
    /// How many attempts at this task have failed.
    pub(crate) attempts: u32,
    /// How many of them were spent from the retry policy since the thread was last resumed by hand.
    pub(crate) spent: u32,
    /// When the next one is due, in milliseconds since the Unix epoch.
    pub(crate) due: u64,
    /// What the last one said.
    pub(crate) message: String,
}

impl Scene<'_> {
    /// The scene inside the subgraph `task`.
    pub(crate) fn inside(&self, task: &TaskName) -> Self {
        Scene { path: task.inside(), ..self.clone() }
    }

    /// What a node of this step gets.
    pub(crate) fn ctx<C>(&self, context: &Arc<C>, task: TaskName) -> Ctx<C> {
        Ctx {
            context: Arc::clone(context),
            thread: self.thread.cloned(),
            task,
            step: self.step,
            attempt: 1,
            last: self.last,
            effects: Effects::new(self.journal.cloned()),
            brake: self.brake.cloned(),
            observer: self.observer.cloned(),
        }
    }

    /// The error of a task.
    pub(crate) fn blame(&self, task: &TaskName, cause: NodeCause) -> NodeError {
        NodeError {
            thread: self.thread.cloned(),
            step: self.step,
            node: task.node,
            task: task.to_string(),
            attempt: 1,
            cause,
        }
    }

    /// Tells who watches that an attempt at a task begins.
    pub(crate) fn started(&self, task: &TaskName, attempt: u32) {
        if let Some(observer) = self.observer {
            observer.started(task, attempt);
        }
    }

    /// The span of an attempt at a task.
    pub(crate) fn span(&self, task: &TaskName, attempt: u32) -> Span {
        if self.meters.is_some() { span::node(task, attempt) } else { span::none() }
    }

    /// Tells who watches that an attempt failed, and when the next one is due.
    pub(crate) fn failed(&self, task: &TaskName, error: &NodeError, due: Option<u64>) {
        if let Some(meters) = self.meters {
            span::attempt_failed(error, due.is_some());
            match due {
                Some(_) => meters.retry(task.node),
                None => meters.task_failed(task.node),
            }
        }
        if let Some(observer) = self.observer {
            observer.failed(task, error, due);
        }
    }

    /// Stores what a task left, if the run has a store and the step other tasks; and tells who watches. The future is what
    /// there is to wait for, and mostly there is nothing.
    #[inline]
    pub(crate) fn keep<'a, G: Definition>(
        &'a self,
        task: &'a TaskName,
        done: &Done<G>,
    ) -> Result<Option<BoxFuture<'a, Result<(), Error>>>, Error> {
        if let Some(meters) = self.meters {
            meters.task_finished(task.node);
        }
        let ledger = self.ledger.filter(|_| self.several);
        if ledger.is_none() && self.observer.is_none() {
            return Ok(None);
        }
        let fields = done.encode();
        if let Some(observer) = self.observer {
            observer.finished(task, fields.clone());
        }
        let Some(ledger) = ledger else { return Ok(None) };
        let fields = fields.map_err(|error| ledger.refuse(error))?;
        Ok(Some(ledger.finished(task, done.goal(), fields)))
    }
}
