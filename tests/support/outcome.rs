//! How a run ended, where a test wants one of the ways.

use graph_runtime::{Error, Outcome, Pause, Stop};

/// The state at the end of a run.
///
/// # Panics
///
/// If the run did not come to its end.
pub fn finished<S>(outcome: Result<Outcome<S>, Error>) -> S {
    outcome.unwrap().finished().unwrap()
}

/// What a thread waits for.
///
/// # Panics
///
/// If it does not wait.
pub fn paused<S>(outcome: Outcome<S>) -> Pause {
    match outcome {
        Outcome::Paused(pause) => pause,
        other => panic!("it does not wait: {}", ended(&other)),
    }
}

/// Why a run stopped.
///
/// # Panics
///
/// If it did not.
pub fn stopped<S>(outcome: Outcome<S>) -> Stop {
    match outcome {
        Outcome::Stopped(stop) => stop,
        other => panic!("it did not stop: {}", ended(&other)),
    }
}

fn ended<S>(outcome: &Outcome<S>) -> String {
    match outcome {
        Outcome::Finished(_) => "it finished".to_owned(),
        Outcome::Paused(pause) => pause.to_string(),
        Outcome::Stopped(stop) => stop.to_string(),
    }
}
