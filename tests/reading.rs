//! What a checkpoint is read from is at most about twice what it holds, wherever it holds it; and what is missing of that is
//! an error.

use futures_lite::future::block_on;
use graph_runtime::{Durability, Error, GraphState, Keep, MemorySaver, Outcome, Update, graph};
use graph_tests::faulty::Faulty;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(GraphState, Debug, PartialEq)]
struct Inner {
    rounds: u32,
    draft: String,
    #[reduce(append)]
    log: String,
}

/// Writes a draft anew, as long as the state of the graph around it.
fn write(inner: &Inner) -> impl Update<Inner> + use<> {
    Inner::update().rounds(inner.rounds + 1).draft(inner.rounds.to_string().repeat(1_000)).log("x")
}

fn unending(_: &Inner) -> bool {
    false
}

graph! {
    graph Drafting<Inner>;
    node write;
    start -> write -> match unending { true => end, false => write };
}

#[derive(GraphState, Debug, PartialEq)]
struct Outer {
    cover: String,
    result: String,
}

fn enter(_: &Outer) {}

fn leave(_: &Outer, inner: &Inner) -> impl Update<Outer> + use<> {
    Outer::update().result(inner.draft.clone())
}

graph! {
    graph Publishing<Outer>;
    subgraph drafting = Drafting(enter, leave);
    start -> drafting -> end;
}

#[test]
fn the_changes_of_a_subgraph_count() {
    let store = Faulty::new(MemorySaver::new());
    let graph = Publishing::builder().checkpointer(store.clone()).step_limit(300).build();
    let thread = graph.thread("a");
    let cover = Outer::update().cover("x".repeat(2_000));
    assert!(matches!(block_on(thread.invoke(cover)).unwrap(), Outcome::Stopped(_)));
    for _ in 0..20 {
        let _ = store.pages();
        let snapshot = block_on(thread.snapshot()).unwrap().unwrap();
        let read: usize = store.pages().iter().map(|(_, bytes)| bytes).sum();
        assert!(read < 16_000, "{read} bytes at step {}", snapshot.step);
        let again = Publishing::builder().checkpointer(store.clone()).step_limit(1).build();
        assert!(matches!(block_on(again.thread("a").resume()).unwrap(), Outcome::Stopped(_)));
    }
}

/// How often a page was made into bytes.
static ENCODED: AtomicUsize = AtomicUsize::new(0);

#[derive(Clone, Debug, Default, PartialEq)]
struct Page(String);

impl Serialize for Page {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ENCODED.fetch_add(1, Ordering::Relaxed);
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Page {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Page, D::Error> {
        String::deserialize(deserializer).map(Page)
    }
}

#[derive(GraphState, Debug, PartialEq)]
struct Book {
    goal: u32,
    round: u32,
    #[reduce(append)]
    pages: Vec<Page>,
}

fn rewrite(book: &Book) -> impl Update<Book> + use<> {
    Book::update().round(book.round + 1).overwrite_pages(vec![Page("x".repeat(2_000))])
}

fn done(book: &Book) -> bool {
    book.round >= book.goal
}

graph! {
    graph Writing<Book>;
    node rewrite;
    start -> rewrite -> match done { true => end, false => rewrite };
}

#[test]
fn a_run_that_stores_its_end_keeps_no_changes_that_outweigh_its_state() {
    let graph =
        Writing::builder().checkpointer(MemorySaver::new()).durability(Durability::Exit).step_limit(2_000).build();
    let thread = graph.thread("a");
    block_on(thread.invoke(Book::update().goal(1))).unwrap().finished().unwrap();
    let before = ENCODED.load(Ordering::Relaxed);
    let book = block_on(thread.invoke(Book::update().goal(1_000))).unwrap().finished().unwrap();
    let encoded = ENCODED.load(Ordering::Relaxed) - before;
    assert!(encoded < 50, "{encoded} of 1000 pages that were never stored");
    assert_eq!(block_on(thread.snapshot()).unwrap().unwrap().state, book);
}

#[test]
fn a_whole_state_that_is_missing_beside_what_is_left_is_an_error() {
    let store = Faulty::new(MemorySaver::new());
    let graph = Publishing::builder().checkpointer(store.clone()).step_limit(1).build();
    let thread = graph.thread("a");
    let cover = Outer::update().cover("x".repeat(8_000));
    assert!(matches!(block_on(thread.invoke(cover)).unwrap(), Outcome::Stopped(_)));
    assert!(matches!(block_on(thread.resume()).unwrap(), Outcome::Stopped(_)));
    block_on(thread.prune(Keep::Last(1))).unwrap();
    let whole = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!((whole.step, whole.state.cover.len()), (2, 8_000));
    store.hide("base");
    assert!(matches!(block_on(thread.snapshot()), Err(Error::Corrupt { .. })));
    assert!(matches!(block_on(thread.resume()), Err(Error::Corrupt { .. })));
}
