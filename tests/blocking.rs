//! Blocking nodes run on tokio's pool, where they hold up nobody, and are nodes like all others.

#![expect(clippy::trivially_copy_pass_by_ref, reason = "nodes get their items by reference")]

use futures_lite::future::block_on;
use graph_runtime::{
    Ctx, Durability, Error, GraphState, MemorySaver, NodeCause, NodeError, Outcome, Status, StopReason, Update, graph,
};
use graph_tests::script::{Fault, Script};
use std::fmt::Debug;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier, Mutex};
use std::task::Poll;
use std::thread::{self, ThreadId};
use std::time::Duration;
use tokio::runtime::Builder;

#[derive(GraphState, Debug, PartialEq)]
struct Log {
    #[reduce(append)]
    lines: Vec<String>,
    #[reduce(add)]
    sum: u64,
    #[state(skip)]
    thread: Option<ThreadId>,
}

/// The error of a node, or a panic that says what came instead.
fn node_error<S: Debug>(outcome: Result<S, Error>) -> NodeError {
    match outcome {
        Err(Error::Node(error)) => error,
        other => panic!("not the error of a node: {other:?}"),
    }
}

fn look(log: &Log) -> impl Update<Log> + use<> {
    Log::update().thread(Some(thread::current().id())).lines([format!("look {}", log.sum)])
}

fn note(log: &Log, cx: &Ctx<Script>) -> Result<impl Update<Log> + use<>, String> {
    Script::call(cx, "note")?;
    let here = log.thread != Some(thread::current().id());
    Ok(Log::update().lines([format!("note {here} {} {}", cx.step(), cx.attempt())]).sum(1))
}

fn enough(log: &Log) -> bool {
    log.sum >= 3
}

graph! {
    graph Turns<Log, Script>;
    #[blocking]
    node look;
    #[retry(attempts = 2, backoff = "1s")]
    node note;
    start -> look -> note -> match enough { true => end, false => look };
}

const TURNS: [&str; 6] = ["look 0", "note true 2 1", "look 1", "note true 4 1", "look 2", "note true 6 1"];

#[tokio::test]
async fn the_state_goes_to_the_pool_and_comes_back() {
    assert_eq!(Turns::builder().context(Script::default()).build().run(()).await.unwrap().lines, TURNS);
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        let graph = Turns::builder().context(Script::default()).checkpointer(MemorySaver::new());
        let graph = graph.durability(durability).step_limit(2).build();
        let mut outcome = graph.thread("a").invoke(()).await.unwrap();
        while let Outcome::Stopped(_) = outcome {
            outcome = graph.thread("a").resume().await.unwrap();
        }
        // What is skipped is not there after a stop, so the node on this thread sees another one in any case.
        assert_eq!(outcome.finished().unwrap().lines, TURNS);
    }
}

mod failures {
    use super::*;

    fn crunch(_: &Log, number: &u32, cx: &Ctx<Script>) -> Result<impl Update<Log> + use<>, String> {
        Script::call(cx, &format!("crunch {number}"))?;
        Ok(Log::update().lines([format!("crunch {number} {}", cx.attempt())]))
    }

    fn numbers(_: &Log) -> Vec<u32> {
        vec![5, 6, 7]
    }

    fn tell(_: &Log, error: &NodeError) -> impl Update<Log> + use<> {
        Log::update().lines([error.to_string()])
    }

    graph! {
        graph Crunching<Log, Script>;
        #[blocking]
        #[retry(attempts = 2, backoff = "1ms")]
        node crunch;
        start -> for numbers(u32) { crunch } -> end;
    }

    #[tokio::test]
    async fn items_are_tried_again_on_the_pool() {
        let script = Script::default().fault("crunch 5", [Fault::Panic]).fault("crunch 7", [Fault::Error]);
        let log = Crunching::builder().context(script).build().run(()).await.unwrap();
        assert_eq!(log.lines, ["crunch 5 2", "crunch 6 1", "crunch 7 2"]);
    }

