//! Any sequence of calls does to the threads of a graph what a model in a map says: how each call ends, which nodes ran at
//! which step and attempt, what snapshots and listings show, and that records follow each other and never change.
//!
//! More sequences than the 256 of a plain run, of which the disk sees an eighth:
//!
//! ```text
//! GRAPH_TESTS_CASES=10000 cargo test --release -p graph-tests --test model
//! ```

mod call;
mod graph;
mod reference;
mod stored;
mod subject;

use call::{Call, End, calls};
use graph_runtime::{Checkpointer, Durability, MemorySaver, SledSaver};
use proptest::prelude::*;
use reference::Model;
use std::panic;
use std::sync::Once;
use subject::{Subject, seen};

#[test]
fn threads_in_memory_follow_the_model() {
    quieten();
    proptest!(cases(1), |((durability, calls) in calls(40))| {
        let store = MemorySaver::new();
        follow(|| store.clone(), durability, &calls);
    });
}

#[test]
fn threads_on_disk_follow_the_model() {
    quieten();
    proptest!(cases(8), |((durability, calls) in calls(40))| {
        let directory = tempfile::tempdir().unwrap();
        follow(|| SledSaver::open(directory.path().join("store")).unwrap(), durability, &calls);
    });
}

fn follow<S: Checkpointer + Clone>(open: impl Fn() -> S, durability: Durability, calls: &[Call]) {
    let mut model = Model::new(durability);
    let mut subject = Subject::new(open, durability);
    for (number, call) in calls.iter().enumerate() {
        let wanted = model.call(number, call);
        let end = subject.call(number, call, &model.visited);
        let (ran, found) = (subject.ran(), subject.look());
        if call.drops_anywhere() && end == End::Dropped {
            assert!(model.ran.starts_with(&ran), "{call:?} ran {ran:?} of {:?}", model.ran);
            let left = model.states.iter().find(|threads| seen(threads) == found);
            model.threads = left.unwrap_or_else(|| panic!("{call:?} left {found:?}")).clone();
            continue;
        }
        assert_eq!(end, wanted, "{call:?}");
        assert_eq!(ran, model.ran, "{call:?}");
        assert_eq!(subject.recovered, model.recovered, "{call:?}");
        assert_eq!(found, seen(&model.threads), "{call:?}");
    }
}

fn cases(share: u32) -> ProptestConfig {
    let cases = std::env::var("GRAPH_TESTS_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(256);
    ProptestConfig { cases: cases / share, failure_persistence: None, ..ProptestConfig::default() }
}

/// Planned panics are many, and each would print its trace.
fn quieten() {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if info.payload().downcast_ref::<&str>() != Some(&"planned") {
                loud(info);
            }
        }));
    });
}
