//! Whenever a run is dropped or its store fails, the thread goes on and ends where an undisturbed run ends; and what a
//! task had stored, it never does again.

#![expect(clippy::trivially_copy_pass_by_ref, reason = "nodes get their items by reference")]

use futures_lite::future::yield_now;
use graph_runtime::{
    Builder, Checkpointer, Command, Ctx, Definition, Durability, Error, Graph, GraphState, MemorySaver, NodeError,
    Outcome, Status, StopReason, Update, graph,
};
use graph_tests::faulty::{Fault, Faulty};
use graph_tests::thread_of;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

/// How often each task began, by its step and its name.
#[derive(Debug, Default)]
struct Tally(Mutex<BTreeMap<(u64, String), u32>>);

impl Tally {
    fn enter(cx: &Ctx<Tally>, task: &str) {
        let mut began = cx.context().0.lock().unwrap_or_else(PoisonError::into_inner);
        *began.entry((cx.step(), task.to_owned())).or_default() += 1;
    }

    /// How often the tasks began that `which` picks by step and name.
    fn began(&self, which: impl Fn(u64, &str) -> bool) -> u32 {
        let began = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        began.iter().filter(|((step, task), _)| which(*step, task)).map(|(_, times)| times).sum()
    }
}

#[derive(GraphState, Clone, Debug, PartialEq)]
struct Trail {
    /// The way to the tasks, where the trail is a subgraph's.
    prefix: String,
    #[reduce(append)]
    lines: Vec<String>,
    #[reduce(add)]
    rounds: u32,
    #[state(ephemeral)]
    hint: Option<u64>,
}

/// A task of this name begins, waits so many times, and leaves a line.
async fn visit(trail: &Trail, cx: &Ctx<Tally>, name: &str, waits: u32) -> String {
    Tally::enter(cx, &format!("{}{name}", trail.prefix));
    for _ in 0..waits {
        yield_now().await;
    }
    format!("{name} {} {:?}", cx.step(), trail.hint)
}

macro_rules! visits {
    ($($name:ident $waits:literal)*) => { $(
        async fn $name(trail: &Trail, cx: &Ctx<Tally>) -> impl Update<Trail> + use<> {
            Trail::update().lines([visit(trail, cx, stringify!($name), $waits).await])
        }
    )* };
}

visits! { a 0 b 1 c 2 d 3 e 1 }

async fn hint(trail: &Trail, cx: &Ctx<Tally>) -> impl Update<Trail> + use<> {
    Trail::update().lines([visit(trail, cx, "hint", 1).await]).hint(Some(cx.step()))
}

async fn round(trail: &Trail, cx: &Ctx<Tally>) -> impl Update<Trail> + use<> {
    Trail::update().lines([visit(trail, cx, "round", 1).await]).rounds(1)
}

async fn item(trail: &Trail, item: &u32, cx: &Ctx<Tally>) -> impl Update<Trail> + use<> {
    Trail::update().lines([visit(trail, cx, &format!("item[{item}]"), *item).await])
}

async fn last(trail: &Trail, item: &u32, cx: &Ctx<Tally>) -> impl Update<Trail> + use<> {
    Trail::update().lines([visit(trail, cx, &format!("last[{item}]"), 1).await])
}

fn three(_: &Trail) -> Vec<u32> {
    vec![0, 1, 2]
}

fn enough(trail: &Trail) -> bool {
    trail.rounds >= 3
}

