//! What nodes say of themselves, wherever they run.

use crate::graphs::{Travel, Weather, all, trip};
use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{Ctx, Event, GraphState, MemorySaver, Update, graph};
use std::sync::{Arc, Mutex, mpsc};

#[test]
fn values_come_back_as_their_type() {
    let graph = Travel::builder().context(Weather::default()).checkpointer(MemorySaver::new()).build();
    let (mut stops, mut nights) = (Vec::new(), Vec::new());
    for event in all(graph.thread("a").stream(trip())) {
        let Event::Emitted { task, value, .. } = event else { continue };
        if let Some(said) = value.get::<String>() {
            assert_eq!(value.type_name(), std::any::type_name::<String>());
            stops.push((task.name.to_string(), said.clone()));
        } else if let Some((stop, night)) = value.get::<(u32, u32)>() {
            nights.push((task.name.to_string(), *stop, *night));
        }
        assert!(value.get::<u8>().is_none());
    }
    assert_eq!(stops, [("plan".to_owned(), "3 stops".to_owned())]);
    assert_eq!(nights.len(), 12, "three subgraphs of two steps each, in two rounds");
    assert_eq!(nights[..2], [("stay[0]/sleep".to_owned(), 1, 0), ("stay[1]/sleep".to_owned(), 2, 0)]);
}

#[derive(GraphState, Debug)]
struct File {
    #[reduce(add)]
    bytes: u64,
}

/// Lets a blocking node go on when the test has seen what it said.
#[derive(Clone)]
struct Gate(Arc<Mutex<mpsc::Receiver<()>>>);

fn read(_: &File, part: &u64, cx: &Ctx<Gate>) -> impl Update<File> + use<> {
    cx.emit(*part);
    cx.context().0.lock().unwrap().recv().unwrap();
    cx.emit(*part + 100);
    File::update().bytes(*part)
}

fn parts(_: &File) -> [u64; 2] {
    [1, 2]
}

graph! {
    graph Reading<File, Gate>;
    #[blocking]
    node read;
    start -> for parts(u64) { read } -> end;
}

/// What it says is there while it runs: the pool wakes who drives the run.
#[tokio::test]
async fn a_blocking_node_is_heard_while_it_runs() {
    let (open, gate) = mpsc::channel();
    let graph = Reading::builder().context(Gate(Arc::new(Mutex::new(gate)))).checkpointer(MemorySaver::new()).build();
    let (mut events, mut said) = (graph.thread("a").stream(()), Vec::new());
    while let Some(event) = events.next().await {
        if let Event::Emitted { value, .. } = event.unwrap() {
            let value = *value.get::<u64>().unwrap();
            said.push(value);
            if value < 100 {
                open.send(()).unwrap();
            }
        }
    }
    said.sort_unstable();
    assert_eq!(said, [1, 2, 101, 102]);
}

/// A node on the pool that outlives its run speaks to nobody.
#[tokio::test]
async fn a_blocking_node_that_outlives_its_run_is_not_heard() {
    let (open, gate) = mpsc::channel();
    let graph = Reading::builder().context(Gate(Arc::new(Mutex::new(gate)))).checkpointer(MemorySaver::new()).build();
    let mut events = graph.thread("a").stream(());
    let subscriber = events.subscribe();
    while let Some(event) = events.next().await {
        if matches!(event.unwrap(), Event::Emitted { .. }) {
            break;
        }
    }
    drop(events);
    let seen: Vec<_> = subscriber.collect().await;
    open.send(()).unwrap();
    open.send(()).unwrap();
    assert!(seen.iter().filter(|event| matches!(event, Event::Emitted { .. })).count() <= 2);
}

/// Without a stream nothing is made.
#[test]
fn nobody_listens_to_a_plain_run() {
    #[derive(GraphState)]
    struct Silent {
        done: bool,
    }

    fn say(_: &Silent, cx: &Ctx) -> impl Update<Silent> + use<> {
        cx.emit_with(|| -> u8 { panic!("nobody listens") });
        cx.emit("nobody");
        Silent::update().done(true)
    }

    graph! {
        graph Saying<Silent>;
        node say;
        start -> say -> end;
    }

    assert!(block_on(Saying::new().run(())).unwrap().done);
    let thread = Saying::builder().checkpointer(MemorySaver::new()).build().thread("a");
    assert!(block_on(thread.invoke(())).unwrap().finished().unwrap().done);
}
