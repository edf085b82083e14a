//! Breakpoints stop a run between two steps, for whoever debugs it; `resume` goes on, and nothing runs twice.
//!
//! The numbers in the comments are those of the scenarios of other engines, which these tests retell.

use futures_lite::StreamExt;
use futures_lite::future::{block_on, yield_now};
use graph_runtime::{
    BoxError, Builder, Ctx, Definition, Durability, Error, Graph, GraphState, MemorySaver, NodeName, Outcome, Status,
    StopReason, Update, graph,
};
use graph_tests::{paused, stopped};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

#[derive(GraphState, Clone, Debug, PartialEq)]
struct Trail {
    #[reduce(append)]
    seen: String,
    #[reduce(add)]
    rounds: u32,
}

#[derive(Default)]
struct Calls {
    ran: Mutex<Vec<&'static str>>,
    fails: AtomicBool,
}

impl Calls {
    fn note(&self, name: &'static str) {
        self.ran.lock().unwrap_or_else(PoisonError::into_inner).push(name);
    }

    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.ran.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

macro_rules! visits {
    ($($name:ident $text:literal)*) => { $(
        async fn $name(_: &Trail, cx: &Ctx<Calls>) -> impl Update<Trail> + use<> {
            cx.context().note(stringify!($name));
            yield_now().await;
            Trail::update().seen($text)
        }
    )* };
}

visits! { one "|1" two "|2" three "|3" four "|4" outer_1 " and parallel" outer_2 " and back again" inner_1 "got here" inner_2 " and there" }

fn silent(_: &Trail, cx: &Ctx<Calls>) {
    cx.context().note("silent");
}

fn fragile(_: &Trail, cx: &Ctx<Calls>) -> Result<(), BoxError> {
    cx.context().note("fragile");
    if cx.context().fails.load(Ordering::Relaxed) { Err("told to".into()) } else { Ok(()) }
}

fn round(_: &Trail, cx: &Ctx<Calls>) -> impl Update<Trail> + use<> {
    cx.context().note("round");
    Trail::update().rounds(1)
}

fn three_rounds(trail: &Trail) -> bool {
    trail.rounds >= 3
}

fn numbers(_: &Trail) -> [u32; 3] {
    [1, 2, 3]
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "functions in a `for` take their item by reference")]
fn item(_: &Trail, item: &u32) -> impl Update<Trail> + use<> {
    Trail::update().seen(item.to_string())
}

fn graph<G: Definition<State = Trail, Context = Calls>>(saver: &MemorySaver, calls: &Arc<Calls>) -> Graph<G> {
    Builder::<G>::new().context(Arc::clone(calls)).checkpointer(saver.clone()).build()
}

fn at(outcome: Outcome<Trail>) -> Vec<&'static str> {
    match stopped(outcome).reason {
        StopReason::Breakpoint { nodes } => nodes,
        other => panic!("no breakpoint: {other}"),
    }
}

graph! {
    graph Chain<Trail, Calls>;
    node one, two, three, four;
    start -> one -> two -> three -> four -> end;
}

// S29: three steps, a stop after each.
#[test]
fn a_run_stops_after_every_step_that_it_is_told_to() {
    block_on(async {
        for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
            let (saver, calls) = (MemorySaver::new(), Arc::<Calls>::default());
            let build = || {
                let graph = Chain::builder().context(Arc::clone(&calls)).checkpointer(saver.clone());
                graph.durability(durability).pause_after(ChainNode::ALL.iter().copied()).build().thread("a")
            };
            let mut outcome = build().invoke(()).await.unwrap();
            for (node, next) in [("one", "two"), ("two", "three"), ("three", "four")] {
                assert_eq!(at(outcome), [node]);
                assert_eq!(calls.take(), [node], "{durability:?}");
                let snapshot = build().snapshot().await.unwrap().unwrap();
                assert_eq!((snapshot.status, &*snapshot.tasks), (Status::Stopped, &[next.to_owned()][..]));
                outcome = build().resume().await.unwrap();
            }
            assert_eq!(outcome.finished().unwrap().seen, "|1|2|3|4", "at the end there is nothing to stop");
            assert_eq!(calls.take(), ["four"]);
            build().verify().await.unwrap();
        }
    });
}

