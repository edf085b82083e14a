//! One case: a graph, its inputs, and everything that goes wrong on the way; and what must be the same all the same.

use crate::program::chance::Chance;
use crate::program::{Program, dice};
use crate::recorder::{Recorder, Tape};
use crate::reference::{Checkpoint, Circle, Story, tell};
use crate::script::{PLANNED, Runs, Script, Shared};
use crate::subject::{Handle, Seen, Subject};
use futures_lite::future::{block_on, poll_fn};
use graph_runtime::{
    Checkpointer, Durability, Error, MemorySaver, NodeCause, NodeError, Outcome, SledSaver, Source, Status, StopReason,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::task::Poll;

pub(crate) struct Case<'a> {
    pub(crate) program: &'a Program,
    pub(crate) subject: &'a dyn Subject,
    pub(crate) seed: u64,
}

/// How many polls a case may need at most; one that needs more waits for ever.
const PATIENCE: usize = 100_000;

/// How often a run is dropped before it is left alone.
const DROPS: usize = 12;

impl Case<'_> {
    fn chance(&self) -> Chance {
        Chance::new(dice::mix(self.seed, 3))
    }

    fn script(&self, failing: u64, drops: bool) -> Shared {
        Arc::new(Script { seed: self.seed, failing, drops, rests: self.seed % 5, ..Script::default() })
    }

    /// Runs the graph in memory, where a failure ends all.
    pub(crate) fn in_memory(&self) {
        let story = tell(self.program, &[self.seed]);
        let failing = [0, 0, 4][self.chance().below(3)];
        let script = self.script(failing, false);
        let steps = story.checkpoints.iter();
        let fails = steps
            .clone()
            .find(|checkpoint| checkpoint.running.iter().any(|task| script.failures(checkpoint.step + 1, task) > 0));
        match (block_on(self.subject.run(Arc::clone(&script), self.seed)), fails, &story.circle) {
            (Ok(state), None, None) => assert_eq!(Some(&state), steps.last().map(|checkpoint| &checkpoint.state)),
            (Err(error), Some(checkpoint), _) => {
                let failing = |task: &&String| script.failures(checkpoint.step + 1, task) > 0;
                let tasks: Vec<_> = checkpoint.running.iter().filter(failing).cloned().collect();
                assert_eq!(failed(error), (checkpoint.step + 1, tasks));
            }
            (Err(error), None, Some(circle)) => assert_eq!(circled(error), *circle),
            (found, fails, circle) => panic!("{found:?} is not as {fails:?} and {circle:?} have it"),
        }
        self.counted(&script, &story, 0, fails.map(|checkpoint| checkpoint.step + 1));
    }

    /// Runs a thread through failures, drops and restarts.
    pub(crate) fn with_store(&self, disk: bool) {
        let mut chance = self.chance();
        let inputs: Vec<u64> = (0..=u64::from(chance.percent(30))).map(|input| self.seed.wrapping_add(input)).collect();
        let story = tell(self.program, &inputs);
        let drops = chance.percent(50);
        let script = self.script([0, 10, 40][chance.below(3)], drops);
        let durability = [Durability::Sync, Durability::Sync, Durability::Async, Durability::Exit][chance.below(4)];
        let rests = if chance.percent(50) { 2 } else { 0 };
        let directory = disk.then(|| tempfile::tempdir().expect("a directory"));
        let memory = MemorySaver::new();
        let open = || -> Arc<dyn Checkpointer> {
            match &directory {
                Some(directory) => Arc::new(SledSaver::open(directory.path().join("store")).expect("a store")),
                None => Arc::new(memory.clone()),
            }
        };
        let mut drive = Drive { story: &story, script: &script, tape: Tape::default(), durability, dropped: 0 };
        let (mut input, mut left) = (0, if drops { DROPS } else { 0 });
        while input < inputs.len() {
            let recorder = Recorder::new(open(), drive.tape.clone(), Arc::clone(&script), rests);
            let limit = if chance.percent(30) { 1 + chance.below(3) as u64 } else { 10_000 };
            let handle = self.subject.open(recorder, Arc::clone(&script), limit, durability);
            let polls = if left > 0 { chance.below(40) } else { PATIENCE };
            left = left.saturating_sub(1);
            match drive.run(&*handle, inputs[input], input, limit, polls) {
                Ended::Unfinished => {}
                Ended::Finished => input += 1,
                Ended::Circle => break,
            }
        }
        let (tape, dropped) = (drive.tape, drive.dropped);
        self.compare(&story, &tape.play(|store| self.subject.look(store)), durability);
        self.counted(&script, &story, dropped, None);
    }

    /// Compares what the store has seen with what it has to see.
    fn compare(&self, story: &Story, found: &[Seen], durability: Durability) {
        if durability != Durability::Exit {
            assert!(found.len() >= story.checkpoints.len(), "checkpoints are missing behind {:?}", found.last());
        }
        for (index, seen) in found.iter().enumerate() {
            let exact = durability != Durability::Exit;
            let wanted = match story.checkpoints.get(index) {
                Some(wanted) if exact => Some(wanted),
                _ => story.checkpoints.iter().find(|wanted| same(wanted, seen)),
            };
            let wanted = wanted.unwrap_or_else(|| panic!("nobody expects {seen:?}"));
            assert_seen(seen, wanted);
            let over = if wanted.tasks.is_empty() { Status::Finished } else { Status::Running };
            assert_eq!(seen.status, over);
        }
    }

    /// Every task of every step has succeeded, once; and no other has run.
    fn counted(&self, script: &Script, story: &Story, dropped: u32, end: Option<u64>) {
        let log = script.log();
        assert_eq!(log.wrong, Vec::<String>::new());
        let steps = story
            .checkpoints
            .iter()
            .flat_map(|Checkpoint { step, running, .. }| running.iter().map(move |task| (step + 1, task.clone())));
        let wanted: BTreeSet<_> = steps.filter(|(step, _)| end.is_none_or(|end| *step <= end)).collect();
        for (key, Runs { succeeded, .. }) in &log.runs {
            assert!(wanted.contains(key), "{key:?} ran, and should not have");
            let most = if matches!(&story.circle, Some((step, _)) if *step == key.0) { u32::MAX } else { 1 + dropped };
            assert!(*succeeded <= most, "{key:?} ran {succeeded} times in spite of {dropped} drops");
        }
        for key in &wanted {
            let runs = log.runs.get(key).copied().unwrap_or_default();
            assert!(runs.succeeded + runs.failed > 0, "{key:?} never ran");
            assert!(end.is_some() || runs.succeeded > 0, "{key:?} never succeeded");
        }
    }
}

