//! A loop of two nodes in memory, against `loop { match … }` on the same state.

pub(crate) mod graphs;
mod parallel;

use crate::Failure;
use crate::report::Table;
use crate::rounds::{COLUMNS, Case, Pair, Run, Target};
use crate::session::Session;
use futures_lite::future::block_on;
use graph_runtime::{Builder, Definition, NeverPauses, Update};
use graphs::{Small, Wide, small, small_async, small_by_hand, wide, wide_async, wide_by_hand};
use std::hint::black_box;
use std::time::Instant;

/// Enough that the start of a run does not show, and few enough that most rounds are not interrupted.
const LEFT: u32 = 10_000;

pub(crate) fn tables(session: &Session) -> Result<Vec<Table>, Failure> {
    let cases = cases().into_iter().chain(parallel::cases());
    let rows = cases.map(|case| case.measure(session)).collect::<Result<_, _>>()?;
    Ok(vec![Table { title: "a node in memory", columns: COLUMNS, rows }])
}

fn cases() -> Vec<Case> {
    vec![
        case("2 fields, `fn`", 2.0, || Pair {
            floor: timed(Small::example, |state| small_by_hand(state, |_| ())),
            graph: run(small::Looped::builder(), Small::example),
        }),
        case("2 fields, `async fn`", 4.0, || Pair {
            floor: timed(Small::example, |state| small_by_hand(state, |_| ())),
            graph: run(small_async::Looped::builder(), Small::example),
        }),
        case("15 fields, `fn`", 2.0, || Pair {
            floor: timed(Wide::example, |state| wide_by_hand(state, |_| ())),
            graph: run(wide::Looped::builder(), Wide::example),
        }),
        case("15 fields, `async fn`", 4.0, || Pair {
            floor: timed(Wide::example, |state| wide_by_hand(state, |_| ())),
            graph: run(wide_async::Looped::builder(), Wide::example),
        }),
    ]
}

fn case(name: &'static str, above: f64, pair: fn() -> Pair) -> Case {
    Case { name, nodes: 2 * LEFT, rounds: 50, target: Target::Above(above), open: Box::new(move || Ok(pair())) }
}

fn run<G>(builder: Builder<G>, example: fn(u64) -> G::State) -> Run
where
    G: Definition<Context = ()> + NeverPauses,
    G::State: Update<G::State>,
{
    let graph = builder.step_limit(u64::MAX).build();
    timed(example, move |state| block_on(graph.run(state)).expect("the graph reaches its end"))
}

pub(crate) fn timed<S: 'static>(example: fn(u64) -> S, mut run: impl FnMut(S) -> S + 'static) -> Run {
    Box::new(move || {
        // Neither the input is known to the compiler nor the result left unused.
        let state = black_box(example(u64::from(LEFT)));
        let began = Instant::now();
        black_box(run(state));
        began.elapsed()
    })
}
