//! What did not change since the record before is not stored again, wherever it lies; and is there whenever it is read.

use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{
    Checkpointer, Definition, GraphState, Keep, MemorySaver, Outcome, Snapshot, Thread, ThreadId, ThreadKey, Update,
    graph,
};

#[derive(GraphState, Debug, PartialEq)]
struct Notebook {
    text: String,
    #[reduce(append)]
    visits: Vec<u32>,
}

fn read(notebook: &Notebook) -> impl Update<Notebook> + use<> {
    Notebook::update().visits([u32::try_from(notebook.visits.len()).unwrap()])
}

graph! {
    graph Noting<Notebook>;
    node read;
    start -> read -> end;
}

#[derive(GraphState, Debug, PartialEq)]
struct Desk {
    cover: String,
    #[reduce(append)]
    read: Vec<u32>,
    steps: u32,
    #[state(default = 7)]
    every: u32,
}

fn enter(desk: &Desk) -> impl Update<Notebook> + use<> {
    Notebook::update().maybe_text(desk.read.is_empty().then(|| "n".repeat(6_000)))
}

fn leave(_: &Desk, notebook: &Notebook) -> impl Update<Desk> + use<> {
    Desk::update().read(notebook.visits.last().copied())
}

fn work(desk: &Desk) -> impl Update<Desk> + use<> {
    Desk::update().steps(desk.steps + 1)
}

enum Next {
    Notes,
    Work,
    Home,
}

fn next(desk: &Desk) -> Next {
    match desk.steps {
        1_000.. => Next::Home,
        steps if steps.is_multiple_of(desk.every) => Next::Notes,
        _ => Next::Work,
    }
}

graph! {
    graph Working<Desk>;
    node work;
    #[memory(thread)]
    subgraph noting = Noting(enter, leave);
    start -> work -> match next { Next::Notes => noting -> work, Next::Work => work, Next::Home => end };
}

/// The same, one level down.
mod office {
    use super::{Desk, GraphState, Update, Working, graph};

    #[derive(GraphState, Debug, PartialEq)]
    pub(super) struct Office {
        pub(super) sign: String,
    }

    fn enter(_: &Office) -> impl Update<Desk> + use<> {
        Desk::update().cover("c".repeat(3_000))
    }

    fn leave(_: &Office, _: &Desk) {}

    graph! {
        pub(super) graph Opening<Office>;
        subgraph working = Working(enter, leave);
        start -> working -> end;
    }
}

fn records<G: Definition>(saver: &MemorySaver, thread: &Thread<G>) -> Vec<usize> {
    let key = ThreadKey { graph: G::NAME.into(), thread: ThreadId::new(thread.id()).unwrap() };
    let mut sizes: Vec<_> =
        block_on(saver.range(&key, None, usize::MAX)).unwrap().iter().map(|(_, bytes)| bytes.len()).collect();
    sizes.reverse();
    sizes
}

fn stopped<S: std::fmt::Debug>(outcome: &Result<Outcome<S>, graph_runtime::Error>) {
    assert!(matches!(outcome, Ok(Outcome::Stopped(_))), "{outcome:?}");
}

#[test]
fn what_a_subgraph_keeps_is_stored_when_it_has_changed() {
    let saver = MemorySaver::new();
    let graph = Working::builder().checkpointer(saver.clone()).step_limit(40).build();
    let thread = graph.thread("a");
    stopped(&block_on(thread.invoke(Desk::update().cover("x".repeat(50_000)))));
    let sizes = records(&saver, &thread);
    let large = sizes.iter().filter(|size| **size > 6_000).count();
    assert!(sizes.len() > 40 && large <= 1 + 2 * 6, "{sizes:?}");
    assert!(sizes.iter().filter(|size| **size < 500).count() > 25, "{sizes:?}");
    // It is there when the thread goes on, in another process, from any checkpoint and after a prune.
    stopped(&block_on(thread.resume()));
    let seen = |thread: &Thread<Working>| block_on(thread.snapshot()).unwrap().unwrap().state.read;
    let read = seen(&thread);
    assert_eq!(read, (0..u32::try_from(read.len()).unwrap()).collect::<Vec<_>>());
    block_on(thread.copy_to("b")).unwrap();
    block_on(thread.prune(Keep::Last(3))).unwrap();
    block_on(thread.verify()).unwrap();
    for thread in [thread, graph.thread("b")] {
        stopped(&block_on(thread.resume()));
        let now = seen(&thread);
        assert!(now.len() > read.len() && now.iter().copied().eq(0..u32::try_from(now.len()).unwrap()), "{now:?}");
        let history: Vec<Snapshot<Working>> = block_on(thread.history().try_collect()).unwrap();
        for snapshot in history {
            assert!(snapshot.state.read.iter().copied().eq(0..u32::try_from(snapshot.state.read.len()).unwrap()));
        }
    }
}

