//! What logs say at each level, and what they never say.

use crate::graphs::{Bank, SECRET, Shop, order};
use graph_runtime::{MemorySaver, Thread};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use tracing::Level;
use tracing_subscriber::fmt::format::FmtSpan;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is logged at this level and above, spans with all their fields included.
fn logged(level: Level, call: impl AsyncFnOnce()) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .without_time()
        .with_writer(move || writer.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    tracing::subscriber::with_default(subscriber.finish(), || runtime.block_on(call()));
    let log = log.0.lock().unwrap().clone();
    String::from_utf8(log).unwrap()
}

fn thread(broken: u32) -> Thread<Shop> {
    Shop::builder().context(Bank::new(broken)).checkpointer(MemorySaver::new()).build().thread("user-7")
}

#[test]
fn no_log_shows_what_a_run_holds() {
    let log = logged(Level::TRACE, async || {
        let thread = thread(1);
        assert!(thread.invoke(order()).await.is_err());
        thread.resume().await.unwrap().finished().unwrap();
    });
    for word in ["run started", "run failed", "run ended", "attempt failed", "effect replayed", "checkpoint encoded"] {
        assert!(log.contains(word), "{word} is missing in {log}");
    }
    for field in [
        r#"graph.name="Shop""#,
        r#"graph.thread="user-7""#,
        "graph.step=1",
        "graph.task=parcel/pack",
        r#"graph.node="pack""#,
        "graph.attempt=2",
        "otel.name=node pay",
        r#"graph.effect.name="charge""#,
        r#"graph.effect.outcome="executed""#,
        "graph.checkpoint.id=1",
        "no receipt",
    ] {
        assert!(log.contains(field), "{field} is missing in {log}");
    }
    assert!(!log.contains(SECRET), "{log}");
    assert!(!log.contains("thread.id") && !log.contains("thread.name"), "those are threads of the system");
}

#[test]
fn what_nodes_say_is_not_told_above_debug() {
    let log = logged(Level::INFO, async || assert!(thread(1).invoke(order()).await.is_err()));
    let own: Vec<_> =
        log.lines().filter(|line| line.contains("graph_runtime") && !line.contains("telemetry::graphs")).collect();
    let said = own.iter().filter(|line| line.contains("run started") || line.contains("run failed")).count();
    assert_eq!(said, 2, "{log}");
    assert!(!log.contains("no receipt") && !log.contains("the line is busy"), "{log}");
    assert!(log.contains(r#"graph.error="node""#) && log.contains("graph.task=pay"), "{log}");
    assert!(!log.contains("graph.step") && !log.contains("graph.attempt"), "steps and nodes are for `DEBUG`: {log}");
}
