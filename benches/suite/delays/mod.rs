//! How long single durable steps take: the usual one, the slow ones, the slowest.
//!
//! A node notes when it is called, so a step is from one call to the next: the node, its commit, and whatever the thread waited
//! for. By hand it is what one append and one sync take, to a file or to the engine, bare. Of many at once, each by hand is a
//! thread of the system, and all append to one file or one engine.

use crate::Failure;
use crate::commits::engines::{self, Engine};
use crate::commits::hand::{Hand, Sizes};
use crate::commits::{Kind, REDB, SLED, sizes};
use crate::report::{Figure, Row, Table};
use crate::session::Session;
use futures_lite::future::block_on;
use graph_runtime::{Ctx, GraphState, Update, graph};
use serde::Serialize;
use std::path::Path;
use std::sync::{Arc, Barrier, Mutex, PoisonError};
use std::time::{Duration, Instant};

#[derive(Debug, Default, GraphState, Serialize)]
struct Walk {
    number: usize,
    left: u32,
}

/// What each thread took, step by step.
type Laps = Vec<Mutex<(Option<Instant>, Vec<Duration>)>>;

fn step(walk: &Walk, cx: &Ctx<Laps>) -> impl Update<Walk> + use<> {
    let now = Instant::now();
    let mut lap = cx.context()[walk.number].lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(before) = lap.0.replace(now) {
        lap.1.push(now - before);
    }
    Walk::update().left(walk.left - 1)
}

fn done(walk: &Walk) -> bool {
    walk.left == 0
}

graph! {
    graph Walking<Walk, Laps>;

    node step;

    start -> step -> match done {
        true => end,
        false => step,
    };
}

const COLUMNS: &[&str] = &["p50", "p99", "max", "p50 to the file", "p99 to the file"];

pub(crate) fn tables(session: &Session) -> Result<Vec<Table>, Failure> {
    let laps: Laps = vec![Mutex::default()];
    let trial = |saver| Walking::builder().context(laps).checkpointer(saver).build().thread(Hand::name(0));
    let sizes = sizes(trial, Walk { number: 0, left: 1 })?;
    let mut tables = Vec::new();
    for (title, threads, steps) in [
        ("a durable step, one thread", 1, session.pick(8, 4_000, 20_000)),
        ("a durable step, 64 threads at once", session.pick(4, 64, 64), session.pick(4, 150, 1_000)),
    ] {
        let path = session.path(&format!("delays-{threads}"));
        std::fs::create_dir_all(&path)?;
        let file = by_hand(&engines::file(&path.join("file"))?.into(), sizes, threads, steps);
        let mut rows = vec![row("append + fdatasync to a file", &file, &file)];
        for kind in [&SLED, &REDB] {
            let engine = (kind.engine)(&path.join(format!("{}-by-hand", kind.name)))?.into();
            // An engine that is synced by each of 64 takes its time.
            let hand = by_hand(&engine, sizes, threads, if threads > 1 { steps.div_ceil(5) } else { steps });
            rows.push(row(&format!("{} by hand", kind.name), &hand, &file));
            rows.push(row(&format!("{}, `Sync`", kind.name), &graph(kind, &path, threads, steps)?, &file));
        }
        std::fs::remove_dir_all(path)?;
        tables.push(Table { title, columns: COLUMNS, rows });
    }
    Ok(tables)
}

fn row(name: &str, steps: &[Duration], file: &[Duration]) -> Row {
    let at = |steps: &[Duration], share: f64| {
        // A count of steps is far below what a float holds exactly.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let place = (steps.len() as f64 * share) as usize;
        steps.get(place).copied().unwrap_or_default().as_secs_f64() * 1e9
    };
    let max = steps.last().copied().unwrap_or_default();
    let figures = [
        Figure::Nanos(at(steps, 0.5)),
        Figure::Nanos(at(steps, 0.99)),
        Figure::time(max),
        Figure::Times(at(steps, 0.5) / at(file, 0.5)),
        Figure::Times(at(steps, 0.99) / at(file, 0.99)),
    ];
    Row::new(name, figures)
}

/// What that many loops by hand took for each of their steps, sorted.
fn by_hand(engine: &Arc<dyn Engine>, sizes: Sizes, threads: usize, steps: u32) -> Vec<Duration> {
    let start = Barrier::new(threads);
    let mut all: Vec<Duration> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..threads)
            .map(|number| {
                let (start, engine) = (&start, Arc::clone(engine));
                scope.spawn(move || {
                    let mut hand = Hand::bare(engine, sizes, true);
                    hand.thread_of(u32::try_from(number).unwrap_or(u32::MAX));
                    start.wait();
                    let step = |left: u32| {
                        let began = Instant::now();
                        hand.commit(&Walk { number, left });
                        began.elapsed()
                    };
                    (0..steps).rev().map(step).collect::<Vec<_>>()
                })
            })
            .collect();
        runs.into_iter().flat_map(|run| run.join().expect("no loop panics")).collect()
    });
    all.sort_unstable();
    all
}

/// What that many threads of the graph took for each of their steps, sorted.
fn graph(kind: &Kind, path: &Path, threads: usize, steps: u32) -> Result<Vec<Duration>, Failure> {
    let laps: Arc<Laps> = Arc::new((0..threads).map(|_| Mutex::default()).collect());
    let saver = (kind.saver)(&path.join(kind.name))?;
    let limit = u64::from(steps) + 2;
    let graph = Walking::builder().context(Arc::clone(&laps)).checkpointer(saver).step_limit(limit).build();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    let runs: Vec<_> = (0..threads)
        .map(|number| {
            let thread = graph.thread(number.to_string());
            let walk = Walk { number, left: steps + 1 };
            runtime.spawn(async move { thread.invoke(walk).await?.finished() })
        })
        .collect();
    for run in runs {
        block_on(run)??;
    }
    let mut all: Vec<Duration> =
        laps.iter().flat_map(|lap| lap.lock().unwrap_or_else(PoisonError::into_inner).1.clone()).collect();
    all.sort_unstable();
    Ok(all)
}
