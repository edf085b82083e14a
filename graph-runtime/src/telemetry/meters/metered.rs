//! Counters and histograms.

use metrics::{
    Counter, Gauge, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const RUNS: &str = "graph_runs_total";
const FAILURES: &str = "graph_run_failures_total";
const RUNNING: &str = "graph_runs_running";
const STEPS: &str = "graph_steps_total";
const STEP_DURATION: &str = "graph_step_duration_seconds";
const TASKS: &str = "graph_tasks_total";
const RETRIES: &str = "graph_retries_total";
const EFFECTS: &str = "graph_effects_total";
const COMMIT_DURATION: &str = "graph_commit_duration_seconds";
const CHECKPOINT_BYTES: &str = "graph_checkpoint_bytes";

/// Gives the recorder that the program has installed the units and descriptions of all metrics; call it once, after that.
///
/// # Examples
///
/// ```
/// graph_runtime::describe_metrics();
/// ```
pub fn describe_metrics() {
    describe_counter!(RUNS, Unit::Count, "runs of threads, by how they ended");
    describe_counter!(FAILURES, Unit::Count, "runs that failed, by what failed");
    describe_gauge!(RUNNING, Unit::Count, "runs that go on in this process");
    describe_counter!(STEPS, Unit::Count, "supersteps that are done");
    describe_histogram!(STEP_DURATION, Unit::Seconds, "time from the start of a superstep to its commit");
    describe_counter!(TASKS, Unit::Count, "tasks, by node and by how they ended");
    describe_counter!(RETRIES, Unit::Count, "attempts that failed and are tried again");
    describe_counter!(EFFECTS, Unit::Count, "calls of `once` and `at_most_once`, by what came of them");
    describe_histogram!(COMMIT_DURATION, Unit::Seconds, "time that the store takes for a checkpoint");
    describe_histogram!(CHECKPOINT_BYTES, Unit::Bytes, "size of a checkpoint");
}

/// The metrics of one run. Their handles are made once, so that a step records without asking for them.
#[derive(Clone)]
pub(crate) struct Meters(Arc<Handles>);

struct Handles {
    graph: &'static str,
    running: Gauge,
    steps: Counter,
    step_duration: Histogram,
    commit_duration: Histogram,
    checkpoint_bytes: Histogram,
    /// By node.
    tasks: Mutex<HashMap<&'static str, Tasks>>,
}

struct Tasks {
    finished: Counter,
    failed: Counter,
    retries: Counter,
}

impl Tasks {
    fn new(graph: &'static str, node: &'static str) -> Self {
        let ended = |outcome: &'static str| counter!(TASKS, "graph" => graph, "node" => node, "outcome" => outcome);
        let retries = counter!(RETRIES, "graph" => graph, "node" => node);
        Tasks { finished: ended("finished"), failed: ended("failed"), retries }
    }
}

impl Meters {
    pub(crate) fn new(graph: &'static str) -> Meters {
        Meters(Arc::new(Handles {
            graph,
            running: gauge!(RUNNING, "graph" => graph),
            steps: counter!(STEPS, "graph" => graph),
            step_duration: histogram!(STEP_DURATION, "graph" => graph),
            commit_duration: histogram!(COMMIT_DURATION, "graph" => graph),
            checkpoint_bytes: histogram!(CHECKPOINT_BYTES, "graph" => graph),
            tasks: Mutex::default(),
        }))
    }

    /// The time at which something begins that will be measured.
    #[allow(clippy::unused_self, reason = "without the feature no clock is read")]
    pub(crate) fn begin(&self) -> Instant {
        Instant::now()
    }

    pub(crate) fn run_began(&self) {
        self.0.running.increment(1.0);
    }

    pub(crate) fn run_ended(&self, outcome: &'static str, failure: Option<&'static str>) {
        let graph = self.0.graph;
        self.0.running.decrement(1.0);
        counter!(RUNS, "graph" => graph, "outcome" => outcome).increment(1);
        if let Some(error) = failure {
            counter!(FAILURES, "graph" => graph, "error" => error).increment(1);
        }
    }

    pub(crate) fn step(&self, took: Duration) {
        self.0.steps.increment(1);
        self.0.step_duration.record(took);
    }

    pub(crate) fn commit(&self, began: Instant, bytes: usize) {
        self.0.commit_duration.record(began.elapsed());
        #[expect(clippy::cast_precision_loss, reason = "a record is far below 2^52 bytes")]
        self.0.checkpoint_bytes.record(bytes as f64);
    }

    pub(crate) fn task_finished(&self, node: &'static str) {
        self.task(node, |tasks| tasks.finished.increment(1));
    }

    pub(crate) fn task_failed(&self, node: &'static str) {
        self.task(node, |tasks| tasks.failed.increment(1));
    }

    pub(crate) fn retry(&self, node: &'static str) {
        self.task(node, |tasks| tasks.retries.increment(1));
    }

    fn task(&self, node: &'static str, count: impl FnOnce(&Tasks)) {
        let mut tasks = self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        count(tasks.entry(node).or_insert_with(|| Tasks::new(self.0.graph, node)));
    }
}

/// An effect was called. Its name is no label: programs may make one for every item.
pub(crate) fn effect_done(graph: &Arc<str>, node: &'static str, outcome: &'static str) {
    counter!(EFFECTS, "graph" => Arc::clone(graph), "node" => node, "outcome" => outcome).increment(1);
}
