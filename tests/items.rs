//! `for`: one branch per item, side by side; what follows waits for all, and updates fold in item order.

#![allow(
    clippy::trivially_copy_pass_by_ref,
    clippy::ptr_arg,
    reason = "functions in a `for` take their item by reference"
)]

use futures_lite::future::{block_on, yield_now};
use graph_runtime::{
    Checkpointer, Command, Ctx, Definition, Error, Graph, GraphState, MemorySaver, Outcome, Update, graph,
};
use graph_tests::faulty::Faulty;
use graph_tests::thread_of;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

#[derive(GraphState, Debug, PartialEq)]
struct Work {
    items: Vec<u32>,
    #[reduce(append)]
    seen: Vec<String>,
    #[reduce(add)]
    count: u32,
}

fn items(work: &Work) -> impl Iterator<Item = u32> + use<> {
    work.items.clone().into_iter()
}

fn with(items: impl IntoIterator<Item = u32>) -> impl Update<Work> {
    Work::update().items(items.into_iter().collect())
}

/// The later the item, the earlier it is done.
async fn fetch(_: &Work, item: &u32) -> impl Update<Work> + use<> {
    for _ in *item..6 {
        yield_now().await;
    }
    Work::update().seen([format!("fetch {item}")])
}

fn parse(_: &Work, item: &u32) -> impl Update<Work> + use<> {
    Work::update().seen([format!("parse {item}")])
}

fn store(_: &Work, item: &u32) -> impl Update<Work> + use<> {
    Work::update().seen([format!("store {item}")])
}

fn done(_: &Work) -> impl Update<Work> + use<> {
    Work::update().seen(["done".to_owned()])
}

/// What a run saw, in memory and, step by step, on a thread that is read back from its store before every step.
fn both<G: Definition<State = Work, Context = ()>>(
    memory: Result<Work, Error>,
    input: Vec<u32>,
) -> (String, Vec<String>) {
    let saver = MemorySaver::new();
    let graph = |limit| -> Graph<G, _> {
        graph_runtime::Builder::<G>::new().context(()).checkpointer(saver.clone()).step_limit(limit).build()
    };
    let mut outcome = block_on(graph(0).thread("a").invoke(with(input))).unwrap();
    let thread = graph(1).thread("a");
    let mut steps = Vec::new();
    while let Outcome::Stopped(_) = outcome {
        steps.push(block_on(thread.snapshot()).unwrap().unwrap().tasks.join(" "));
        outcome = block_on(thread.resume()).unwrap();
    }
    let stored = outcome.finished().unwrap();
    assert_eq!(stored, memory.unwrap());
    (stored.seen.join(", "), steps)
}

macro_rules! both {
    ($graph:ident, $items:expr) => {{
        let items: Vec<u32> = $items.into_iter().collect();
        both::<$graph>(block_on($graph::new().run(with(items.clone()))), items)
    }};
}

graph! {
    graph Fetching<Work>;
    node fetch, parse, done;
    start -> for items(u32) { fetch -> parse } -> done -> end;
}

#[test]
fn every_item_has_a_branch_and_updates_fold_in_item_order() {
    let (seen, steps) = both!(Fetching, [3, 1, 2]);
    assert_eq!(seen, "fetch 3, fetch 1, fetch 2, parse 3, parse 1, parse 2, done");
    assert_eq!(steps, ["fetch[0] fetch[1] fetch[2]", "parse[0] parse[1] parse[2]", "done"]);
    assert_eq!(both!(Fetching, [5]).1, ["fetch[0]", "parse[0]", "done"]);
    assert_eq!(both!(Fetching, []), ("done".to_owned(), vec!["done".to_owned()]), "without items it falls through");
}

#[test]
fn ten_thousand_items_work() {
    let work = block_on(Fetching::new().run(with(0..10_000))).unwrap();
    assert_eq!(work.seen.len(), 20_001);
    assert!((0..10_000).all(|item| work.seen[item] == format!("fetch {item}")));
    assert!((0..10_000).all(|item| work.seen[10_000 + item] == format!("parse {item}")));
    let graph = Fetching::builder().checkpointer(MemorySaver::new()).build();
    assert_eq!(block_on(graph.thread("a").invoke(with(0..10_000))).unwrap().finished().unwrap(), work);
}

