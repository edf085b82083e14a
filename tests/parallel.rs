//! Side by side: what finished is kept, what failed is reported together, and updates apply in the order of the text.
//!
//! Scenarios S01 to S18 of `LangGraph`'s own tests, with the outcome that they have here. Not among the tests below:
//! * S05, its first half, and S14, its last: two nodes of one step that write a plain field, or overwrite a list, do not
//!   compile; there is no error of a run to test.
//! * S07: tags are given to the run, not taken from a configuration; `threads.rs` has them.
//! * S11 and S10 behind it: a task cannot start more tasks beside its siblings. A position is one node or the branches of
//!   known groups, so what starts more of them is a jump back to the `for`; `items.rs` has it.
//! * S18, its half about a store that threads share: the context of a graph is that store, and it is the user's.

use futures_lite::future::{block_on, yield_now};
use graph_runtime::{Checkpointer, Ctx, Error, GraphState, MemorySaver, Source, Status, Update, graph};
use graph_tests::faulty::{Fault, Faulty};
use graph_tests::thread_of;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::time::Duration;

#[derive(GraphState, Clone, Debug, PartialEq)]
struct Sum {
    #[reduce(add)]
    value: i64,
}

#[derive(Default)]
struct Calls {
    one: AtomicU32,
    two: AtomicU32,
    mended: AtomicBool,
}

fn one(_: &Sum, cx: &Ctx<Calls>) -> impl Update<Sum> + use<> {
    cx.context().one.fetch_add(1, SeqCst);
    Sum::update().value(2)
}

fn two(_: &Sum, cx: &Ctx<Calls>) -> Result<impl Update<Sum> + use<>, String> {
    cx.context().two.fetch_add(1, SeqCst);
    if cx.context().mended.load(SeqCst) { Ok(Sum::update().value(3)) } else { Err("still broken".to_owned()) }
}

graph! {
    graph Pair<Sum, Calls>;
    node one;
    #[retry(attempts = 2, backoff = "1s")]
    node two;
    start -> (one, two) -> end;
}

/// How many checkpoints a thread has.
async fn checkpoints(saver: &MemorySaver, graph: &str, thread: &str) -> usize {
    saver.range(&thread_of(graph, thread), None, usize::MAX).await.unwrap().len()
}

/// S01. The state of a failed thread is that of its last checkpoint: what `one` wrote waits beside it.
#[tokio::test(start_paused = true)]
async fn what_a_task_wrote_is_kept_while_its_sibling_fails() {
    let (saver, calls) = (MemorySaver::new(), Arc::new(Calls::default()));
    let graph = Pair::builder().context(Arc::clone(&calls)).checkpointer(saver.clone()).build();
    let thread = graph.thread("a");
    let called = || (calls.one.load(SeqCst), calls.two.load(SeqCst));
    let Err(Error::Node(error)) = thread.invoke(Sum::update().value(1)).await else { panic!("`two` fails") };
    assert_eq!((error.node, error.attempt, error.step, called()), ("two", 2, 1, (1, 2)));

    let failed = thread.snapshot().await.unwrap().unwrap();
    assert_eq!((failed.state.value, failed.step, failed.source), (1, 0, Source::Input));
    assert_eq!(
        (failed.status, failed.next, failed.tasks),
        (Status::Failed, vec![PairNode::Two], vec!["two".to_owned()])
    );
    assert_eq!(failed.failures.len(), 1);
    assert_eq!((&*failed.failures[0].message, failed.failures[0].attempts), ("still broken", 2));

    assert!(thread.resume().await.is_err());
    assert_eq!(called(), (1, 4));
    assert_eq!(thread.snapshot().await.unwrap().unwrap().id, failed.id, "a failure makes no checkpoint");

    calls.mended.store(true, SeqCst);
    assert_eq!(thread.resume().await.unwrap().finished().unwrap().value, 6);
    assert_eq!((called(), checkpoints(&saver, "Pair", "a").await), ((1, 5), 2));
}

