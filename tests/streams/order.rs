//! The order of events, which is that of what happens: V10 of `LangGraph`'s behaviour, for steps, subgraphs and failures.

use crate::graphs::{Sleep, SleepNode, Travel, TravelNode, Weather, all, failing, trip, words};
use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{
    Ctx, Durability, Error, Event, GraphState, MemorySaver, NodeError, Outcome, Status, Update, graph,
};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::SystemTime;

#[test]
fn events_come_as_things_happen() {
    let graph = Travel::builder().context(Weather::default()).checkpointer(MemorySaver::new()).build();
    let events = all(graph.thread("a").stream(trip()));
    let expected = [
        "run from false true",
        "checkpoint 0 Input Running",
        "step 1: plan",
        "start plan 1",
        "emit plan",
        "finish plan",
        "end of step 1",
        "checkpoint 1 Step Running",
        "step 2: slow plain quick",
        "start slow 1",
        "start plain 1",
        "start quick 1",
        "finish plain",
        "finish quick",
        "finish slow",
        "end of step 2",
        "checkpoint 2 Step Running",
        "step 3: drive[0] drive[1] drive[2]",
        "start drive[0] 1",
        "start drive[1] 1",
        "start drive[2] 1",
        "finish drive[0]",
        "finish drive[1]",
        "finish drive[2]",
        "end of step 3",
        "checkpoint 3 Step Running",
        "step 4: stay[0]/sleep stay[1]/sleep stay[2]/sleep",
        "start stay[0]/sleep 1",
        "start stay[1]/sleep 1",
        "start stay[2]/sleep 1",
        "emit stay[0]/sleep",
        "finish stay[0]/sleep",
        "emit stay[1]/sleep",
        "finish stay[1]/sleep",
        "emit stay[2]/sleep",
        "finish stay[2]/sleep",
        "end of step 4",
        "checkpoint 4 Step Running",
    ];
    assert_eq!(words(&events)[..expected.len()], expected);
    let left = ["finish stay[0]", "finish stay[1]", "finish stay[2]", "end of step 5", "checkpoint 5 Step Running"];
    assert!(words(&events).windows(left.len()).any(|five| five == left), "a subgraph is done when it is left");
    assert_eq!(words(&events)[events.len() - 2..], ["checkpoint 11 Step Finished", "ended"]);
}

#[test]
fn a_task_is_told_by_its_node_if_it_is_the_graphs_own() {
    let graph = Travel::builder().context(Weather::default()).checkpointer(MemorySaver::new()).build();
    for event in all(graph.thread("a").stream(trip())) {
        let (Event::TaskStarted { task, .. } | Event::TaskFinished { task, .. }) = event else { continue };
        let expected = match task.label {
            "sleep" => None,
            "stay" => Some(TravelNode::Stay),
            "drive" => Some(TravelNode::Drive),
            "plan" => Some(TravelNode::Plan),
            "slow" => Some(TravelNode::Slow),
            "quick" => Some(TravelNode::Quick),
            "plain" => Some(TravelNode::Plain),
            "decide" => Some(TravelNode::Decide),
            other => panic!("{other}"),
        };
        assert_eq!(task.node, expected, "{task:?}");
    }
    let alone = Sleep::builder().context(Weather::default()).checkpointer(MemorySaver::new()).build();
    let events = all(alone.thread("a").stream(()));
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::TaskStarted { task, .. } if task.node == Some(SleepNode::Sleep)))
    );
}

#[test]
fn an_error_is_the_last_item_and_the_siblings_finish_before() {
    let weather = Arc::<Weather>::default();
    let graph = Travel::builder().context(Arc::clone(&weather)).checkpointer(MemorySaver::new()).build();
    weather.bad.store(true, Relaxed);
    let thread = graph.thread("a");
    let (events, error) = failing(thread.stream(trip()));
    assert!(matches!(&error, Error::Node(NodeError { task, .. }) if task == "drive[1]"), "{error}");
    let expected = ["finish drive[0]", "failed drive[1] 1 the road is closed false", "finish drive[2]"];
    assert_eq!(words(&events)[events.len() - 3..], expected);

    weather.bad.store(false, Relaxed);
    let events = all(thread.resume().stream());
    let expected = [
        "run from true false",
        "step 3: drive[1]",
        "start drive[1] 2",
        "finish drive[1]",
        // They were done before; this run uses what they left.
        "finish drive[0]",
        "finish drive[2]",
        "end of step 3",
    ];
    assert_eq!(words(&events)[..expected.len()], expected);
}

#[test]
fn what_is_no_run_has_an_end_only() {
    let graph = Sleep::builder().context(Weather::default()).checkpointer(MemorySaver::new()).build();
    let thread = graph.thread("a");
    let first = all(thread.invoke(()).request_id("r").stream());
    assert_eq!(words(&first).len(), 15);
    assert_eq!(words(&all(thread.invoke(()).request_id("r").stream())), ["ended"]);
    assert!(matches!(failing(thread.resume().stream()), (events, Error::NothingToResume { .. }) if events.is_empty()));
    assert!(matches!(failing(graph.thread("").stream(())), (events, Error::InvalidThreadId(_)) if events.is_empty()));
    let unknown = failing(graph.thread("b").resume().stream());
    assert!(matches!(unknown, (events, Error::UnknownThread { .. }) if events.is_empty()));
}

