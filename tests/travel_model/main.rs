//! Any sequence of runs, replays, forks and edits does to a thread what a model in a vector says: a tree of checkpoints that
//! only grows, in which every branch has the state, the tasks and the status that its own past explains.
//!
//! The graph is random, too: its routes read a table in the state. More sequences than the 96 of a plain run:
//!
//! ```text
//! GRAPH_TESTS_CASES=10000 cargo test --release -p graph-tests --test travel_model
//! ```

mod graph;
mod reference;

use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph::{Plan, Wander, Wandering, WanderingNode};
use graph_runtime::{CheckpointId, Error, MemorySaver, Outcome, Snapshot, StopReason, Thread};
use graph_tests::{Laid, laid, thread_of};
use proptest::prelude::*;
use reference::{End, Model, Seen};
use std::sync::Arc;

/// One call. A checkpoint is a number, which counts those that there are.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    Invoke { table: Vec<u8>, restart: bool, fails: u8 },
    Resume { fails: u8 },
    Replay { at: usize, fails: u8 },
    Fork { at: usize, word: u8, fails: u8 },
    Update { word: u8, node: Option<WanderingNode> },
    UpdateAt { at: usize, word: u8, node: Option<WanderingNode> },
    Cancel,
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let fails = || prop_oneof![3 => Just(0), 2 => 1..7_u8];
    let node = || {
        let nodes = [WanderingNode::One, WanderingNode::Two, WanderingNode::Three];
        proptest::option::of(proptest::sample::select(nodes.to_vec()))
    };
    let (at, word) = (|| any::<usize>(), || 100..200_u8);
    let table = proptest::collection::vec(0..5_u8, 0..5);
    let call = prop_oneof![
        4 => (table, any::<bool>(), fails()).prop_map(|(table, restart, fails)| Call::Invoke { table, restart, fails }),
        3 => fails().prop_map(|fails| Call::Resume { fails }),
        3 => (at(), fails()).prop_map(|(at, fails)| Call::Replay { at, fails }),
        3 => (at(), word(), fails()).prop_map(|(at, word, fails)| Call::Fork { at, word, fails }),
        3 => (word(), node()).prop_map(|(word, node)| Call::Update { word, node }),
        2 => (at(), word(), node()).prop_map(|(at, word, node)| Call::UpdateAt { at, word, node }),
        1 => Just(Call::Cancel),
    ];
    proptest::collection::vec(call, 1..=24)
}

#[test]
fn a_thread_follows_the_model_of_its_tree() {
    let cases = std::env::var("GRAPH_TESTS_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(96);
    proptest!(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }, |(calls in calls())| {
        let (saver, plan) = (MemorySaver::new(), Arc::<Plan>::default());
        let graph = Wandering::builder().context(Arc::clone(&plan)).checkpointer(saver.clone());
        let thread = graph.step_limit(reference::LIMIT).build().thread("a");
        let mut model = Model::default();
        let mut before: Vec<Laid> = Vec::new();
        for call in &calls {
            let wanted = model.call(call);
            let end = block_on(done(&thread, &plan, model.known, call));
            assert_eq!(end, wanted, "{call:?}");
            assert_eq!(plan.ran(), model.ran(), "{call:?}");
            let found: Vec<Seen> = block_on(thread.history().map(|at| at.map(|at| seen(&at))).try_collect()).unwrap();
            assert_eq!(found, model.history(), "{call:?}");
            let line = thread.history().branch().map(|at| at.map(|at| at.id.0));
            assert_eq!(block_on(line.try_collect::<u64, Error, Vec<u64>>()).unwrap(), model.line(), "{call:?}");
            assert_eq!(block_on(thread.verify()).unwrap(), found.len() as u64);
            let after = laid(&saver, &thread_of("Wandering", "a"));
            unchanged(&before, &after);
            before = after;
        }
    });
}

/// Nothing changes but what lies beside the head.
fn unchanged(before: &[Laid], after: &[Laid]) {
    let Some((head, past)) = before.split_last() else { return };
    assert!(after[..past.len()] == *past && after[past.len()].0 == head.0);
}

async fn done(thread: &Thread<Wandering>, plan: &Plan, known: usize, call: &Call) -> End {
    let word = |word: &u8| Wander::update().log([*word]);
    let checkpoint = |at: &usize| thread.at(CheckpointId((at % known.max(1)) as u64 + 1));
    let (fails, run) = match call {
        Call::Invoke { table, restart, fails } => {
            let invoke = thread.invoke(Wander::update().table(table.clone()));
            (fails, if *restart { invoke.restart() } else { invoke }.stream())
        }
        Call::Resume { fails } => (fails, thread.resume().stream()),
        Call::Replay { at, fails } => (fails, checkpoint(at).replay().stream()),
        Call::Fork { at, word: added, fails } => (fails, checkpoint(at).fork(word(added)).stream()),
        Call::Update { word: added, node } => {
            let edit = thread.update(word(added));
            return edited(if let Some(node) = node { edit.as_node(*node) } else { edit }.await);
        }
        Call::UpdateAt { at, word: added, node } => {
            let edit = checkpoint(at).update(word(added));
            return edited(if let Some(node) = node { edit.as_node(*node) } else { edit }.await);
        }
        Call::Cancel => return thread.cancel("enough").await.map_or_else(Into::into, |()| End::Done),
    };
    plan.fail(*fails);
    let mut run = run;
    let mut end = None;
    while let Some(event) = run.next().await {
        match event {
            Ok(graph_runtime::Event::Ended(outcome)) => end = Some(ended(&outcome)),
            Ok(_) => {}
            Err(error) => end = Some(error.into()),
        }
    }
    end.expect("a run ends")
}

fn ended(outcome: &Outcome<impl Sized>) -> End {
    match outcome {
        Outcome::Finished(_) => End::Done,
        Outcome::Stopped(stop) => match &stop.reason {
            StopReason::StepLimit { .. } => End::Limit,
            StopReason::Cancelled { .. } => End::Cancelled,
            other => panic!("{other:?}"),
        },
        Outcome::Paused(pause) => panic!("{pause}"),
    }
}

/// An edit is the newest checkpoint, which the history shows.
fn edited(edit: Result<Snapshot<Wandering>, Error>) -> End {
    edit.map_or_else(Into::into, |snapshot| End::Edited(seen(&snapshot)))
}

impl From<Error> for End {
    fn from(error: Error) -> End {
        match error {
            Error::Node(_) | Error::Nodes(_) => End::Failed,
            Error::Unfinished { status, .. } => End::Unfinished(status),
            Error::NothingToResume { status, .. } | Error::NothingToCancel { status, .. } => End::Nothing(status),
            Error::UnknownThread { .. } | Error::UnknownCheckpoint { .. } => End::Unknown,
            error => panic!("{error}"),
        }
    }
}

fn seen(snapshot: &Snapshot<Wandering>) -> Seen {
    Seen {
        id: snapshot.id.0,
        parent: snapshot.parent.map(|parent| parent.0),
        step: snapshot.step,
        source: snapshot.source,
        status: snapshot.status,
        tasks: snapshot.tasks.clone(),
        state: snapshot.state.clone(),
    }
}
