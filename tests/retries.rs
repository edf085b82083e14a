//! Retries: how often, how long after each other, and what of it survives the end of a process.
//!
//! Time is tokio's paused clock. Only when an attempt is due, after a restart, is told by the clock of the system.

#![expect(clippy::trivially_copy_pass_by_ref, reason = "nodes get their items by reference")]

use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{
    Checkpointer, Ctx, Durability, Error, Graph, GraphState, MemorySaver, NodeCause, NodeError, Outcome, SledSaver,
    Status, Update, graph,
};
use graph_tests::script::{Fault, Script};
use graph_tests::thread_of;
use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::time::{Instant, timeout};

#[derive(GraphState, Debug, PartialEq)]
struct Log {
    #[reduce(append)]
    lines: Vec<String>,
}

macro_rules! calls {
    ($($name:ident)*) => { $(
        async fn $name(_: &Log, cx: &Ctx<Script>) -> Result<impl Update<Log> + use<>, String> {
            Script::wait(cx, stringify!($name)).await?;
            Ok(Log::update().lines([format!("{} {}", stringify!($name), cx.attempt())]))
        }
    )* };
}

calls! { call other growing trembling picky after }

fn first_two(error: &NodeError) -> bool {
    error.attempt <= 2 && matches!(&error.cause, NodeCause::Error(error) if error.to_string().starts_with("no luck"))
}

graph! {
    graph Calling<Log, Script>;
    #[retry(attempts = 3, backoff = "10s", factor = 2.0)]
    node call;
    node after;
    start -> call -> after -> end;
}

graph! {
    graph Growing<Log, Script>;
    #[retry(attempts = 6, backoff = "1s", factor = 3.0, max = "10s")]
    node growing;
    start -> growing -> end;
}

graph! {
    graph Trembling<Log, Script>;
    #[retry(attempts = 6, backoff = "1s", factor = 2.0, max = "1m", jitter)]
    node trembling;
    start -> trembling -> end;
}

graph! {
    graph Picky<Log, Script>;
    #[retry(attempts = 9, backoff = "1s", if = first_two)]
    node picky;
    start -> picky -> end;
}

graph! {
    graph Pair<Log, Script>;
    #[retry(attempts = 3, backoff = "10s", factor = 1.0)]
    node call, other;
    node after;
    start -> (call, other, after) -> end;
}

fn failures(times: usize) -> impl Iterator<Item = Fault> {
    std::iter::repeat_n(Fault::Error, times)
}

/// The error of a node, or a panic that says what came instead.
fn node_error<S: Debug>(outcome: Result<S, Error>) -> NodeError {
    match outcome {
        Err(Error::Node(error)) => error,
        other => panic!("not the error of a node: {other:?}"),
    }
}

fn named(calls: &[(&str, u32)]) -> Vec<(String, u32)> {
    calls.iter().map(|(node, attempt)| ((*node).to_owned(), *attempt)).collect()
}

#[tokio::test(start_paused = true)]
async fn attempts_are_counted_and_the_last_failure_is_reported() {
    let script = Arc::new(Script::default().fault("call", failures(9)));
    let graph = Calling::builder().context(Arc::clone(&script)).build();
    let error = node_error(graph.run(()).await);
    assert_eq!((error.node, error.attempt, error.step), ("call", 3, 1));
    assert_eq!(script.attempts(), named(&[("call", 1), ("call", 2), ("call", 3)]));
    assert_eq!(script.times(), [0, 10_000, 30_000]);
}

#[tokio::test(start_paused = true)]
async fn delays_grow_by_the_factor_up_to_the_longest() {
    let script = Arc::new(Script::default().fault("growing", failures(5)));
    let log = Growing::builder().context(Arc::clone(&script)).build().run(()).await.unwrap();
    assert_eq!(log.lines, ["growing 6"]);
    assert_eq!(script.times(), [0, 1_000, 4_000, 13_000, 23_000, 33_000]);
}