fn inner(_: &Work, item: &u32) -> Vec<String> {
    (0..*item).map(|index| format!("{item}.{index}")).collect()
}

fn within(_: &Work, item: &String) -> impl Update<Work> + use<> {
    Work::update().seen([item.clone()])
}

fn letters(_: &Work, item: &String) -> Vec<char> {
    item.chars().collect()
}

fn letter(_: &Work, item: &char) -> impl Update<Work> + use<> {
    Work::update().seen([item.to_string()])
}

graph! {
    graph Nested<Work>;
    node fetch, within, store, letter, done;
    start -> for items(u32) { fetch -> for inner(String) { within -> for letters(char) { letter } } -> store } -> done -> end;
}

#[test]
fn nested_items_depend_on_the_outer_item() {
    let (seen, steps) = both!(Nested, [2, 0, 1]);
    assert_eq!(
        seen,
        "fetch 2, fetch 0, fetch 1, 2.0, 2.1, 1.0, store 0, 2, ., 0, 2, ., 1, 1, ., 0, store 2, store 1, done"
    );
    assert_eq!(steps[1], "within[0][0] within[0][1] within[2][0] store[1]");
    assert_eq!(steps[2].split(' ').count(), 9);
    assert_eq!(steps[3..], ["store[0] store[2]", "done"]);
}

fn odd(_: &Work, item: &u32) -> bool {
    item % 2 == 1
}

fn big(_: &Work, item: &u32) -> bool {
    *item > 2
}

graph! {
    graph Mixed<Work>;
    node fetch, parse, store, done, beside = done;
    start -> (for items(u32) { (fetch if odd, parse if big) -> store }, beside) -> done -> end;
}

#[test]
fn groups_in_a_for_and_a_for_in_a_group() {
    let (seen, steps) = both!(Mixed, [1, 2, 3, 4]);
    assert_eq!(steps[0], "fetch[0] fetch[2] parse[2] parse[3] store[1] beside");
    assert_eq!(steps[1..], ["store[0] store[2] store[3]", "done"]);
    assert_eq!(seen, "fetch 1, fetch 3, parse 3, parse 4, store 2, done, store 1, store 3, store 4, done");
}

enum Kind {
    Page,
    Again,
    Nothing,
}

fn kind(work: &Work, item: &u32) -> Kind {
    let times = work.seen.iter().filter(|seen| **seen == format!("fetch {item}")).count();
    match item {
        0 => Kind::Nothing,
        1 if times < 3 => Kind::Again,
        _ => Kind::Page,
    }
}

graph! {
    graph Routing<Work>;
    node fetch, parse, store, done;
    start -> for items(u32) {
        fetch -> match kind {
            Kind::Page => parse -> store -> join,
            Kind::Again => fetch,
            Kind::Nothing => join,
        }
    } -> done -> end;
}

#[test]
fn every_item_goes_its_own_way() {
    let (_, steps) = both!(Routing, [0, 1, 2]);
    assert_eq!(
        steps,
        ["fetch[0] fetch[1] fetch[2]", "fetch[1] parse[2]", "fetch[1] store[2]", "parse[1]", "store[1]", "done",]
    );
}

fn decides(_: &Work, item: &u32) -> Command<bool, impl Update<Work> + use<>> {
    Command::to(*item > 1).update(Work::update().seen([format!("decides {item}")]))
}

graph! {
    graph Deciding<Work>;
    node decides, parse, done;
    start -> for items(u32) { decides -> match { true => parse -> join, false => join } } -> done -> end;
}

#[test]
fn commands_lead_every_item() {
    let (seen, steps) = both!(Deciding, [1, 2, 3]);
    assert_eq!(steps[1..], ["parse[1] parse[2]", "done"]);
    assert_eq!(seen, "decides 1, decides 2, decides 3, parse 2, parse 3, done");
}

