//! A panic anywhere in a run is a typed error, and the thread stays at its last checkpoint and goes on from there.

use futures_lite::future::block_on;
use graph_runtime::{
    Durability, Error, GraphState, MemorySaver, NodeCause, NodeError, Outcome, Status, Thread, Update, graph, serde,
};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

const EVERY_DURABILITY: [Durability; 3] = [Durability::Sync, Durability::Async, Durability::Exit];

/// What blows up, where, and for which fuse: shared by all tests, so each has numbers of its own.
static LIT: Mutex<BTreeSet<(Place, u32)>> = Mutex::new(BTreeSet::new());

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Entry,
    Node,
    Reducer,
    Route,
    Write,
    Read,
}

fn light(place: Place, fuse: u32) {
    LIT.lock().unwrap_or_else(PoisonError::into_inner).insert((place, fuse));
}

fn douse(place: Place, fuse: u32) {
    LIT.lock().unwrap_or_else(PoisonError::into_inner).remove(&(place, fuse));
}

fn burn(place: Place, fuse: u32) {
    let lit = LIT.lock().unwrap_or_else(PoisonError::into_inner).contains(&(place, fuse));
    assert!(!lit, "fuse {fuse} in {place:?}");
}

/// A number that panics where it was lit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Fuse(u32);

