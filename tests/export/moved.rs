//! A thread goes from one store to another, and is what it was.

use crate::graphs::{Orders, Past, World, exported, orders, shown, stored};
use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{
    CheckpointId, Checkpointer, Error, Graph, Keep, MemorySaver, RedbSaver, SledSaver, Status, Thread, Waiting,
};
use graph_tests::stores::ENGINES;
use std::path::Path;
use std::sync::Arc;

/// A store, and the graph on it.
struct Place {
    graph: Graph<Orders>,
    world: Arc<World>,
    saver: Arc<dyn Checkpointer>,
}

impl Place {
    fn on(saver: impl Checkpointer + Clone) -> Place {
        let (graph, world) = orders(saver.clone());
        Place { graph, world, saver: Arc::new(saver) }
    }

    /// A store in a directory that is named after its engine.
    fn open(path: &Path) -> Place {
        if path.ends_with("redb") {
            Place::on(RedbSaver::open(path).unwrap())
        } else {
            Place::on(SledSaver::open(path).unwrap())
        }
    }

    /// One of each kind.
    fn each(directory: &Path) -> Vec<Place> {
        let embedded = ENGINES.map(|engine| Place::open(&directory.join(engine)));
        embedded.into_iter().chain([Place::on(MemorySaver::new())]).collect()
    }
}

#[test]
fn a_thread_moves_between_any_two_stores_and_goes_on() {
    for past in Past::ALL {
        let directory = tempfile::tempdir().unwrap();
        for (number, from) in Place::each(directory.path()).iter().enumerate() {
            let thread = past.live(&from.graph, &from.world);
            let (file, before) = (exported(&thread), stored(&*from.saver));
            assert!(before == stored(&*from.saver), "an export changes nothing");
            assert!(file == exported(&thread), "the same thread is the same file");
            let mut ends = Vec::new();
            for to in Place::each(&directory.path().join(number.to_string())) {
                let moved = block_on(to.graph.import(&*file)).unwrap();
                assert_eq!(moved.id(), "a");
                assert!(stored(&*to.saver) == before, "{past:?}");
                assert_eq!(shown(&moved), shown(&thread));
                assert_eq!(block_on(moved.verify()).unwrap(), block_on(thread.verify()).unwrap());
                assert_eq!(waiting(&moved), waiting(&thread));
                ends.push(past.end(&moved, &to.world));
            }
            // What the store that it left still has ends alike: no effect happens again.
            ends.push(past.end(&thread, &from.world));
            assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
            assert!(!ends[0].1.iter().any(|seen| seen == "pay" || seen == "box"), "{:?}", ends[0].1);
        }
    }
}

fn waiting(thread: &Thread<Orders>) -> Vec<Waiting> {
    block_on(thread.snapshot()).unwrap().unwrap().waiting
}

#[test]
fn an_import_survives_a_restart_and_answers_the_requests_that_it_served() {
    for engine in ENGINES {
        let (graph, world) = orders(MemorySaver::new());
        let thread = Past::Finished.live(&graph, &world);
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(engine);
        block_on(Place::open(&path).graph.import(&*exported(&thread))).unwrap();
        let Place { graph: reopened, world, .. } = Place::open(&path);
        let moved = reopened.thread("a");
        assert_eq!(shown(&moved), shown(&thread));
        for request in ["r-1", "r-2"] {
            let again = block_on(moved.invoke(()).request_id(request)).unwrap().finished().unwrap();
            assert_eq!(again, block_on(thread.invoke(()).request_id(request)).unwrap().finished().unwrap());
        }
        assert!(world.take().is_empty(), "what was served is not served again");
        let listed: Vec<_> = block_on(reopened.threads().tag("tenant", "acme").try_collect()).unwrap();
        assert_eq!((listed.len(), listed[0].status), (1, Status::Paused));
    }
}

#[test]
fn a_pruned_thread_is_exported_as_it_is() {
    for past in Past::ALL {
        for keep in [Keep::Last(3), Keep::Last(1), Keep::Pauses] {
            let saver = MemorySaver::new();
            let (graph, world) = orders(saver.clone());
            let thread = past.live(&graph, &world);
            block_on(thread.prune(keep)).unwrap();
            let elsewhere = MemorySaver::new();
            let (imported, other) = orders(elsewhere.clone());
            let moved = block_on(imported.import(&*exported(&thread))).unwrap();
            assert!(stored(&elsewhere) == stored(&saver), "{past:?} {keep:?}");
            assert_eq!(shown(&moved), shown(&thread));
            assert_eq!(block_on(moved.verify()).unwrap(), block_on(thread.verify()).unwrap());
            if block_on(thread.at(CheckpointId(1)).snapshot()).is_err() {
                let gone = block_on(moved.at(CheckpointId(1)).snapshot());
                assert!(matches!(gone, Err(Error::UnknownCheckpoint { .. })), "{gone:?}");
            }
            assert!(past.end(&moved, &other) == past.end(&thread, &world));
            block_on(moved.prune(Keep::Last(1))).unwrap();
            assert_eq!(block_on(moved.verify()).unwrap(), 1);
        }
    }
}

#[test]
fn an_import_is_exported_copied_and_imported_again() {
    let (graph, world) = orders(MemorySaver::new());
    let thread = Past::Replied.live(&graph, &world);
    let (mut file, original) = (exported(&thread), shown(&thread));
    for _ in 0..3 {
        let (graph, world) = orders(MemorySaver::new());
        let thread = block_on(graph.import(&*file)).unwrap();
        assert_eq!(shown(&thread), original);
        file = exported(&thread);
        let copy = block_on(thread.copy_to("b")).unwrap();
        assert_eq!(block_on(copy.verify()).unwrap(), original.len() as u64);
        Past::Replied.end(&copy, &world);
        block_on(thread.delete()).unwrap();
        block_on(graph.import(&*file)).unwrap();
        assert_eq!(shown(&thread), original, "a deleted thread comes back");
    }
}