/// The future's output, if it is there after so many polls; else it is dropped.
async fn polled<F: Future>(future: F, times: u32) -> Option<F::Output> {
    let (mut future, mut left) = (pin!(future), times);
    poll_fn(|cx| {
        left -= 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// A graph over a store whose calls wait, so that they can be interrupted, and can fail.
struct Bench<G: Definition> {
    graph: PhantomData<G>,
    durability: Durability,
    memory: MemorySaver,
    saver: Faulty,
    tally: Arc<Tally>,
}

/// What no run may do again: what happened in steps that were committed, and what tasks have stored.
struct Stored {
    committed: u64,
    finished: Vec<String>,
    /// The state, if that was the end.
    end: Option<Trail>,
}

impl Stored {
    fn holds(&self, step: u64, task: &str) -> bool {
        step <= self.committed || (step == self.committed + 1 && self.finished.iter().any(|found| found == task))
    }
}

impl<G: Definition<State = Trail, Context = Tally>> Bench<G> {
    fn new(durability: Durability) -> Self {
        let memory = MemorySaver::new();
        let saver = Faulty::new(memory.clone()).late();
        Bench { graph: PhantomData, durability, memory, saver, tally: Arc::default() }
    }

    /// The same store as another process sees it.
    fn elsewhere(&self) -> Self {
        let (memory, tally) = (self.memory.clone(), Arc::clone(&self.tally));
        let saver = Faulty::new(memory.clone()).late();
        Bench { graph: PhantomData, durability: self.durability, memory, saver, tally }
    }

    /// A new handle.
    fn graph(&self) -> Graph<G> {
        let graph = Builder::<G>::new().context(Arc::clone(&self.tally)).checkpointer(self.saver.clone());
        graph.durability(self.durability).build()
    }

    /// Goes on with the thread, or starts it.
    async fn run(&self) -> Result<Outcome<Trail>, Error> {
        self.graph().thread("a").resume_or_invoke(()).request_id("r").await
    }

    async fn stored(&self) -> Stored {
        let Some(snapshot) = self.graph().thread("a").snapshot().await.unwrap() else {
            return Stored { committed: 0, finished: Vec::new(), end: None };
        };
        let entries = self.saver.pending(&thread_of(G::NAME, "a"), snapshot.id).await.unwrap();
        let finished = entries.iter().filter_map(|(name, _)| name.strip_prefix("task/"));
        let finished = finished.map(str::to_owned).collect();
        Stored {
            committed: snapshot.step,
            finished,
            end: (snapshot.status == Status::Finished).then_some(snapshot.state),
        }
    }

    /// Goes on until the end, and checks that it is the right one.
    async fn finish(&self, undisturbed: &Trail, told: &str) {
        let stored = self.stored().await;
        let before = self.tally.began(|step, task| stored.holds(step, task));
        let missed =
            |task: &&String| self.tally.began(|step, began| step == stored.committed + 1 && began == *task) == 0;
        assert_eq!(stored.finished.iter().find(missed), None, "{told}: the store tells of a task that never began");
        let end = match stored.end.clone() {
            Some(end) => end,
            None => self.run().await.unwrap().finished().unwrap(),
        };
        assert_eq!(&end, undisturbed, "{told}");
        let after = self.tally.began(|step, task| stored.holds(step, task));
        assert_eq!(before, after, "{told}: what was stored was done again");
    }
}

const EVERY_DURABILITY: [Durability; 3] = [Durability::Sync, Durability::Async, Durability::Exit];

/// Drops a run of the graph at every poll in turn, and lets its store fail at every call in turn.
async fn interrupt<G: Definition<State = Trail, Context = Tally>>() -> Trail {
    let undisturbed = Bench::<G>::new(Durability::Sync).run().await.unwrap().finished().unwrap();
    for durability in EVERY_DURABILITY {
        let mut polls = 0;
        loop {
            polls += 1;
            let (bench, told) = (Bench::<G>::new(durability), format!("{} {durability:?}, poll {polls}", G::NAME));
            let ended = polled(bench.run(), polls).await;
            if let Some(outcome) = ended {
                assert_eq!(outcome.unwrap().finished().unwrap(), undisturbed, "{told}");
                break;
            }
            bench.finish(&undisturbed, &told).await;
            overtake::<G>(durability, polls, &undisturbed).await;
            cancel::<G>(durability, polls).await;
        }
        // It is dropped again and again, each time a little later; in the end there is time enough.
        let bench = Bench::<G>::new(durability);
        for times in 1..polls {
            if bench.stored().await.end.is_none() {
                let _ = polled(bench.run(), times).await;
            }
        }
        bench.finish(&undisturbed, &format!("{} {durability:?}, dropped again and again", G::NAME)).await;

        for fault in [Fault::Failed, Fault::Lost, Fault::Conflict] {
            for calls in 0.. {
                let bench = Bench::<G>::new(durability);
                bench.saver.fail_after(calls, fault);
                let outcome = bench.run().await;
                if !bench.saver.heal() {
                    break;
                }
                let told = format!("{} {durability:?}, {fault:?} after {calls} calls", G::NAME);
                assert!(matches!(outcome, Err(Error::Store(_) | Error::Conflict { .. })), "{told}: {outcome:?}");
                bench.finish(&undisturbed, &told).await;
            }
        }
    }
    undisturbed
}

/// Stops to poll a run, lets another process take the thread to its end, and polls on.
async fn overtake<G: Definition<State = Trail, Context = Tally>>(
    durability: Durability,
    polls: u32,
    undisturbed: &Trail,
) {
    let (bench, told) = (Bench::<G>::new(durability), format!("{} {durability:?}, overtaken at {polls}", G::NAME));
    let mut run = pin!(bench.run());
    // A pool may be faster this time.
    if polled(run.as_mut(), polls).await.is_some() {
        return;
    }
    bench.elsewhere().finish(undisturbed, &told).await;
    match run.await {
        Err(Error::Conflict { .. }) => {}
        outcome => assert_eq!(&outcome.unwrap().finished().unwrap(), undisturbed, "{told}"),
    }
    assert_eq!(bench.stored().await.end.as_ref(), Some(undisturbed), "{told}");
}

/// Cancels a run after so many polls.
async fn cancel<G: Definition<State = Trail, Context = Tally>>(durability: Durability, polls: u32) {
    let (bench, told) = (Bench::<G>::new(durability), format!("{} {durability:?}, cancelled at {polls}", G::NAME));
    let mut run = pin!(bench.run());
    if polled(run.as_mut(), polls).await.is_some() {
        return;
    }
    let thread = bench.graph().thread("a");
    let cancelled = thread.cancel("enough").await;
    // What was on its way to the pool may get there.
    let began = || bench.tally.began(|_, task| !task.starts_with("block"));
    let before = began();
    let outcome = run.await.unwrap();
    let snapshot = thread.snapshot().await.unwrap();
    let status = snapshot.as_ref().map(|snapshot| snapshot.status);
    match (cancelled, &outcome) {
        (Ok(()), Outcome::Stopped(stop)) => {
            assert!(matches!(&stop.reason, StopReason::Cancelled { reason } if reason == "enough"), "{told}: {stop:?}");
            assert!(matches!(status, None | Some(Status::Cancelled)), "{told}: {status:?}");
            assert_eq!(began(), before, "{told}: a task began after that");
        }
        // It was told between its last step and its end.
        (Ok(()) | Err(Error::NothingToCancel { .. }), Outcome::Finished(_)) => {
            assert_eq!(status, Some(Status::Finished), "{told}");
        }
        (cancelled, outcome) => panic!("{told}: {cancelled:?}, {outcome:?}, {status:?}"),
    }
    // Whatever was left in it, the thread can start again.
    thread.invoke(()).await.unwrap().finished().unwrap();
}

macro_rules! interrupted {
    ($($name:ident $graph:ident $lines:literal)*) => { $(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            let trail = interrupt::<$graph>().await;
            assert_eq!(trail.lines.len(), $lines, "{:?}", trail.lines);
        }
    )* };
}

interrupted! {
    a_chain Chain 5
    a_group Group 5
    nested_groups Nested 7
    items_with_bounded_concurrency Items 8
    a_group_in_items Grouped 9
    items_in_items Squared 14
    a_subgraph Around 4
    subgraphs_of_items Researching 6
    a_subgraph_with_memory Remembering 8
    a_loop_in_a_branch Looping 6
    commands_in_branches Commanded 5
    retries Retried 5
    what_blocks Blocked 5
    what_is_given_up GivenUp 4
}

graph! {
    graph Chain<Trail, Tally>;
    node a, hint, b, d, e;
    start -> a -> hint -> b -> d -> e -> end;
}

graph! {
    graph Group<Trail, Tally>;
    node a, b, c, d, e;
    start -> a -> (d, b -> c) -> e -> end;
}

graph! {
    graph Nested<Trail, Tally>;
    node a, b, c, d, e, hint, round;
    start -> (a -> (b, (c, d -> round) -> e)) -> hint -> end;
}

graph! {
    graph Items<Trail, Tally>;
    node hint, item, last, a;
    start -> hint -> #[concurrency(2)] for three(u32) { item -> last } -> a -> end;
}

graph! {
    graph Grouped<Trail, Tally>;
    node item, last, other = another;
    start -> for three(u32) { item -> (last, other) } -> end;
}

async fn another(trail: &Trail, item: &u32, cx: &Ctx<Tally>) -> impl Update<Trail> + use<> {
    Trail::update().lines([visit(trail, cx, &format!("other[{item}]"), 2).await])
}

/// The inner items hide the outer ones.
async fn inner(trail: &Trail, item: &u32, cx: &Ctx<Tally>) -> impl Update<Trail> + use<> {
    // The outer item is in the ten, so that the name says it.
    Trail::update().lines([visit(trail, cx, &format!("inner[{}][{}]", item / 10, item % 10), item % 3).await])
}

fn tens(_: &Trail, item: &u32) -> Vec<u32> {
    (0..3).map(|inner| item * 10 + inner).collect()
}

graph! {
    graph Squared<Trail, Tally>;
    node item, inner, a, b;
    start -> a -> #[concurrency(2)] for three(u32) { item -> #[concurrency(2)] for tens(u32) { inner } } -> b -> end;
}

fn enter(_: &Trail) -> impl Update<Trail> + use<> {
    Trail::update().prefix("inside/")
}

fn enter_item(_: &Trail, item: &u32) -> impl Update<Trail> + use<> {
    Trail::update().prefix(format!("inside[{item}]/"))
}

fn leave(_: &Trail, inside: &Trail) -> impl Update<Trail> + use<> {
    Trail::update().lines(inside.lines.clone()).rounds(1)
}

graph! {
    graph Pair<Trail, Tally>;
    node hint, d;
    start -> hint -> d -> end;
}

graph! {
    graph Split<Trail, Tally>;
    node a, c;
    start -> (a, c) -> end;
}

graph! {
    graph Around<Trail, Tally>;
    node a, e;
    subgraph inside = Pair(enter, leave);
    start -> a -> inside -> e -> end;
}

graph! {
    graph Researching<Trail, Tally>;
    subgraph inside = Split(enter_item, leave);
    start -> #[concurrency(2)] for three(u32) { inside } -> end;
}

graph! {
    graph Remembering<Trail, Tally>;
    node b;
    #[memory(thread)]
    subgraph inside = Pair(enter, leave);
    start -> 'again: (inside, b) -> match twice { true => end, false => 'again };
}

fn twice(trail: &Trail) -> bool {
    trail.rounds >= 2
}

graph! {
    graph Looping<Trail, Tally>;
    node a, b, d, round;
    start -> (a -> b, round -> match enough { true => join, false => round }) -> d -> end;
}

enum Way {
    Round,
    Out,
}

async fn choose(trail: &Trail, cx: &Ctx<Tally>) -> Command<Way, impl Update<Trail> + use<>> {
    let line = visit(trail, cx, "choose", 1).await;
    let way = if trail.rounds < 2 { Way::Round } else { Way::Out };
    Command::to(way).update(Trail::update().lines([line]).rounds(1))
}

graph! {
    graph Commanded<Trail, Tally>;
    node choose, d, e;
    start -> (choose -> match { Way::Round => choose, Way::Out => join }, d) -> e -> end;
}

async fn flaky(trail: &Trail, cx: &Ctx<Tally>) -> Result<impl Update<Trail> + use<>, String> {
    let line = visit(trail, cx, "flaky", 1).await;
    if cx.attempt() < 3 { Err("not yet".to_owned()) } else { Ok(Trail::update().lines([line])) }
}

async fn shaky(trail: &Trail, cx: &Ctx<Tally>) -> Result<impl Update<Trail> + use<>, String> {
    let line = visit(trail, cx, "shaky", 0).await;
    assert!(cx.attempt() > 1, "not yet");
    if cx.attempt() < 2 { Err("not yet".to_owned()) } else { Ok(Trail::update().lines([line])) }
}

graph! {
    graph Retried<Trail, Tally>;
    #[retry(attempts = 3, backoff = "10s", factor = 2.0)]
    node flaky, shaky;
    node a, b;
    start -> a -> (flaky, shaky, b) -> flaky2 -> end;
    #[retry(attempts = 3, backoff = "10s", jitter)]
    node flaky2 = flaky;
}

fn block(trail: &Trail, cx: &Ctx<Tally>) -> impl Update<Trail> + use<> {
    Tally::enter(cx, "block");
    Trail::update().lines([format!("block {}", trail.lines.len())])
}

fn block_item(trail: &Trail, item: &u32, cx: &Ctx<Tally>) -> impl Update<Trail> + use<> {
    Tally::enter(cx, &format!("block_item[{item}]"));
    Trail::update().lines([format!("block {item} {}", trail.lines.len())])
}

graph! {
    graph Blocked<Trail, Tally>;
    #[blocking]
    node block, block_item;
    node b;
    start -> b -> block -> for three(u32) { block_item } -> end;
}

async fn stuck(trail: &Trail, cx: &Ctx<Tally>) -> impl Update<Trail> + use<> {
    let line = visit(trail, cx, "stuck", 1).await;
    std::future::pending::<()>().await;
    Trail::update().lines([line])
}

fn give_up(_: &Trail, error: &NodeError) -> impl Update<Trail> + use<> {
    Trail::update().lines([format!("{} {}", error.node, error.attempt)])
}

graph! {
    graph GivenUp<Trail, Tally>;
    #[timeout("30s")]
    #[on_error(give_up)]
    node stuck;
    #[retry(attempts = 2, backoff = "1s")]
    #[on_error(give_up)]
    node flaky;
    node b, e;
    start -> (stuck, flaky, b) -> e -> end;
}
