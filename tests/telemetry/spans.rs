//! Spans: how they nest, and that none stays open.

use crate::graphs::{Bank, Shop, order};
use futures_lite::StreamExt;
use futures_lite::future::{poll_once, yield_now};
use graph_runtime::{GraphState, MemorySaver, Update, graph};
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry, Scope};

/// Where spans and events stand, and how many spans are open.
#[derive(Clone, Default)]
struct Watch(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    open: usize,
    paths: BTreeSet<String>,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Watch {
    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, cx: Context<'_, S>) {
        let names = cx.span_scope(id).into_iter().flat_map(Scope::from_root).map(|span| span.name());
        let path = names.collect::<Vec<_>>().join(" ");
        let mut seen = self.0.lock().unwrap();
        seen.open += 1;
        seen.paths.insert(path);
    }

    fn on_event(&self, event: &Event<'_>, cx: Context<'_, S>) {
        let names = cx.event_scope(event).into_iter().flat_map(Scope::from_root).map(|span| span.name());
        let target = if event.metadata().target().starts_with("graph_runtime") { "told" } else { "said" };
        let path = names.chain([target]).collect::<Vec<_>>().join(" ");
        self.0.lock().unwrap().paths.insert(path);
    }

    fn on_close(&self, _: Id, _: Context<'_, S>) {
        self.0.lock().unwrap().open -= 1;
    }
}

/// A runtime whose clock the tests need not wait for.
fn drive<T>(run: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(run)
}

fn watched<T>(call: impl FnOnce() -> T) -> (T, Seen) {
    let watch = Watch::default();
    let result = tracing::subscriber::with_default(Registry::default().with(watch.clone()), call);
    let seen = std::mem::take(&mut *watch.0.lock().unwrap());
    (result, seen)
}

#[test]
fn spans_nest_as_runs_do() {
    let thread = Shop::builder().context(Bank::new(0)).checkpointer(MemorySaver::new()).build().thread("a");
    let (outcome, seen) = watched(|| drive(thread.invoke(order())));
    outcome.unwrap().finished().unwrap();
    let expected = [
        "run",
        "run commit",
        "run commit told",
        "run step",
        "run step node",
        "run step node effect",
        "run step node effect said",
        "run step node said",
        "run step told",
        "run told",
    ];
    assert_eq!(seen.paths.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    assert_eq!(seen.open, 0);
}

/// However far it had come: at each of its awaits, and with each of its events.
#[test]
fn no_span_outlives_its_run() {
    let graph = Shop::builder().context(Bank::new(0)).checkpointer(MemorySaver::new()).build();
    for polls in 0.. {
        let (over, seen) = watched(|| {
            drive(async {
                let mut run = pin!(graph.thread(format!("polled {polls}")).invoke(order()));
                for _ in 0..polls {
                    if poll_once(&mut run).await.is_some() {
                        return true;
                    }
                    tokio::time::advance(std::time::Duration::from_millis(500)).await;
                }
                false
            })
        });
        assert_eq!(seen.open, 0, "dropped after {polls} polls");
        if over {
            assert!(polls > 3);
            break;
        }
    }
    for events in 0..25 {
        let thread = graph.thread(format!("streamed {events}"));
        let (_, seen) = watched(|| drive(thread.stream(order()).take(events).count()));
        assert_eq!(seen.open, 0, "dropped after {events} events");
    }
    let thread = graph.thread("cancelled");
    let ((), seen) = watched(|| {
        drive(async {
            let mut run = pin!(thread.invoke(order()));
            assert!(poll_once(&mut run).await.is_none());
            thread.cancel("enough").await.unwrap();
            let _ = run.await.unwrap();
        });
    });
    assert_eq!(seen.open, 0, "cancelled");
}

#[test]
fn nothing_is_told_of_a_run_in_memory() {
    let (order, seen) = watched(|| drive(Shop::new(Bank::new(0)).run(order())));
    assert!(order.is_ok());
    assert_eq!(seen.paths.into_iter().collect::<Vec<_>>(), ["said"], "but what the nodes say themselves");
}

#[derive(GraphState, Debug)]
struct Sum {
    #[reduce(add)]
    total: u64,
}

fn add(_: &Sum) -> impl Update<Sum> + use<> {
    let span = tracing::Span::current();
    assert_eq!(span.metadata().map(tracing::Metadata::name), Some("node"));
    Sum::update().total(1)
}

async fn add_later(sum: &Sum) -> impl Update<Sum> + use<> {
    yield_now().await;
    add(sum)
}

graph! {
    graph Adding<Sum>;
    #[blocking]
    node blocking = add;
    #[timeout("1s")]
    node limited = add_later;
    node one = add, other = add_later;
    start -> blocking -> limited -> (one, other) -> end;
}

/// The pool has the subscriber of the process, so this test has it as well.
#[test]
fn every_form_of_node_is_in_its_span() {
    let watch = Watch::default();
    tracing::subscriber::set_global_default(Registry::default().with(watch.clone())).unwrap();
    let thread = Adding::builder().checkpointer(MemorySaver::new()).build().thread("a");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let sum = runtime.block_on(thread.invoke(())).unwrap().finished().unwrap();
    assert_eq!(sum.total, 4);
}
