//! `#[concurrency(n)]` bounds how many tasks of a `for` run at once, and lets as many run.

#![allow(clippy::trivially_copy_pass_by_ref, reason = "functions in a `for` take their item by reference")]

use futures_lite::future::{block_on, yield_now};
use graph_runtime::{Ctx, GraphState, MemorySaver, Update, graph};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

#[derive(GraphState, Debug, PartialEq)]
struct Work {
    items: Vec<u32>,
    #[reduce(append)]
    seen: Vec<u32>,
}

/// How many of something there are, and the most there were.
#[derive(Default)]
struct Gauge {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Gauge {
    fn enter(&self) {
        self.most.fetch_max(self.now.fetch_add(1, SeqCst) + 1, SeqCst);
    }

    fn leave(&self) {
        self.now.fetch_sub(1, SeqCst);
    }
}

/// What runs: in all, for each of the outer items, and beside the `for`.
#[derive(Default)]
struct Gauges {
    all: Gauge,
    each: [Gauge; 4],
    beside: Gauge,
}

/// Some tasks are done at once, some soon, some late.
async fn rest(item: u32) {
    for _ in 0..[2, 1, 7, 30, 0][item as usize % 5] {
        yield_now().await;
    }
}

fn items(work: &Work) -> Vec<u32> {
    work.items.clone()
}

async fn task(_: &Work, item: &u32, cx: &Ctx<Gauges>) -> impl Update<Work> + use<> {
    cx.context().all.enter();
    rest(*item).await;
    cx.context().all.leave();
    Work::update().seen([*item])
}

async fn beside(_: &Work, item: &u32, cx: &Ctx<Gauges>) -> impl Update<Work> + use<> {
    cx.context().beside.enter();
    rest(1).await;
    cx.context().beside.leave();
    Work::update().seen([*item])
}

graph! {
    graph Bounded<Work, Gauges>;
    node task, again = task, beside;
    start -> (#[concurrency(3)] for items(u32) { task -> again }, for items(u32) { beside }) -> end;
}

fn input(count: u32) -> impl Update<Work> {
    Work::update().items((0..count).collect())
}

#[test]
fn as_many_tasks_run_at_once_as_may_and_never_more() {
    for (count, most) in [(1, 1), (2, 2), (3, 3), (40, 3)] {
        let gauges = Arc::new(Gauges::default());
        let work = block_on(Bounded::new(Arc::clone(&gauges)).run(input(count))).unwrap();
        assert_eq!((gauges.all.most.load(SeqCst), gauges.beside.most.load(SeqCst)), (most, count as usize));
        let wanted: Vec<u32> = (0..count).chain(0..count).chain(0..count).collect();
        assert_eq!(work.seen, wanted, "in item order");

        let gauges = Arc::new(Gauges::default());
        let graph = Bounded::builder().context(Arc::clone(&gauges)).checkpointer(MemorySaver::new()).build();
        assert_eq!(block_on(graph.thread("a").invoke(input(count))).unwrap().finished().unwrap(), work);
        assert_eq!((gauges.all.most.load(SeqCst), gauges.beside.most.load(SeqCst)), (most, count as usize));
    }
}

fn outer(_: &Work) -> [u32; 4] {
    [0, 1, 2, 3]
}

fn inner(work: &Work, outer: &u32) -> Vec<(u32, u32)> {
    work.items.iter().map(|item| (*outer, *item)).collect()
}

async fn pair(_: &Work, (outer, item): &(u32, u32), cx: &Ctx<Gauges>) -> impl Update<Work> + use<> {
    cx.context().all.enter();
    cx.context().each[*outer as usize].enter();
    rest(*item).await;
    cx.context().each[*outer as usize].leave();
    cx.context().all.leave();
    Work::update().seen([*outer * 100 + *item])
}

graph! {
    graph Nested<Work, Gauges>;
    node pair;
    start -> #[concurrency(5)] for outer(u32) { #[concurrency(2)] for inner((u32, u32)) { pair } } -> end;
}

graph! {
    graph InnerAlone<Work, Gauges>;
    node pair;
    start -> for outer(u32) { #[concurrency(2)] for inner((u32, u32)) { pair } } -> end;
}

#[test]
fn bounds_nest_and_each_outer_item_has_an_inner_bound_of_its_own() {
    let most = |gauges: &Gauges| {
        (gauges.all.most.load(SeqCst), [0, 1, 2, 3].map(|outer: usize| gauges.each[outer].most.load(SeqCst)))
    };
    let gauges = Arc::new(Gauges::default());
    let work = block_on(Nested::new(Arc::clone(&gauges)).run(input(12))).unwrap();
    assert_eq!(most(&gauges), (5, [2, 2, 2, 2]));
    let wanted: Vec<u32> = (0..4).flat_map(|outer| (0..12).map(move |item| outer * 100 + item)).collect();
    assert_eq!(work.seen, wanted);
    let gauges = Arc::new(Gauges::default());
    let work = block_on(InnerAlone::new(Arc::clone(&gauges)).run(input(12))).unwrap();
    assert_eq!((most(&gauges), work.seen), ((8, [2, 2, 2, 2]), wanted));
}

fn child_update(_: &Work, item: &u32) -> impl Update<Work> + use<> {
    Work::update().items(vec![*item])
}

fn child_seen(_: &Work, child: &Work) -> impl Update<Work> + use<> {
    Work::update().seen(child.seen.clone())
}

graph! {
    graph Child<Work, Gauges>;
    node task;
    start -> for items(u32) { task } -> end;
}

graph! {
    graph Parent<Work, Gauges>;
    subgraph child = Child(child_update, child_seen);
    start -> #[concurrency(2)] for items(u32) { child } -> end;
}

#[test]
fn a_subgraph_counts_as_one_task_of_its_for() {
    let gauges = Arc::new(Gauges::default());
    let work = block_on(Parent::new(Arc::clone(&gauges)).run(input(20))).unwrap();
    assert_eq!((gauges.all.most.load(SeqCst), work.seen), (2, (0..20).collect()));
}

async fn fails(_: &Work, item: &u32, cx: &Ctx<Gauges>) -> Result<(), String> {
    cx.context().all.enter();
    rest(*item).await;
    cx.context().all.leave();
    Err(format!("item {item}"))
}

graph! {
    graph Failing<Work, Gauges>;
    node fails;
    start -> #[concurrency(4)] for items(u32) { fails } -> end;
}

#[test]
fn a_failed_task_gives_its_slot_back() {
    let gauges = Arc::new(Gauges::default());
    let Err(graph_runtime::Error::Nodes(errors)) = block_on(Failing::new(Arc::clone(&gauges)).run(input(30))) else {
        panic!("all of them fail")
    };
    let tasks: Vec<_> = errors.into_iter().map(|error| error.task).collect();
    assert_eq!(tasks, (0..30).map(|item| format!("fails[{item}]")).collect::<Vec<_>>());
    assert_eq!(gauges.all.most.load(SeqCst), 4);
}

graph! {
    graph One<Work, Gauges>;
    node task;
    start -> #[concurrency(8)] for items(u32) { task } -> end;
}

graph! {
    graph Two<Work, Gauges>;
    node pair;
    start -> #[concurrency(5)] for outer(u32) { #[concurrency(3)] for inner((u32, u32)) { pair } } -> end;
}

fn at_once(_: &Work, item: &u32, cx: &Ctx<Gauges>) -> impl Update<Work> + use<> {
    cx.context().all.enter();
    cx.context().all.leave();
    Work::update().seen([*item])
}

graph! {
    graph Both<Work, Gauges>;
    node task, at_once;
    start -> #[concurrency(1)] for items(u32) { (task, at_once) } -> end;
}

/// A node that is no `async fn` has a slot as well.
#[test]
fn a_node_that_never_waits_takes_its_turn() {
    let gauges = Arc::new(Gauges::default());
    let work = block_on(Both::new(Arc::clone(&gauges)).run(input(5))).unwrap();
    assert_eq!((work.seen.len(), gauges.all.most.load(SeqCst)), (10, 1));
}