/// S01 once more, with the process that failed gone.
#[tokio::test(start_paused = true)]
async fn another_process_runs_what_is_unfinished_and_nothing_else() {
    let (saver, calls) = (MemorySaver::new(), Arc::new(Calls::default()));
    let graph = || Pair::builder().context(Arc::clone(&calls)).checkpointer(Faulty::new(saver.clone())).build();
    assert!(graph().thread("a").invoke(Sum::update().value(1)).await.is_err());
    calls.mended.store(true, SeqCst);
    assert_eq!(graph().thread("a").resume().await.unwrap().finished().unwrap().value, 6);
    assert_eq!((calls.one.load(SeqCst), calls.two.load(SeqCst)), (1, 3));
}

/// S01 and a crash between the attempts: the failures from before it count, those from before the resume do not.
#[tokio::test(start_paused = true)]
async fn a_crash_between_attempts_gives_no_new_ones() {
    let (saver, calls) = (MemorySaver::new(), Arc::new(Calls::default()));
    let graph = || Pair::builder().context(Arc::clone(&calls)).checkpointer(Faulty::new(saver.clone())).build();
    assert!(graph().thread("a").invoke(()).await.is_err());
    let crash = tokio::time::timeout(Duration::from_millis(500), graph().thread("a").resume()).await;
    assert!(crash.is_err(), "it waits for its second attempt");
    let Err(Error::Node(error)) = graph().thread("a").resume().await else { panic!("`two` fails") };
    assert_eq!((error.attempt, calls.two.load(SeqCst)), (4, 4));
}

/// S06. At whatever call the store fails, its own error comes back, and the thread goes on from what it holds.
#[tokio::test(start_paused = true)]
async fn the_error_of_the_store_reaches_the_caller_and_loses_nothing() {
    let mut calls_survived = 0;
    for call in 0.. {
        let calls = Arc::new(Calls::default());
        calls.mended.store(true, SeqCst);
        let store = Faulty::new(MemorySaver::new());
        let thread = Pair::builder().context(calls).checkpointer(store.clone()).build().thread("a");
        store.fail_after(call, Fault::Failed);
        let outcome = thread.invoke(Sum::update().value(1)).await;
        if !store.heal() {
            break;
        }
        calls_survived += 1;
        assert!(matches!(outcome, Err(Error::Store(_))), "call {call}: {outcome:?}");
        let began = thread.snapshot().await.unwrap().is_some();
        let sum = thread.resume_or_invoke(Sum::update().value(1)).await.unwrap().finished().unwrap();
        assert_eq!((sum.value, began), (6, call > 1), "call {call}");
    }
    assert_eq!(calls_survived, 5, "the head, the input, both tasks, the step");
}

#[derive(GraphState, Clone, Debug, PartialEq)]
struct Log {
    #[reduce(append)]
    seen: Vec<String>,
    #[reduce(append)]
    numbers: Vec<u32>,
    input: u32,
}

async fn rest(turns: u32) {
    for _ in 0..turns {
        yield_now().await;
    }
}

macro_rules! sees {
    ($($name:ident after $turns:literal)*) => { $(
        async fn $name(_: &Log) -> impl Update<Log> + use<> {
            rest($turns).await;
            Log::update().seen([stringify!($name).to_owned()])
        }
    )* };
}

sees! { first after 9 first_beside after 0 edge after 5 last after 0 }

async fn sent(_: &Log, item: &u32) -> impl Update<Log> + use<> {
    for _ in *item..5 {
        yield_now().await;
    }
    Log::update().seen([format!("sent {item}")])
}

fn sends(_: &Log) -> [u32; 4] {
    [1, 2, 3, 4]
}

graph! {
    graph Sends<Log>;
    node first, first_beside, edge, sent, last;
    start -> (first, first_beside) -> (edge, for sends(u32) { sent }) -> last -> end;
}

graph! {
    graph SendsAlone<Log>;
    node first, sent, last;
    start -> first -> for sends(u32) { sent } -> last -> end;
}

