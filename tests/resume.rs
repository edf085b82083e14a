//! Whatever interrupts a run, the thread stays at its last checkpoint and goes on from there.

use futures_lite::future::{block_on, yield_now};
use graph_runtime::{
    BoxError, Builder, Call, Command, Definition, Durability, Error, Graph, GraphState, Invoke, MemorySaver,
    NeverPauses, NodeCause, NodeError, Outcome, Status, StopReason, Thread, ThreadId, Update, graph,
};
use graph_tests::faulty::Faulty;
use graph_tests::walk::{Probe, Trail, Trouble, Walk, node_of, walked};
use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

const EVERY_DURABILITY: [Durability; 3] = [Durability::Sync, Durability::Async, Durability::Exit];

/// A walk over a new store, and what watches it.
fn walk(durability: Durability) -> (Graph<Walk>, Arc<Probe>) {
    let probe = Arc::new(Probe::default());
    let graph = Walk::builder().context(Arc::clone(&probe)).checkpointer(MemorySaver::default());
    (graph.durability(durability).build(), probe)
}

/// The error of a node, or a panic that says what came instead.
fn node_error<S: Debug>(outcome: Result<Outcome<S>, Error>) -> NodeError {
    match outcome {
        Err(Error::Node(error)) => error,
        other => panic!("not the error of a node: {other:?}"),
    }
}

#[test]
fn a_failed_node_runs_again_and_no_other() {
    for durability in EVERY_DURABILITY {
        for (step, trouble) in (1..=6).flat_map(|step| [(step, Trouble::Error), (step, Trouble::Panic)]) {
            let (graph, probe) = walk(durability);
            let thread = graph.thread("a");
            probe.trouble(step, trouble, 1);
            let error = node_error(block_on(thread.invoke(Trail::to(2))));
            assert_eq!((error.step, error.node), (step, node_of(step)));
            assert_eq!(error.thread.as_ref().map(ThreadId::as_str), Some("a"));
            assert_eq!(trouble == Trouble::Panic, matches!(error.cause, NodeCause::Panic(_)));

            let snapshot = block_on(thread.snapshot()).unwrap().unwrap();
            assert_eq!((snapshot.status, snapshot.step), (Status::Failed, step - 1));
            assert_eq!(
                snapshot.next.iter().map(|node| format!("{node:?}").to_lowercase()).collect::<Vec<_>>(),
                [node_of(step)]
            );
            let failure = snapshot.failures.into_iter().next().unwrap();
            assert_eq!((failure.node.as_str(), failure.step, failure.attempts), (node_of(step), step, 1));
            assert_eq!(failure.message, error.cause.to_string());

            let before: Vec<_> = (1..=step).map(|step| (step, node_of(step), 1)).collect();
            assert_eq!(probe.runs(), before);
            let trail = block_on(thread.resume()).unwrap().finished().unwrap();
            assert_eq!(trail, walked(2));
            let after: Vec<_> = (step..=6).map(|again| (again, node_of(again), 1 + u32::from(again == step))).collect();
            assert_eq!(probe.runs(), after);
        }
    }
}

#[test]
fn attempts_are_counted_until_the_step_is_done() {
    let (graph, probe) = walk(Durability::Sync);
    let thread = graph.thread("a");
    probe.trouble(2, Trouble::Error, 3);
    node_error(block_on(thread.invoke(Trail::to(1))));
    for attempts in 2..=3 {
        node_error(block_on(thread.resume()));
        let failure = block_on(thread.snapshot()).unwrap().unwrap().failures.into_iter().next().unwrap();
        assert_eq!(failure.attempts, attempts);
    }
    assert_eq!(block_on(thread.resume()).unwrap().finished().unwrap(), walked(1));
    let runs = [(1, "leave", 1), (2, "look", 1), (2, "look", 2), (2, "look", 3), (2, "look", 4), (3, "arrive", 1)];
    assert_eq!(probe.runs(), runs);
}

#[test]
fn an_attempt_that_is_cut_off_leaves_the_count() {
    let (graph, probe) = walk(Durability::Sync);
    let thread = graph.thread("a");
    probe.trouble(2, Trouble::Error, 1);
    node_error(block_on(thread.invoke(Trail::to(1))));
    drop_after(thread.resume(), 3);
    assert_eq!(block_on(thread.snapshot()).unwrap().unwrap().status, Status::Running);
    assert_eq!(block_on(thread.resume()).unwrap().finished().unwrap(), walked(1));
    let attempts: Vec<_> = probe.runs().iter().filter(|run| run.0 == 2).map(|run| run.2).collect();
    assert_eq!(attempts, [1, 2, 2]);
}