    #[tokio::test]
    async fn what_is_done_on_the_pool_is_kept_when_a_sibling_fails() {
        let script = Arc::new(Script::default().fault("crunch 6", [Fault::Panic, Fault::Panic]));
        let graph = Crunching::builder().context(Arc::clone(&script)).checkpointer(MemorySaver::new()).build();
        let error = node_error(graph.thread("a").invoke(()).await);
        assert!(matches!(&error.cause, NodeCause::Panic(message) if message == "no luck with crunch 6"), "{error:?}");
        assert_eq!((error.task.as_str(), error.attempt), ("crunch[1]", 2));
        let log = graph.thread("a").resume().await.unwrap().finished().unwrap();
        assert_eq!(log.lines, ["crunch 5 1", "crunch 6 3", "crunch 7 1"]);
        assert_eq!(script.calls().len(), 5);
    }

    graph! {
        graph Forgiving<Log, Script>;
        #[blocking]
        #[on_error(tell)]
        node crunch;
        start -> for numbers(u32) { crunch } -> end;
    }

    #[tokio::test]
    async fn a_panic_on_the_pool_can_become_an_update() {
        let script = Script::default().fault("crunch 5", [Fault::Panic]);
        let log = Forgiving::builder().context(script).build().run(()).await.unwrap();
        let line = "node `crunch[0]` failed in step 1: panicked: no luck with crunch 5";
        assert_eq!(log.lines, [line, "crunch 6 1", "crunch 7 1"]);
    }

    #[test]
    fn a_pool_that_is_shut_down_is_the_failure_of_the_node() {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let handle = runtime.handle().clone();
        drop(runtime);
        let _entered = handle.enter();
        let graph = Alone::builder().context(Script::default()).checkpointer(MemorySaver::new()).build();
        let error = node_error(block_on(graph.thread("a").invoke(())));
        assert!(matches!(error.cause, NodeCause::NoPool), "{error:?}");
        // Nor is there a timer for a retry to wait for.
        assert_eq!((error.node, error.attempt), ("note", 1));
        let status = block_on(graph.thread("a").snapshot()).unwrap().unwrap().status;
        assert_eq!(status, Status::Failed);
    }

    graph! {
        graph Alone<Log, Script>;
        #[blocking]
        #[retry(attempts = 2, backoff = "1ms")]
        node note;
        start -> note -> end;
    }
}

mod side_by_side {
    use super::*;

    fn meet(_: &Log, cx: &Ctx<Barrier>) {
        cx.context().wait();
    }

    fn greet(_: &Log, cx: &Ctx<Barrier>) {
        cx.context().wait();
    }

    async fn free(_: &Log) -> impl Update<Log> + use<> {
        Log::update().lines(["free".to_owned()])
    }

    graph! {
        graph Meeting<Log, Barrier>;
        #[blocking]
        node meet, greet;
        node free;
        start -> (meet, greet, free) -> end;
    }

    /// Neither comes back unless both are there at once.
    #[tokio::test]
    async fn blocking_siblings_run_at_once() {
        let log = Meeting::builder().context(Barrier::new(2)).build().run(()).await.unwrap();
        assert_eq!(log.lines, ["free"]);
    }
}

mod dropped {
    use super::*;

    /// Says that it began, and waits until it may end.
    struct Gate {
        began: Mutex<Sender<()>>,
        end: Mutex<Receiver<()>>,
    }

    fn hold(log: &Log, cx: &Ctx<Gate>) -> impl Update<Log> + use<> {
        cx.context().began.lock().unwrap().send(()).unwrap();
        let _ = cx.context().end.lock().unwrap().recv();
        Log::update().lines([format!("hold {}", log.lines.len())])
    }

    fn before(_: &Log) -> impl Update<Log> + use<> {
        Log::update().lines(["before".to_owned()])
    }

