//! Groups, items and subgraphs in the past of a thread: a branch finds them as they were at its checkpoint.
//!
//! Those of section E of `LangGraph`'s scenarios that are about subgraphs and the past.

use futures_lite::future::{block_on, yield_now};
use graph_runtime::{CheckpointId, Ctx, GraphState, Source, Update, graph};
use graph_tests::bench::{Log, bench, collect, words};
use graph_tests::finished;

#[derive(GraphState, Debug, Clone, PartialEq)]
struct Wide {
    #[reduce(append)]
    found: Vec<String>,
    items: Vec<String>,
    rounds: u32,
}

#[derive(GraphState, Debug)]
struct Deep {
    #[reduce(append)]
    seen: Vec<String>,
    goal: usize,
}

fn items(wide: &Wide) -> Vec<String> {
    wide.items.clone()
}

async fn fetch(_: &Wide, item: &String, cx: &Ctx<Log>) -> impl Update<Wide> + use<> {
    cx.context().lock().unwrap().push("fetch");
    yield_now().await;
    Wide::update().found([format!("fetched {item}")])
}

fn keep(_: &Wide, item: &String) -> impl Update<Wide> + use<> {
    Wide::update().found([format!("kept {item}")])
}

fn round(wide: &Wide) -> impl Update<Wide> + use<> {
    Wide::update().rounds(wide.rounds + 1)
}

fn dig(deep: &Deep) -> impl Update<Deep> + use<> {
    Deep::update().seen([format!("s{}", deep.seen.len())])
}

fn done(deep: &Deep) -> bool {
    deep.seen.len() >= deep.goal
}

fn fresh(_: &Wide) -> impl Update<Deep> + use<> {
    Deep::update().goal(2)
}

fn more(wide: &Wide) -> impl Update<Deep> + use<> {
    Deep::update().goal(wide.rounds as usize + 1)
}

fn tell(_: &Wide, deep: &Deep) -> impl Update<Wide> + use<> {
    Wide::update().found([deep.seen.join(" ")])
}

graph! {
    graph Digging<Deep>;
    node dig;
    start -> dig -> match done { true => end, false => dig };
}

graph! {
    graph Widening<Wide, Log>;
    node fetch, keep;
    subgraph digging = Digging(fresh, tell);
    start -> (for items(String) { fetch -> keep }, digging) -> end;
}

graph! {
    graph Keeping<Wide, Log>;
    node before = round, after = round;
    #[memory(thread)]
    subgraph kept = Digging(more, tell);
    start -> before -> kept -> after -> end;
}

graph! {
    graph Forgetting<Wide, Log>;
    node before = round;
    subgraph fresh_each_time = Digging(fresh, tell);
    start -> before -> fresh_each_time -> end;
}

#[test]
fn items_and_running_subgraphs_come_back() {
    let bench = bench::<Widening>();
    let thread = &bench.thread;
    let state = finished(block_on(thread.invoke(Wide::update().items(words(["x", "y"])))));
    let wanted = words(["fetched x", "fetched y", "kept x", "kept y", "s0 s1"]);
    assert_eq!(state.found, wanted);
    let middle = block_on(thread.at(CheckpointId(2)).snapshot()).unwrap();
    assert_eq!(middle.tasks, ["keep[0]", "keep[1]", "digging/dig"]);

    // The list of items was made when the `for` began, and a later edit of the field does not change it.
    let edit = Wide::update().items(words(["z"])).found(words(["edited"]));
    let branch = block_on(thread.at(middle.id).update(edit)).unwrap();
    assert_eq!((branch.tasks, branch.next), (middle.tasks, middle.next));
    let state = finished(block_on(thread.resume()));
    assert_eq!(state.found, words(["fetched x", "fetched y", "edited", "kept x", "kept y", "s0 s1"]));
    assert_eq!(finished(block_on(thread.at(CheckpointId(1)).replay())).found, wanted);
}

/// S55.
#[test]
fn what_a_subgraph_keeps_is_what_it_had_kept_at_the_checkpoint() {
    let bench = bench::<Keeping>();
    let thread = &bench.thread;
    let turn = || finished(block_on(thread.invoke(Wide::update().overwrite_found(vec![])))).found;
    assert_eq!(turn(), words(["s0 s1"]));
    assert_eq!(turn(), words(["s0 s1 s2 s3"]));
    let history = collect(thread);
    let second = history.iter().find(|at| at.source == Source::Input).unwrap();
    let replayed = finished(block_on(thread.at(second.id).replay()));
    assert_eq!(replayed.found, words(["s0 s1 s2 s3"]), "it saw the two of the first turn, not the four of the second");
    assert_eq!(turn(), words(["s0 s1 s2 s3 s4 s5"]), "and the branch goes on from there");
    // From within its run.
    let within = history.iter().find(|at| at.tasks == ["kept/dig"] && at.id > second.id).unwrap();
    assert_eq!(finished(block_on(thread.at(within.id).replay())).found, words(["s0 s1 s2 s3"]));
}

/// S56.
#[test]
fn a_subgraph_without_memory_starts_fresh_in_a_replay() {
    let bench = bench::<Forgetting>();
    let thread = &bench.thread;
    for _ in 0..2 {
        let state = finished(block_on(thread.invoke(Wide::update().overwrite_found(vec![]))));
        assert_eq!(state.found, words(["s0 s1"]));
    }
    for id in 1..=collect(thread).len() as u64 {
        assert_eq!(finished(block_on(thread.at(CheckpointId(id)).replay())).found, words(["s0 s1"]), "{id}");
    }
}
