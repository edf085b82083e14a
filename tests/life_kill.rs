//! `kill -9` while threads are run, pruned, copied and deleted: what is left is whole, or says that it is not.

use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{Error, Graph, Keep, SledSaver, Status};
use graph_tests::walk::{Probe, Trail, Walk, walked};
use graph_tests::{child_store, start_child, wait_for};
use std::path::Path;
use std::time::Duration;

fn open(store: &Path) -> Graph<Walk> {
    Walk::builder().context(Probe::default()).checkpointer(SledSaver::open(store).unwrap()).build()
}

/// The body of the other process; an empty test in this one.
#[test]
fn child() {
    let Some(store) = child_store() else { return };
    println!("\nopening");
    let graph = open(Path::new(&store));
    println!("opened");
    block_on(async {
        let thread = graph.thread("a");
        loop {
            let laps = thread.snapshot().await.unwrap().map_or(0, |at| at.state.laps());
            thread.resume_or_invoke(Trail::to(laps + 9)).await.unwrap().finished().unwrap();
            match graph.thread("b").snapshot().await {
                Ok(None) | Err(Error::Copying { .. }) => drop(thread.copy_to("b").await.unwrap()),
                _ => graph.thread("b").delete().await.unwrap(),
            }
            thread.prune(if laps % 2 == 0 { Keep::Last(7) } else { Keep::Pauses }).await.unwrap();
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
fn a_prune_or_a_copy_that_is_killed_leaves_whole_threads() {
    let kills = std::env::var("GRAPH_TESTS_KILLS").map_or(30, |kills| kills.parse().expect("a number of kills"));
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().join("store");
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let (mut steps, mut halves) = (0, 0);
    for kill in 0..kills {
        let (mut child, _stdin, mut stdout) = start_child(&store);
        wait_for(&mut stdout, "opened");
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        std::thread::sleep(Duration::from_micros(random % 150_000));
        child.kill().unwrap();
        child.wait().unwrap();
        let (step, half) = check(&open(&store));
        assert!(step >= steps, "kill {kill}: {step} after {steps}");
        (steps, halves) = (step, halves + u32::from(half));
    }
    println!("{kills} kills, {steps} steps, {halves} times a copy was not whole");
}
