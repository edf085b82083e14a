//! A dropped stream is a dropped run: nothing half done is visible, and the thread goes on from its last checkpoint.

use crate::graphs::{Travel, Weather, trip};
use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{Durability, Error, Event, MemorySaver, Status};

#[test]
fn a_stream_that_was_never_polled_has_done_nothing() {
    let graph = Travel::builder().context(Weather::default()).checkpointer(MemorySaver::new()).build();
    let thread = graph.thread("a");
    let events = thread.stream(trip());
    let subscriber = events.subscribe();
    assert!(block_on(thread.snapshot()).unwrap().is_none());
    drop(events);
    assert!(block_on(thread.snapshot()).unwrap().is_none());
    assert_eq!(block_on(subscriber.count()), 0);
}

#[test]
fn only_whole_steps_are_visible_after_a_drop() {
    for durability in [Durability::Sync, Durability::Exit] {
        let graph = Travel::builder().context(Weather::default()).checkpointer(MemorySaver::new());
        let graph = graph.durability(durability).build();
        let expected = block_on(graph.thread("whole").invoke(trip())).unwrap().finished().unwrap();
        for events in 0.. {
            let thread = graph.thread(format!("{events}"));
            let mut stream = thread.stream(trip());
            let mut told = None;
            let mut over = false;
            for _ in 0..events {
                match block_on(stream.next()).transpose().unwrap() {
                    Some(Event::Checkpoint { id, step, .. }) => told = Some((id, step)),
                    Some(_) => {}
                    None => over = true,
                }
            }
            if over {
                break;
            }
            drop(stream);
            let snapshot = block_on(thread.snapshot()).unwrap();
            // What was told is there; a checkpoint that nobody was told of yet may be there, too.
            let found = snapshot.as_ref().map(|snapshot| (snapshot.id, snapshot.step));
            assert!(found >= told, "{found:?} after {told:?} was told");
            assert!(
                snapshot
                    .as_ref()
                    .is_none_or(|found| found.status == Status::Running || found.state.notes == expected.notes)
            );
            if snapshot.is_some_and(|snapshot| snapshot.status == Status::Finished) {
                continue;
            }
            let finished = block_on(thread.resume_or_invoke(trip())).unwrap().finished().unwrap();
            assert_eq!(
                (finished.notes, finished.cost),
                (expected.notes.clone(), expected.cost),
                "after {events} events"
            );
        }
    }
}

/// A stream holds the thread from its first poll to its drop.
#[test]
fn a_stream_is_the_run_of_its_thread() {
    let graph = Travel::builder().context(Weather::default()).checkpointer(MemorySaver::new()).build();
    let thread = graph.thread("a");
    let mut events = thread.stream(trip());
    assert!(matches!(block_on(events.next()), Some(Ok(Event::RunStarted { .. }))));
    assert!(matches!(block_on(thread.resume_or_invoke(trip())), Err(Error::Busy { .. })));
    assert!(matches!(block_on(thread.stream(trip()).next()), Some(Err(Error::Busy { .. }))));
    drop(events);
    assert!(block_on(thread.resume_or_invoke(trip())).is_ok());
}
