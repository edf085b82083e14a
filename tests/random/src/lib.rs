//! Random structured graphs do what a simple interpreter says: the same states, the same checkpoints, whatever the order in
//! which tasks end, which of them fail first, and where a run is dropped and its process starts again.
//!
//! The graphs are written by the build script, 40 from the seed 1; each case is one of them with a script for its nodes.
//! More of both:
//!
//! ```text
//! GRAPH_TESTS_GRAPHS=200 GRAPH_TESTS_SEED=7 GRAPH_TESTS_CASES=20000 cargo test --release -p graph-random
//! ```

#![cfg(test)]

mod case;
mod drive;
mod program;
mod recorder;
mod reference;
mod script;
mod seen;
mod subject;
mod trace;
#[allow(dead_code, reason = "some of it is for the build script alone")]
mod writer;

use case::Case;
use program::dice::mix;
use program::{Program, programs};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use subject::Subject;

/// The programs as the macro has expanded them.
mod graphs {
    use crate::script::{Script, Visit};
    use crate::subject::{Of, Subject};
    use crate::trace::{Item, Trace, alone, choose, enter, entrance, farewell, left, list, right, shared, wanted};
    use graph_runtime::{BoxError, Command, Ctx, Update, graph};

    include!(concat!(env!("OUT_DIR"), "/graphs.rs"));
}

#[test]
fn graphs_in_memory_do_what_the_interpreter_says() {
    each(2, |case| {
        case.in_memory();
    });
}

#[test]
fn threads_in_memory_go_through_failures_and_drops() {
    each(2, |case| case.with_store(false));
}

#[test]
fn threads_on_disk_go_through_failures_and_restarts() {
    each(40, |case| case.with_store(true));
}

/// Runs a share of the cases, spread over the graphs.
fn each(share: u64, check: impl Fn(&Case<'_>)) {
    quieten();
    let number = |text: &str| text.parse::<u64>().expect("the build script wrote a number");
    let seed = number(env!("GRAPH_RANDOM_SEED"));
    let programs = programs(seed, number(env!("GRAPH_RANDOM_COUNT")));
    let subjects = graphs::subjects();
    let cases = std::env::var("GRAPH_TESTS_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(800);
    for number in 0..cases / share {
        let graph = usize::try_from(number).unwrap_or(0) % programs.len();
        one(&programs[graph], &*subjects[graph], mix(mix(seed, number), share), &check);
    }
}

fn one(program: &Program, subject: &dyn Subject, seed: u64, check: impl Fn(&Case<'_>)) {
    let case = Case { program, subject, seed };
    if let Err(message) = panic::catch_unwind(AssertUnwindSafe(|| check(&case))) {
        eprintln!("the script {seed} of\n{}", writer::graph(program));
        panic::resume_unwind(message);
    }
}

/// Planned panics are many, and each would print its trace.
fn quieten() {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if info.payload().downcast_ref::<&str>() != Some(&script::PLANNED) {
                loud(info);
            }
        }));
    });
}
