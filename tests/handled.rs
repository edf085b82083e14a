//! What `#[on_error]` makes of failures in a thread: its update stands in for the node's, and the thread goes on.

use futures_lite::future::block_on;
use graph_runtime::{Command, Ctx, Error, GraphState, MemorySaver, NodeError, Status, Update, graph};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

#[derive(GraphState, Debug, PartialEq)]
struct Log {
    #[reduce(append)]
    lines: Vec<String>,
}

/// How often each was called, and whether the handler is broken.
#[derive(Default)]
struct Calls {
    node: AtomicU32,
    handler: AtomicU32,
    sibling: AtomicU32,
    broken: AtomicBool,
}

fn line(text: impl Into<String>) -> impl Update<Log> {
    Log::update().lines([text.into()])
}

fn fail(_: &Log, cx: &Ctx<Arc<Calls>>) -> Result<(), &'static str> {
    cx.context().node.fetch_add(1, Relaxed);
    Err("not today")
}

fn beside(_: &Log, cx: &Ctx<Arc<Calls>>) -> impl Update<Log> + use<> {
    cx.context().sibling.fetch_add(1, Relaxed);
    line("beside")
}

// A handler takes no context, so what it needs to know comes with the error.
fn handle(_: &Log, error: &NodeError) -> Result<impl Update<Log> + use<>, String> {
    let Some(calls) = error.find::<Told>().map(|told| Arc::clone(&told.0)) else {
        return Err("another error".to_owned());
    };
    calls.handler.fetch_add(1, Relaxed);
    if calls.broken.load(Relaxed) {
        return Err("the handler is broken".to_owned());
    }
    Ok(line(format!("`{}` said: {}", error.node, error.cause)))
}

#[derive(Debug)]
struct Told(Arc<Calls>);

impl std::fmt::Debug for Calls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Calls")
    }
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not today")
    }
}

impl std::error::Error for Told {}

fn tell(_: &Log, cx: &Ctx<Arc<Calls>>) -> Result<(), Told> {
    cx.context().node.fetch_add(1, Relaxed);
    Err(Told(Arc::clone(cx.context())))
}

graph! {
    graph Handling<Log, Arc<Calls>>;
    #[on_error(handle)]
    node tell;
    node beside;
    start -> (tell, beside) -> end;
}

/// `LangGraph`'s S63: a handler that fails fails the run; whoever resumes it tries the node and its handler again, and the
/// sibling that was done is not touched. And X10: an error that is handled in a parallel step is no failure of the run.
#[test]
fn a_handler_that_fails_is_tried_again_with_its_node_and_no_sibling_is() {
    block_on(async {
        let calls = Arc::new(Calls::default());
        calls.broken.store(true, Relaxed);
        let graph = Handling::builder().context(Arc::clone(&calls)).checkpointer(MemorySaver::new()).build();
        let thread = graph.thread("a");
        let Err(Error::Node(error)) = thread.invoke(()).await else { panic!("its handler fails") };
        assert_eq!((error.node, error.cause.to_string().as_str()), ("tell", "the handler is broken"));
        assert_eq!(thread.snapshot().await.unwrap().unwrap().status, Status::Failed);

        calls.broken.store(false, Relaxed);
        let log = thread.resume().await.unwrap().finished().unwrap();
        assert_eq!(log.lines, ["`tell` said: not today", "beside"]);
        let count = |calls: &AtomicU32| calls.load(Relaxed);
        assert_eq!((count(&calls.node), count(&calls.handler), count(&calls.sibling)), (2, 2, 1));
    });
}

mod route {
    use super::{Arc, AtomicU32, Calls, Command, Ctx, Log, NodeError, Relaxed, Update, fail, line};
    use graph_runtime::graph;

    pub(super) enum Way {
        On,
        Handled,
    }

    pub(super) static HANDLED: AtomicU32 = AtomicU32::new(0);

    fn decide(log: &Log, cx: &Ctx<Arc<Calls>>) -> Result<Command<Way, impl Update<Log> + use<>>, &'static str> {
        fail(log, cx)?;
        Ok(Command::to(Way::On).update(line("never")))
    }

    fn elsewhere(_: &Log, error: &NodeError) -> Command<Way, impl Update<Log> + use<>> {
        HANDLED.fetch_add(1, Relaxed);
        Command::to(Way::Handled).update(line(format!("handled after {} attempts", error.attempt)))
    }

    fn after(_: &Log) -> impl Update<Log> + use<> {
        line("after")
    }

    graph! {
        pub(super) graph Routing<Log, Arc<Calls>>;
        #[retry(attempts = 2, backoff = "1ms")]
        #[on_error(elsewhere)]
        node decide;
        node after;
        start -> decide -> match { Way::On => end, Way::Handled => after -> end };
    }
}

/// `LangGraph`'s S64: the handler runs when all attempts are spent, and may choose where to go.
#[tokio::test(start_paused = true)]
async fn a_handler_runs_when_the_attempts_are_spent_and_chooses_where_to_go() {
    let calls = Arc::new(Calls::default());
    let graph = route::Routing::builder().context(Arc::clone(&calls)).checkpointer(MemorySaver::new()).build();
    let log = graph.thread("a").invoke(()).await.unwrap().finished().unwrap();
    assert_eq!(log.lines, ["handled after 2 attempts", "after"]);
    assert_eq!((calls.node.load(Relaxed), route::HANDLED.load(Relaxed)), (2, 1));
}

/// `LangGraph`'s S62: edits from outside are checkpoints of their own, one each, also where an edit writes nothing.
#[test]
fn each_edit_is_one_checkpoint() {
    block_on(async {
        let calls = Arc::new(Calls::default());
        let graph = Handling::builder().context(calls).checkpointer(MemorySaver::new()).build();
        let thread = graph.thread("a");
        thread.update(line("one")).await.unwrap();
        thread.update((line("two"), line("three"))).await.unwrap();
        let newest = thread.update(()).await.unwrap();
        assert_eq!((newest.id.0, newest.state.lines.len()), (3, 3));
        assert_eq!(thread.verify().await.unwrap(), 3);
    });
}
