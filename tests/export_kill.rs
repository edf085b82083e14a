//! `kill -9` while threads are exported and imported: a thread is there or not, and the next import works.

use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{Error, Graph, Keep, MemorySaver, RedbSaver, SledSaver, Status};
use graph_tests::stores::ENGINES;
use graph_tests::walk::{Probe, Trail, Walk, walked};
use graph_tests::{child_store, start_child, wait_for};
use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

const LAPS: u32 = 1_000;

/// Enough for the store to take them in several steps.
const CHECKPOINTS: u64 = 2_500;

fn open(store: &Path) -> Graph<Walk> {
    let builder = Walk::builder().context(Probe::default());
    if store.ends_with("redb") {
        builder.checkpointer(RedbSaver::open(store).unwrap()).build()
    } else {
        builder.checkpointer(SledSaver::open(store).unwrap()).build()
    }
}

fn in_memory() -> Graph<Walk> {
    Walk::builder().context(Probe::default()).checkpointer(MemorySaver::new()).step_limit(u64::MAX).build()
}

/// The body of the other process; an empty test in this one.
#[test]
fn child() {
    let Some(store) = child_store() else { return };
    let store = Path::new(&store);
    println!("\nopening");
    let graph = open(store);
    println!("opened");
    let (file, half) = (store.with_extension("thread"), store.with_extension("half"));
    block_on(async {
        let thread = graph.thread("a");
        loop {
            match thread.snapshot().await {
                Ok(None) | Err(Error::Copying { .. }) => {
                    println!("importing");
                    graph.import(File::open(&file).unwrap()).await.unwrap();
                }
                _ => {
                    println!("exporting");
                    let half = File::create(&half).unwrap();
                    thread.export(&half).await.unwrap();
                    thread.delete().await.unwrap();
                }
            }
        }
    });
}

/// More of them: `GRAPH_TESTS_KILLS=1000 cargo test -p graph-tests --test export_kill -- --nocapture`.
#[test]
fn an_import_or_an_export_that_is_killed_leaves_a_whole_thread_or_none() {
    let kills = std::env::var("GRAPH_TESTS_KILLS").map_or(10, |kills| kills.parse().expect("a number of kills"));
    let thread = in_memory().thread("a");
    block_on(thread.invoke(Trail::to(LAPS)).request_id("r")).unwrap().finished().unwrap();
    block_on(thread.prune(Keep::Last(CHECKPOINTS))).unwrap();
    let mut whole = Vec::new();
    block_on(thread.export(&mut whole)).unwrap();
    for engine in ENGINES {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join(engine);
        let file = store.with_extension("thread");
        fs::write(&file, &whole).unwrap();
        let mut random = 0x2545_F491_4F6C_DD1D_u64;
        let (mut wholes, mut halves, mut files) = (0, 0, 0);
        for kill in 0..kills {
            let (mut child, _stdin, mut stdout) = start_child(&store);
            wait_for(&mut stdout, if kill % 3 == 0 { "exporting" } else { "importing" });
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            std::thread::sleep(Duration::from_micros(random % 300_000));
            child.kill().unwrap();
            child.wait().unwrap();
            let graph = open(&store);
            let thread = graph.thread("a");
            match block_on(thread.snapshot()) {
                Ok(Some(at)) => {
                    assert_eq!((at.status, &at.state), (Status::Finished, &walked(LAPS)));
                    assert_eq!(block_on(thread.verify()).unwrap(), CHECKPOINTS);
                    wholes += 1;
                }
                Ok(None) => assert_eq!(block_on(graph.threads().count()), 0),
                Err(Error::Copying { .. }) => {
                    halves += 1;
                    let thread = block_on(graph.import(File::open(&file).unwrap())).unwrap();
                    assert_eq!(block_on(thread.verify()).unwrap(), CHECKPOINTS);
                }
                Err(error) => panic!("{error}"),
            }
            // An export that was cut off is no thread either.
            if let Ok(half) = fs::read(store.with_extension("half")) {
                match block_on(in_memory().import(&*half)) {
                    Ok(thread) => {
                        assert_eq!(block_on(thread.verify()).unwrap(), CHECKPOINTS);
                        files += 1;
                    }
                    Err(error) => assert!(matches!(error, Error::Import(_)), "{error}"),
                }
            }
        }
        println!("{engine}: {kills} kills, {wholes} whole threads, {halves} halves, {files} whole files");
    }
}
