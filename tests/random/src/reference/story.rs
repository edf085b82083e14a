//! What becomes of a thread, from its first input to its last.

use super::{Circle, Machine, Memory};
use crate::program::Program;
use crate::trace::{Trace, hint};

/// A checkpoint as it has to be.
#[derive(Clone, Debug)]
pub(crate) struct Checkpoint {
    pub(crate) state: Trace,
    pub(crate) tasks: Vec<String>,
    pub(crate) step: u64,
    /// It is of an input, not of a step.
    pub(crate) input: bool,
    /// The nodes that run next.
    pub(crate) running: Vec<String>,
}

/// What becomes of a thread.
#[derive(Debug, Default)]
pub(crate) struct Story {
    pub(crate) checkpoints: Vec<Checkpoint>,
    /// How many checkpoints there are at the end of each input.
    pub(crate) ends: Vec<usize>,
    /// The circle at which the thread stands for ever.
    pub(crate) circle: Option<(u64, Circle)>,
}

/// Runs a program on several inputs, one after the other.
pub(crate) fn tell(program: &Program, inputs: &[u64]) -> Story {
    let mut story = Story::default();
    let (mut state, mut memory, mut step) = (Trace::default(), Memory::new(), 0);
    for &start in inputs {
        (state.seed, state.count, state.hint) = (start, 0, hint(start));
        let mut machine = Machine::new(program, "", "", state);
        if let Err(circle) = machine.begin(&mut memory) {
            story.circle = Some((step + 1, circle));
            return story;
        }
        story.note(&machine, step, true);
        while !machine.over() {
            step += 1;
            if let Err(circle) = machine.step(step, &mut memory) {
                story.circle = Some((step, circle));
                return story;
            }
            story.note(&machine, step, false);
        }
        story.ends.push(story.checkpoints.len());
        state = machine.state;
    }
    story
}

impl Story {
    fn note(&mut self, machine: &Machine<'_>, step: u64, input: bool) {
        let (tasks, running): (Vec<_>, Vec<_>) =
            machine.names().into_iter().map(|(name, runs)| (name.clone(), runs.then_some(name))).unzip();
        let running = running.into_iter().flatten().collect();
        self.checkpoints.push(Checkpoint { state: machine.state.clone(), tasks, step, input, running });
    }
}
