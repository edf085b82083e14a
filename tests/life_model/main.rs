//! Any sequence of calls does to threads what a model in a map says: runs step by step, pauses and replies, wrong ones and late
//! ones, forks, replays and edits anywhere in the past, prunes, copies, deletions, and crashes at any moment before, between and
//! after the writes of a call.
//!
//! After every operation the outcome or the refusal, the snapshot, the listing, what ran, and the bytes that were there before are
//! compared; now and then, and after whatever could damage it, the whole history and the branch of the head. A plain run
//! does 256 times 64 operations, of which each engine on the disk sees a sixteenth. For a long one, the second with states so large that
//! their records leap:
//!
//! ```text
//! GRAPH_TESTS_CASES=10000 GRAPH_TESTS_OPERATIONS=200 cargo test --release -p graph-tests --test life_model
//! GRAPH_TESTS_CASES=2000 GRAPH_TESTS_OPERATIONS=200 GRAPH_TESTS_COVER=36000 cargo test --release -p graph-tests --test life_model
//! ```

mod edit;
mod end;
mod found;
mod given;
mod graph;
mod history;
mod names;
mod nodes;
mod operation;
mod place;
mod reference;
mod reply;
mod run;
mod strategy;
mod subject;
mod thread;

use graph_runtime::{RedbSaver, SledSaver};
use operation::Operation;
use place::{Disk, Memory, Place};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use reference::Model;
use std::marker::PhantomData;
use subject::Subject;

impl ReferenceStateMachine for Model {
    type State = Model;
    type Transition = Operation;

    fn init_state() -> BoxedStrategy<Model> {
        Just(Model::default()).boxed()
    }

    fn transitions(model: &Model) -> BoxedStrategy<Operation> {
        strategy::operation(model)
    }

    fn apply(mut model: Model, operation: &Operation) -> Model {
        let _ = model.operate(operation);
        model.worlds = None;
        model
    }
}

/// The threads in a place.
struct Threads<P>(PhantomData<P>);

impl<P: Place> StateMachineTest for Threads<P> {
    type SystemUnderTest = Subject<P>;
    type Reference = Model;

    fn init_test(_: &Model) -> Subject<P> {
        Subject::new()
    }

    /// The model of the sequence is the one that the operations were drawn from: its calls all run to their ends. The subject
    /// has its own, which knows what crashes have left.
    fn apply(mut subject: Subject<P>, _: &Model, operation: Operation) -> Subject<P> {
        subject.operate(&operation);
        subject
    }

    fn teardown(mut subject: Subject<P>, _: Model) {
        subject.look_at_all();
    }
}

fn number(name: &str, plain: u32) -> u32 {
    std::env::var(name).ok().and_then(|number| number.parse().ok()).unwrap_or(plain)
}

fn follow<P: Place>(share: u32) {
    let (cases, most) = (number("GRAPH_TESTS_CASES", 256) / share, number("GRAPH_TESTS_OPERATIONS", 64) as usize);
    let (failure_persistence, max_shrink_iters) = (None, 4096);
    let config = ProptestConfig { cases, failure_persistence, max_shrink_iters, ..ProptestConfig::default() };
    proptest!(config.clone(), |((model, operations, seen) in Model::sequential_strategy(most..=most))| {
        Threads::<P>::test_sequential(config.clone(), model, operations, seen);
    });
}

#[test]
fn threads_in_memory_live_as_the_model_says() {
    follow::<Memory>(1);
}

#[test]
fn threads_in_sled_live_as_the_model_says() {
    follow::<Disk<SledSaver>>(16);
}

#[test]
fn threads_in_redb_live_as_the_model_says() {
    follow::<Disk<RedbSaver>>(16);
}
