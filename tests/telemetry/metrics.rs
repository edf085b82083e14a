//! Metrics: every one that is documented moves, and no other.

use crate::graphs::{Bank, Shop, order};
use crate::recorder::{Keeper, Series};
use futures_lite::StreamExt;
use graph_runtime::MemorySaver;
use graph_tests::faulty::{Fault, Faulty};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

const PAGE: &str = include_str!("../../graph-runtime/src/docs/telemetry.md");

/// The rows of the page's table: name, kind, labels.
fn documented() -> BTreeMap<String, (String, Vec<String>)> {
    let rows = rows().map(|[name, kind, labels]| (name, (kind, labels.split(", ").map(str::to_owned).collect())));
    rows.collect()
}

fn documented_in_order() -> Vec<String> {
    rows().map(|[name, ..]| name).collect()
}

fn rows() -> impl Iterator<Item = [String; 3]> {
    PAGE.lines().filter(|line| line.starts_with("| `graph_")).map(|row| {
        let mut cells = row.split('|').map(|cell| cell.replace('`', "").trim().to_owned()).skip(1);
        [(); 3].map(|()| cells.next().unwrap())
    })
}

type Recorded = Vec<(String, Series)>;

/// What is recorded while the runs of `call` go on.
fn recorded(call: impl AsyncFnOnce()) -> Recorded {
    let keeper = Keeper::default();
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    metrics::with_local_recorder(&keeper, || runtime.block_on(call()));
    keeper.kept()
}

/// What series of these labels stand at.
fn count(seen: &Recorded, name: &str, labels: &[(&str, &str)]) -> i64 {
    let has = |series: &Series| {
        let has = |(key, value): &(&str, &str)| series.labels.iter().any(|(k, v)| k == key && v == value);
        labels.iter().all(has)
    };
    seen.iter().filter(|(found, series)| found == name && has(series)).map(|(_, series)| series.value).sum()
}

#[test]
fn every_documented_metric_moves_and_no_other() {
    let seen = recorded(async || {
        let thread = Shop::builder().context(Bank::new(1)).checkpointer(MemorySaver::new()).build().thread("user-7");
        assert!(thread.invoke(order()).await.is_err());
        thread.resume().await.unwrap().finished().unwrap();
    });
    let mut found = BTreeMap::new();
    for (name, Series { kind, labels, .. }) in &seen {
        let keys: Vec<_> = labels.iter().map(|(key, _)| key.clone()).collect();
        found.insert(name.clone(), ((*kind).to_owned(), keys));
        assert!(labels.iter().all(|(_, value)| value != "user-7"), "a thread id is a label of {name}");
        assert!(labels.iter().any(|(key, value)| key == "graph" && value == "Shop"));
    }
    assert_eq!(found, documented());
    for name in found.keys() {
        let moved = |(found, series): &(String, Series)| found == name && series.most > 0;
        assert!(seen.iter().any(moved), "{name} never moved");
    }
    assert_eq!(count(&seen, "graph_runs_running", &[]), 0);
}

#[test]
fn every_metric_has_a_description() {
    let keeper = Keeper::default();
    metrics::with_local_recorder(&keeper, graph_runtime::describe_metrics);
    let described = keeper.described.into_inner().unwrap();
    assert_eq!(described, documented_in_order());
}

#[test]
fn metrics_count_what_happened() {
    let seen = recorded(async || {
        let bank = Arc::new(Bank::new(1));
        let graph = Shop::builder().context(Arc::clone(&bank)).checkpointer(MemorySaver::new()).build();
        let thread = graph.thread("a");
        assert!(thread.invoke(order()).await.is_err());
        bank.broken.store(0, SeqCst);
        thread.resume().await.unwrap().finished().unwrap();
        thread.stream(()).take(3).count().await;
    });
    for (name, labels, expected) in [
        ("graph_runs_total", &[("outcome", "failed")][..], 1),
        ("graph_runs_total", &[("outcome", "finished")], 1),
        ("graph_runs_total", &[("outcome", "dropped")], 1),
        ("graph_run_failures_total", &[("error", "node")], 1),
        ("graph_tasks_total", &[("node", "check"), ("outcome", "finished")], 1),
        ("graph_tasks_total", &[("node", "check"), ("outcome", "failed")], 0),
        ("graph_tasks_total", &[("node", "pay"), ("outcome", "failed")], 1),
        ("graph_tasks_total", &[("node", "pay"), ("outcome", "finished")], 1),
        ("graph_tasks_total", &[("node", "pack"), ("outcome", "finished")], 1),
        ("graph_tasks_total", &[("node", "weigh"), ("outcome", "failed")], 1),
        ("graph_tasks_total", &[("node", "weigh"), ("outcome", "finished")], 1),
        // The stream that was dropped had tried it, too.
        ("graph_retries_total", &[("node", "check")], 2),
        ("graph_effects_total", &[("node", "pay"), ("outcome", "executed")], 1),
        ("graph_effects_total", &[("node", "pay"), ("outcome", "replayed")], 1),
        ("graph_effects_total", &[("node", "pay"), ("outcome", "failed")], 1),
        ("graph_steps_total", &[], 3),
        ("graph_step_duration_seconds", &[], 3),
        ("graph_commit_duration_seconds", &[], 5),
        ("graph_checkpoint_bytes", &[], 5),
    ] {
        assert_eq!(count(&seen, name, labels), expected, "{name} {labels:?}");
    }
}

#[test]
fn what_the_store_refuses_is_counted_as_such() {
    let seen = recorded(async || {
        let store = Faulty::new(MemorySaver::new());
        let graph = Shop::builder().context(Bank::new(0)).checkpointer(store.clone()).build();
        // The head is read, and then there is no space for the input.
        store.fail_after(1, Fault::Full);
        assert!(graph.thread("a").invoke(order()).await.is_err());
    });
    assert_eq!(count(&seen, "graph_run_failures_total", &[("error", "store")]), 1);
    assert_eq!(count(&seen, "graph_commit_duration_seconds", &[]), 0);
}
