//! `kill -9` while threads are run, pruned, copied and deleted: what is left is whole, or says that it is not.

use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{Error, Graph, Keep, Status};
use graph_tests::kills::{Killer, Started, kills};
use graph_tests::stores::open_store;
use graph_tests::walk::{Probe, Trail, Walk, walked};
use std::path::Path;

fn open(store: &Path) -> Graph<Walk> {
    Walk::builder().context(Probe::default()).checkpointer(open_store(store).unwrap()).build()
}

/// The body of the other process; an empty test in this one.
#[test]
fn child() {
    let Some(Started { store, .. }) = Started::from_env() else { return };
    println!("\nopening");
    let graph = open(&store);
    println!("opened");
    block_on(async {
        let thread = graph.thread("a");
        loop {
            let laps = thread.snapshot().await.unwrap().map_or(0, |at| at.state.laps());
            thread.resume_or_invoke(Trail::to(laps + 9)).await.unwrap().finished().unwrap();
            println!("ack run");
            match graph.thread("b").snapshot().await {
                Ok(None) | Err(Error::Copying { .. }) => drop(thread.copy_to("b").await.unwrap()),
                _ => graph.thread("b").delete().await.unwrap(),
            }
            println!("ack copy");
            thread.prune(if laps % 2 == 0 { Keep::Last(7) } else { Keep::Pauses }).await.unwrap();
            println!("ack prune");
        }
    });
}

/// Every thread is whole, and what it says is true.
fn check(graph: &Graph<Walk>) -> (u64, bool) {
    block_on(async {
        let thread = graph.thread("a");
        let Some(at) = thread.snapshot().await.unwrap() else { return (0, false) };
        let shown: Vec<_> = thread.history().map(Result::unwrap).collect::<Vec<_>>().await;
        assert_eq!(thread.verify().await.unwrap(), shown.len() as u64);
        assert_eq!(shown[0].id, at.id);
        for snapshot in shown {
            let steps: Vec<u64> = (1..=snapshot.step).collect();
            assert_eq!(snapshot.state.steps(), steps);
        }
        let copy = graph.thread("b");
        let half = match copy.snapshot().await {
            Ok(None) => false,
            Ok(Some(at)) => {
                assert_eq!(at.status, Status::Finished);
                assert_eq!(at.state, walked(at.state.laps()));
                copy.verify().await.unwrap();
                false
            }
            Err(Error::Copying { .. }) => {
                assert_eq!(graph.threads().status(Status::Copying).count().await, 1);
                true
            }
            Err(error) => panic!("{error}"),
        };
        (at.step, half)
    })
}

/// More of them: `GRAPH_TESTS_KILLS=1000 cargo test -p graph-tests --test life_kill -- --nocapture`.
#[test]
fn on_redb_a_prune_or_a_copy_that_is_killed_leaves_whole_threads() {
    a_prune_or_a_copy_that_is_killed_leaves_whole_threads("redb");
}

#[test]
fn on_sled_a_prune_or_a_copy_that_is_killed_leaves_whole_threads() {
    a_prune_or_a_copy_that_is_killed_leaves_whole_threads("sled");
}

fn a_prune_or_a_copy_that_is_killed_leaves_whole_threads(engine: &str) {
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().join(engine);
    let mut killer = Killer::new(&store);
    let (mut steps, mut halves) = (0, 0);
    for kill in 1..=kills(30) {
        killer.kill("run");
        let (step, half) = check(&open(&store));
        assert!(step >= steps, "kill {kill}: {step} after {steps}");
        (steps, halves) = (step, halves + u32::from(half));
    }
    println!("{engine}: {}; {steps} steps, {halves} times a copy was not whole", killer.counted);
}