#[test]
fn a_thread_with_work_left_starts_again_only_if_told_to() {
    let (graph, probe) = walk(Durability::Sync);
    let thread = graph.thread("a");
    probe.trouble(5, Trouble::Error, 1);
    node_error(block_on(thread.invoke(Trail::to(2))));
    let refused = block_on(thread.invoke(Trail::to(9)));
    assert!(matches!(refused, Err(Error::Unfinished { status: Status::Failed, .. })), "{refused:?}");
    let _ = probe.runs();
    let trail = block_on(thread.invoke(Trail::to(2)).restart()).unwrap().finished().unwrap();
    assert_eq!(trail.steps(), [1, 2, 3, 4, 5, 6, 7], "the state stays and the step that failed is dropped");
    assert_eq!(probe.runs(), [(5, "leave", 1), (6, "look", 1), (7, "arrive", 1)]);
}

#[test]
fn a_finished_thread_keeps_its_state() {
    for durability in EVERY_DURABILITY {
        let (graph, _) = walk(durability);
        let thread = graph.thread("a");
        for laps in 1..=3 {
            assert_eq!(block_on(thread.invoke(Trail::to(laps))).unwrap().finished().unwrap(), walked(laps));
        }
        let nothing = block_on(thread.resume());
        assert!(matches!(nothing, Err(Error::NothingToResume { status: Status::Finished, .. })), "{nothing:?}");
        assert_eq!(block_on(graph.thread("a").snapshot()).unwrap().unwrap().state, walked(3));
    }
}

#[test]
fn a_step_limit_stops_and_resume_goes_on() {
    for (durability, limit) in EVERY_DURABILITY.into_iter().flat_map(|durability| (1..=7).map(move |l| (durability, l)))
    {
        let probe = Arc::new(Probe::default());
        let graph = Walk::builder().context(Arc::clone(&probe)).checkpointer(MemorySaver::default());
        let graph = graph.durability(durability).step_limit(limit).build();
        let thread = graph.thread("a");
        let mut outcome = block_on(thread.invoke(Trail::to(2))).unwrap();
        let mut runs = 1;
        while let Outcome::Stopped(stop) = outcome {
            assert_eq!(stop.reason, StopReason::StepLimit { limit });
            let snapshot = block_on(thread.snapshot()).unwrap().unwrap();
            assert_eq!((snapshot.status, snapshot.step), (Status::Stopped, runs * limit));
            outcome = block_on(thread.resume()).unwrap();
            runs += 1;
        }
        assert_eq!(outcome.finished().unwrap(), walked(2));
        assert_eq!(runs, 6_u64.div_ceil(limit), "a chain of six nodes needs exactly six steps");
        assert_eq!(probe.runs().len(), 6);
    }
}

/// Polls a run so many times and drops it, as a caller does who gives up; its outcome, if it came to one.
fn drop_after<T>(run: impl Future<Output = T>, polls: usize) -> Option<T> {
    let mut run = Box::pin(run);
    let mut cx = Context::from_waker(Waker::noop());
    (0..polls).find_map(|_| match run.as_mut().poll(&mut cx) {
        Poll::Ready(outcome) => Some(outcome),
        Poll::Pending => None,
    })
}

/// Drops a run of the graph at every poll in turn, and then the resumed run at every poll; it must always come to the
/// same state as undisturbed.
fn survives_drops<G: Definition>(
    build: impl Fn(Faulty) -> Graph<G>,
    invoke: impl Fn(&Thread<G>) -> Call<G, Invoke<G>>,
    whole: &G::State,
) where
    G::State: PartialEq + Debug,
{
    let run = |first: usize, second: usize| {
        let thread = build(Faulty::new(MemorySaver::default()).late()).thread("a");
        let done = [first, second].into_iter().find_map(|polls| drop_after(invoke(&thread), polls));
        let finished = done.is_some();
        let outcome = done.unwrap_or_else(|| block_on(invoke(&thread)));
        assert_eq!(outcome.unwrap().finished().unwrap(), *whole, "dropped at poll {first}, then at poll {second}");
        finished
    };
    let polls = (1..10_000).find(|polls| run(*polls, 0)).expect("a run that ends");
    assert!(polls > 3, "the run does not wait");
    for first in 0..polls {
        for second in [1, 2, 3, 5, 8, polls / 2, polls - 1] {
            run(first, second);
        }
    }
}

/// Numbers, and what becomes of them.
#[derive(GraphState, Clone, Debug, Default, PartialEq, Eq)]
struct Numbers {
    limit: u32,
    at: u32,
    #[reduce(append)]
    seen: Vec<u32>,
    #[reduce(max)]
    best: u32,
    #[state(ephemeral)]
    odd: bool,
}