impl serde::Serialize for Fuse {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        burn(Place::Write, self.0);
        serializer.serialize_u32(self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Fuse {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Fuse, D::Error> {
        let fuse = u32::deserialize(deserializer)?;
        burn(Place::Read, fuse);
        Ok(Fuse(fuse))
    }
}

#[derive(GraphState, Clone, Debug, PartialEq, Eq)]
struct Powder {
    #[reduce(with = set)]
    fuse: Fuse,
    steps: u32,
}

fn set(fuse: &mut Fuse, to: Fuse) {
    burn(Place::Reducer, to.0);
    *fuse = to;
}

/// A fuse for each step: ten times the thread's own number, and the step.
fn step(powder: &Powder) -> impl Update<Powder> + use<> {
    let fuse = powder.fuse.0 + 1;
    burn(Place::Node, fuse);
    Powder::update().fuse(Fuse(fuse)).steps(powder.steps + 1)
}

fn open(powder: &Powder) -> bool {
    burn(Place::Entry, powder.fuse.0);
    true
}

fn burnt(powder: &Powder) -> bool {
    burn(Place::Route, powder.fuse.0);
    powder.fuse.0 % 10 >= 3
}

graph! {
    graph Burning<Powder>;
    node step;
    start -> match open { true => step, false => end };
    step -> match burnt { true => end, false => step };
}

/// Runs a thread with a fuse lit at one place; returns what came of the run, with the fuse put out again.
fn explode(thread: &Thread<Burning>, input: u32, place: Place, fuse: u32) -> Result<Outcome<Powder>, Error> {
    light(place, fuse);
    let outcome = block_on(thread.invoke(Powder::update().fuse(Fuse(input))));
    douse(place, fuse);
    outcome
}

#[test]
fn a_panic_anywhere_is_a_typed_error_and_the_thread_goes_on() {
    let places = [Place::Node, Place::Reducer, Place::Route, Place::Write];
    let cases = EVERY_DURABILITY.into_iter().flat_map(|durability| places.map(|place| (durability, place)));
    for (number, (durability, place)) in (1..).zip(cases) {
        let graph = Burning::builder().checkpointer(MemorySaver::default()).durability(durability).build();
        let (thread, input) = (graph.thread("a"), number * 10);
        let error = explode(&thread, input, place, input + if place == Place::Write { 3 } else { 2 });
        let Err(error) = error else { panic!("{place:?} is no error with {durability:?}") };
        assert!(error.to_string().contains("fuse"), "{error}");
        match &error {
            Error::Node(NodeError { node: "step", step: 2 | 3, cause: NodeCause::Panic(_), .. }) => {}
            Error::NotStorable { .. } if place == Place::Write => {}
            error => panic!("{place:?} with {durability:?} is {error:?}"),
        }
        let other = block_on(graph.thread("b").invoke(Powder::update().fuse(Fuse(9_000)))).unwrap();
        assert_eq!(other.finished().unwrap(), Powder { fuse: Fuse(9_003), steps: 3 });
        let again = block_on(thread.resume_or_invoke(Powder::update().fuse(Fuse(input)))).unwrap();
        assert_eq!(again.finished().unwrap(), Powder { fuse: Fuse(input + 3), steps: 3 }, "{place:?}, {durability:?}");
    }
}

#[test]
fn a_panic_before_the_first_step_leaves_the_thread_as_it_was() {
    let places = [Place::Reducer, Place::Entry, Place::Write];
    let cases = EVERY_DURABILITY.into_iter().flat_map(|durability| places.map(|place| (durability, place)));
    for (number, (durability, place)) in (100..).zip(cases) {
        let graph = Burning::builder().checkpointer(MemorySaver::default()).durability(durability).build();
        let (thread, input) = (graph.thread("a"), number * 10);
        if durability == Durability::Exit && place == Place::Write {
            continue; // Written at the end only.
        }
        for finished in [false, true] {
            if finished {
                block_on(thread.invoke(Powder::update().fuse(Fuse(input + 7)))).unwrap().finished().unwrap();
            }
            let status = |thread: &Thread<Burning>| {
                block_on(thread.snapshot()).unwrap().map(|snapshot| (snapshot.id, snapshot.status, snapshot.state))
            };
            let before = status(&thread);
            let error = explode(&thread, input, place, input);
            let Err(error) = error else { panic!("{place:?} is no error with {durability:?}") };
            assert!(
                matches!(error, Error::Node(NodeError { node: "start", .. }) | Error::NotStorable { .. }),
                "{error:?}"
            );
            assert_eq!(status(&thread), before, "{place:?}, {durability:?}");
            let again = block_on(thread.invoke(Powder::update().fuse(Fuse(input)))).unwrap();
            assert_eq!(again.finished().unwrap().fuse, Fuse(input + 3));
        }
    }
}

#[test]
fn what_an_exiting_run_cannot_store_leaves_the_thread_as_it_was() {
    let graph = Burning::builder().checkpointer(MemorySaver::default()).durability(Durability::Exit).build();
    for (number, place) in (200..).zip([Place::Reducer, Place::Route, Place::Write]) {
        let (thread, input) = (graph.thread(format!("{place:?}")), number * 10);
        let before = block_on(thread.invoke(Powder::update().fuse(Fuse(input + 5)))).unwrap().finished().unwrap();
        let fuse = input + if place == Place::Write { 3 } else { 2 };
        assert!(explode(&thread, input, place, fuse).is_err());
        let snapshot = block_on(thread.snapshot()).unwrap().unwrap();
        assert_eq!((snapshot.status, snapshot.state), (Status::Finished, before));
        let again = block_on(thread.invoke(Powder::update().fuse(Fuse(input)))).unwrap();
        assert_eq!(again.finished().unwrap().fuse, Fuse(input + 3));
    }
}

#[test]
fn a_value_that_panics_when_it_is_read_or_written_is_a_typed_error_everywhere() {
    let graph = Burning::builder().checkpointer(MemorySaver::default()).build();
    let thread = graph.thread("a");
    explode(&thread, 3_000, Place::Node, 3_002).unwrap_err();

    light(Place::Read, 3_001);
    let errors = [
        block_on(thread.snapshot()).map(drop).unwrap_err(),
        block_on(thread.resume()).map(drop).unwrap_err(),
        block_on(thread.invoke(())).map(drop).unwrap_err(),
        block_on(thread.cancel("why not")).unwrap_err(),
    ];
    douse(Place::Read, 3_001);
    for error in errors {
        assert!(matches!(error, Error::Incompatible { .. }), "{error:?}");
        assert!(error.to_string().contains("`fuse`"), "{error}");
    }

    light(Place::Write, 3_001);
    let error = block_on(thread.cancel("why not")).unwrap_err();
    douse(Place::Write, 3_001);
    assert!(matches!(error, Error::NotStorable { .. }), "{error:?}");

    assert_eq!(block_on(thread.resume()).unwrap().finished().unwrap(), Powder { fuse: Fuse(3_003), steps: 3 });
}
