//! A drain ends runs at their next step boundary; what is left is found by `recover`, and nothing runs twice.

use futures_lite::StreamExt;
use futures_lite::future::{block_on, poll_once, yield_now};
use graph_runtime::{
    Builder, Ctx, Definition, Durability, Graph, GraphState, MemorySaver, Outcome, Status, StopReason, Update, graph,
};
use graph_tests::{paused, stopped};
use std::sync::{Arc, Mutex, PoisonError};

#[derive(GraphState, Clone, Debug, PartialEq)]
struct Trail {
    #[reduce(append)]
    seen: Vec<String>,
}

/// Where a node drains, and what ran.
#[derive(Default)]
struct Plan {
    drains: Option<&'static str>,
    ran: Mutex<Vec<&'static str>>,
}

impl Plan {
    fn at(node: &'static str) -> Arc<Plan> {
        Arc::new(Plan { drains: Some(node), ran: Mutex::default() })
    }

    fn visit(cx: &Ctx<Plan>, node: &'static str) -> String {
        let plan = cx.context();
        plan.ran.lock().unwrap_or_else(PoisonError::into_inner).push(node);
        if plan.drains == Some(node) {
            cx.drain("the host goes down");
            cx.drain("the first reason stands");
        }
        node.to_owned()
    }

    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.ran.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

macro_rules! visits {
    ($($name:ident)*) => { $(
        async fn $name(_: &Trail, cx: &Ctx<Plan>) -> impl Update<Trail> + use<> {
            let seen = Plan::visit(cx, stringify!($name));
            yield_now().await;
            Trail::update().seen([seen])
        }
    )* };
}

visits! { first second beside child_1 child_2 }

graph! {
    graph Chain<Trail, Plan>;
    node first, second;
    start -> first -> second -> end;
}

fn graph<G: Definition<State = Trail, Context = Plan>>(saver: &MemorySaver, plan: &Arc<Plan>) -> Graph<G> {
    Builder::<G>::new().context(Arc::clone(plan)).checkpointer(saver.clone()).build()
}

fn drained(outcome: Outcome<Trail>) -> String {
    match stopped(outcome).reason {
        StopReason::Drained { reason } => reason,
        other => panic!("it was not drained: {other}"),
    }
}

async fn recovered<G: Definition<State = Trail>>(graph: &Graph<G>) -> Vec<Trail> {
    let mut ends = Vec::new();
    let mut recovered = graph.recover();
    while let Some(next) = recovered.next().await {
        ends.push(next.unwrap().1.unwrap().finished().unwrap());
    }
    ends
}

// S65
#[test]
fn a_node_that_drains_ends_its_run_after_the_step_and_recover_goes_on() {
    block_on(async {
        for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
            for by_hand in [false, true] {
                let (saver, plan) = (MemorySaver::new(), Plan::at("first"));
                let build = || {
                    let graph = Chain::builder().context(Arc::clone(&plan)).checkpointer(saver.clone());
                    graph.durability(durability).build()
                };
                assert_eq!(drained(build().thread("a").invoke(()).await.unwrap()), "the host goes down");
                assert_eq!(plan.take(), ["first"]);
                let snapshot = build().thread("a").snapshot().await.unwrap().unwrap();
                assert_eq!((snapshot.status, snapshot.step), (Status::Running, 1), "{durability:?}: it is stored");
                let end = if by_hand {
                    build().thread("a").resume().await.unwrap().finished().unwrap()
                } else {
                    recovered(&build()).await.pop().unwrap()
                };
                assert_eq!(end.seen, ["first", "second"]);
                assert_eq!(plan.take(), ["second"]);
                assert!(recovered(&build()).await.is_empty());
            }
        }
    });
}

#[test]
fn a_drain_in_the_last_node_changes_nothing() {
    block_on(async {
        let (saver, plan) = (MemorySaver::new(), Plan::at("second"));
        let end = graph::<Chain>(&saver, &plan).thread("a").invoke(()).await.unwrap().finished().unwrap();
        assert_eq!(end.seen, ["first", "second"]);
        // It was for that run only.
        assert!(graph::<Chain>(&saver, &plan).thread("a").invoke(()).await.unwrap().finished().is_ok());
    });
}