fn decides_late(_: &Work, item: &u32, cx: &Ctx<AtomicU32>) -> Result<Command<bool>, &'static str> {
    let times = cx.context().fetch_add(1, SeqCst);
    if *item == 2 && times < 3 { Err("not yet") } else { Ok(Command::to(*item == 3)) }
}

graph! {
    graph DecidingLate<Work, AtomicU32>;
    node decides_late, parse, store;
    start -> for items(u32) { decides_late -> match { true => parse -> join, false => store -> join } } -> end;
}

#[test]
fn what_a_task_decided_is_kept_while_its_sibling_fails() {
    let (saver, ran) = (MemorySaver::new(), Arc::new(AtomicU32::new(0)));
    let graph = || DecidingLate::builder().context(Arc::clone(&ran)).checkpointer(Faulty::new(saver.clone())).build();
    assert!(block_on(graph().thread("a").invoke(with([1, 2, 3]))).is_err());
    let work = block_on(graph().thread("a").resume()).unwrap().finished().unwrap();
    assert_eq!((work.seen, ran.load(SeqCst)), (["parse 3", "store 1", "store 2"].map(str::to_owned).to_vec(), 4));
}

fn count(work: &Work) -> impl Update<Work> + use<> {
    (Work::update().count(1), Work::update().items(work.items.iter().skip(1).copied().collect()))
}

fn enough(work: &Work) -> bool {
    work.count == 3
}

graph! {
    graph Again<Work>;
    node fetch, count, done;
    start -> 'all: for items(u32) { fetch } -> count -> match enough { true => done -> end, false => 'all };
}

/// What S11 of `LangGraph`'s tests comes to: more work is found, and the `for` opens again.
#[test]
fn a_jump_to_a_for_reads_the_items_anew() {
    assert_eq!(both!(Again, [1, 2]).0, "fetch 1, fetch 2, fetch 2, done");
}

/// Where the items come from, which is not the state.
type Source = AtomicU32;

fn breaks(_: &Work, item: &u32, cx: &Ctx<Source>) -> Result<impl Update<Work> + use<>, String> {
    cx.context().fetch_add(1, SeqCst);
    match cx.context().load(SeqCst) {
        ..=3 if *item == 2 => Err("broken".to_owned()),
        _ => Ok(Work::update().seen([format!("ran {item}")]).count(1)),
    }
}

graph! {
    graph Breaking<Work, Source>;
    node breaks, after = parse;
    start -> for changing(u32) { breaks -> after } -> end;
}

thread_local! {
    static LISTED: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// Lists other items every time it is asked.
fn changing(_: &Work) -> Vec<u32> {
    LISTED.with(|listed| listed.set(listed.get() + 1));
    if LISTED.with(std::cell::Cell::get) == 1 { vec![1, 2, 3] } else { vec![7] }
}

#[test]
fn the_items_are_stored_with_the_position() {
    let (saver, ran) = (MemorySaver::new(), Arc::new(AtomicU32::new(0)));
    let graph = || Breaking::builder().context(Arc::clone(&ran)).checkpointer(Faulty::new(saver.clone())).build();
    let Err(Error::Node(error)) = block_on(graph().thread("a").invoke(())) else { panic!("item 2 breaks") };
    assert_eq!(error.task, "breaks[1]");
    let snapshot = block_on(graph().thread("a").snapshot()).unwrap().unwrap();
    assert_eq!((snapshot.next.len(), snapshot.tasks), (1, vec!["breaks[1]".to_owned()]));
    let work = block_on(graph().thread("a").resume()).unwrap().finished().unwrap();
    assert_eq!(work.seen, ["ran 1", "ran 2", "ran 3", "parse 1", "parse 2", "parse 3"]);
    assert_eq!((ran.load(SeqCst), LISTED.with(std::cell::Cell::get)), (4, 1));
    let records = block_on(saver.range(&thread_of("Breaking", "a"), None, usize::MAX)).unwrap();
    assert_eq!(records.len(), 3, "the input and two steps");
}
