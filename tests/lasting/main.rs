//! A checkpoint is what it was when it was made, for as long as it is there: whatever becomes of its thread and of the records that
//! it is read with.
//!
//! Runs of a graph whose state changes in every way that a state can, and is so large that records leap, are mixed with forks, edits,
//! copies, moves to another store, crashes, a newer program, and prunes: by a program that does not know the fields, and by
//! another process in the middle of a run. What the nodes saw in memory is what is read, then and after every other operation, one by
//! one and all at once. A plain run is short. For a long one:
//!
//! ```text
//! GRAPH_TESTS_CASES=1000 GRAPH_TESTS_OPERATIONS=150 cargo test --release -p graph-tests --test lasting
//! ```

mod look;
mod operation;
mod program;
mod sleep;
mod subject;
mod view;
mod world;

use look::LEAPS;
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::atomic::Ordering;
use subject::Subject;

fn number(name: &str, plain: u32) -> u32 {
    std::env::var(name).ok().and_then(|number| number.parse().ok()).unwrap_or(plain)
}

fn lasts(engine: &'static str, share: u32) {
    let (cases, most) = (number("GRAPH_TESTS_CASES", 8) / share, number("GRAPH_TESTS_OPERATIONS", 50) as usize);
    let (failure_persistence, max_shrink_iters) = (None, 1024);
    let config = ProptestConfig { cases, failure_persistence, max_shrink_iters, ..ProptestConfig::default() };
    proptest!(config, |(operations in vec(operation::operation(), most..=most))| {
        let mut subject = Subject::new(engine);
        for operation in &operations {
            subject.operate(operation);
        }
    });
    println!("{} leaps in {engine}", LEAPS.load(Ordering::Relaxed));
}

#[test]
fn checkpoints_in_memory_last() {
    lasts("memory", 1);
}

#[test]
fn checkpoints_in_sled_last() {
    lasts("sled", 8);
}

#[test]
fn checkpoints_in_redb_last() {
    lasts("redb", 8);
}