    graph! {
        graph Holding<Log, Gate>;
        node before;
        #[blocking]
        node hold;
        start -> before -> hold -> end;
    }

    #[tokio::test]
    async fn a_run_that_is_dropped_while_it_blocks_loses_nothing() {
        for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
            let saver = MemorySaver::new();
            let graph = || {
                let ((tell, began), (release, end)) = (channel(), channel());
                let gate = Gate { began: Mutex::new(tell), end: Mutex::new(end) };
                let graph = Holding::builder().context(gate).checkpointer(saver.clone()).durability(durability).build();
                (graph, began, release)
            };
            let (first, began, release) = graph();
            {
                let mut run = pin!(first.thread("a").invoke(()));
                poll_fn(|cx| {
                    assert!(run.as_mut().poll(cx).is_pending());
                    Poll::Ready(())
                })
                .await;
                began.recv().unwrap();
            }
            // It still blocks, and reads the state of a run that is gone.
            let (second, began, released) = graph();
            drop(released);
            let log = second.thread("a").resume_or_invoke(()).await.unwrap().finished().unwrap();
            assert_eq!(log.lines, ["before", "hold 1"]);
            began.recv().unwrap();
            release.send(()).unwrap();
            assert_eq!(second.thread("a").snapshot().await.unwrap().unwrap().state.lines, ["before", "hold 1"]);
        }
    }

    #[tokio::test]
    async fn a_run_that_blocks_can_be_cancelled() {
        for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
            let ((tell, began), (release, end)) = (channel(), channel());
            let gate = Gate { began: Mutex::new(tell), end: Mutex::new(end) };
            let saver = MemorySaver::new();
            let graph = Holding::builder().context(gate).checkpointer(saver).durability(durability).build();
            let thread = graph.thread("a");
            let run = tokio::spawn(thread.invoke(()));
            while began.try_recv().is_err() {
                tokio::task::yield_now().await;
            }
            thread.cancel("enough").await.unwrap();
            let outcome = run.await.unwrap().unwrap();
            let Outcome::Stopped(stop) = &outcome else { panic!("not stopped: {outcome:?}") };
            assert!(matches!(&stop.reason, StopReason::Cancelled { reason } if reason == "enough"), "{stop:?}");
            let snapshot = thread.snapshot().await.unwrap();
            if let Some(snapshot) = snapshot {
                assert_eq!((snapshot.status, snapshot.state.lines), (Status::Cancelled, vec!["before".to_owned()]));
            } else {
                assert_eq!(durability, Durability::Exit, "nothing was stored");
            }
            drop(release);
        }
    }

    /// The pool takes one at a time; nobody else's slot is lost by it.
    #[test]
    fn a_full_pool_is_waited_for() {
        let ((tell, began), (release, end)) = (channel(), channel());
        let gate = Gate { began: Mutex::new(tell), end: Mutex::new(end) };
        let runtime = Builder::new_current_thread().enable_time().max_blocking_threads(1).build().unwrap();
        let graph = Holding::builder().context(gate).checkpointer(MemorySaver::new()).build();
        runtime.block_on(async {
            let runs = ["a", "b"].map(|id| tokio::spawn(graph.thread(id).invoke(())));
            while began.try_recv().is_err() {
                tokio::task::yield_now().await;
            }
            assert!(began.recv_timeout(Duration::from_millis(20)).is_err(), "the second waits for the pool");
            release.send(()).unwrap();
            release.send(()).unwrap();
            for run in runs {
                assert_eq!(run.await.unwrap().unwrap().finished().unwrap().lines, ["before", "hold 1"]);
            }
        });
    }
}

/// A subgraph shares its own state with the pool.
mod inside {
    use super::*;

    #[derive(GraphState, Debug, PartialEq)]
    struct Outer {
        #[reduce(append)]
        lines: Vec<String>,
        #[reduce(add)]
        rounds: u32,
    }