fn count(numbers: &Numbers) -> impl Update<Numbers> + use<> {
    Numbers::update().at(numbers.at + 1).seen([numbers.at]).odd(numbers.at % 2 == 1)
}

async fn square(numbers: &Numbers) -> Result<impl Update<Numbers> + use<>, BoxError> {
    let number = numbers.at;
    for _ in 0..number {
        yield_now().await;
    }
    Ok(Numbers::update().seen([number * number]).best(number * number))
}

async fn note(numbers: &Numbers) -> impl Update<Numbers> + use<> {
    yield_now().await;
    Numbers::update().seen([2000 + numbers.at])
}

async fn halve(numbers: &Numbers) -> impl Update<Numbers> + use<> {
    yield_now().await;
    Numbers::update().at(numbers.at / 2).seen([1000 + numbers.at])
}

fn decide(numbers: &Numbers) -> Command<Choice, impl Update<Numbers> + use<>> {
    let next = if numbers.at >= numbers.limit { Choice::Stop } else { Choice::Again };
    Command::to(next).update(Numbers::update().seen([500]))
}

#[derive(Clone, Copy, Debug)]
enum Choice {
    Again,
    Stop,
}

fn enough(numbers: &Numbers) -> bool {
    numbers.at >= numbers.limit
}

fn odd(numbers: &Numbers) -> bool {
    numbers.odd
}

graph! {
    graph Chain<Numbers>;
    node count, square, halve;
    start -> count -> square -> halve -> end;
}

graph! {
    graph Deciding<Numbers>;
    node count, square, decide;
    start -> count -> square -> decide -> match {
        Choice::Again => count,
        Choice::Stop => end,
    };
}

graph! {
    graph Branching<Numbers>;
    node count, square, note;
    start -> count -> match odd {
        true => square -> match enough { true => end, false => count },
        false => note -> count,
    };
}

graph! {
    graph OneNode<Numbers>;
    node count;
    start -> count -> match enough { true => end, false => count };
}

fn numbers<G: Definition<State = Numbers, Context = ()> + NeverPauses>(durability: Durability, limit: u32) {
    let whole = block_on(Builder::<G>::new().build().run(Numbers::update().limit(limit))).unwrap();
    survives_drops(
        |saver| Builder::<G>::new().checkpointer(saver).durability(durability).build(),
        |thread| thread.resume_or_invoke(Numbers::update().limit(limit)).request_id("r"),
        &whole,
    );
}

#[test]
fn a_run_dropped_at_any_poll_comes_to_the_same_end() {
    for durability in EVERY_DURABILITY {
        let whole = walked(2);
        let build =
            |saver| Walk::builder().context(Probe::default()).checkpointer(saver).durability(durability).build();
        survives_drops(build, |thread| thread.resume_or_invoke(Trail::to(2)).request_id("r"), &whole);

        numbers::<Chain>(durability, 0);
        numbers::<Deciding>(durability, 3);
        numbers::<Branching>(durability, 4);
        numbers::<OneNode>(durability, 5);
    }
}

#[test]
fn a_drop_costs_no_stored_step() {
    for polls in 0..40 {
        let (graph, probe) = walk(Durability::Sync);
        let thread = graph.thread("a");
        if drop_after(thread.invoke(Trail::to(2)), polls).is_some() {
            return;
        }
        let stored = block_on(thread.snapshot()).unwrap().map_or(0, |snapshot| snapshot.step);
        let _ = probe.runs();
        block_on(thread.resume_or_invoke(Trail::to(2))).unwrap().finished().unwrap();
        let runs: Vec<_> = probe.runs().iter().map(|run| run.0).collect();
        assert_eq!(runs, (stored + 1..=6).collect::<Vec<_>>());
    }
    panic!("the run never finished");
}

/// How a run ends in the table below.
#[derive(Clone, Copy, Debug)]
enum Ending {
    Success,
    Trouble(Trouble),
    Drop,
    Limit,
}

