//! Policies of nodes: timeouts, `on_error`, and the defaults of the header. Retries are in `retries`, blocking nodes in
//! `blocking`.

#![expect(clippy::trivially_copy_pass_by_ref, reason = "nodes get their items by reference")]

use futures_lite::future::block_on;
use graph_runtime::{
    Checkpointer, Command, Ctx, Error, GraphState, MemorySaver, NodeCause, NodeError, Status, Update, graph,
};
use graph_tests::script::{Fault, Script};
use graph_tests::thread_of;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::time::sleep;

#[derive(GraphState, Debug, PartialEq)]
struct Log {
    #[reduce(append)]
    lines: Vec<String>,
}

macro_rules! calls {
    ($($name:ident)*) => { $(
        async fn $name(_: &Log, cx: &Ctx<Script>) -> Result<impl Update<Log> + use<>, String> {
            Script::wait(cx, stringify!($name)).await?;
            Ok(Log::update().lines([stringify!($name).to_owned()]))
        }
    )* };
}

calls! { first second third after }

fn tell(_: &Log, error: &NodeError) -> impl Update<Log> + use<> {
    Log::update().lines([format!("{} {}: {}", error.task, error.attempt, error.cause)])
}

/// The error of a node, or a panic that says what came instead.
fn node_error<S: Debug>(outcome: Result<S, Error>) -> NodeError {
    match outcome {
        Err(Error::Node(error)) => error,
        other => panic!("not the error of a node: {other:?}"),
    }
}

mod timeouts {
    use super::*;

    async fn late(_: &Log, cx: &Ctx<Script>) -> Result<impl Update<Log> + use<>, String> {
        Script::call(cx, "late")?;
        sleep(Duration::from_secs(31)).await;
        Ok(Log::update().lines(["late".to_owned()]))
    }

    async fn punctual(_: &Log) -> impl Update<Log> + use<> {
        sleep(Duration::from_secs(29)).await;
        Log::update().lines(["punctual".to_owned()])
    }