/// S08 and S09. All tasks end in another order than that of the text.
#[test]
fn updates_apply_in_the_order_of_the_text_and_of_the_items() {
    let start = || Log::update().seen(["0".to_owned()]);
    let log = block_on(Sends::new().run(start())).unwrap();
    let wanted = ["0", "first", "first_beside", "edge", "sent 1", "sent 2", "sent 3", "sent 4", "last"];
    assert_eq!(log.seen, wanted, "and `last` runs once");
    let log = block_on(SendsAlone::new().run(start())).unwrap();
    assert_eq!(log.seen, ["0", "first", "sent 1", "sent 2", "sent 3", "sent 4", "last"]);
}

fn more(log: &Log) -> impl Update<Log> + use<> {
    Log::update().numbers([log.input + 1])
}

graph! {
    graph Twice<Log>;
    node left = more, right = more;
    start -> (left, right) -> end;
}

/// S05, its second half.
#[test]
fn siblings_read_the_state_before_the_step() {
    assert_eq!(block_on(Twice::new().run(Log::update().input(2))).unwrap().numbers, [3, 3]);
}

async fn quick(_: &Log) -> Result<(), String> {
    Err("quick".to_owned())
}

async fn slow(_: &Log) -> Result<(), String> {
    yield_now().await;
    Err("slow".to_owned())
}

async fn slower(_: &Log) -> impl Update<Log> + use<> {
    yield_now().await;
    yield_now().await;
    Log::update().numbers([1])
}

async fn falls(_: &Log) {
    yield_now().await;
    yield_now().await;
    yield_now().await;
    panic!("falls");
}

graph! {
    graph Failing<Log>;
    node falls, slow, slower, quick;
    start -> (falls, slow, slower, quick) -> end;
}

#[test]
fn the_siblings_of_a_failed_task_run_to_their_end_and_all_errors_are_reported_in_the_order_of_the_text() {
    let saver = MemorySaver::new();
    let thread = Failing::builder().checkpointer(saver).build().thread("a");
    let Err(Error::Nodes(errors)) = block_on(thread.invoke(())) else { panic!("three nodes fail") };
    let nodes: Vec<_> = errors.iter().map(|error| error.node).collect();
    assert_eq!(nodes, ["falls", "slow", "quick"]);
    let snapshot = block_on(thread.snapshot()).unwrap().unwrap();
    let failures: Vec<_> = snapshot.failures.iter().map(|failure| (&*failure.node, &*failure.message)).collect();
    assert_eq!(failures, [("falls", "panicked: falls"), ("slow", "slow"), ("quick", "quick")]);
    assert_eq!(snapshot.tasks, ["falls", "slow", "quick"], "`slower` has run");
    let Err(Error::Nodes(errors)) = block_on(Failing::new().run(())) else { panic!("three nodes fail in memory") };
    assert_eq!(errors.iter().map(|error| error.node).collect::<Vec<_>>(), nodes);
}

mod starts {
    use futures_lite::future::{block_on, yield_now};
    use graph_runtime::{Ctx, GraphState, Update, graph};
    use std::sync::Mutex;

    #[derive(GraphState)]
    struct Empty {}

    type Order = Mutex<Vec<&'static str>>;

    async fn done_at_once(_: &Empty, cx: &Ctx<Order>) {
        cx.context().lock().unwrap().push("done at once");
    }

    async fn waiting(_: &Empty, cx: &Ctx<Order>) {
        cx.context().lock().unwrap().push("waiting");
        yield_now().await;
    }

    fn plain(_: &Empty, cx: &Ctx<Order>) -> impl Update<Empty> + use<> {
        cx.context().lock().unwrap().push("plain");
    }

    graph! {
        graph Starting<Empty, Order>;
        node plain, done_at_once, waiting;
        start -> (plain, done_at_once, waiting) -> end;
    }

    /// What takes its time on the caller's thread must not keep others from sending their requests.
    #[test]
    fn a_plain_function_runs_when_all_others_have_begun() {
        let order = std::sync::Arc::new(Order::default());
        let Empty {} = block_on(Starting::new(std::sync::Arc::clone(&order)).run(())).unwrap();
        assert_eq!(*order.lock().unwrap(), ["done at once", "waiting", "plain"]);
    }
}