#[test]
fn what_a_subgraph_in_a_subgraph_keeps_is_stored_when_it_has_changed() {
    let saver = MemorySaver::new();
    let graph = office::Opening::builder().checkpointer(saver.clone()).step_limit(40).build();
    let thread = graph.thread("a");
    stopped(&block_on(thread.invoke(office::Office::update().sign("x".repeat(50_000)))));
    let sizes = records(&saver, &thread);
    assert!(sizes.iter().filter(|size| **size < 600).count() > 25, "{sizes:?}");
    block_on(thread.prune(Keep::Last(2))).unwrap();
    for _ in 0..3 {
        stopped(&block_on(thread.resume()));
        block_on(thread.verify()).unwrap();
    }
}

#[derive(GraphState, Debug, PartialEq)]
struct Batch {
    cover: String,
    #[reduce(add)]
    rounds: u32,
}

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Page(String);

fn pages(_: &Batch) -> Vec<Page> {
    (0..3).map(|page| Page(page.to_string().repeat(2_000))).collect()
}

fn begin(_: &Batch, _: &Page) {}

fn again(_: &Batch, page: &Page) -> impl Update<Batch> + use<> {
    Batch::update().rounds(u32::from(page.0.starts_with('1')))
}

fn unending(_: &Batch, _: &Page) -> bool {
    false
}

graph! {
    graph Batching<Batch>;
    node begin, again;
    start -> for pages(Page) { begin -> again -> match unending { true => join, false => again } } -> end;
}

#[test]
fn the_items_of_a_for_are_stored_once() {
    let saver = MemorySaver::new();
    let graph = Batching::builder().checkpointer(saver.clone()).step_limit(30).build();
    let thread = graph.thread("a");
    stopped(&block_on(thread.invoke(Batch::update().cover("x".repeat(50_000)))));
    let sizes = records(&saver, &thread);
    assert!(sizes[1..].iter().filter(|size| **size > 6_000).count() <= 1, "{sizes:?}");
    block_on(thread.prune(Keep::Last(1))).unwrap();
    stopped(&block_on(thread.resume()));
    assert_eq!(block_on(thread.snapshot()).unwrap().unwrap().state.rounds, 59);
}

/// A subgraph whose state grows while it runs.
mod long {
    use super::{GraphState, Update, graph};

    #[derive(GraphState, Debug, PartialEq)]
    pub(super) struct Inner {
        #[reduce(append)]
        pub(super) log: Vec<usize>,
    }

    fn write(inner: &Inner) -> impl Update<Inner> + use<> {
        Inner::update().log([inner.log.len()])
    }

    fn done(inner: &Inner) -> bool {
        inner.log.len() >= 30
    }

    graph! {
        pub(super) graph Writing<Inner>;
        node write;
        start -> write -> match done { true => end, false => write };
    }

    #[derive(GraphState, Debug, PartialEq)]
    pub(super) struct Outer {
        pub(super) cover: String,
        pub(super) result: Vec<usize>,
    }

    fn enter(_: &Outer) {}

    fn leave(_: &Outer, inner: &Inner) -> impl Update<Outer> + use<> {
        Outer::update().result(inner.log.clone())
    }

    graph! {
        pub(super) graph Publishing<Outer>;
        subgraph writing = Writing(enter, leave);
        start -> writing -> end;
    }
}

#[test]
fn what_lies_beside_the_oldest_that_is_left_is_taken_in_once() {
    let saver = MemorySaver::new();
    let graph = long::Publishing::builder().checkpointer(saver.clone()).step_limit(7).build();
    let thread = graph.thread("a");
    stopped(&block_on(thread.invoke(long::Outer::update().cover("x".repeat(50_000)))));
    for kept in [1, 2, 1] {
        block_on(thread.prune(Keep::Last(kept))).unwrap();
        assert_eq!(block_on(thread.verify()).unwrap(), kept);
        let _: Vec<Snapshot<long::Publishing>> = block_on(thread.history().try_collect()).unwrap();
        stopped(&block_on(thread.resume()));
    }
    let end = block_on(thread.resume()).unwrap().finished().unwrap();
    assert_eq!(end.result, (0..30).collect::<Vec<_>>());
}
