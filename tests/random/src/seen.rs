//! What is found, beside what is wanted.

use crate::reference::{Checkpoint, Circle};
use crate::script::PLANNED;
use crate::subject::Seen;
use graph_runtime::{Error, NodeCause, NodeError, Source};

/// Whether a checkpoint is the one that was found.
pub(crate) fn same(wanted: &Checkpoint, seen: &Seen) -> bool {
    // A run without a step leaves two inputs at one step, so their seeds tell them apart.
    (wanted.state.seed, wanted.step, wanted.input) == (seen.state.seed, seen.step, seen.source == Source::Input)
}

/// Compares a checkpoint with the one that was found.
pub(crate) fn assert_seen(seen: &Seen, wanted: &Checkpoint) {
    assert_eq!((seen.step, seen.source == Source::Input), (wanted.step, wanted.input));
    assert_eq!(seen.state, wanted.state, "after step {}", wanted.step);
    assert_eq!(seen.tasks, wanted.tasks, "after step {}", wanted.step);
}

/// The step of an error, and the tasks in the order in which it tells them.
pub(crate) fn failed(error: Error) -> (u64, Vec<String>) {
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

/// The step and the task of an error that tells of a circle.
pub(crate) fn circled(error: Error) -> (u64, Circle) {
    match error {
        Error::Node(NodeError { cause: NodeCause::Endless { .. }, task, step, .. }) => (step, Circle(task)),
        other => panic!("{other}"),
    }
}
