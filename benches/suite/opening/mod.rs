//! How a store opens that holds many threads.
//!
//! Every open is that of a process of its own, on files that the page cache has been told to forget: "cold" is that, and not a
//! disk that has just spun up. The store is filled once; each process gets a copy, because an open leaves traces that make the
//! next one faster. By hand, the engine alone opens such a copy and stores as many bytes.

mod child;
mod hand;
mod request;

pub(crate) use child::{CHILD, child};

use crate::Failure;
use crate::report::{Figure, Row, Table};
use crate::session::{Session, bytes, cool, copy};
use child::{Engine, How, Visit};
use std::path::{Path, PathBuf};
use std::time::Duration;

const COLUMNS: &[&str] =
    &["opening", "first step", "together", "above 10", "a reply", "memory", "a thread", "at most a thread", "on disk"];

/// The smallest number of threads among which memory can be divided.
const MANY: u32 = 1_000;

/// What a store may cost that has the most threads.
struct Bound {
    above: Duration,
    bytes: f64,
}

pub(crate) fn tables(session: &Session) -> Result<Vec<Table>, Failure> {
    let sled = Bound { above: Duration::from_millis(100), bytes: 200.0 };
    let redb = Bound { above: 2 * sled.above, bytes: 2.0 * sled.bytes };
    Ok(vec![
        Table { title: "opening sled, cold", columns: COLUMNS, rows: rows(session, Engine::Sled, &sled)? },
        Table { title: "opening redb, cold", columns: COLUMNS, rows: rows(session, Engine::Redb, &redb)? },
    ])
}

/// A store with so many finished threads, as its program closed it and as a kill would have left it.
struct Stores {
    closed: PathBuf,
    killed: PathBuf,
}

fn rows(session: &Session, engine: Engine, bound: &Bound) -> Result<Vec<Row>, Failure> {
    let counts: &[u32] = session.pick(&[1, 10], &[1, 10, 1_000, 100_000], &[1, 10, 1_000, 100_000]);
    let most = counts.iter().copied().max().unwrap_or_default();
    let root = session.path("opening").join(engine.name());
    let rounds = session.pick(1, 5, 9);
    let measure = |store: &Path, how| measure(&root.join("copy"), store, engine, how, rounds);

    let none = fill(&root.join("0"), engine, 0)?;
    let empty = [measure(&none.closed, How::Graph)?, measure(&none.closed, How::Hand)?];
    let mut few = [Duration::ZERO; 2];
    let mut rows = vec![row("no finished thread", 0, &empty[0], None, None, &none.closed)?];
    for &threads in counts {
        let stores = fill(&root.join(threads.to_string()), engine, threads)?;
        let graph = measure(&stores.closed, How::Graph)?;
        let hand = measure(&stores.closed, How::Hand)?;
        if threads == 10 {
            few = [graph.together(), hand.together()];
        }
        let above = |visit: &Visit, few| (threads > 10).then(|| visit.together().saturating_sub(few));
        let name = if threads == 1 { "1 finished thread".to_owned() } else { format!("{threads} finished threads") };
        let first = above(&graph, few[0]);
        let mut main = row(&name, threads, &graph, first, Some(&empty[0]), &stores.closed)?;
        if threads == most
            && let Some(first) = first
        {
            let each = graph.each(&empty[0], threads);
            let wanted = format!("≤ {} above, ≤ {} a thread", Figure::time(bound.above), Figure::Bytes(bound.bytes));
            main = main.target(wanted, first <= bound.above && each <= bound.bytes);
        }
        rows.push(main);
        let first = above(&hand, few[1]);
        rows.push(row(&format!("{name}, by hand"), threads, &hand, first, Some(&empty[1]), &stores.closed)?);
        if threads == most {
            let killed = measure(&stores.killed, How::Graph)?;
            let first = above(&killed, few[0]);
            rows.push(row(&format!("{name}, after a kill"), threads, &killed, first, Some(&empty[0]), &stores.killed)?);
            let killed = measure(&stores.killed, How::Hand)?;
            let first = above(&killed, few[1]);
            let name = format!("{name}, after a kill, by hand");
            rows.push(row(&name, threads, &killed, first, Some(&empty[1]), &stores.killed)?);
        }
        std::fs::remove_dir_all(root.join(threads.to_string()))?;
    }
    Ok(rows)
}

fn row(
    name: &str,
    threads: u32,
    visit: &Visit,
    above: Option<Duration>,
    empty: Option<&Visit>,
    store: &Path,
) -> Result<Row, Failure> {
    let divided = empty.filter(|_| threads >= MANY);
    #[expect(clippy::cast_precision_loss, reason = "no store here has 2^52 bytes")]
    let stored = bytes(store)? as f64;
    let figures = [
        Figure::time(visit.opened),
        Figure::time(visit.served),
        Figure::time(visit.together()),
        above.map_or(Figure::None, Figure::time),
        visit.replied.map_or(Figure::None, Figure::time),
        Figure::Bytes(visit.held),
        divided.map_or(Figure::None, |empty| Figure::Bytes(visit.each(empty, threads))),
        divided.map_or(Figure::None, |empty| Figure::Bytes(visit.each_at_most(empty, threads))),
        Figure::Bytes(stored),
    ];
    Ok(Row::new(name, figures))
}

/// Makes a store with so many finished threads, and one that waits for a person.
fn fill(path: &Path, engine: Engine, threads: u32) -> Result<Stores, Failure> {
    let stores = Stores { closed: path.join("closed"), killed: path.join("killed") };
    let kill = || copy(&stores.closed, &stores.killed);
    match engine {
        Engine::Sled => request::fill(&graph_runtime::SledSaver::open(&stores.closed)?, threads, kill)?,
        Engine::Redb => request::fill(&graph_runtime::RedbSaver::open(&stores.closed)?, threads, kill)?,
    }
    Ok(stores)
}

/// The median of some processes, each with a copy of the store.
fn measure(path: &Path, store: &Path, engine: Engine, how: How, rounds: usize) -> Result<Visit, Failure> {
    let mut visits = Vec::new();
    for _ in 0..rounds {
        copy(store, path)?;
        cool(path)?;
        visits.push(child::visit(path, engine, how)?);
        std::fs::remove_dir_all(path)?;
    }
    visits.sort_by_key(Visit::together);
    Ok(visits.swap_remove(visits.len() / 2))
}
