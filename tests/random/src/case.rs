//! One case: a graph, its inputs, and everything that goes wrong on the way; and what must be the same all the same.

use crate::drive::{Drive, Ended, PATIENCE};
use crate::program::Program;
use crate::program::chance::Chance;
use crate::program::dice::mix;
use crate::recorder::{Recorder, Tape};
use crate::reference::{Checkpoint, Story, tell};
use crate::script::{Runs, Script, Shared};
use crate::seen::{assert_seen, circled, failed, same};
use crate::subject::{Seen, Subject};
use futures_lite::future::block_on;
use graph_runtime::{Checkpointer, Durability, MemorySaver, SledSaver, Status};
use std::collections::BTreeSet;
use std::sync::Arc;

pub(crate) struct Case<'a> {
    pub(crate) program: &'a Program,
    pub(crate) subject: &'a dyn Subject,
    pub(crate) seed: u64,
}

/// How often a run is dropped before it is left alone.
const DROPS: usize = 12;

impl Case<'_> {
    fn chance(&self) -> Chance {
        Chance::new(mix(self.seed, 3))
    }

    fn script(&self, story: &Story, failing: u64, drops: bool) -> Shared {
        let circle = story.circle.as_ref().map(|(step, _)| *step);
        Arc::new(Script { seed: self.seed, failing, drops, circle, rests: self.seed % 5, ..Script::default() })
    }

    /// Runs the graph in memory, where a failure ends all.
    pub(crate) fn in_memory(&self) {
        let story = tell(self.program, &[self.seed]);
        let failing = [0, 0, 4][self.chance().below(3)];
        let script = self.script(&story, failing, false);
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
        counted(&script, &story, 0, fails.map(|checkpoint| checkpoint.step + 1));
    }

    /// Runs a thread through failures, drops and restarts.
    pub(crate) fn with_store(&self, disk: bool) {
        let mut chance = self.chance();
        let inputs: Vec<u64> = (0..=u64::from(chance.percent(30))).map(|input| self.seed.wrapping_add(input)).collect();
        let story = tell(self.program, &inputs);
        let drops = chance.percent(50);
        let script = self.script(&story, [0, 10, 40][chance.below(3)], drops);
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
        compare(&story, &tape.play(|store| self.subject.look(store)), durability);
        counted(&script, &story, dropped, None);
    }
}

/// Compares what the store has seen with what it has to see.
fn compare(story: &Story, found: &[Seen], durability: Durability) {
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
fn counted(script: &Script, story: &Story, dropped: u32, end: Option<u64>) {
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