#[test]
fn a_run_stops_before_a_node_and_passes_it_once() {
    block_on(async {
        let (saver, calls) = (MemorySaver::new(), Arc::default());
        let thread = graph::<Chain>(&saver, &calls).thread("a");
        let call = thread.invoke(()).pause_before([ChainNode::One, ChainNode::Three, ChainNode::Three]);
        assert_eq!(at(call.await.unwrap()), ["one"]);
        assert_eq!(calls.take(), [""; 0], "nothing ran");
        // Breakpoints of a call are those of that call.
        assert_eq!(at(thread.resume().pause_before([ChainNode::One, ChainNode::Two]).await.unwrap()), ["two"]);
        assert_eq!(calls.take(), ["one"]);
        let refused = thread.invoke(()).await.unwrap_err();
        assert!(matches!(refused, Error::Unfinished { status: Status::Stopped, .. }), "{refused}");
        assert!(graph::<Chain>(&saver, &calls).recover().next().await.is_none(), "who stopped it goes on with it");
        // After two and before three is one place.
        let call = thread.resume_or_invoke(()).pause_after([ChainNode::Two]).pause_before([ChainNode::Three]);
        assert_eq!(at(call.await.unwrap()), ["two"]);
        assert_eq!(thread.resume().await.unwrap().finished().unwrap().seen, "|1|2|3|4");
        assert_eq!(calls.take(), ["two", "three", "four"]);
    });
}

graph! {
    graph Looping<Trail, Calls>;
    node round;
    start -> round -> match three_rounds { true => end, false => round };
}

#[test]
fn in_a_loop_it_stops_every_time() {
    block_on(async {
        let (saver, calls) = (MemorySaver::new(), Arc::<Calls>::default());
        let graph = Looping::builder().context(Arc::clone(&calls)).checkpointer(saver);
        let thread = graph.pause_before([LoopingNode::Round]).build().thread("a");
        let mut outcome = thread.invoke(()).await.unwrap();
        for before in 0..3 {
            assert_eq!(at(outcome), ["round"]);
            assert_eq!(calls.take().len(), usize::from(before > 0));
            outcome = thread.resume().await.unwrap();
        }
        assert_eq!(outcome.finished().unwrap().rounds, 3);
    });
}

// S27: a branch with a breakpoint beside one without.
graph! {
    graph Parallel<Trail, Calls>;
    node inner_1, inner_2, outer_1, outer_2;
    start -> (inner_1 -> inner_2, outer_1) -> outer_2 -> end;
}

#[test]
fn side_by_side_it_stops_all_branches_and_nothing_is_lost() {
    block_on(async {
        let whole = "got here and parallel and there and back again";
        let (saver, calls) = (MemorySaver::new(), Arc::default());
        let thread = graph::<Parallel>(&saver, &calls).thread("before-inner-2");
        assert_eq!(at(thread.invoke(()).pause_before([ParallelNode::Inner2]).await.unwrap()), ["inner_2"]);
        assert_eq!(calls.take(), ["inner_1", "outer_1"]);
        assert_eq!(thread.snapshot().await.unwrap().unwrap().state.seen, "got here and parallel");
        assert_eq!(thread.resume().await.unwrap().finished().unwrap().seen, whole);
        assert_eq!(calls.take(), ["inner_2", "outer_2"]);

        let thread = graph::<Parallel>(&saver, &calls).thread("before-outer-1");
        let stops = [ParallelNode::Inner2, ParallelNode::Outer1];
        assert_eq!(at(thread.invoke(()).pause_before(stops).await.unwrap()), ["outer_1"]);
        assert_eq!(calls.take(), [""; 0]);
        assert_eq!(at(thread.resume().pause_before(stops).await.unwrap()), ["inner_2"]);
        assert_eq!(thread.resume().pause_before(stops).await.unwrap().finished().unwrap().seen, whole);
        assert_eq!(calls.take(), ["inner_1", "outer_1", "inner_2", "outer_2"]);

        let thread = graph::<Parallel>(&saver, &calls).thread("after-outer-1");
        let stops = [ParallelNode::Outer1, ParallelNode::Inner1, ParallelNode::Inner2];
        assert_eq!(at(thread.invoke(()).pause_after(stops).await.unwrap()), ["inner_1", "outer_1"]);
        assert_eq!(at(thread.resume().pause_after(stops).await.unwrap()), ["inner_2"]);
        assert_eq!(thread.resume().await.unwrap().finished().unwrap().seen, whole);
        assert_eq!(calls.take().len(), 4);
    });
}

