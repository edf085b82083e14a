//! A `for`, against a loop that folds the items, and against the futures that a user would gather by hand.

use super::{case, run, timed};
use crate::rounds::{Case, Pair, Run};
use futures_lite::future::{block_on, yield_now};
use futures_util::stream::{self, FuturesUnordered, StreamExt};
use graph_runtime::{GraphState, Update, graph};

/// Items of one `for`, and of a large one: what an item costs should not depend on how many there are.
const ITEMS: u32 = 1_000;
const MANY: u32 = 10_000;

/// What an item may cost above the floor, in nanoseconds: a call is a task here, with a name, a place and writes that wait.
const ABOVE: f64 = 150.0;

/// The same, where each waits in memory of its own and with a waker of its own.
const WAITING: f64 = 600.0;

#[derive(Debug, Default, GraphState)]
struct Sum {
    items: u64,
    #[reduce(add)]
    sum: u64,
}

fn thousand() -> Sum {
    Sum { items: ITEMS.into(), sum: 0 }
}

fn ten_thousand() -> Sum {
    Sum { items: MANY.into(), sum: 0 }
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

async fn add_in_turn(_: &Sum, item: &u64) -> impl Update<Sum> + use<> {
    yield_now().await;
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
    graph Waiting<Sum>;
    node add = add_in_turn;
    start -> for items(u64) { add } -> end;
}

graph! {
    graph Bounded<Sum>;
    node add = add_in_turn;
    start -> #[concurrency(8)] for items(u64) { add } -> end;
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("`for`, 1,000 × `fn`", ITEMS, ABOVE, || Pair {
            floor: folded(thousand),
            graph: run(Plain::builder(), thousand),
        }),
        case("`for`, 10,000 × `fn`", MANY, ABOVE, || Pair {
            floor: folded(ten_thousand),
            graph: run(Plain::builder(), ten_thousand),
        }),
        case("`for`, 1,000 × `async fn`", ITEMS, ABOVE, || Pair {
            floor: folded(thousand),
            graph: run(Awaited::builder(), thousand),
        }),
        case("`for`, 10,000 × `async fn`", MANY, ABOVE, || Pair {
            floor: folded(ten_thousand),
            graph: run(Awaited::builder(), ten_thousand),
        }),
        case("`for`, 1,000 × `async fn`, by hand `FuturesUnordered`", ITEMS, ABOVE, || Pair {
            floor: timed(thousand, |sum| block_on(gathered(sum, added))),
            graph: run(Awaited::builder(), thousand),
        }),
        case("`for`, 1,000 × `async fn` that waits, by hand `FuturesUnordered`", ITEMS, WAITING, || Pair {
            floor: timed(thousand, |sum| block_on(gathered(sum, added_in_turn))),
            graph: run(Waiting::builder(), thousand),
        }),
        case("`for`, 1,000 × `async fn` that waits, 8 at once, by hand `buffer_unordered`", ITEMS, WAITING, || Pair {
            floor: timed(thousand, |sum| block_on(buffered(sum))),
            graph: run(Bounded::builder(), thousand),
        }),
    ]
}

/// The least that there is to do: the list of the items, and their sum.
fn folded(example: fn() -> Sum) -> Run {
    timed(example, |mut state| {
        let items: Vec<u64> = items(&state).collect();
        for item in &items {
            state.sum += item.wrapping_mul(31);
        }
        state
    })
}

async fn added(item: u64) -> u64 {
    item.wrapping_mul(31)
}

async fn added_in_turn(item: u64) -> u64 {
    yield_now().await;
    item.wrapping_mul(31)
}

/// All items side by side. Sums do not depend on who is done first; where that is so, a user also has to sort.
async fn gathered<F: Future<Output = u64>>(mut state: Sum, add: fn(u64) -> F) -> Sum {
    let mut running: FuturesUnordered<F> = items(&state).map(add).collect();
    while let Some(item) = running.next().await {
        state.sum += item;
    }
    state
}

async fn buffered(mut state: Sum) -> Sum {
    let mut running = stream::iter(items(&state).map(added_in_turn)).buffer_unordered(8);
    while let Some(item) = running.next().await {
        state.sum += item;
    }
    state
}
