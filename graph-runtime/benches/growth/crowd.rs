//! Many threads that step at once and share one sync.

use crate::report::{at_least, head, row};
use futures_lite::future::block_on;
use graph_runtime::{GraphState, SledSaver, Update, graph};
use std::error::Error;
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

/// Runs one thread, then more of them, and prints the steps per second.
pub(crate) fn measure(path: &Path) -> Result<(), Box<dyn Error>> {
    head("sled, synced, threads at once");
    let one = rate(&path.join("1"), 1, 1_000)?;
    row("1 thread", format!("{one:.0} steps/s"));
    for threads in [4, 16, 64, 256] {
        let rate = rate(&path.join(threads.to_string()), threads, 20_000 / threads)?;
        row(format!("{threads} threads"), format!("{rate:.0} steps/s"));
        if threads == 64 {
            at_least("64 threads to one", rate / one, 10.0, "×");
        }
    }
    Ok(())
}

fn rate(path: &Path, threads: u32, steps: u32) -> Result<f64, Box<dyn Error>> {
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
