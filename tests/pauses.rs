//! A thread that waits for people: what it asks, what it does with replies, and what it refuses.

#![allow(
    clippy::trivially_copy_pass_by_ref,
    clippy::ref_option,
    reason = "pauses take items and replies by reference, whatever they are"
)]

use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{
    CheckpointId, Ctx, Durability, Error, GraphState, MemorySaver, Source, Status, Update, Waiting, graph,
};
use graph_tests::paused;
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
}

fn draft(_: &Purchase, cx: &Ctx<Calls>) -> impl Update<Purchase> + use<> {
    cx.context().drafted.fetch_add(1, Ordering::Relaxed);
    Purchase::update().log(["drafted".to_owned()])
}

fn card(purchase: &Purchase) -> Card {
    Card { cents: purchase.cents, title: "a chair".to_owned() }
}

fn approve(_: &Purchase, approval: &Approval, cx: &Ctx<Calls>) -> impl Update<Purchase> + use<> {
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
            let [one] = &*replies else { panic!("one reply: {replies:?}") };
            assert_eq!((one.by.as_deref(), one.because.as_deref()), (Some("alice"), Some("it is cheap")));
            assert_eq!(&one.id, waiting.id());
            thread.verify().await.unwrap();
        }
    });
}

/// Two pauses side by side, one of them once for each item, and a branch that goes on meanwhile.
#[derive(GraphState, Debug, PartialEq)]
struct Desk {
    names: Vec<String>,
    #[reduce(append)]
    said: Vec<String>,
    boss: Option<bool>,
    #[reduce(add)]
    ticks: u32,
}

fn names(desk: &Desk) -> Vec<String> {
    desk.names.clone()
}

fn greet(_: &Desk, name: &String) -> String {
    format!("what does {name} say?")
}

fn ask(_: &Desk, name: &String, said: &Option<String>) -> impl Update<Desk> + use<> {
    Desk::update().said([format!("{name}: {said:?}")])
}

fn boss(_: &Desk, yes: &bool) -> impl Update<Desk> + use<> {
    Desk::update().boss(Some(*yes))
}

fn tick(_: &Desk) -> impl Update<Desk> + use<> {
    Desk::update().ticks(1)
}

fn three(desk: &Desk) -> bool {
    desk.ticks >= 3
}

graph! {
    graph Asking<Desk>;
    node tick;
    pause boss(bool);
    pause ask(Option<String>) asks greet;
    start -> (
        boss,
        for names(String) { ask },
        tick -> match three { true => join, false => tick },
    ) -> end;
}

fn asking(saver: &MemorySaver) -> graph_runtime::Graph<Asking> {
    Asking::builder().checkpointer(saver.clone()).build()
}

fn desk() -> impl Update<Desk> {
    Desk::update().names(["ada", "alan"].map(str::to_owned).to_vec())
}

#[test]
fn replies_come_in_any_order_and_the_updates_stand_in_the_order_of_the_text() {
    block_on(async {
        let saver = MemorySaver::new();
        let thread = asking(&saver).thread("a");
        let pause = paused(thread.invoke(desk()).await.unwrap());
        let tasks: Vec<_> = pause.waiting().iter().map(|waiting| (waiting.task(), waiting.item())).collect();
        assert_eq!(tasks, [("boss", None), ("ask[0]", Some(0)), ("ask[1]", Some(1))]);
        assert_eq!(pause.waiting()[2].question::<String>().unwrap(), "what does alan say?");
        assert_eq!(thread.snapshot().await.unwrap().unwrap().state.ticks, 3, "the third branch went on");

        let say = |text: Option<&str>| AskingReply::Ask(text.map(str::to_owned));
        let several = thread.reply(say(None)).await.unwrap_err();
        assert!(matches!(&several, Error::SeveralWaiting { ids, .. } if ids.len() == 2), "{several}");

        let alan = pause.waiting()[2].id();
        let pause = paused(thread.reply_to(alan, say(Some(""))).await.unwrap());
        assert_eq!(pause.waiting().len(), 2);
        let twice = thread.reply_to(alan, say(Some("again"))).await.unwrap_err();
        assert!(matches!(&twice, Error::AlreadyReplied { id, .. } if id == alan), "{twice}");
        let wrong = thread.reply_to(pause.waiting()[0].id(), say(None)).await.unwrap_err();
        assert!(matches!(&wrong, Error::WrongReply { pause, .. } if pause == "boss"), "{wrong}");
        let unknown = thread.reply_to("ask[7]@1.0", say(None)).await.unwrap_err();
        assert!(matches!(&unknown, Error::UnknownWaiting { .. }), "{unknown}");

        // Only one of its kind is left, so it needs no id; an empty answer is delivered as it was given.
        paused(thread.reply(say(None)).await.unwrap());
        let gone = thread.reply(say(None)).await.unwrap_err();
        assert!(matches!(&gone, Error::NotWaiting { .. }), "{gone}");
        let desk = thread.reply(AskingReply::Boss(false)).await.unwrap().finished().unwrap();
        assert_eq!(
            (desk.boss, &*desk.said),
            (Some(false), &["alan: Some(\"\")".to_owned(), "ada: None".to_owned()][..])
        );
        let over = thread.reply(AskingReply::Boss(true)).await.unwrap_err();
        assert!(matches!(over, Error::NotWaiting { status: Status::Finished, .. }));
        thread.verify().await.unwrap();
    });
}