    fn enter(_: &Outer) -> impl Update<Log> + use<> {
        Log::update().sum(1)
    }

    fn leave(_: &Outer, log: &Log) -> impl Update<Outer> + use<> {
        Outer::update().lines(log.lines.iter().cloned()).rounds(1)
    }

    fn done(outer: &Outer) -> bool {
        outer.rounds >= 2
    }

    fn own(outer: &Outer) -> impl Update<Outer> + use<> {
        Outer::update().lines([format!("own {}", outer.rounds)])
    }

    graph! {
        graph Inner<Log>;
        #[blocking]
        node look;
        start -> look -> end;
    }

    graph! {
        graph Around<Outer>;
        #[memory(thread)]
        subgraph inner = Inner(enter, leave);
        #[blocking]
        node own;
        start -> 'again: (inner, own) -> match done { true => end, false => 'again };
    }

    #[tokio::test]
    async fn a_subgraph_keeps_its_state_although_the_pool_reads_it() {
        let lines = ["look 1", "own 0", "look 1", "look 2", "own 1"];
        assert_eq!(Around::new().run(()).await.unwrap().lines, lines);
        let graph = Around::builder().checkpointer(MemorySaver::new()).step_limit(1).build();
        let mut outcome = graph.thread("a").invoke(()).await.unwrap();
        while let Outcome::Stopped(_) = outcome {
            outcome = Box::pin(graph.thread("a").resume()).await.unwrap();
        }
        assert_eq!(outcome.finished().unwrap().lines, lines);
    }
}

mod kept {
    use super::*;

    /// Lets a node of the pool go on.
    type Gate = Mutex<Receiver<()>>;

    #[derive(GraphState, Debug, PartialEq)]
    struct Count {
        #[reduce(add)]
        total: u64,
    }

    fn count(_: &Count) -> impl Update<Count> + use<> {
        Count::update().total(1)
    }

    fn hold(_: &Count, cx: &Ctx<Gate>) {
        let _ = cx.context().lock().unwrap().recv();
    }

    graph! {
        graph Counting<Count, Gate>;
        node count;
        #[blocking]
        node hold;
        start -> count -> hold -> end;
    }

    fn nothing(_: &Count) {}

    fn total(_: &Count, inner: &Count) -> impl Update<Count> + use<> {
        Count::update().overwrite_total(inner.total)
    }

    graph! {
        graph Around<Count, Gate>;
        #[memory(thread)]
        subgraph inner = Counting(nothing, total);
        start -> inner -> end;
    }

    /// The pool still reads the subgraph's state when the cancellation is stored.
    #[test]
    fn a_cancelled_subgraph_keeps_its_memory_while_it_blocks() {
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        let (open, gate) = channel();
        let graph = Around::builder().context(Mutex::new(gate)).checkpointer(MemorySaver::new()).build();
        let thread = graph.thread("a");
        open.send(()).unwrap();
        let run = |thread: &graph_runtime::Thread<Around>| runtime.block_on(thread.invoke(())).unwrap();
        assert_eq!(run(&thread).finished().unwrap().total, 1);
        let outcome = runtime.block_on(async {
            let mut run = pin!(thread.invoke(()));
            // Over the step that counts, into the one that waits on the pool.
            while thread.snapshot().await.unwrap().unwrap().tasks != ["inner/hold"] {
                assert!(futures_lite::future::poll_once(run.as_mut()).await.is_none());
            }
            assert!(futures_lite::future::poll_once(run.as_mut()).await.is_none());
            thread.cancel("enough").await.unwrap();
            run.await.unwrap()
        });
        assert!(matches!(outcome, Outcome::Stopped(_)));
        open.send(()).unwrap();
        open.send(()).unwrap();
        assert_eq!(run(&thread).finished().unwrap().total, 3, "the count of the cancelled run is kept");
    }
}
