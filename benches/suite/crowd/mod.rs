//! Many threads that step at once and share one sync.

use crate::Failure;
use crate::report::{Figure, Row, Table};
use crate::session::Session;
use futures_lite::future::block_on;
use graph_runtime::{GraphState, SledSaver, Update, graph};
use std::path::Path;
use std::time::Instant;

#[derive(Debug, GraphState)]
struct Count {
    left: u32,
    sum: u64,
}

fn count(state: &Count) -> impl Update<Count> + use<> {
    Count::update().left(state.left - 1).sum(state.sum + u64::from(state.left))
}

fn done(state: &Count) -> bool {
    state.left == 0
}

graph! {
    graph Counting<Count>;

    node count;

    start -> count -> match done {
        true => end,
        false => count,
    };
}

/// Runs one thread, then more of them.
pub(crate) fn tables(session: &Session) -> Result<Vec<Table>, Failure> {
    let steps: u32 = session.pick(40, 10_000, 20_000);
    let path = session.path("crowd");
    let one = rate(&path.join("1"), 1, steps / 20)?;
    let mut rows = vec![Row::new("1 thread", [Figure::PerSecond(one), Figure::Times(1.0)])];
    for threads in [4, 16, 64, 256] {
        let rate = rate(&path.join(threads.to_string()), threads, steps.div_ceil(threads))?;
        let row = Row::new(format!("{threads} threads"), [Figure::PerSecond(rate), Figure::Times(rate / one)]);
        rows.push(if threads == 64 { row.at_least(rate / one, Figure::Times(10.0)) } else { row });
    }
    Ok(vec![Table { title: "sled, synced, threads at once", columns: &["steps", "to one thread"], rows }])
}

fn rate(path: &Path, threads: u32, steps: u32) -> Result<f64, Failure> {
    let graph = Counting::builder().checkpointer(SledSaver::open(path)?).step_limit(u64::from(steps) + 1).build();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    let run = |round: u32, steps: u32| {
        let runs: Vec<_> = (0..threads)
            .map(|number| {
                let thread = graph.thread(format!("{round}-{number}"));
                runtime.spawn(async move { thread.invoke(Count::update().left(steps)).await?.finished() })
            })
            .collect();
        let began = Instant::now();
        for run in runs {
            block_on(run).expect("no run panics").expect("the run ends");
        }
        f64::from(threads * steps) / began.elapsed().as_secs_f64()
    };
    run(0, steps.min(20));
    Ok((1..=3).map(|round| run(round, steps)).fold(0.0, f64::max))
}
