//! A pause costs where it is: graphs without one pay nothing, and one that waits costs its siblings no work on the state.

#![allow(clippy::ptr_arg, reason = "pauses take replies by reference, whatever they are")]

use allocation_counter::measure;
use futures_lite::future::block_on;
use graph_runtime::{Builder, Definition, Durability, GraphState, MemorySaver, Outcome, Update, graph};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cell::Cell;

thread_local! {
    static ENCODED: Cell<u64> = const { Cell::new(0) };
    static ASKED: Cell<u64> = const { Cell::new(0) };
}

/// Counts how often it is encoded.
#[derive(Debug, Default, PartialEq)]
struct Counted(u64);

impl Serialize for Counted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ENCODED.set(ENCODED.get() + 1);
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u64::deserialize(deserializer).map(Counted)
    }
}

#[derive(GraphState, Debug, PartialEq)]
struct Tally {
    goal: u64,
    count: Counted,
    said: String,
}

fn tick(tally: &Tally) -> impl Update<Tally> + use<> {
    Tally::update().count(Counted(tally.count.0 + 1))
}

fn enough(tally: &Tally) -> bool {
    tally.count.0 >= tally.goal
}

fn idle(_: &Tally) {}

fn question(_: &Tally) -> u64 {
    ASKED.set(ASKED.get() + 1);
    7
}

fn ask(_: &Tally, text: &String) -> impl Update<Tally> + use<> {
    Tally::update().said(text.as_str())
}

graph! {
    graph Plain<Tally>;
    node tick;
    start -> tick -> match enough { true => end, false => tick };
}

graph! {
    graph Grouped<Tally>;
    node tick, idle;
    start -> (idle, tick -> match enough { true => join, false => tick }) -> end;
}

graph! {
    graph Asking<Tally>;
    node tick;
    pause ask(String) asks question;
    start -> (ask, tick -> match enough { true => join, false => tick }) -> end;
}

fn pass(tally: &Tally) -> impl Update<Tally> + use<> {
    Tally::update().goal(tally.goal)
}

fn hand_over(_: &Tally, _: &Tally) {}

graph! {
    graph Around<Tally>;
    subgraph inner = Plain(pass, hand_over);
    start -> inner -> end;
}

/// What so many steps take: allocations, and encodings of the counted field.
fn cost<G: Definition<State = Tally, Context = ()>>(durability: Durability, steps: u64) -> (u64, u64) {
    let run = || {
        let graph = Builder::<G>::new().checkpointer(MemorySaver::new()).durability(durability).build();
        let outcome = block_on(graph.thread("a").invoke(Tally::update().goal(steps))).unwrap();
        assert!(!matches!(outcome, Outcome::Stopped(_)));
    };
    // What is set up once per process is not a step's.
    run();
    ENCODED.set(0);
    let allocated = measure(run).count_total;
    (allocated, ENCODED.get())
}

/// The cost of one step more, exact.
fn per_step<G: Definition<State = Tally, Context = ()>>(durability: Durability) -> (u64, u64) {
    let [few, some, many] = [50, 150, 250].map(|steps| cost::<G>(durability, steps));
    // The map of the store grows now and then.
    let step = |few: u64, some: u64, many: u64| (some - few).max(many - some) / 100;
    (step(few.0, some.0, many.0), step(few.1, some.1, many.1))
}

#[test]
fn a_pause_that_waits_costs_its_siblings_no_encoding() {
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        let (plain, asking) = (per_step::<Plain>(durability), per_step::<Asking>(durability));
        assert_eq!(plain.1, asking.1, "{durability:?}");
    }
}

#[test]
fn a_question_is_asked_once_however_long_it_waits() {
    let graph = Asking::builder().checkpointer(MemorySaver::new()).build();
    ASKED.set(0);
    block_on(async {
        let thread = graph.thread("a");
        let _ = thread.invoke(Tally::update().goal(100)).await.unwrap();
        for _ in 0..5 {
            let _ = (thread.resume().await.unwrap(), thread.snapshot().await.unwrap());
        }
        thread.reply(AskingReply::Ask("done".to_owned())).await.unwrap().finished().unwrap();
    });
    assert_eq!(ASKED.get(), 1);
}

#[test]
fn what_a_pause_costs_a_step_is_bounded_and_a_graph_without_one_pays_nothing() {
    // In memory too few calls are made to be told apart; a step of a thread allocates for its record.
    let (plain, grouped, asking) = (
        per_step::<Plain>(Durability::Sync),
        per_step::<Grouped>(Durability::Sync),
        per_step::<Asking>(Durability::Sync),
    );
    println!("allocations of a step: {plain:?} alone, {grouped:?} in a group, {asking:?} beside a pause");
    assert!(grouped.0 <= plain.0 + 6, "{grouped:?} {plain:?}");
    assert!(asking.0 <= grouped.0 + 16, "{asking:?} {grouped:?}");
    let (child, exit) = (per_step::<Around>(Durability::Exit), per_step::<Plain>(Durability::Exit));
    println!("with `Exit`: {exit:?} alone, {child:?} in a subgraph");
    assert_eq!(exit.0, 0, "a step that nothing stores allocates nothing");
    assert_eq!(child.0, 0, "and neither does one in a subgraph that has no pause");
}
