//! A state that starts at the snapshot and takes all changes of a run is the state of the thread.

use crate::graphs::{Travel, Trip, Weather, state, trip};
use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{
    Durability, Event, Events, FieldError, GraphState, MemorySaver, Source, Status, Thread, Update, graph,
};
use std::time::{Duration, SystemTime};

/// Follows a run for so many events; whether it came to its end.
fn follow(mut events: Events<Travel>, mirror: &mut Trip, most: usize) -> bool {
    for _ in 0..most {
        match block_on(events.next()) {
            Some(event) => take(event.unwrap(), mirror),
            None => return true,
        }
    }
    false
}

fn take(event: Event<Travel>, mirror: &mut Trip) {
    match event {
        Event::RunStarted { input: Some(changes), .. } | Event::StepFinished { changes, .. } => {
            changes.apply(mirror).unwrap();
        }
        _ => {}
    }
}

/// Without what is not stored.
fn stored(trip: &Trip) -> Trip {
    Trip { cache: 0, ..trip.clone() }
}

fn thread(durability: Durability) -> Thread<Travel> {
    let graph = Travel::builder().context(Weather::default()).checkpointer(MemorySaver::new());
    graph.durability(durability).build().thread("a")
}

#[test]
fn a_mirror_is_the_state_after_one_run_and_after_the_next() {
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        let thread = thread(durability);
        let mut mirror = Trip::initial();
        assert!(follow(thread.stream(trip()), &mut mirror, usize::MAX));
        assert_eq!(stored(&mirror), stored(&state(&thread)));
        let again = Trip::update().stops(vec![4]).cost(1).overwrite_notes(vec![]);
        assert!(follow(thread.stream(again), &mut mirror, usize::MAX));
        assert_eq!(stored(&mirror), stored(&state(&thread)));
        assert_ne!(mirror.notes, Vec::<String>::new());
    }
}

/// A run that is dropped after any number of events, and one that resumes it, followed by a mirror of the snapshot.
#[test]
fn a_mirror_is_the_state_wherever_the_run_was_dropped() {
    let expected = {
        let thread = thread(Durability::Sync);
        block_on(thread.invoke(trip())).unwrap().finished().unwrap()
    };
    for events in 0.. {
        let thread = thread(Durability::Sync);
        if follow(thread.stream(trip()), &mut Trip::initial(), events) {
            assert!(events > 60, "all places where it can be dropped were tried");
            break;
        }
        let mut mirror = state(&thread);
        if block_on(thread.snapshot()).unwrap().is_some_and(|snapshot| snapshot.status == Status::Finished) {
            assert_eq!(stored(&mirror), stored(&expected), "nobody took the end");
            continue;
        }
        assert!(follow(thread.resume_or_invoke(trip()).stream(), &mut mirror, usize::MAX), "after {events} events");
        assert_eq!(stored(&mirror), stored(&expected), "after {events} events");
        assert_eq!(stored(&mirror), stored(&state(&thread)), "after {events} events");
    }
}

/// A branch begins at the checkpoint that it names, and tells what was edited there.
#[test]
fn a_mirror_of_a_past_checkpoint_is_the_state_of_the_branch_that_begins_there() {
    let thread = thread(Durability::Sync);
    block_on(thread.invoke(trip())).unwrap().finished().unwrap();
    let past: Vec<_> = block_on(thread.history().try_collect()).unwrap();
    for mut at in past {
        let edit = Trip::update().cost(100);
        let mut sources = Vec::new();
        for event in block_on(thread.at(at.id).fork(edit).stream().try_collect::<_, _, Vec<_>>()).unwrap() {
            match &event {
                Event::RunStarted { from, .. } => assert_eq!(*from, Some(at.id)),
                Event::Checkpoint { source, .. } => sources.push(*source),
                _ => {}
            }
            take(event, &mut at.state);
        }
        assert_eq!(stored(&at.state), stored(&state(&thread)), "from {}", at.id);
        assert_eq!(sources.iter().filter(|source| **source == Source::Fork).count(), 1);
        assert_eq!(sources[0], Source::Fork, "its first checkpoint");
    }
}

#[test]
fn the_changes_of_single_tasks_apply_as_well() {
    let thread = thread(Durability::Sync);
    let mut costs = Vec::new();
    for event in block_on(thread.stream(trip()).try_collect::<_, _, Vec<_>>()).unwrap() {
        if let Event::TaskFinished { task, changes, .. } = event {
            let mut own = Trip::initial();
            changes.apply(&mut own).unwrap();
            let again = changes.clone();
            again.apply(&mut own).unwrap();
            if task.node.is_none() {
                assert_eq!(own, Trip::initial(), "a task in a subgraph changes the subgraph's state");
                assert_eq!(changes.fields().collect::<Vec<_>>(), ["nights"]);
            }
            if *task.name == *"drive[1]" {
                assert_eq!(changes.fields().collect::<Vec<_>>(), ["notes", "cost"]);
                assert_eq!(format!("{changes:?}"), r#"{"notes", "cost"}"#);
                costs.push(own.cost);
            }
        }
    }
    assert_eq!(costs, [4, 4], "applied twice each, in both rounds");
}

#[derive(GraphState, Debug)]
struct Odd {
    value: f64,
    /// Before 1970 it cannot be encoded.
    when: Option<SystemTime>,
}

fn write(odd: &Odd) -> impl Update<Odd> + use<> {
    Odd::update().value(odd.value + 1.0).when(SystemTime::UNIX_EPOCH.checked_sub(Duration::from_secs(1)))
}

graph! {
    graph Writing<Odd>;
    node write;
    start -> write -> end;
}

/// Who listens hears it from the changes, and the run ends as it does where nobody listens.
#[test]
fn changes_that_cannot_be_stored_say_so() {
    let thread = Writing::builder().checkpointer(MemorySaver::new()).build().thread("a");
    let error = block_on(thread.invoke(())).unwrap_err();
    let (mut events, mut refused) = (thread.resume_or_invoke(()).stream(), 0);
    let last = loop {
        match block_on(events.next()).expect("it fails") {
            Ok(Event::TaskFinished { changes, .. } | Event::StepFinished { changes, .. }) => {
                let mut odd = Odd::initial();
                assert!(matches!(changes.apply(&mut odd), Err(FieldError::NotStorable { field: "when", .. })));
                assert_eq!((odd.value, changes.fields().count()), (0.0, 0));
                refused += 1;
            }
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!((last.to_string(), refused), (error.to_string(), 2));
}
