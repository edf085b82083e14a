//! Groups: branches run side by side in lockstep, and what follows waits for all of them.

use futures_lite::future::{block_on, yield_now};
use graph_runtime::{GraphState, MemorySaver, Update, graph};

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