#[test]
fn a_thread_that_is_drained_again_and_again_is_not_given_up() {
    block_on(async {
        let (saver, plan) = (MemorySaver::new(), Arc::<Plan>::default());
        for _ in 0..12 {
            // Told before its first step, it takes none.
            let thread = graph::<Chain>(&saver, &plan).thread("a");
            let mut run = Box::pin(thread.resume_or_invoke(()));
            let mut outcome = poll_once(run.as_mut()).await;
            thread.drain("not now");
            while outcome.is_none() {
                outcome = poll_once(run.as_mut()).await;
            }
            if let Outcome::Finished(_) = outcome.unwrap().unwrap() {
                break;
            }
        }
        assert_eq!(plan.take(), ["first", "second"]);
    });
}

fn pass(_: &Trail) {}

fn hand_over(_: &Trail, child: &Trail) -> impl Update<Trail> + use<> {
    Trail::update().seen(child.seen.clone())
}

graph! {
    graph Child<Trail, Plan>;
    node child_1, child_2;
    start -> child_1 -> child_2 -> end;
}

graph! {
    graph Parent<Trail, Plan>;
    #[memory(thread)]
    subgraph child = Child(pass, hand_over);
    node beside;
    start -> (child, beside) -> end;
}

#[test]
fn a_drain_inside_a_child_ends_the_whole_thread_and_both_go_on() {
    block_on(async {
        let (saver, plan) = (MemorySaver::new(), Plan::at("child_1"));
        assert_eq!(drained(graph::<Parent>(&saver, &plan).thread("a").invoke(()).await.unwrap()), "the host goes down");
        assert_eq!(plan.take(), ["child_1", "beside"]);
        let end = graph::<Parent>(&saver, &plan).thread("a").resume().await.unwrap().finished().unwrap();
        assert_eq!(end.seen, ["beside", "child_1", "child_2"]);
        assert_eq!(plan.take(), ["child_2"]);
    });
}

#[expect(clippy::ptr_arg, reason = "pauses take replies by reference, whatever they are")]
fn ask(_: &Trail, text: &String, cx: &Ctx<Plan>) -> impl Update<Trail> + use<> {
    Plan::visit(cx, "ask");
    Trail::update().seen([text.clone()])
}

graph! {
    graph Asking<Trail, Plan>;
    pause ask(String);
    node first, second;
    start -> (ask, first -> second) -> end;
}

#[test]
fn a_drained_thread_keeps_what_it_waits_for() {
    block_on(async {
        let (saver, plan) = (MemorySaver::new(), Plan::at("first"));
        let thread = || graph::<Asking>(&saver, &plan).thread("a");
        drained(thread().invoke(()).await.unwrap());
        let snapshot = thread().snapshot().await.unwrap().unwrap();
        assert_eq!((snapshot.status, snapshot.waiting.len()), (Status::Running, 1));
        // The reply wakes it, and both branches go on.
        let end = thread().reply(AskingReply::Ask("yes".to_owned())).await.unwrap().finished().unwrap();
        assert_eq!(end.seen, ["first", "yes", "second"]);
        assert_eq!(plan.take(), ["first", "ask", "second"]);
        // One that only waits has no run to drain.
        paused(thread().invoke(()).await.and_then(|_| block_on(thread().resume())).unwrap());
        assert!(!thread().drain("nobody is there"));
    });
}

#[test]
fn all_runs_of_a_graph_are_drained_and_no_others() {
    block_on(async {
        let (saver, plan) = (MemorySaver::new(), Arc::default());
        let (chain, parent) = (graph::<Chain>(&saver, &plan), graph::<Parent>(&saver, &plan));
        assert_eq!(chain.drain("nobody is there"), 0);
        let mut runs: Vec<_> = ["a", "b", "c"].map(|id| Box::pin(chain.thread(id).invoke(()))).into();
        let mut other = Box::pin(parent.thread("a").invoke(()));
        for run in &mut runs {
            assert!(poll_once(run.as_mut()).await.is_none());
        }
        assert!(poll_once(other.as_mut()).await.is_none());
        assert_eq!(chain.drain("the host goes down"), 3);
        for run in runs {
            assert_eq!(drained(run.await.unwrap()), "the host goes down");
        }
        assert!(other.await.unwrap().finished().is_ok());
        assert_eq!(recovered(&chain).await.len(), 3);
    });
}

#[test]
fn in_memory_there_is_nothing_to_come_back_to() {
    let graph = Chain::builder().context(Plan { drains: Some("first"), ran: Mutex::default() }).build();
    assert_eq!(block_on(graph.run(())).unwrap().seen, ["first", "second"]);
}