graph! {
    graph Items<Trail, Calls>;
    node item, one;
    start -> for numbers(u32) { item } -> one -> end;
}

#[test]
fn a_node_of_many_items_is_named_once() {
    block_on(async {
        let (saver, calls) = (MemorySaver::new(), Arc::default());
        let thread = graph::<Items>(&saver, &calls).thread("a");
        assert_eq!(at(thread.invoke(()).pause_before([ItemsNode::Item]).await.unwrap()), ["item"]);
        assert_eq!(at(thread.resume().pause_after([ItemsNode::Item]).await.unwrap()), ["item"]);
        assert_eq!(thread.resume().await.unwrap().finished().unwrap().seen, "123|1");
    });
}

// S26, S30: a breakpoint, an edit, and on.
#[test]
fn a_state_is_edited_at_a_breakpoint() {
    block_on(async {
        let (saver, calls) = (MemorySaver::new(), Arc::default());
        let thread = graph::<Chain>(&saver, &calls).thread("edited");
        at(thread.invoke(Trail::update().seen("abc")).pause_before([ChainNode::Two]).await.unwrap());
        let edited = thread.update(Trail::update().seen("!")).await.unwrap();
        assert_eq!((edited.status, &*edited.tasks), (Status::Stopped, &["two".to_owned()][..]));
        assert_eq!(thread.resume().await.unwrap().finished().unwrap().seen, "abc|1!|2|3|4");
        calls.take();
        let thread = graph::<Chain>(&saver, &calls).thread("elsewhere");
        at(thread.invoke(()).pause_before([ChainNode::One]).await.unwrap());
        thread.update(Trail::update().seen("instead")).as_node(ChainNode::Three).await.unwrap();
        assert_eq!(thread.resume().await.unwrap().finished().unwrap().seen, "instead|4");
        assert_eq!(calls.take(), ["four"]);
    });
}

graph! {
    graph Fragile<Trail, Calls>;
    node one, fragile, two, silent;
    start -> (one, fragile) -> two -> silent -> end;
}

#[test]
fn it_does_not_stop_before_what_has_run() {
    block_on(async {
        let (saver, calls) = (MemorySaver::new(), Arc::<Calls>::default());
        calls.fails.store(true, Ordering::Relaxed);
        let thread = graph::<Fragile>(&saver, &calls).thread("a");
        assert!(thread.invoke(()).await.is_err());
        assert_eq!(calls.take(), ["one", "fragile"]);
        calls.fails.store(false, Ordering::Relaxed);
        assert_eq!(at(thread.resume().pause_before([FragileNode::One, FragileNode::Two]).await.unwrap()), ["two"]);
        assert_eq!(calls.take(), ["fragile"]);
        assert_eq!(thread.resume().await.unwrap().finished().unwrap().seen, "|1|2");
    });
}

#[expect(clippy::ptr_arg, reason = "pauses take replies by reference, whatever they are")]
fn ask(_: &Trail, text: &String, cx: &Ctx<Calls>) -> impl Update<Trail> + use<> {
    cx.context().note("ask");
    Trail::update().seen(text.as_str())
}

graph! {
    graph Asking<Trail, Calls>;
    node one, two;
    pause ask(String);
    start -> (ask, one) -> two -> end;
}

#[test]
fn before_a_pause_it_stops_when_the_reply_has_come() {
    block_on(async {
        let (saver, calls) = (MemorySaver::new(), Arc::<Calls>::default());
        let graph = Asking::builder().context(Arc::clone(&calls)).checkpointer(saver).pause_before([AskingNode::Ask]);
        let thread = graph.pause_after([AskingNode::Ask]).build().thread("a");
        paused(thread.invoke(()).await.unwrap());
        assert_eq!(calls.take(), ["one"]);
        let stopped = thread.reply(AskingReply::Ask("yes".to_owned())).await.unwrap();
        assert_eq!(at(stopped), ["ask"]);
        assert_eq!(calls.take(), [""; 0], "the reply is stored, and not used");
        let snapshot = thread.snapshot().await.unwrap().unwrap();
        assert_eq!((snapshot.status, snapshot.waiting.len()), (Status::Stopped, 0));
        assert_eq!(at(thread.resume().await.unwrap()), ["ask"]);
        assert_eq!(calls.take(), ["ask"]);
        assert_eq!(thread.resume().await.unwrap().finished().unwrap().seen, "|1yes|2");
    });
}