#[test]
fn each_durability_stores_what_it_says() {
    use Ending::{Drop, Limit, Success};
    let (error, panic) = (Ending::Trouble(Trouble::Error), Ending::Trouble(Trouble::Panic));
    let at = |step, status, records| Some((step, status, records));
    // The durability, how the run ends in its fifth step, and the step, the status and the number of records after it.
    let table = [
        (Durability::Sync, Success, at(6, Status::Finished, 7)),
        (Durability::Sync, error, at(4, Status::Failed, 5)),
        (Durability::Sync, panic, at(4, Status::Failed, 5)),
        (Durability::Sync, Drop, at(4, Status::Running, 5)),
        (Durability::Sync, Limit, at(4, Status::Stopped, 5)),
        (Durability::Async, Success, at(6, Status::Finished, 7)),
        (Durability::Async, error, at(4, Status::Failed, 5)),
        (Durability::Async, panic, at(4, Status::Failed, 5)),
        (Durability::Async, Drop, at(4, Status::Running, 5)),
        (Durability::Async, Limit, at(4, Status::Stopped, 5)),
        (Durability::Exit, Success, at(6, Status::Finished, 1)),
        (Durability::Exit, error, at(4, Status::Failed, 1)),
        (Durability::Exit, panic, at(4, Status::Failed, 1)),
        (Durability::Exit, Drop, None),
        (Durability::Exit, Limit, at(4, Status::Stopped, 1)),
    ];
    for (durability, ending, wanted) in table {
        let probe = Arc::new(Probe::default());
        let graph = Walk::builder().context(Arc::clone(&probe)).checkpointer(MemorySaver::default());
        let limit = if matches!(ending, Limit) { 4 } else { 100 };
        let thread = graph.durability(durability).step_limit(limit).build().thread("a");
        match ending {
            Success => drop(block_on(thread.invoke(Trail::to(2))).unwrap().finished().unwrap()),
            Ending::Trouble(trouble) => {
                probe.trouble(5, trouble, 1);
                node_error(block_on(thread.invoke(Trail::to(2))));
            }
            // One wait in step 2, two more in its end, one in step 3, and the first in step 5.
            Drop => assert!(drop_after(thread.invoke(Trail::to(2)), 5).is_none()),
            Limit => assert!(matches!(block_on(thread.invoke(Trail::to(2))), Ok(Outcome::Stopped(_)))),
        }
        let stored = block_on(thread.snapshot()).unwrap();
        let found = stored.as_ref().map(|stored| (stored.step, stored.status, stored.id.0));
        assert_eq!(found, wanted, "{durability:?}, {ending:?}");
        if let Some(stored) = stored {
            assert_eq!(stored.state.steps(), (1..=stored.step).collect::<Vec<_>>());
        }
    }
}

/// What lasts for a step, a run, and a thread.
#[derive(GraphState, Clone, Debug, PartialEq, Eq)]
struct Lasting {
    stored: u32,
    #[state(skip)]
    skipped: u32,
    #[state(ephemeral)]
    ephemeral: u32,
    #[reduce(append)]
    seen: Vec<(u32, u32, u32)>,
}

fn see(lasting: &Lasting) -> (u32, u32, u32) {
    (lasting.stored, lasting.skipped, lasting.ephemeral)
}

fn set_all(lasting: &Lasting) -> impl Update<Lasting> + use<> {
    Lasting::update().stored(1).skipped(1).ephemeral(1).seen([see(lasting)])
}

async fn look_once(lasting: &Lasting) -> impl Update<Lasting> + use<> {
    let seen = see(lasting);
    yield_now().await;
    Lasting::update().seen([seen])
}

async fn look_twice(lasting: &Lasting) -> impl Update<Lasting> + use<> {
    let seen = see(lasting);
    yield_now().await;
    Lasting::update().seen([seen])
}

fn heard(lasting: &Lasting) -> bool {
    lasting.ephemeral == 1
}

graph! {
    graph Memory<Lasting>;
    node set_all, look_once, look_twice;
    start -> set_all -> match heard { true => look_once, false => set_all };
    look_once -> look_twice -> end;
}

#[test]
fn a_field_lasts_as_long_as_it_says() {
    let graph = Memory::builder().checkpointer(MemorySaver::default()).build();
    let thread = graph.thread("whole");
    let lasting = block_on(thread.invoke(Lasting::update().ephemeral(5))).unwrap().finished().unwrap();
    assert_eq!(lasting.seen, [(0, 0, 5), (1, 1, 1), (1, 1, 0)], "the state, the run, the step");
    let lasting = block_on(thread.invoke(())).unwrap().finished().unwrap();
    assert_eq!(lasting.seen[3..], [(1, 0, 0), (1, 1, 1), (1, 1, 0)], "skipped fields end with their run");

    let thread = graph.thread("resumed");
    assert!(drop_after(thread.invoke(Lasting::update().ephemeral(5)), 1).is_none());
    let lasting = block_on(thread.resume()).unwrap().finished().unwrap();
    assert_eq!(lasting.seen, [(0, 0, 5), (1, 0, 1), (1, 0, 0)], "a resumed run has no skipped values");
}
