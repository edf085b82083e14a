//! Nodes in memory: one after the other, side by side, and in a subgraph.

pub(crate) mod graphs;
mod group;
mod items;
mod subgraph;

use crate::Failure;
use crate::report::Table;
use crate::rounds::{COLUMNS, Case, Pair, Run, Target};
use crate::session::Session;
use futures_lite::future::block_on;
use graph_runtime::{Builder, Definition, NeverPauses, Update};
use std::hint::black_box;
use std::time::Instant;

pub(crate) fn tables(session: &Session) -> Result<Vec<Table>, Failure> {
    let rows = cases().into_iter().map(|case| case.measure(session)).collect::<Result<_, _>>()?;
    Ok(vec![Table { title: "a node in memory", columns: COLUMNS, rows }])
}

pub(crate) fn cases() -> Vec<Case> {
    [graphs::cases(), group::cases(), items::cases(), subgraph::cases()].into_iter().flatten().collect()
}

/// A case whose nodes may cost so many nanoseconds above those by hand.
fn case(name: &'static str, nodes: u32, above: f64, pair: fn() -> Pair) -> Case {
    Case { name, nodes, rounds: 50, target: Target::Above(above), open: Box::new(move || Ok(pair())) }
}

/// Runs a graph from this state to its end.
fn run<G>(builder: Builder<G>, example: fn() -> G::State) -> Run
where
    G: Definition<Context = ()> + NeverPauses,
    G::State: Update<G::State>,
{
    let graph = builder.step_limit(u64::MAX).build();
    timed(example, move |state| block_on(graph.run(state)).expect("the graph reaches its end"))
}

fn timed<S: 'static>(example: fn() -> S, mut run: impl FnMut(S) -> S + 'static) -> Run {
    Box::new(move || {
        // Neither the input is known to the compiler nor the result left unused.
        let state = black_box(example());
        let began = Instant::now();
        black_box(run(state));
        began.elapsed()
    })
}
