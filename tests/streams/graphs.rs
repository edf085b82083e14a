//! The graph of most of these tests, and what they read off its events.

use futures_lite::StreamExt;
use futures_lite::future::{block_on, yield_now};
use graph_runtime::{Command, Ctx, Definition, Error, Event, Events, GraphState, Thread, Update, graph};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

#[derive(GraphState, Debug, Default, PartialEq, Clone)]
pub(crate) struct Trip {
    pub(crate) goal: String,
    pub(crate) stops: Vec<u32>,
    #[reduce(append)]
    pub(crate) notes: Vec<String>,
    #[reduce(add)]
    pub(crate) cost: u64,
    #[state(ephemeral)]
    pub(crate) hint: Option<u64>,
    #[state(skip)]
    pub(crate) cache: u64,
}

#[derive(GraphState, Debug, Default, PartialEq, Clone)]
pub(crate) struct Stay {
    pub(crate) stop: u32,
    #[reduce(append)]
    pub(crate) nights: Vec<u32>,
}

/// Whether a node fails that may.
#[derive(Default)]
pub(crate) struct Weather {
    pub(crate) bad: AtomicBool,
}

pub(crate) fn plan(trip: &Trip, cx: &Ctx<Weather>) -> impl Update<Trip> + use<> {
    cx.emit(format!("{} stops", trip.stops.len()));
    Trip::update().overwrite_notes(vec![format!("to {}", trip.goal)]).hint(Some(7)).cache(1)
}

pub(crate) async fn slow(_: &Trip) -> impl Update<Trip> + use<> {
    yield_now().await;
    yield_now().await;
    Trip::update().notes(["slow".to_owned()]).cost(1)
}

pub(crate) async fn quick(_: &Trip) -> impl Update<Trip> + use<> {
    yield_now().await;
    Trip::update().notes(["quick".to_owned()]).cost(10)
}

pub(crate) fn plain(trip: &Trip) -> impl Update<Trip> + use<> {
    Trip::update().notes([format!("hint {:?}", trip.hint)])
}

pub(crate) async fn drive(_: &Trip, stop: &u32, cx: &Ctx<Weather>) -> Result<impl Update<Trip> + use<>, String> {
    yield_now().await;
    if *stop == 2 && cx.context().bad.load(Relaxed) {
        return Err("the road is closed".to_owned());
    }
    Ok(Trip::update().notes([format!("at {stop}")]).cost(u64::from(*stop)))
}

pub(crate) async fn sleep(stay: &Stay, cx: &Ctx<Weather>) -> impl Update<Stay> + use<> {
    yield_now().await;
    let nights = u32::try_from(stay.nights.len()).unwrap_or_default();
    cx.emit((stay.stop, nights));
    Stay::update().nights([nights])
}

fn rested(stay: &Stay) -> bool {
    stay.nights.len() >= 2
}

graph! {
    pub(crate) graph Sleep<Stay, Weather>;
    node sleep;
    start -> sleep -> match rested { true => end, false => sleep };
}

fn stops(trip: &Trip) -> Vec<u32> {
    trip.stops.clone()
}

fn enter(_: &Trip, stop: &u32) -> impl Update<Stay> + use<> {
    Stay::update().stop(*stop)
}

fn leave(_: &Trip, stay: &Stay) -> impl Update<Trip> + use<> {
    Trip::update().notes([format!("slept {} at {}", stay.nights.len(), stay.stop)])
}

pub(crate) enum Whither {
    Home,
    On,
}

pub(crate) fn decide(trip: &Trip) -> Command<Whither, impl Update<Trip> + use<>> {
    let home = trip.cost > 30;
    Command::to(if home { Whither::Home } else { Whither::On }).update(Trip::update().cost(5).hint(Some(9)))
}

graph! {
    pub(crate) graph Travel<Trip, Weather>;
    node plan, slow, quick, plain, drive, decide;
    subgraph stay = Sleep(enter, leave);
    start -> plan -> 'pack: (slow, plain, quick) -> for stops(u32) { drive -> stay } -> decide
        -> match { Whither::Home => end, Whither::On => 'pack };
}

pub(crate) fn trip() -> impl Update<Trip> {
    Trip::update().goal("sea").stops(vec![1, 2, 3])
}

/// All events of a stream that ends well.
pub(crate) fn all<G: Definition>(events: Events<G>) -> Vec<Event<G>> {
    block_on(events.try_collect()).unwrap()
}

/// The events up to the error at the end.
pub(crate) fn failing<G: Definition>(mut events: Events<G>) -> (Vec<Event<G>>, Error) {
    let mut seen = Vec::new();
    let error = loop {
        match block_on(events.next()).expect("an error comes first") {
            Ok(event) => seen.push(event),
            Err(error) => break error,
        }
    };
    assert!(block_on(events.next()).is_none() && block_on(events.next()).is_none());
    (seen, error)
}

/// An event in a word or two.
pub(crate) fn word<G: Definition>(event: &Event<G>) -> String {
    match event {
        Event::RunStarted { from, input, .. } => format!("run from {} {}", from.is_some(), input.is_some()),
        Event::StepStarted { step, tasks, .. } => format!("step {step}: {}", tasks.join(" ")),
        Event::TaskStarted { task, attempt, .. } => format!("start {} {attempt}", task.name),
        Event::AttemptFailed { task, attempt, message, next, .. } => {
            format!("failed {} {attempt} {message} {}", task.name, next.is_some())
        }
        Event::Emitted { task, .. } => format!("emit {}", task.name),
        Event::TaskFinished { task, .. } => format!("finish {}", task.name),
        Event::StepFinished { step, .. } => format!("end of step {step}"),
        Event::Checkpoint { step, source, status, .. } => format!("checkpoint {step} {source:?} {status:?}"),
        Event::Paused { task, .. } => format!("paused {}", task.name),
        Event::Ended(_) => "ended".to_owned(),
        Event::Failed { message, .. } => format!("failed: {message}"),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn words<G: Definition>(events: &[Event<G>]) -> Vec<String> {
    events.iter().map(word).collect()
}

/// The thread's state, or the initial one.
pub(crate) fn state<G: Definition>(thread: &Thread<G>) -> G::State {
    block_on(thread.snapshot()).unwrap().map_or_else(G::State::initial, |snapshot| snapshot.state)
}
