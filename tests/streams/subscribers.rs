//! Several who listen: all get the same events, and none of them moves or stops the run.

use crate::graphs::{Travel, Weather, all, failing, trip, words};
use futures_lite::StreamExt;
use futures_lite::future::{block_on, poll_once};
use graph_runtime::{Event, MemorySaver};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

#[test]
fn subscribers_see_what_the_driver_sees() {
    let graph = Travel::builder().context(Weather::default()).checkpointer(MemorySaver::new()).build();
    let events = graph.thread("a").stream(trip());
    let (one, other) = (events.subscribe(), events.subscribe());
    drop(events.subscribe());
    let driven = words(&all(events));
    assert_eq!(words(&block_on(one.collect::<Vec<_>>())), driven);
    assert_eq!(words(&block_on(other.collect::<Vec<_>>())), driven);
}

#[test]
fn a_late_subscriber_sees_what_happens_from_then_on() {
    let graph = Travel::builder().context(Weather::default()).checkpointer(MemorySaver::new()).build();
    let mut events = graph.thread("a").stream(trip());
    let feed = events.feed();
    let mut seen = Vec::new();
    while let Some(event) = block_on(events.next()) {
        seen.push(event.unwrap());
        if matches!(seen.last(), Some(Event::Checkpoint { step: 3, .. })) {
            break;
        }
    }
    // Everything up to there was taken, so nothing lies between.
    let late = feed.clone().subscribe();
    let rest = words(&all(events));
    assert_eq!(words(&block_on(late.collect::<Vec<_>>())), rest);
    assert_eq!(block_on(feed.subscribe().count()), 0, "the run is over");
}

#[test]
fn a_subscriber_does_not_drive() {
    let graph = Travel::builder().context(Weather::default()).checkpointer(MemorySaver::new()).build();
    let thread = graph.thread("a");
    let events = thread.stream(trip());
    let mut subscriber = events.subscribe();
    assert!(block_on(poll_once(subscriber.next())).is_none());
    assert!(block_on(thread.snapshot()).unwrap().is_none());
    drop(events);
    assert!(block_on(subscriber.next()).is_none(), "a dropped run says nothing more");
}

#[test]
fn a_dropped_run_ends_its_subscribers_without_an_end() {
    let graph = Travel::builder().context(Weather::default()).checkpointer(MemorySaver::new()).build();
    let events = graph.thread("a").stream(trip());
    let subscriber = events.subscribe();
    block_on(events.take(9).count());
    let seen = words(&block_on(subscriber.collect::<Vec<_>>()));
    assert!(
        seen.len() >= 9 && !seen.iter().any(|word| word.contains("ended") || word.starts_with("failed")),
        "{seen:?}"
    );
}

#[test]
fn a_failure_is_an_event_to_those_who_do_not_get_the_error() {
    let weather = Arc::<Weather>::default();
    let graph = Travel::builder().context(Arc::clone(&weather)).checkpointer(MemorySaver::new()).build();
    weather.bad.store(true, Relaxed);
    let events = graph.thread("a").stream(trip());
    let subscriber = events.subscribe();
    let (driven, error) = failing(events);
    let mut seen = block_on(subscriber.collect::<Vec<_>>());
    assert!(matches!(seen.pop(), Some(Event::Failed { message, .. }) if *message == *error.to_string()));
    assert_eq!(words(&seen), words(&driven));
}

/// In a task of its own, on another thread of the system.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_is_woken_in_its_own_task() {
    let graph = Travel::builder().context(Weather::default()).checkpointer(MemorySaver::new()).build();
    let events = graph.thread("a").stream(trip());
    let subscribers = [events.subscribe(), events.subscribe()].map(|subscriber| tokio::spawn(subscriber.count()));
    let driven = tokio::spawn(events.count()).await.unwrap();
    for subscriber in subscribers {
        assert_eq!(subscriber.await.unwrap(), driven);
    }
}

/// The run waits for who drives it, so a stream holds the events of one step at most.
#[test]
fn the_run_waits_for_its_driver() {
    let graph = Travel::builder().context(Weather::default()).checkpointer(MemorySaver::new()).build();
    let thread = graph.thread("a");
    let mut events = thread.stream(trip());
    while let Some(event) = block_on(events.next()) {
        if let Ok(Event::StepStarted { step, .. }) = event {
            let stored = block_on(thread.snapshot()).unwrap().unwrap().step;
            assert!(stored + 1 == step || stored == step, "step {step} is taken, and {stored} are stored");
        }
    }
}
