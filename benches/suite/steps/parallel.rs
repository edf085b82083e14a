//! Tasks side by side in memory: a `for` over a thousand items, against a loop that folds them.

use super::timed;
use crate::rounds::{Case, Pair, Target};
use futures_lite::future::block_on;
use graph_runtime::{Builder, Definition, GraphState, NeverPauses, Update, graph};

/// Items of one `for`.
const ITEMS: u64 = 1_000;

#[derive(Debug, GraphState)]
struct Sum {
    items: u64,
    #[reduce(add)]
    sum: u64,
}

fn items(sum: &Sum) -> std::ops::Range<u64> {
    0..sum.items
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "items come by reference")]
fn add(_: &Sum, item: &u64) -> impl Update<Sum> + use<> {
    Sum::update().sum(item.wrapping_mul(31))
}

async fn add_later(_: &Sum, item: &u64) -> impl Update<Sum> + use<> {
    Sum::update().sum(item.wrapping_mul(31))
}

graph! {
    graph Plain<Sum>;
    node add;
    start -> for items(u64) { add } -> end;
}

graph! {
    graph Awaited<Sum>;
    node add = add_later;
    start -> for items(u64) { add } -> end;
}

graph! {
    graph Bounded<Sum>;
    node add = add_later;
    start -> #[concurrency(8)] for items(u64) { add } -> end;
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("side by side, 1,000 × `fn`", || pair(Plain::builder())),
        case("side by side, 1,000 × `async fn`", || pair(Awaited::builder())),
        case("side by side, 1,000 × `async fn`, 8 at once", || pair(Bounded::builder())),
    ]
}

fn case(name: &'static str, pair: fn() -> Pair) -> Case {
    let nodes = u32::try_from(ITEMS).unwrap_or(u32::MAX);
    Case { name, nodes, rounds: 50, target: Target::Above(1_000.0), open: Box::new(move || Ok(pair())) }
}

fn pair<G: Definition<Context = (), State = Sum> + NeverPauses>(builder: Builder<G>) -> Pair {
    let example = |_| Sum { items: ITEMS, sum: 0 };
    let graph = builder.build();
    Pair {
        floor: timed(example, |mut state| {
            let items: Vec<u64> = items(&state).collect();
            for item in &items {
                state.sum += item.wrapping_mul(31);
            }
            state
        }),
        graph: timed(example, move |state| {
            let update = Sum::update().items(state.items);
            block_on(graph.run(update)).expect("the graph reaches its end")
        }),
    }
}
