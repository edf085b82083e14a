//! What the nodes of one case do beside their answer: how often they rest, and when they fail. It is the graph's context.

use crate::program::dice::{mix, spell};
use crate::trace::{Item, Note, Trace, name, note};
use futures_lite::future::yield_now;
use graph_runtime::{BoxError, Ctx};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The text of every planned panic, so that it can be told from others.
pub(crate) const PLANNED: &str = "planned";

/// A step, and the full name of a task in it.
pub(crate) type Key = (u64, String);

/// The plan of a case, and what has happened.
#[derive(Debug, Default)]
pub(crate) struct Script {
    pub(crate) seed: u64,
    /// How many tasks in a hundred fail before they succeed.
    pub(crate) failing: u64,
    /// How often a task rests at most.
    pub(crate) rests: u64,
    /// Failures and drops come together, so that attempts may be forgotten.
    pub(crate) drops: bool,
    /// The step that a circle follows, which counts as a failed attempt that no node knows of.
    pub(crate) circle: Option<u64>,
    pub(crate) log: Mutex<Log>,
}

#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) runs: BTreeMap<Key, Runs>,
    /// The tasks that failed since this was last emptied.
    pub(crate) failed: Vec<Key>,
    /// The tasks whose writes are in the store.
    kept: HashSet<Key>,
    /// The step in which each task succeeded last.
    latest: HashMap<String, u64>,
    pub(crate) wrong: Vec<String>,
    running: HashMap<(String, usize, Vec<usize>), u32>,
}

impl Log {
    /// Notes that the store has what this task wrote.
    pub(crate) fn keep(&mut self, task: &str) {
        let step = self.latest.get(task).copied();
        self.kept.extend(step.map(|step| (step, task.to_owned())));
    }
}

/// How often a task has run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Runs {
    pub(crate) failed: u32,
    pub(crate) succeeded: u32,
}

impl Script {
    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often this task is to fail.
    pub(crate) fn failures(&self, step: u64, task: &str) -> u32 {
        let thrown = mix(spell(self.seed, task), step);
        if thrown % 100 < self.failing { 1 + u32::from(thrown & 0x1000 > 0) } else { 0 }
    }

    fn rests(&self, step: u64, task: &str) -> u64 {
        mix(mix(spell(self.seed, task), step), 7) % (self.rests + 1)
    }
}

/// One run of a node.
pub(crate) struct Visit<'a> {
    trace: &'a Trace,
    item: Option<&'a Item>,
    cx: &'a Ctx<Script>,
    node: &'static str,
    task: String,
    bounds: Vec<(String, usize, Vec<usize>)>,
}

impl<'a> Visit<'a> {
    pub(crate) fn new(
        trace: &'a Trace,
        item: Option<&'a Item>,
        cx: &'a Ctx<Script>,
        node: &'static str,
        bounds: &[(usize, usize, u32)],
    ) -> Visit<'a> {
        let task = format!("{}{}", trace.path, name(node, item));
        let mut visit = Visit { trace, item, cx, node, task, bounds: Vec::new() };
        let mut log = cx.context().log();
        if log.kept.contains(&visit.key()) {
            log.wrong.push(format!("{} ran again though its writes are stored", visit.task));
        }
        let at = item.map_or(&[][..], |item| &item.at);
        for &(depth, region, most) in bounds {
            let key = (trace.path.clone(), region, at.get(..depth).unwrap_or(at).to_vec());
            let running = log.running.entry(key.clone()).or_default();
            *running += 1;
            if *running > most {
                log.wrong.push(format!("{} ran beside {most} others of its `for`", visit.task));
            }
            visit.bounds.push(key);
        }
        let failed = log.runs.get(&visit.key()).map_or(0, |runs| runs.failed);
        let attempt = cx.attempt();
        let forgotten = attempt <= failed && cx.context().drops;
        if attempt != failed + 1 && !forgotten && cx.context().circle != Some(cx.step()) {
            log.wrong.push(format!("{} is at attempt {attempt} after {failed} failures", visit.task));
        }
        drop(log);
        visit
    }

    fn key(&self) -> Key {
        (self.cx.step(), self.task.clone())
    }

    /// Runs the node.
    ///
    /// # Errors
    ///
    /// The planned ones.
    pub(crate) fn run(self) -> Result<Note, BoxError> {
        let script = self.cx.context();
        let failures = script.failures(self.cx.step(), &self.task);
        let mut log = script.log();
        let runs = log.runs.entry(self.key()).or_default();
        if runs.failed < failures {
            runs.failed += 1;
            let panics = runs.failed.is_multiple_of(2);
            log.failed.push(self.key());
            drop(log);
            return if panics { std::panic::panic_any(PLANNED) } else { Err(PLANNED.into()) };
        }
        runs.succeeded += 1;
        log.latest.insert(self.task.clone(), self.cx.step());
        drop(log);
        Ok(note(self.trace, self.item, self.cx.step(), self.node))
    }

    /// Runs a node that cannot return errors.
    ///
    /// # Panics
    ///
    /// As planned.
    pub(crate) fn run_or_panic(self) -> Note {
        self.run().unwrap_or_else(|_| std::panic::panic_any(PLANNED))
    }

    /// Lets others go first, and runs then.
    ///
    /// # Errors
    ///
    /// The planned ones.
    pub(crate) async fn rest_and_run(self) -> Result<Note, BoxError> {
        for _ in 0..self.cx.context().rests(self.cx.step(), &self.task) {
            yield_now().await;
        }
        self.run()
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        let mut log = self.cx.context().log();
        for key in self.bounds.drain(..) {
            if let Some(running) = log.running.get_mut(&key) {
                *running -= 1;
            }
        }
    }
}

/// A script that several graphs share, as a case that starts its process again needs it.
pub(crate) type Shared = Arc<Script>;
