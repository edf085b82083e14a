//! To list a history reads each record once and each value once, as often as somebody wants to see it: it is linear in what is
//! stored and in what is shown.

use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{
    Checkpointer, Durability, GraphState, Keep, MemorySaver, Outcome, Outline, Snapshot, Source, Status, Thread,
    ThreadKey, Update, graph,
};
use graph_tests::faulty::Faulty;
use serde::{Deserialize, Deserializer, Serialize};
use std::cell::Cell;

thread_local! {
    /// How often a cover was made out of bytes by this test, and how often a draft.
    static COVERS: Cell<usize> = const { Cell::new(0) };
    static DRAFTS: Cell<usize> = const { Cell::new(0) };
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Cover(String);

impl<'de> Deserialize<'de> for Cover {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Cover, D::Error> {
        COVERS.with(|count| count.set(count.get() + 1));
        String::deserialize(deserializer).map(Cover)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Draft(String);

impl<'de> Deserialize<'de> for Draft {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Draft, D::Error> {
        DRAFTS.with(|count| count.set(count.get() + 1));
        String::deserialize(deserializer).map(Draft)
    }
}

#[derive(GraphState, Debug, PartialEq)]
struct Book {
    goal: u32,
    /// Written once.
    cover: Cover,
    /// Written with every step.
    draft: Draft,
    #[reduce(append)]
    pages: Vec<u32>,
}

fn write(book: &Book) -> impl Update<Book> + use<> {
    let page = u32::try_from(book.pages.len()).unwrap();
    Book::update().draft(Draft(format!("draft {page}"))).pages([page])
}

fn done(book: &Book) -> bool {
    book.pages.len() >= book.goal as usize
}

graph! {
    graph Writing<Book>;
    node write;
    start -> write -> match done { true => end, false => write };
}

/// A finished thread whose whole states are few.
fn written(steps: u32) -> (Faulty, Thread<Writing>) {
    let store = Faulty::new(MemorySaver::new());
    let graph = Writing::builder().checkpointer(store.clone()).durability(Durability::Async).step_limit(1 << 20);
    let thread = graph.build().thread("a");
    let update = Book::update().goal(steps).cover(Cover("c".repeat(100_000)));
    block_on(thread.invoke(update)).unwrap().finished().unwrap();
    (store, thread)
}

/// How many records were read, covers and drafts decoded.
fn cost(store: &Faulty, list: impl FnOnce()) -> (usize, usize, usize) {
    let _ = store.pages();
    COVERS.set(0);
    DRAFTS.set(0);
    list();
    (store.pages().iter().map(|(records, _)| records).sum(), COVERS.get(), DRAFTS.get())
}

fn history(thread: &Thread<Writing>) -> Vec<Snapshot<Writing>> {
    block_on(thread.history().try_collect()).unwrap()
}

#[test]
fn a_history_is_read_once() {
    let (store, thread) = written(1_000);
    let (records, covers, drafts) = cost(&store, || {
        let history = history(&thread);
        assert_eq!(history.len(), 1_001);
        for (snapshot, pages) in history.iter().zip((0..=1_000).rev()) {
            assert!(snapshot.state.pages.iter().copied().eq(0..pages));
        }
    });
    assert_eq!((covers, drafts), (1_001, 1_001), "each snapshot has its own");
    assert!(records <= 2 * 1_001 + 300, "{records} records");
}

#[test]
fn what_is_not_shown_is_not_decoded() {
    let (store, thread) = written(500);
    let (_, covers, drafts) = cost(&store, || {
        let inputs = thread.history().source(Source::Input);
        let inputs: Vec<Snapshot<Writing>> = block_on(inputs.try_collect()).unwrap();
        assert_eq!(inputs.len(), 1);
        assert_eq!(block_on(thread.verify()).unwrap(), 501);
    });
    assert_eq!((covers, drafts), (1, 1));
}

#[test]
fn outlines_are_histories_without_states() {
    let (store, thread) = written(300);
    let snapshots = history(&thread);
    let (records, covers, drafts) = cost(&store, || {
        let outlines: Vec<Outline> = block_on(thread.history().outlines().try_collect()).unwrap();
        assert_eq!(outlines.len(), snapshots.len());
        for (outline, snapshot) in outlines.iter().zip(&snapshots) {
            assert_eq!((outline.id, outline.parent, outline.step), (snapshot.id, snapshot.parent, snapshot.step));
            assert_eq!(
                (outline.source, outline.status, outline.time),
                (snapshot.source, snapshot.status, snapshot.time)
            );
            assert_eq!((&outline.tags, &outline.tasks), (&snapshot.tags, &snapshot.tasks));
        }
        assert_eq!((outlines[0].status, outlines[1].status), (Status::Finished, Status::Running));
    });
    assert_eq!((records, covers, drafts), (301, 0, 0));
    let few: Vec<Outline> =
        block_on(thread.history().limit(3).before(snapshots[9].id).outlines().try_collect()).unwrap();
    assert_eq!(
        few.iter().map(|outline| outline.id).collect::<Vec<_>>(),
        snapshots[10..13].iter().map(|snapshot| snapshot.id).collect::<Vec<_>>()
    );
}

/// A state that grows with every step, as a conversation does.
#[test]
fn ten_thousand_checkpoints_are_listed_page_by_page() {
    let (store, thread) = written(10_000);
    let _ = store.pages();
    let mut outlines = thread.history().outlines();
    for _ in 0..100 {
        block_on(outlines.next()).unwrap().unwrap();
    }
    let read: usize = store.pages().iter().map(|(records, _)| records).sum();
    assert!(read <= 512, "{read} records for a hundred");
    let rest: Vec<Outline> = block_on(outlines.try_collect()).unwrap();
    assert_eq!(rest.len(), 10_001 - 100);
    let pages = store.pages();
    assert_eq!(read + pages.iter().map(|(records, _)| records).sum::<usize>(), 10_001, "each record once");
    assert!(pages.iter().all(|(records, bytes)| *records <= 1 || *bytes < 4 << 20), "{pages:?}");
}

#[test]
fn a_pruned_history_and_one_with_branches_are_read_once() {
    let (store, thread) = written(400);
    let id = history(&thread)[100].id;
    let outcome = block_on(thread.at(id).fork(Book::update().goal(500)).into_future()).unwrap();
    assert!(matches!(outcome, Outcome::Finished(_)));
    block_on(thread.prune(Keep::Last(450))).unwrap();
    let (records, covers, _) = cost(&store, || assert_eq!(history(&thread).len(), 450));
    assert_eq!(covers, 450);
    assert!(records <= 2 * 450 + 300, "{records} records");
    let key = ThreadKey { graph: "Writing".into(), thread: graph_runtime::ThreadId::new("a").unwrap() };
    assert!(block_on(store.head(&key)).unwrap().is_some());
}