#[test]
fn a_pause_that_has_its_reply_waits_in_no_view_of_the_newest_checkpoint() {
    block_on(async {
        let thread = asking(&MemorySaver::new()).thread("a");
        let pause = paused(thread.invoke(desk()).await.unwrap());
        thread.reply(AskingReply::Boss(true)).deliver().await.unwrap();
        let newest = thread.snapshot().await.unwrap().unwrap();
        let tasks = |waiting: &[Waiting]| waiting.iter().map(|waiting| waiting.task().to_owned()).collect::<Vec<_>>();
        assert_eq!((newest.status, tasks(&newest.waiting)), (Status::Replied, tasks(&pause.waiting()[1..])));
        let at = thread.at(newest.id).snapshot().await.unwrap();
        let listed = thread.history().next().await.unwrap().unwrap();
        assert_eq!((&at.waiting, &listed.waiting), (&newest.waiting, &newest.waiting));

        paused(thread.resume().await.unwrap());
        let past = thread.at(newest.id).snapshot().await.unwrap();
        assert_eq!(past.waiting, pause.waiting(), "of an older one, all that the thread had come to there");
    });
}

/// A run that pauses before its first step.
#[derive(GraphState, Debug)]
struct Note {
    mark: u8,
}

fn write(_: &Note, mark: &u8) -> impl Update<Note> + use<> {
    Note::update().mark(*mark)
}

graph! {
    graph Notes<Note>;
    pause write(u8);
    start -> write -> end;
}

#[test]
fn a_restart_drops_a_reply_with_the_pause_that_it_was_for() {
    block_on(async {
        let thread = Notes::builder().checkpointer(MemorySaver::new()).build().thread("a");
        paused(thread.invoke(()).await.unwrap());
        thread.reply(NotesReply::Write(1)).deliver().await.unwrap();
        let pause = paused(thread.invoke(()).restart().await.unwrap());
        let newest = thread.snapshot().await.unwrap().unwrap();
        assert_eq!((newest.status, &*newest.waiting), (Status::Paused, pause.waiting()));
        assert_eq!(thread.reply(NotesReply::Write(2)).await.unwrap().finished().unwrap().mark, 2);
    });
}

#[test]
fn a_branch_of_the_past_asks_again_under_other_ids() {
    block_on(async {
        let calls = Arc::new(Calls::default());
        let graph = Buying::builder().context(calls).checkpointer(MemorySaver::new()).build();
        let thread = graph.thread("a");
        let first = paused(thread.invoke(Purchase::update().cents(9900)).await.unwrap());
        let asked = thread.snapshot().await.unwrap().unwrap().id;
        let reply = |granted| BuyingReply::Approve(Approval { granted });
        assert!(!thread.reply(reply(false)).await.unwrap().finished().unwrap().granted);

        let second = paused(thread.at(asked).fork(Purchase::update().cents(100)).await.unwrap());
        assert_ne!(second.waiting()[0].id(), first.waiting()[0].id());
        assert_eq!(second.waiting()[0].question::<Card>().unwrap().cents, 100, "of the state as it is in the branch");
        let stale = thread.reply_to(first.waiting()[0].id(), reply(true)).await.unwrap_err();
        assert!(matches!(stale, Error::AlreadyReplied { .. }), "{stale}");
        let bought = thread.reply(reply(true)).await.unwrap().finished().unwrap();
        assert_eq!((bought.cents, &*bought.log[1]), (100, "approved: true"));
        let old = thread.at(CheckpointId(asked.0 + 1)).snapshot().await.unwrap();
        assert_eq!((old.source, old.state.granted), (Source::Reply, false), "the other branch stays");
        thread.verify().await.unwrap();
    });
}
