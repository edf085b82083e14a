//! A thread that waits for people: what it asks, what it does with replies, and what it refuses.

use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{
    Durability, Error, GraphState, MemorySaver, Outcome, Pause, Source, Status, StopReason, Update, WaitingId, graph,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(GraphState, Debug, PartialEq)]
struct Purchase {
    cents: u64,
    #[reduce(append)]
    log: Vec<String>,
    granted: bool,
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Card {
    cents: u64,
    title: String,
}

#[derive(Serialize, Deserialize, Debug)]
struct Approval {
    granted: bool,
}

#[derive(Default)]
struct Calls {
    drafted: AtomicUsize,
    approved: AtomicUsize,
    asked: AtomicUsize,
}

fn draft(_: &Purchase, cx: &graph_runtime::Ctx<Calls>) -> impl Update<Purchase> + use<> {
    cx.context().drafted.fetch_add(1, Ordering::Relaxed);
    Purchase::update().log(["drafted".to_owned()])
}

fn card(purchase: &Purchase) -> Card {
    Card { cents: purchase.cents, title: "a chair".to_owned() }
}

fn approve(_: &Purchase, approval: &Approval, cx: &graph_runtime::Ctx<Calls>) -> impl Update<Purchase> + use<> {
    cx.context().approved.fetch_add(1, Ordering::Relaxed);
    Purchase::update().granted(approval.granted).log([format!("approved: {}", approval.granted)])
}

fn granted(purchase: &Purchase) -> bool {
    purchase.granted
}

fn order(_: &Purchase) -> impl Update<Purchase> + use<> {
    Purchase::update().log(["ordered".to_owned()])
}

graph! {
    graph Buying<Purchase, Calls>;
    node draft, order;
    pause approve(Approval) asks card;
    start -> draft -> approve -> match granted {
        true => order -> end,
        false => end,
    };
}

fn paused<S: std::fmt::Debug>(outcome: Outcome<S>) -> Pause {
    match outcome {
        Outcome::Paused(pause) => pause,
        other => panic!("it does not pause: {other:?}"),
    }
}

#[test]
fn a_pause_asks_once_and_nothing_runs_twice_because_a_person_answered() {
    block_on(async {
        for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
            let (saver, calls) = (MemorySaver::new(), Arc::new(Calls::default()));
            let graph = || {
                Buying::builder().context(Arc::clone(&calls)).checkpointer(saver.clone()).durability(durability).build()
            };
            let pause = paused(graph().thread("a").invoke(Purchase::update().cents(9900)).await.unwrap());
            assert_eq!(pause.thread.as_str(), "a");
            let [waiting] = pause.waiting() else { panic!("one pause: {pause:?}") };
            assert_eq!((waiting.node(), waiting.task(), waiting.item()), ("approve", "approve", None));
            assert_eq!(waiting.question::<Card>().unwrap(), Card { cents: 9900, title: "a chair".to_owned() });
            assert_eq!(waiting.question_json(), r#"{"cents":9900,"title":"a chair"}"#);

            // Another process: the same question under the same id.
            let thread = graph().thread("a");
            let snapshot = thread.snapshot().await.unwrap().unwrap();
            assert_eq!((snapshot.status, &snapshot.waiting), (Status::Paused, &pause.waiting().to_vec()));
            assert_eq!(snapshot.next, [BuyingNode::Approve]);
            assert_eq!(paused(thread.resume().await.unwrap()), pause, "to resume changes nothing");

            let reply = BuyingReply::Approve(Approval { granted: true });
            let bought = thread.reply(reply).by("alice").because("it is cheap").await.unwrap().finished().unwrap();
            assert_eq!(bought.log, ["drafted", "approved: true", "ordered"]);
            assert_eq!((calls.drafted.load(Ordering::Relaxed), calls.approved.load(Ordering::Relaxed)), (1, 1));

            let mut replies = Vec::new();
            let mut history = thread.history();
            while let Some(snapshot) = history.next().await {
                replies.extend(snapshot.unwrap().replies);
            }
            let [replied] = &*replies else { panic!("one reply: {replies:?}") };
            assert_eq!((replied.by.as_deref(), replied.because.as_deref()), (Some("alice"), Some("it is cheap")));
            assert_eq!(&replied.id, waiting.id());
            thread.verify().await.unwrap();
        }
    });
}