    graph! {
        graph Late<Log, Script>;
        #[timeout("30s")]
        node late, punctual;
        start -> punctual -> late -> end;
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_node_changes_nothing() {
        let saver = MemorySaver::new();
        let graph = Late::builder().context(Script::default()).checkpointer(saver.clone()).build();
        let error = node_error(graph.thread("a").invoke(()).await);
        assert!(matches!(error.cause, NodeCause::Timeout { after } if after == Duration::from_secs(30)), "{error:?}");
        sleep(Duration::from_secs(10)).await;
        let snapshot = graph.thread("a").snapshot().await.unwrap().unwrap();
        assert_eq!((snapshot.state.lines.as_slice(), snapshot.status), (&["punctual".to_owned()][..], Status::Failed));
    }

    graph! {
        graph Side<Log, Script>;
        #[timeout("30s")]
        node late, punctual;
        start -> (late, punctual) -> end;
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_sibling_is_alone_with_it() {
        let saver = MemorySaver::new();
        let graph = Side::builder().context(Script::default()).checkpointer(saver.clone()).build();
        let error = node_error(graph.thread("a").invoke(()).await);
        assert_eq!(error.node, "late");
        let key = thread_of("Side", "a");
        let head = saver.head(&key).await.unwrap().unwrap();
        let names: Vec<_> =
            saver.pending(&key, head.checkpoint).await.unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["halt", "task/punctual"]);
    }

    /// It holds its thread, so that no timer can stop it, and ends after its time.
    async fn stubborn(_: &Log) -> impl Update<Log> + use<> {
        std::thread::sleep(Duration::from_millis(40));
        Log::update().lines(["stubborn".to_owned()])
    }

    graph! {
        graph Stubborn<Log>;
        #[timeout("10ms")]
        node stubborn;
        start -> stubborn -> end;
    }

    #[tokio::test]
    async fn a_node_that_cannot_be_stopped_is_late_as_well() {
        let error = node_error(Stubborn::new().run(()).await);
        assert!(matches!(error.cause, NodeCause::Timeout { .. }), "{error:?}");
    }

    graph! {
        graph Again<Log, Script>;
        #[timeout("30s")]
        #[retry(attempts = 3, backoff = "10s", factor = 1.0)]
        node first;
        start -> first -> end;
    }

    #[tokio::test(start_paused = true)]
    async fn each_attempt_has_its_own_time() {
        let script = Arc::new(Script::default().fault("first", [Fault::Stuck, Fault::Stuck]));
        let log = Again::builder().context(Arc::clone(&script)).build().run(()).await.unwrap();
        assert_eq!(log.lines, ["first"]);
        assert_eq!(script.times(), [0, 40_000, 80_000]);
    }

    graph! {
        graph Given<Log, Script>;
        #[timeout("30s")]
        #[on_error(tell)]
        node first;
        node after;
        start -> first -> after -> end;
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_given_up_can_become_an_update() {
        let script = Script::default().fault("first", [Fault::Stuck]);
        let log = Given::builder().context(script).build().run(()).await.unwrap();
        let line = "first 1: took longer than 30s; raise its `#[timeout]`, or let it do less at a time";
        assert_eq!(log.lines, [line, "after"]);
    }
}

mod on_error {
    use super::*;

    graph! {
        graph Rescued<Log, Script>;
        #[on_error(tell)]
        #[retry(attempts = 2, backoff = "1s")]
        node first;
        #[on_error(tell)]
        node second;
        node third, after;
        start -> (first, second, third) -> after -> end;
    }

    #[tokio::test(start_paused = true)]
    async fn what_still_fails_after_its_attempts_becomes_an_update() {
        let faults =
            |script: Script| script.fault("first", [Fault::Error, Fault::Error]).fault("second", [Fault::Panic]);
        let expected = ["first 2: no luck with first", "second 1: panicked: no luck with second", "third", "after"];
        let log = Rescued::builder().context(faults(Script::default())).build().run(()).await.unwrap();
        assert_eq!(log.lines, expected);
        let graph = Rescued::builder().context(faults(Script::default())).checkpointer(MemorySaver::new()).build();
        let log = graph.thread("a").invoke(()).await.unwrap().finished().unwrap();
        assert_eq!(log.lines, expected);
        assert_eq!(graph.thread("a").snapshot().await.unwrap().unwrap().step, 2);
    }

    /// A rescue is kept like what the node itself leaves: it is not lost with a sibling that fails.
    #[tokio::test(start_paused = true)]
    async fn a_rescue_is_kept_until_its_siblings_are_done() {
        let script = Script::default().fault("second", [Fault::Error]).fault("third", [Fault::Error]);
        let script = Arc::new(script);
        let graph = Rescued::builder().context(Arc::clone(&script)).checkpointer(MemorySaver::new()).build();
        assert_eq!(node_error(graph.thread("a").invoke(()).await).node, "third");
        let log = graph.thread("a").resume().await.unwrap().finished().unwrap();
        assert_eq!(log.lines, ["first", "second 1: no luck with second", "third", "after"]);
        let names: Vec<_> = script.calls().into_iter().map(|call| call.node).collect();
        assert_eq!(names, ["first", "second", "third", "third", "after"]);
    }

    enum Way {
        On,
        Round,
    }

    fn steer(log: &Log, cx: &Ctx<Script>) -> Result<Command<Way, impl Update<Log> + use<>>, String> {
        Script::call(cx, "steer")?;
        let way = if log.lines.len() < 2 { Way::Round } else { Way::On };
        Ok(Command::to(way).update(Log::update().lines(["steer".to_owned()])))
    }

    fn elsewhere(_: &Log, error: &NodeError) -> Command<Way, impl Update<Log> + use<>> {
        Command::to(Way::On).update(Log::update().lines([format!("rescued {}", error.attempt)]))
    }

    graph! {
        graph Steered<Log, Script>;
        #[on_error(elsewhere)]
        node steer;
        node after;
        start -> steer -> match { Way::On => after, Way::Round => steer };
        after -> end;
    }

    #[test]
    fn a_command_leads_on_from_a_failure() {
        let graph = || Steered::builder().context(Script::default().fault("steer", [Fault::Panic]));
        assert_eq!(block_on(graph().build().run(())).unwrap().lines, ["rescued 1", "after"]);
        let thread = graph().checkpointer(MemorySaver::new()).build().thread("a");
        assert_eq!(block_on(thread.invoke(())).unwrap().finished().unwrap().lines, ["rescued 1", "after"]);
        let undisturbed = Steered::builder().context(Script::default()).build();
        assert_eq!(block_on(undisturbed.run(())).unwrap().lines, ["steer", "steer", "steer", "after"]);
    }

    fn numbers(_: &Log) -> Vec<u32> {
        vec![1, 2, 3]
    }

    fn item(_: &Log, number: &u32, cx: &Ctx<Script>) -> Result<impl Update<Log> + use<>, String> {
        Script::call(cx, &format!("item {number}"))?;
        Ok(Log::update().lines([format!("item {number}")]))
    }

    graph! {
        graph Each<Log, Script>;
        #[on_error(tell)]
        node item;
        start -> for numbers(u32) { item } -> end;
    }

    #[test]
    fn items_are_rescued_one_by_one() {
        let script = Script::default().fault("item 2", [Fault::Error]);
        let log = block_on(Each::builder().context(script).build().run(())).unwrap();
        assert_eq!(log.lines, ["item 1", "item[1] 1: no luck with item 2", "item 3"]);
    }

    fn refuse(_: &Log, _: &NodeError) -> Result<impl Update<Log> + use<>, String> {
        if true { Err("no rescue".to_owned()) } else { Ok(()) }
    }

    fn hopeless(_: &Log, _: &NodeError) -> impl Update<Log> + use<> {
        assert!(std::hint::black_box(false), "no rescue");
    }

    graph! {
        graph Lost<Log, Script>;
        #[on_error(refuse)]
        node first;
        #[on_error(hopeless)]
        node second;
        start -> (first, second) -> end;
    }

    #[test]
    fn the_failure_of_a_rescue_is_reported() {
        let script = Script::default().fault("first", [Fault::Error]).fault("second", [Fault::Error]);
        let graph = Lost::builder().context(script).checkpointer(MemorySaver::new()).build();
        let Err(Error::Nodes(errors)) = block_on(graph.thread("a").invoke(())) else { panic!("both fail") };
        let told: Vec<_> = errors.iter().map(|error| format!("{} {}", error.node, error.cause)).collect();
        assert_eq!(told, ["first no rescue", "second panicked: no rescue"]);
        let log = block_on(graph.thread("a").resume()).unwrap().finished().unwrap();
        assert_eq!(log.lines, ["first", "second"]);
    }
}

mod header {
    use super::*;

    fn quiet(_: &Log, _: &NodeError) -> impl Update<Log> + use<> {
        Log::update().lines(["quiet".to_owned()])
    }

    fn count(log: &Log) -> impl Update<Log> + use<> {
        Log::update().lines([format!("{} before", log.lines.len())])
    }

    graph! {
        #[retry(attempts = 3, backoff = "1s", factor = 1.0)]
        #[timeout("30s")]
        #[on_error(tell)]
        graph Defaults<Log, Script>;
        node first;
        #[retry(attempts = 1)]
        #[timeout("10s")]
        #[on_error(quiet)]
        node second;
        #[blocking]
        node count;
        node after;
        start -> first -> second -> count -> after -> end;
    }

    #[tokio::test(start_paused = true)]
    async fn nodes_without_attributes_have_those_of_the_header() {
        let script = Script::default().fault("first", [Fault::Stuck, Fault::Error, Fault::Panic]);
        let script = Arc::new(script.fault("second", [Fault::Stuck]).fault("after", [Fault::Error]));
        let log = Defaults::builder().context(Arc::clone(&script)).build().run(()).await.unwrap();
        assert_eq!(log.lines, ["first 3: panicked: no luck with first", "quiet", "2 before", "after"]);
        let attempts = [("first", 1), ("first", 2), ("first", 3), ("second", 1), ("after", 1), ("after", 2)];
        assert_eq!(script.attempts(), attempts.map(|(node, attempt)| (node.to_owned(), attempt)));
        assert_eq!(script.times()[..4], [0, 31_000, 32_000, 32_000]);
    }
}

mod timer {
    use super::*;

    graph! {
        graph Waiting<Log, Script>;
        node after;
        #[retry(attempts = 2, backoff = "1s")]
        node first;
        start -> after -> first -> end;
    }

    #[derive(GraphState, Debug, PartialEq)]
    struct Outer {
        #[reduce(append)]
        lines: Vec<String>,
    }

    fn enter(_: &Outer) -> impl Update<Log> + use<> {}

    fn leave(_: &Outer, log: &Log) -> impl Update<Outer> + use<> {
        Outer::update().lines(log.lines.clone())
    }

    graph! {
        graph Around<Outer, Script>;
        subgraph waiting = Waiting(enter, leave);
        start -> waiting -> end;
    }

    #[test]
    fn a_missing_timer_is_an_error_at_the_start() {
        let (saver, script) = (MemorySaver::new(), Arc::new(Script::default()));
        let graph = Waiting::builder().context(Arc::clone(&script)).checkpointer(saver.clone()).build();
        let missing = block_on(graph.thread("a").invoke(()));
        assert!(matches!(missing, Err(Error::NoTimer { graph: "Waiting" })), "{missing:?}");
        let without_time = Builder::new_current_thread().build().unwrap();
        let missing = without_time.block_on(graph.thread("a").invoke(()));
        assert!(matches!(missing, Err(Error::NoTimer { graph: "Waiting" })), "{missing:?}");
        assert!(block_on(saver.head(&thread_of("Waiting", "a"))).unwrap().is_none());
        assert!(script.calls().is_empty());

        let missing = block_on(Waiting::builder().context(Script::default()).build().run(()));
        assert!(matches!(missing, Err(Error::NoTimer { graph: "Waiting" })), "{missing:?}");
        let missing = block_on(Around::builder().context(Script::default()).build().run(()));
        assert!(matches!(missing, Err(Error::NoTimer { .. })), "{missing:?}");
    }

    /// Nor is it a lack of progress.
    #[test]
    fn a_missing_timer_costs_a_thread_nothing_when_it_goes_on() {
        use futures_lite::StreamExt;

        let (saver, script) = (MemorySaver::new(), Arc::new(Script::default().fault("first", [Fault::Error])));
        let graph = Waiting::builder().context(Arc::clone(&script)).checkpointer(saver.clone()).build();
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let stopped = runtime
            .block_on(async { tokio::time::timeout(Duration::from_millis(500), graph.thread("a").invoke(())).await });
        assert!(stopped.is_err());
        let key = thread_of("Waiting", "a");
        let before = block_on(saver.head(&key)).unwrap();
        let entries = || block_on(saver.pending(&key, before.unwrap().checkpoint)).unwrap();
        let left = entries();
        for _ in 0..10 {
            let missing = block_on(graph.thread("a").resume());
            assert!(matches!(missing, Err(Error::NoTimer { .. })), "{missing:?}");
            let missing = block_on(graph.recover().next()).unwrap().unwrap().1;
            assert!(matches!(missing, Err(Error::NoTimer { .. })), "{missing:?}");
        }
        assert_eq!((block_on(saver.head(&key)).unwrap(), entries()), (before, left));
        let log = runtime.block_on(graph.thread("a").resume()).unwrap().finished().unwrap();
        assert_eq!(log.lines, ["after", "first"]);
    }

    graph! {
        graph Plain<Log, Script>;
        #[on_error(tell)]
        node first;
        node second, after;
        start -> (first, second) -> after -> end;
    }

    #[test]
    fn graphs_that_neither_wait_nor_block_need_no_tokio() {
        let script = Script::default().fault("first", [Fault::Error]);
        let graph = Plain::builder().context(script).checkpointer(MemorySaver::new()).build();
        let log = block_on(graph.thread("a").invoke(())).unwrap().finished().unwrap();
        assert_eq!(log.lines, ["first 1: no luck with first", "second", "after"]);
    }
}
