//! What is done to the threads, and how it ends.

use crate::graph::Tally;
use graph_runtime::{Durability, Error, Outcome, Status, StopReason};
use proptest::prelude::*;

/// One call; those with a number act on that thread.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    Invoke(usize, Invocation, Trouble),
    Resume(usize, Trouble),
    Cancel(usize, &'static str),
    Delete(usize),
    /// Picks up what is left; an interruption drops the stream.
    Recover(Trouble),
    /// Closes the store and opens it for a graph of this durability.
    Reopen(Durability),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Invocation {
    pub(crate) goal: u64,
    pub(crate) request: Option<u8>,
    /// Whether work that is left is dropped.
    pub(crate) restart: bool,
    /// Whether work that is left is finished first.
    pub(crate) resumes: bool,
}

/// What disturbs a run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Trouble {
    /// The so-manieth node fails; zero for none.
    pub(crate) fails: u64,
    /// Whether it panics.
    pub(crate) panics: bool,
    pub(crate) interruption: Option<Interruption>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Interruption {
    /// The so-manieth time that a node of the call waits.
    pub(crate) time: u64,
    pub(crate) by: Guest,
}

/// What happens while a node waits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Guest {
    /// The run is dropped.
    Drop,
    /// The run is dropped after so many polls, whatever it waits for: it may be the store.
    DropPolled,
    /// The thread is cancelled.
    Cancel,
    /// Others look at the threads and try to run this one.
    Visit,
}

impl Call {
    /// Whether nobody can tell beforehand where the call is dropped.
    pub(crate) fn drops_anywhere(&self) -> bool {
        let (Call::Invoke(_, _, trouble) | Call::Resume(_, trouble)) = self else { return false };
        trouble.interruption.is_some_and(|interruption| interruption.by == Guest::DropPolled)
    }
}

/// How a call ends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    Done,
    Finished(Tally),
    Limit,
    Cancelled(String),
    Failed,
    Dropped,
    Busy,
    Unfinished(Status),
    NothingToResume(Status),
    NothingToCancel(Status),
    NoProgress,
    Unknown,
    RequestDropped,
}

impl From<Result<Outcome<Tally>, Error>> for End {
    fn from(ended: Result<Outcome<Tally>, Error>) -> End {
        match ended {
            Ok(Outcome::Finished(tally)) => End::Finished(tally),
            Ok(Outcome::Stopped(stop)) => match stop.reason {
                StopReason::StepLimit { .. } => End::Limit,
                StopReason::Cancelled { reason } => End::Cancelled(reason),
                other => panic!("{other:?}"),
            },
            Ok(other) => panic!("{other:?}"),
            Err(error) => error.into(),
        }
    }
}

impl From<Error> for End {
    fn from(error: Error) -> End {
        match error {
            Error::Node(error) if error.cause.to_string().ends_with("planned") => End::Failed,
            Error::Busy { .. } => End::Busy,
            Error::Unfinished { status, .. } => End::Unfinished(status),
            Error::NothingToResume { status, .. } => End::NothingToResume(status),
            Error::NothingToCancel { status, .. } => End::NothingToCancel(status),
            Error::NoProgress { .. } => End::NoProgress,
            Error::UnknownThread { .. } => End::Unknown,
            Error::RequestDropped { .. } => End::RequestDropped,
            error => panic!("{error}"),
        }
    }
}

/// How many threads there are.
const THREADS: usize = 3;

/// The durability of the graph at first, and at most so many calls.
pub(crate) fn calls(most: usize) -> impl Strategy<Value = (Durability, Vec<Call>)> {
    let calls = prop_oneof![20 => call().prop_map(|call| vec![call]), 1 => deaths()];
    let calls = proptest::collection::vec(calls, 1..=most).prop_map(move |calls| {
        let mut calls = calls.concat();
        calls.truncate(most);
        calls
    });
    (durability(), calls)
}

fn call() -> impl Strategy<Value = Call> {
    let reason = prop_oneof![Just("enough"), Just("late")];
    prop_oneof![
        12 => (0..THREADS, invocation(), trouble()).prop_map(|(id, call, trouble)| Call::Invoke(id, call, trouble)),
        6 => (0..THREADS, trouble()).prop_map(|(id, trouble)| Call::Resume(id, trouble)),
        2 => (0..THREADS, reason).prop_map(|(id, reason)| Call::Cancel(id, reason)),
        1 => (0..THREADS).prop_map(Call::Delete),
        2 => trouble().prop_map(dropping).prop_map(Call::Recover),
        2 => durability().prop_map(Call::Reopen),
    ]
}

/// A run and recoveries that all end where a node first waits: by chance alone, `recover` would hardly ever give up.
fn deaths() -> impl Strategy<Value = Vec<Call>> {
    let first = Interruption { time: 1, by: Guest::Drop };
    let death = Trouble { interruption: Some(first), ..Trouble::default() };
    (0..THREADS, 4..8_usize).prop_map(move |(id, times)| {
        let mut calls = vec![Call::Recover(death); times];
        calls.insert(0, Call::Resume(id, death));
        calls.push(Call::Recover(Trouble::default()));
        calls
    })
}

fn durability() -> impl Strategy<Value = Durability> {
    prop_oneof![Just(Durability::Sync), Just(Durability::Async), Just(Durability::Exit)]
}

fn invocation() -> impl Strategy<Value = Invocation> {
    let request = proptest::option::of(0..3_u8);
    (1..9_u64, request, proptest::bool::weighted(0.2), any::<bool>())
        .prop_map(|(goal, request, restart, resumes)| Invocation { goal, request, restart, resumes })
}

fn trouble() -> impl Strategy<Value = Trouble> {
    let fails = prop_oneof![Just(0), 1..9_u64];
    let by = prop_oneof![
        4 => Just(Guest::Drop),
        2 => Just(Guest::DropPolled),
        2 => Just(Guest::Cancel),
        1 => Just(Guest::Visit),
    ];
    let interruption = (1..7_u64, by).prop_map(|(time, by)| Interruption { time, by });
    (fails, any::<bool>(), proptest::option::weighted(0.4, interruption))
        .prop_map(|(fails, panics, interruption)| Trouble { fails, panics, interruption })
}

fn dropping(trouble: Trouble) -> Trouble {
    let interruption = trouble.interruption.map(|interruption| Interruption { by: Guest::Drop, ..interruption });
    Trouble { interruption, ..trouble }
}