#[tokio::test(start_paused = true)]
async fn jitter_keeps_delays_between_half_and_all() {
    for _ in 0..20 {
        let script = Arc::new(Script::default().fault("trembling", failures(5)));
        Trembling::builder().context(Arc::clone(&script)).build().run(()).await.unwrap();
        let times = script.times();
        for (pair, delay) in times.windows(2).zip([1_000, 2_000, 4_000, 8_000, 16_000]) {
            // Tokio's timer rounds up to a millisecond.
            assert!((delay / 2..=delay + 1).contains(&(pair[1] - pair[0])), "{times:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_is_not_worth_it_ends_the_attempts() {
    let script = Arc::new(Script::default().fault("picky", failures(9)));
    let graph = Picky::builder().context(Arc::clone(&script)).build();
    assert_eq!(node_error(graph.run(()).await).attempt, 3);
    let script = Arc::new(Script::default().fault("picky", [Fault::Panic]));
    let graph = Picky::builder().context(Arc::clone(&script)).build();
    let error = node_error(graph.run(()).await);
    assert!(matches!(error.cause, NodeCause::Panic(_)) && error.attempt == 1, "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_tried_again_as_an_error_is() {
    let script = Arc::new(Script::default().fault("call", [Fault::Panic, Fault::Error]));
    let log = Calling::builder().context(Arc::clone(&script)).build().run(()).await.unwrap();
    assert_eq!(log.lines, ["call 3", "after 1"]);
}

#[tokio::test(start_paused = true)]
async fn siblings_wait_for_their_attempts_side_by_side() {
    let script = Script::default().fault("call", failures(2)).fault("other", failures(2));
    let script = Arc::new(script);
    let log = Pair::builder().context(Arc::clone(&script)).build().run(()).await.unwrap();
    assert_eq!(log.lines, ["call 3", "other 3", "after 1"]);
    assert_eq!(script.times(), [0, 0, 0, 10_000, 10_000, 20_000, 20_000]);
}

/// Polls a future, with the clock standing still, until something is so.
async fn poll_until(future: impl Future, condition: impl Fn() -> bool) {
    let mut future = pin!(future);
    poll_fn(|cx| {
        if condition() {
            return Poll::Ready(());
        }
        assert!(future.as_mut().poll(cx).is_pending(), "it ended");
        // Whoever is ready to run keeps the clock from going on.
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// The names of the entries beside the newest checkpoint of the thread `a`.
fn entries(saver: &impl Checkpointer, graph: &str) -> Vec<String> {
    let key = thread_of(graph, "a");
    let Some(head) = block_on(saver.head(&key)).unwrap() else { return Vec::new() };
    block_on(saver.pending(&key, head.checkpoint)).unwrap().into_iter().map(|(name, _)| name).collect()
}

/// Drops a run in the first delay, lets some real time pass, and goes on with a new handle on what `reopen` opens.
async fn a_restart<C: Checkpointer + Clone>(
    open: impl Fn() -> C,
    go_on: impl AsyncFn(Graph<Calling>) -> Result<Outcome<Log>, Error>,
) {
    let script = Arc::new(Script::default().fault("call", failures(2)));
    let saver = open();
    let graph = Calling::builder().context(Arc::clone(&script)).checkpointer(saver.clone()).build();
    poll_until(graph.thread("a").invoke(()), || entries(&saver, "Calling").contains(&"attempt/call".to_owned())).await;
    let failed = std::time::Instant::now();
    drop((graph, saver));

    std::thread::sleep(Duration::from_millis(300));
    let (saver, paused) = (open(), Instant::now());
    let graph = Calling::builder().context(Arc::clone(&script)).checkpointer(saver).build();
    let log = go_on(graph).await.unwrap().finished().unwrap();
    assert_eq!(log.lines, ["call 3", "after 1"]);
    assert_eq!(script.attempts(), named(&[("call", 1), ("call", 2), ("call", 3), ("after", 1)]));
    let times = script.times();
    // The rest of the first delay, and the second delay.
    assert!(times[1] <= 9_700 && times[1] >= 9_990 - failed.elapsed().as_millis(), "{times:?}");
    assert_eq!(times[2] - times[1], 20_000);
    assert!(paused.elapsed() <= Duration::from_millis(29_700));
}

async fn recovered(graph: Graph<Calling>) -> Result<Outcome<Log>, Error> {
    let mut recover = graph.recover();
    let (thread, outcome) = recover.next().await.unwrap().unwrap();
    assert_eq!(thread.as_str(), "a");
    outcome
}

#[tokio::test(start_paused = true)]
async fn a_restart_costs_neither_attempts_nor_delay() {
    let saver = MemorySaver::new();
    a_restart(|| saver.clone(), async |graph| graph.thread("a").resume().await).await;
    let saver = MemorySaver::new();
    a_restart(|| saver.clone(), recovered).await;
}

#[tokio::test(start_paused = true)]
async fn an_edit_between_two_attempts_costs_neither() {
    let saver = MemorySaver::new();
    let edited = async |graph: Graph<Calling>| {
        graph.thread("a").update(()).await.unwrap();
        graph.thread("a").update(()).await.unwrap();
        graph.thread("a").resume().await
    };
    a_restart(|| saver.clone(), edited).await;
}

#[tokio::test(start_paused = true)]
async fn a_restart_on_disk_costs_neither_attempts_nor_delay() {
    let directory = tempfile::tempdir().unwrap();
    a_restart(|| SledSaver::open(directory.path().join("a")).unwrap(), async |graph| graph.thread("a").resume().await)
        .await;
    a_restart(|| SledSaver::open(directory.path().join("b")).unwrap(), recovered).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_resumes_a_failed_thread_gives_it_new_attempts() {
    let saver = MemorySaver::new();
    let script = Arc::new(Script::default().fault("call", failures(8)));
    let graph = Calling::builder().context(Arc::clone(&script)).checkpointer(saver.clone()).build();
    let thread = graph.thread("a");
    assert_eq!(node_error(thread.invoke(()).await).attempt, 3);
    let snapshot = thread.snapshot().await.unwrap().unwrap();
    assert_eq!((snapshot.status, snapshot.failures[0].attempts), (Status::Failed, 3));
    assert_eq!(snapshot.failures[0].message, "no luck with call");
    assert_eq!(node_error(thread.resume().await).attempt, 6);
    assert_eq!(thread.snapshot().await.unwrap().unwrap().failures[0].attempts, 6);
    let log = thread.resume().await.unwrap().finished().unwrap();
    assert_eq!(log.lines, ["call 9", "after 1"]);
    assert_eq!(
        script.times(),
        [0, 10_000, 30_000, 30_000, 40_000, 60_000, 60_000, 70_000, 90_000]
            .into_iter()
            .chain([90_000])
            .collect::<Vec<_>>()
    );
}

/// The failure that the thread once stood still with is older than the attempts that failed since.
#[tokio::test(start_paused = true)]
async fn an_old_failure_gives_no_new_attempts_after_a_restart() {
    let saver = MemorySaver::new();
    let script = Arc::new(Script::default().fault("call", failures(9)));
    let graph = Calling::builder().context(Arc::clone(&script)).checkpointer(saver.clone()).build();
    let thread = graph.thread("a");
    assert_eq!(node_error(thread.invoke(()).await).attempt, 3);
    // In the delay after the fourth attempt, the first of the new three.
    assert!(timeout(Duration::from_secs(5), thread.resume()).await.is_err());
    let before = Instant::now();
    assert_eq!(node_error(thread.resume().await).attempt, 6);
    assert!(before.elapsed() > Duration::from_secs(29), "{:?}", before.elapsed());
    assert_eq!(script.attempts().len(), 6);
}

/// What `on_error` and routes are to panics, the function that picks failures is too.
#[tokio::test(start_paused = true)]
async fn a_panic_of_the_condition_is_that_of_its_node() {
    fn broken(_: &NodeError) -> bool {
        panic!("no opinion")
    }
    graph! {
        graph Broken<Log, Script>;
        #[retry(attempts = 3, backoff = "1s", if = broken)]
        node call;
        node other;
        start -> (call, other) -> end;
    }
    let script = Arc::new(Script::default().fault("call", failures(9)));
    let graph = Broken::builder().context(Arc::clone(&script)).checkpointer(MemorySaver::new()).build();
    let error = node_error(graph.thread("a").invoke(()).await);
    assert!(matches!(&error.cause, NodeCause::Panic(message) if message == "no opinion"), "{error:?}");
    assert_eq!((error.node, error.attempt), ("call", 1));
    assert_eq!(script.attempts(), named(&[("call", 1), ("other", 1)]));
    let error =
        node_error(Broken::builder().context(Script::default().fault("call", failures(1))).build().run(()).await);
    assert_eq!(error.node, "call");
}

/// A new version of the graph.
mod without {
    use super::*;

    graph! {
        pub(super) graph Calling<Log, Script>;
        node call, after;
        start -> call -> after -> end;
    }
}

#[test]
fn an_attempt_that_was_due_later_runs_at_once_when_its_retry_was_taken_out() {
    let saver = MemorySaver::new();
    let script = Arc::new(Script::default().fault("call", failures(1)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let graph = Calling::builder().context(Arc::clone(&script)).checkpointer(saver.clone()).build();
        assert!(timeout(Duration::from_secs(5), graph.thread("a").invoke(())).await.is_err());
    });
    // It has no need of a timer any more.
    let graph = without::Calling::builder().context(Arc::clone(&script)).checkpointer(saver).build();
    let log = block_on(graph.thread("a").resume()).unwrap().finished().unwrap();
    assert_eq!(log.lines, ["call 2", "after 1"]);
}

/// A shorter policy, in a new version of the graph.
mod shorter {
    use super::*;

    graph! {
        pub(super) graph Calling<Log, Script>;
        #[retry(attempts = 5, backoff = "1s", max = "2s")]
        node call;
        node after;
        start -> call -> after -> end;
    }
}

/// Nor does a clock that was set back make it wait longer than the policy ever would.
#[tokio::test(start_paused = true)]
async fn a_restart_waits_no_longer_than_the_policy_does() {
    let saver = MemorySaver::new();
    let script = Arc::new(Script::default().fault("call", failures(1)));
    let graph = Calling::builder().context(Arc::clone(&script)).checkpointer(saver.clone()).build();
    assert!(timeout(Duration::from_secs(5), graph.thread("a").invoke(())).await.is_err());
    let graph = shorter::Calling::builder().context(Arc::clone(&script)).checkpointer(saver).build();
    let before = Instant::now();
    graph.thread("a").resume().await.unwrap().finished().unwrap();
    assert!(before.elapsed() <= Duration::from_millis(2_001), "{:?}", before.elapsed());
}

/// Whoever restarts its process often while an attempt is not due yet has not seen it fail.
#[tokio::test(start_paused = true)]
async fn waiting_for_an_attempt_is_no_lack_of_progress() {
    let saver = MemorySaver::new();
    let script = Arc::new(Script::default().fault("call", failures(1)));
    let graph = Calling::builder().context(Arc::clone(&script)).checkpointer(saver.clone()).build();
    assert!(timeout(Duration::from_secs(5), graph.thread("a").invoke(())).await.is_err());
    for _ in 0..10 {
        let graph = Calling::builder().context(Arc::clone(&script)).checkpointer(saver.clone()).build();
        assert!(timeout(Duration::from_secs(1), recovered(graph)).await.is_err());
    }
    let log = recovered(graph).await.unwrap().finished().unwrap();
    assert_eq!(log.lines, ["call 2", "after 1"]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_attempt_is_progress() {
    graph! {
        graph Patient<Log, Script>;
        #[retry(attempts = 9, backoff = "10s", factor = 1.0)]
        node call;
        start -> call -> end;
    }
    let saver = MemorySaver::new();
    let script = Arc::new(Script::default().fault("call", failures(8)));
    let graph = || Patient::builder().context(Arc::clone(&script)).checkpointer(saver.clone()).build();
    assert!(timeout(Duration::from_secs(5), graph().thread("a").invoke(())).await.is_err());
    for _ in 0..7 {
        // Into the delay after the next attempt.
        let graph = graph();
        assert!(timeout(Duration::from_secs(15), graph.recover().next()).await.is_err());
    }
    let log = graph().recover().next().await.unwrap().unwrap().1.unwrap().finished().unwrap();
    assert_eq!(log.lines, ["call 9"]);
}

/// In a group, in a `for`, and in a subgraph, the store knows each task's attempts by its own name.
mod places {
    use super::*;

    #[derive(GraphState, Debug, PartialEq)]
    struct Outer {
        #[reduce(append)]
        lines: Vec<String>,
    }

    fn numbers(_: &Outer) -> Vec<u32> {
        vec![0, 1, 2]
    }

    fn enter(_: &Outer, number: &u32) -> impl Update<Log> + use<> {
        Log::update().lines([number.to_string()])
    }

    fn leave(_: &Outer, log: &Log) -> impl Update<Outer> + use<> {
        Outer::update().lines(log.lines.clone())
    }

    async fn item(_: &Outer, number: &u32, cx: &Ctx<Script>) -> Result<impl Update<Outer> + use<>, String> {
        Script::wait(cx, &format!("item {number}")).await?;
        Ok(Outer::update().lines([format!("item {number} {}", cx.attempt())]))
    }

    async fn inside(log: &Log, cx: &Ctx<Script>) -> Result<impl Update<Log> + use<>, String> {
        let name = format!("inside {}", log.lines[0]);
        Script::wait(cx, &name).await?;
        Ok(Log::update().overwrite_lines(vec![format!("{name} {}", cx.attempt())]))
    }

    graph! {
        graph Inner<Log, Script>;
        #[retry(attempts = 3, backoff = "10s", factor = 1.0)]
        node inside;
        start -> inside -> end;
    }

    graph! {
        #[retry(attempts = 3, backoff = "10s", factor = 1.0)]
        graph Around<Outer, Script>;
        node item;
        subgraph inner = Inner(enter, leave);
        start -> for numbers(u32) { item -> inner } -> end;
    }

    #[tokio::test(start_paused = true)]
    async fn every_task_has_its_own_attempts() {
        let script = || {
            let script = Script::default().fault("item 0", failures(1)).fault("item 2", failures(2));
            Arc::new(script.fault("inside 1", failures(2)).fault("inside 2", failures(1)))
        };
        let lines = ["item 0 2", "item 1 1", "item 2 3", "inside 0 1", "inside 1 3", "inside 2 2"];
        let outer = Around::builder().context(script()).build().run(()).await.unwrap();
        assert_eq!(outer.lines, lines);

        // Dropped in the middle of every delay.
        for durability in [Durability::Sync, Durability::Async] {
            let (saver, script) = (MemorySaver::new(), script());
            let graph = || {
                let graph = Around::builder().context(Arc::clone(&script)).checkpointer(saver.clone());
                graph.durability(durability).build()
            };
            let wait = Duration::from_secs(15);
            assert!(timeout(wait / 3, graph().thread("a").invoke(())).await.is_err());
            for _ in 0..3 {
                assert!(timeout(wait, Box::pin(graph().thread("a").resume())).await.is_err());
            }
            let outer = Box::pin(graph().thread("a").resume()).await.unwrap().finished().unwrap();
            assert_eq!(outer.lines, lines);
            assert_eq!(script.calls().len(), 12, "{:?}", script.attempts());
        }
    }
}

mod order {
    use super::*;
    use futures_lite::future::{poll_once, yield_now};

    #[derive(GraphState, Debug, PartialEq)]
    struct Job {
        hopeless: bool,
    }

    async fn pause(_: &Job) {
        yield_now().await;
    }

    async fn attempt(job: &Job) -> Result<(), &'static str> {
        if job.hopeless { Err("not now") } else { Ok(()) }
    }

    graph! {
        graph Waiting<Job>;
        node pause;
        #[retry(attempts = 2, backoff = "1h")]
        node attempt;
        start -> pause -> attempt -> end;
    }

    /// A thread that waits for an hour is no reason for the others to wait as well.
    #[tokio::test(start_paused = true)]
    async fn threads_that_wait_for_an_attempt_are_recovered_last() {
        let saver = MemorySaver::new();
        let graph = || Waiting::builder().checkpointer(saver.clone()).build();
        for (thread, hopeless, polls) in [("a", true, 2), ("b", false, 1)] {
            let mut run = pin!(graph().thread(thread).invoke(Job::update().hopeless(hopeless)));
            for _ in 0..polls {
                assert!(poll_once(run.as_mut()).await.is_none(), "it has more to do");
            }
        }
        let began = Instant::now();
        let mut recovered = pin!(graph().recover());
        let (thread, outcome) = recovered.next().await.unwrap().unwrap();
        assert_eq!((thread.as_str(), outcome.is_ok(), began.elapsed()), ("b", true, Duration::ZERO));
        let (thread, outcome) = recovered.next().await.unwrap().unwrap();
        assert_eq!((thread.as_str(), outcome.is_ok()), ("a", false));
        assert!(began.elapsed() > Duration::from_secs(3_000));
        assert!(recovered.next().await.is_none());
    }
}
