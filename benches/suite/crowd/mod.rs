//! Many threads that step at once and share one sync.
//!
//! By hand each is a thread of the system with a loop of its own: it encodes, puts and syncs, and shares nothing with the others but the
//! engine. So every step is a sync, and how many of them the disk takes at once is left to the engine and the system.

use crate::Failure;
use crate::commits::hand::{Hand, Sizes};
use crate::commits::{Kind, REDB, SLED, sizes};
use crate::report::{Figure, Row, Table};
use crate::rounds::quartiles;
use crate::session::Session;
use futures_lite::future::block_on;
use graph_runtime::{GraphState, Update, graph};
use serde::Serialize;
use std::path::Path;
use std::sync::{Arc, Barrier};
use std::time::Instant;

#[derive(Debug, Default, GraphState, Serialize)]
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

const COLUMNS: &[&str] = &["by hand", "to one thread", "graph", "to one thread", "to by hand"];
const ROUNDS: u32 = 3;

/// Runs one thread, then more of them, on each engine.
pub(crate) fn tables(session: &Session) -> Result<Vec<Table>, Failure> {
    let titles = [(&SLED, "sled, `Sync`, threads at once"), (&REDB, "redb, `Sync`, threads at once")];
    let tables = titles.map(|(kind, title)| Ok(Table { title, columns: COLUMNS, rows: rows(session, kind)? }));
    tables.into_iter().collect()
}

fn rows(session: &Session, kind: &Kind) -> Result<Vec<Row>, Failure> {
    let trial = |saver| Counting::builder().checkpointer(saver).build().thread(Hand::name(0));
    let sizes = sizes(trial, Count { left: 1, sum: 0 })?;
    // By hand no two steps share a sync, so there are fewer of them.
    let (hand_steps, each, most): (u32, u32, u32) =
        session.pick((16, 10, 40), (600, 150, 10_000), (3_000, 1_000, 40_000));
    let (mut rows, mut one) = (Vec::new(), None);
    for threads in session.pick(&[1, 4][..], &[1, 4, 16, 64, 256], &[1, 4, 16, 64, 256]) {
        let threads = *threads;
        let path = session.path(&format!("crowd-{}-{threads}", kind.name));
        std::fs::create_dir_all(&path)?;
        let steps = (threads * each).max(hand_steps).min(most);
        let by_hand = by_hand(kind, &path.join("hand"), sizes, threads, hand_steps.div_ceil(threads))?;
        let rate = rate(kind, &path.join("graph"), threads, steps.div_ceil(threads))?;
        let (hand_one, graph_one) = *one.get_or_insert((by_hand, rate));
        let figures = [
            Figure::PerSecond(by_hand),
            Figure::Times(by_hand / hand_one),
            Figure::PerSecond(rate),
            Figure::Times(rate / graph_one),
            Figure::Times(rate / by_hand),
        ];
        let row = Row::new(if threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") }, figures);
        let wanted = threads == 64 && kind.name == SLED.name;
        rows.push(if wanted { row.at_least(rate / graph_one, Figure::Times(10.0)) } else { row });
        std::fs::remove_dir_all(path)?;
    }
    Ok(rows)
}

/// The steps per second of that many loops by hand, the median over the rounds.
fn by_hand(kind: &Kind, path: &Path, sizes: Sizes, threads: u32, steps: u32) -> Result<f64, Failure> {
    let engine = Arc::from((kind.engine)(path)?);
    let round = |round: u32| {
        let start = Barrier::new(threads as usize + 1);
        std::thread::scope(|scope| {
            let runs: Vec<_> = (0..threads)
                .map(|number| {
                    let (start, engine) = (&start, Arc::clone(&engine));
                    scope.spawn(move || {
                        let mut hand = Hand::bare(engine, sizes, true);
                        hand.thread_of(round * threads + number);
                        let mut state = Count { left: steps, sum: 0 };
                        start.wait();
                        while state.left > 0 {
                            state.sum += u64::from(state.left);
                            state.left -= 1;
                            hand.commit(&state);
                        }
                    })
                })
                .collect();
            start.wait();
            let began = Instant::now();
            for run in runs {
                run.join().expect("no loop panics");
            }
            f64::from(threads * steps) / began.elapsed().as_secs_f64()
        })
    };
    Ok(quartiles((0..ROUNDS).map(round))[1])
}

/// The steps per second of that many threads of the graph, the median over the rounds.
fn rate(kind: &Kind, path: &Path, threads: u32, steps: u32) -> Result<f64, Failure> {
    let graph = Counting::builder().checkpointer((kind.saver)(path)?).step_limit(u64::from(steps) + 1).build();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    let run = |round: u32, steps: u32| {
        let began = Instant::now();
        let runs: Vec<_> = (0..threads)
            .map(|number| {
                let thread = graph.thread(format!("{round}-{number}"));
                runtime.spawn(async move { thread.invoke(Count::update().left(steps)).await?.finished() })
            })
            .collect();
        for run in runs {
            block_on(run).expect("no run panics").expect("the run ends");
        }
        // The input is a commit as well.
        f64::from(threads * (steps + 1)) / began.elapsed().as_secs_f64()
    };
    run(0, steps.min(20));
    Ok(quartiles((1..=ROUNDS).map(|round| run(round, steps)))[1])
}
