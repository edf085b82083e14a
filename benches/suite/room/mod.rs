//! How much memory threads take: as handles that nobody runs, and while they run and wait for something outside.
//!
//! Each figure is from a process of its own: what it occupies with so many threads, less what it occupied before, by their number.

use crate::Failure;
use crate::report::{Figure, Row, Table};
use crate::session::{Session, memory};
use graph_runtime::{GraphState, RedbSaver, SledSaver, Thread, Update, graph};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

#[derive(Debug, Default, GraphState)]
struct Visit {
    page: u64,
}

/// How many nodes wait.
static WAITING: AtomicUsize = AtomicUsize::new(0);

async fn wait(_: &Visit) -> impl Update<Visit> + use<> {
    WAITING.fetch_add(1, Ordering::Relaxed);
    std::future::pending::<()>().await;
}

graph! {
    graph Visiting<Visit>;

    node wait;

    start -> wait -> end;
}

/// The first word of a process that is started to be measured.
pub(crate) const CHILD: &str = "room-of";

const CASES: [(&str, &str); 5] = [
    ("idle", "a handle of a thread"),
    ("bare", "a waiting task of tokio, without a graph"),
    ("memory", "a running thread, no store"),
    ("sled", "a running thread, sled, `Sync`"),
    ("redb", "a running thread, redb, `Sync`"),
];

pub(crate) fn tables(session: &Session) -> Result<Vec<Table>, Failure> {
    let counts: [u32; 2] = session.pick([10, 20], [1_000, 10_000], [1_000, 10_000]);
    let mut rows = Vec::new();
    for (case, name) in CASES {
        let mut figures = Vec::new();
        for count in counts {
            let path = session.path(&format!("room-{case}-{count}"));
            std::fs::create_dir_all(&path)?;
            let mut child = Command::new(std::env::current_exe()?);
            let output = child.args([CHILD, case, &count.to_string()]).arg(&path).output()?;
            let said = String::from_utf8_lossy(&output.stdout);
            if !output.status.success() {
                return Err(format!("{case}: {}", String::from_utf8_lossy(&output.stderr)).into());
            }
            figures.push(Figure::Bytes(said.trim().parse::<f64>()? / f64::from(count)));
            std::fs::remove_dir_all(path)?;
        }
        rows.push(Row::new(name, figures));
    }
    Ok(vec![Table { title: "memory of a thread", columns: &["of 1,000", "of 10,000"], rows }])
}

/// The process that is measured: prints how many bytes its threads take.
pub(crate) fn child(mut words: impl Iterator<Item = String>) -> Result<(), Failure> {
    let mut word = || words.next().ok_or("a word is missing");
    let (case, count, path) = (word()?, word()?.parse::<usize>()?, word()?);
    let path = Path::new(&path);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    let builder = Visiting::builder();
    let graph = match case.as_str() {
        "sled" => builder.checkpointer(SledSaver::open(path)?),
        "redb" => builder.checkpointer(RedbSaver::open(path.join("store"))?),
        _ => builder.checkpointer(graph_runtime::MemorySaver::new()),
    }
    .build();
    let name = |number: usize| format!("visitor-{number:06}");
    let run = |thread: Thread<Visiting>| drop(runtime.spawn(async move { thread.invoke(()).await }));
    // The first one loads and allocates what all of them share.
    match case.as_str() {
        "idle" => drop(graph.thread(name(0))),
        "bare" => drop(runtime.spawn(async { wait(&Visit::default()).await })),
        "memory" => drop(runtime.spawn(Visiting::new().run(()))),
        _ => run(graph.thread(name(0))),
    }
    let waits = |count: usize| {
        let until = Instant::now() + Duration::from_secs(300);
        while case != "idle" && WAITING.load(Ordering::Relaxed) < count {
            assert!(Instant::now() < until, "the threads do not come to their node");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    waits(1);
    let before = memory("VmRSS:");
    let mut handles = Vec::with_capacity(count);
    for number in 1..=count {
        match case.as_str() {
            "idle" => handles.push(graph.thread(name(number))),
            "bare" => drop(runtime.spawn(async { wait(&Visit::default()).await })),
            "memory" => drop(runtime.spawn(Visiting::new().run(()))),
            _ => run(graph.thread(name(number))),
        }
    }
    waits(count + 1);
    println!("{}", memory("VmRSS:") - before);
    drop(handles);
    // The tasks never end.
    std::process::exit(0);
}