#[test]
fn a_stop_is_an_end() {
    let graph = Sleep::builder().context(Weather::default()).checkpointer(MemorySaver::new()).step_limit(1).build();
    let mut events = all(graph.thread("a").stream(()));
    let Some(Event::Ended(outcome)) = events.pop() else { panic!("{events:?}") };
    assert!(matches!(*outcome, Outcome::Stopped(_)));
    assert_eq!(words(&events).last().map(String::as_str), Some("checkpoint 1 Step Running"));
    // The only one who listens gets the outcome as it is.
    let events = all(graph.thread("a").resume().stream());
    let Some(Event::Ended(outcome)) = events.into_iter().last() else { panic!("no end") };
    let outcome = Arc::into_inner(outcome).expect("nobody else has it");
    assert_eq!(outcome.finished().unwrap().nights, [0, 1]);
}

#[test]
fn what_is_stored_at_the_exit_only_has_one_checkpoint() {
    let graph = Travel::builder().context(Weather::default()).checkpointer(MemorySaver::new());
    let graph = graph.durability(Durability::Exit).build();
    let events = all(graph.thread("a").stream(trip()));
    let checkpoints = |event: &&Event<Travel>| matches!(event, Event::Checkpoint { .. });
    assert_eq!(events.iter().filter(checkpoints).count(), 1);
    assert_eq!(words(&events)[events.len() - 3..], ["end of step 11", "checkpoint 11 Step Finished", "ended"]);
}

#[test]
fn a_cancellation_is_an_end() {
    let graph = Travel::builder().context(Weather::default()).checkpointer(MemorySaver::new()).build();
    let thread = graph.thread("a");
    let mut events = thread.stream(trip());
    let mut last = Vec::new();
    while let Some(event) = block_on(events.next()) {
        let event = event.unwrap();
        if matches!(event, Event::StepFinished { step: 2, .. }) {
            block_on(thread.cancel("enough")).unwrap();
        }
        last.push(event);
    }
    assert_eq!(words(&last).last().map(String::as_str), Some("ended"));
    assert_eq!(block_on(thread.snapshot()).unwrap().unwrap().status, Status::Cancelled);
}

#[derive(GraphState, Debug)]
struct Calls {
    answer: String,
}

fn call(_: &Calls, cx: &Ctx) -> Result<impl Update<Calls> + use<>, String> {
    if cx.attempt() < 3 { Err(format!("busy {}", cx.attempt())) } else { Ok(Calls::update().answer("hello")) }
}

fn never(_: &Calls) -> Result<(), String> {
    Err("nobody there".to_owned())
}

fn apologise(_: &Calls, _: &NodeError) -> impl Update<Calls> + use<> {
    Calls::update().answer("sorry")
}

graph! {
    graph Calling<Calls>;
    #[retry(attempts = 3, backoff = "10s")]
    node call;
    #[on_error(apologise)]
    node never;
    start -> call -> never -> end;
}

#[tokio::test(start_paused = true)]
async fn every_attempt_is_told_and_when_the_next_one_is_due() {
    let thread = Calling::builder().checkpointer(MemorySaver::new()).build().thread("a");
    let before = SystemTime::now();
    let events: Vec<_> = thread.stream(()).try_collect().await.unwrap();
    let expected = [
        "start call 1",
        "failed call 1 busy 1 true",
        "start call 2",
        "failed call 2 busy 2 true",
        "start call 3",
        "finish call",
        "start never 1",
        "failed never 1 nobody there false",
        "finish never",
    ];
    let tasks = |word: &String| ["start", "failed", "finish"].iter().any(|begin| word.starts_with(begin));
    assert_eq!(words(&events).into_iter().filter(tasks).collect::<Vec<_>>(), expected);
    let due = events.iter().find_map(|event| match event {
        Event::AttemptFailed { next, .. } => *next,
        _ => None,
    });
    assert!(due.is_some_and(|due| due > before));
}

#[tokio::test(start_paused = true)]
async fn a_task_that_waits_for_its_next_attempt_starts_when_it_is_due() {
    let thread = Calling::builder().checkpointer(MemorySaver::new()).build().thread("a");
    let mut events = thread.stream(());
    while let Some(event) = events.next().await {
        if matches!(event.unwrap(), Event::AttemptFailed { .. }) {
            break;
        }
    }
    // The attempt is stored while the run is polled on, up to where it waits.
    let _ = futures_lite::future::poll_once(events.next()).await;
    drop(events);
    let events: Vec<_> = thread.resume().stream().try_collect().await.unwrap();
    let expected = ["run from true false", "step 1: call", "start call 2", "failed call 2 busy 2 true", "start call 3"];
    assert_eq!(words(&events)[..expected.len()], expected);
}
