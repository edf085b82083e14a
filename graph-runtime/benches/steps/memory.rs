//! A loop of two nodes in memory, against `loop { match … }` on the same state.

use crate::graphs::{Small, Wide, small, small_async, small_by_hand, wide, wide_async, wide_by_hand};
use crate::rounds::{Case, Pair, Run, Target};
use futures_lite::future::block_on;
use graph_runtime::{Builder, Definition, NeverPauses, Update};
use std::hint::black_box;
use std::time::Instant;

/// Enough that the start of a run does not show, and few enough that most rounds are not interrupted.
const LEFT: u32 = 10_000;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("memory, 2 fields, `fn`", || Pair {
            floor: timed(Small::example, |state| small_by_hand(state, |_| ())),
            graph: run(small::Looped::builder(), Small::example),
        }),
        case("memory, 2 fields, `async fn`", || Pair {
            floor: timed(Small::example, |state| small_by_hand(state, |_| ())),
            graph: run(small_async::Looped::builder(), Small::example),
        }),
        case("memory, 15 fields, `fn`", || Pair {
            floor: timed(Wide::example, |state| wide_by_hand(state, |_| ())),
            graph: run(wide::Looped::builder(), Wide::example),
        }),
        case("memory, 15 fields, `async fn`", || Pair {
            floor: timed(Wide::example, |state| wide_by_hand(state, |_| ())),
            graph: run(wide_async::Looped::builder(), Wide::example),
        }),
    ]
}

fn case(name: &'static str, pair: fn() -> Pair) -> Case {
    Case { name, nodes: 2 * LEFT, rounds: 50, target: Target::Above(5.0), open: Box::new(move || Ok(pair())) }
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
