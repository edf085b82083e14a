//! Groups: branches run side by side in lockstep, and what follows waits for all of them.

use futures_lite::future::{block_on, yield_now};
use graph_runtime::{Error, GraphState, MemorySaver, NodeCause, Update, graph};

#[derive(GraphState, Debug, PartialEq)]
struct Trail {
    #[reduce(append)]
    seen: Vec<String>,
    #[reduce(add)]
    rounds: u32,
}

macro_rules! visits {
    ($($name:ident)*) => { $(
        fn $name(_: &Trail) -> impl Update<Trail> + use<> {
            Trail::update().seen([stringify!($name).to_owned()])
        }
    )* };
}

visits! { a b c d e }

async fn slow(_: &Trail) -> impl Update<Trail> + use<> {
    yield_now().await;
    yield_now().await;
    Trail::update().seen(["slow".to_owned()])
}

fn never(_: &Trail) -> bool {
    false
}

graph! {
    graph Diamond<Trail>;
    node a, b, c, d, e, slow;
    start -> a -> (slow, b -> c, d if never) -> e -> end;
}

#[test]
fn what_follows_a_group_waits_for_all_of_its_branches() {
    let trail = block_on(Diamond::new().run(())).unwrap();
    assert_eq!(trail.seen, ["a", "slow", "b", "c", "e"]);
}

#[test]
fn a_thread_goes_through_a_group() {
    let graph = Diamond::builder().checkpointer(MemorySaver::new()).build();
    let trail = block_on(graph.thread("a").invoke(())).unwrap().finished().unwrap();
    assert_eq!(trail.seen, ["a", "slow", "b", "c", "e"]);
    let snapshot = block_on(graph.thread("a").snapshot()).unwrap().unwrap();
    assert_eq!(snapshot.step, 4);
}

async fn late(_: &Trail) -> Result<(), String> {
    yield_now().await;
    Err("late".to_owned())
}

fn early(_: &Trail) -> Result<(), String> {
    Err("early".to_owned())
}

graph! {
    graph Failing<Trail>;
    node early, late;
    start -> (late, early) -> end;
}

#[test]
fn failures_of_a_step_are_told_in_the_order_of_the_text() {
    let told = |error| match error {
        Error::Nodes(errors) => errors.into_iter().map(|error| error.task).collect::<Vec<_>>(),
        other => panic!("{other}"),
    };
    assert_eq!(told(block_on(Failing::new().run(())).unwrap_err()), ["late", "early"]);
    let thread = Failing::builder().checkpointer(MemorySaver::new()).build().thread("a");
    assert_eq!(told(block_on(thread.invoke(())).unwrap_err()), ["late", "early"]);
}

fn ready(trail: &Trail) -> bool {
    trail.rounds == 0
}

fn over(_: &Trail) -> bool {
    false
}

graph! {
    graph Circle<Trail>;
    node a, b, c, d;
    start -> 'first: (b if never) -> match ready { true => a -> 'circle: (c if never) -> match over { true => d -> end, false => 'circle }, false => 'first };
}

#[test]
fn a_circle_without_a_node_belongs_to_the_node_before_it() {
    let graph = Circle::builder().checkpointer(MemorySaver::new()).build();
    for (rounds, at) in [(0, (1, "a".to_owned())), (1, (1, "start".to_owned()))] {
        let update = || Trail::update().rounds(rounds);
        let thread = graph.thread(format!("{rounds}"));
        for error in
            [block_on(Circle::new().run(update())).unwrap_err(), block_on(thread.invoke(update())).unwrap_err()]
        {
            let Error::Node(error) = error else { panic!("{error}") };
            assert!(matches!(error.cause, NodeCause::Endless { .. }), "{error}");
            assert_eq!((error.step, error.task), at);
        }
    }
}