fn same(wanted: &Checkpoint, seen: &Seen) -> bool {
    // A run without a step leaves two inputs at one step, so their seeds tell them apart.
    (wanted.state.seed, wanted.step, wanted.input) == (seen.state.seed, seen.step, seen.source == Source::Input)
}

fn assert_seen(seen: &Seen, wanted: &Checkpoint) {
    assert_eq!((seen.step, seen.source == Source::Input), (wanted.step, wanted.input));
    assert_eq!(seen.state, wanted.state, "after step {}", wanted.step);
    assert_eq!(seen.tasks, wanted.tasks, "after step {}", wanted.step);
}

/// The step of an error, and the tasks in the order in which it tells them.
fn failed(error: Error) -> (u64, Vec<String>) {
    let errors = match error {
        Error::Node(error) => vec![error],
        Error::Nodes(errors) => errors,
        other => panic!("{other}"),
    };
    for error in &errors {
        assert!(error.cause.to_string().ends_with(PLANNED), "{error}");
    }
    let step = errors.first().map_or(0, |error| error.step);
    assert!(errors.iter().all(|error| error.step == step));
    (step, errors.into_iter().map(|error| error.task).collect())
}

fn circled(error: Error) -> (u64, Circle) {
    match error {
        Error::Node(NodeError { cause: NodeCause::Endless { .. }, task, step, .. }) => (step, Circle(task)),
        other => panic!("{other}"),
    }
}

/// Polls a future so many times, and drops it then.
fn polled<T>(mut future: graph_runtime::BoxFuture<'static, T>, mut polls: usize) -> Option<T> {
    block_on(poll_fn(move |cx| {
        if polls == 0 {
            return Poll::Ready(None);
        }
        polls -= 1;
        future.as_mut().poll(cx).map(Some)
    }))
}

struct Drive<'a> {
    story: &'a Story,
    script: &'a Script,
    tape: Tape,
    durability: Durability,
    dropped: u32,
}

enum Ended {
    Unfinished,
    Finished,
    Circle,
}

impl Drive<'_> {
    /// Starts the input of this number or goes on with it, for so many polls.
    fn run(&mut self, handle: &dyn Handle, seed: u64, input: usize, limit: u64, polls: usize) -> Ended {
        let end = self.story.ends.get(input).map(|&end| &self.story.checkpoints[end - 1]);
        let before = block_on(handle.snapshot()).expect("the store is whole");
        self.script.log().failed.clear();
        let (future, step) = match before {
            None => (handle.invoke(seed), 0),
            Some(seen) if seen.status == Status::Finished && seen.state.seed != seed => {
                (handle.invoke(seed), seen.step)
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
            Ok(Outcome::Finished(state)) => {
                let end = end.expect("an end");
                assert_eq!(state, end.state);
                assert!(end.step - step <= limit);
                assert_seen(&after.expect("a checkpoint"), end);
                Ended::Finished
            }
            Ok(Outcome::Stopped(stop)) => {
                assert_eq!(stop.reason, StopReason::StepLimit { limit });
                let after = after.expect("a checkpoint");
                assert_eq!((after.status, after.step), (Status::Stopped, step + limit));
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
