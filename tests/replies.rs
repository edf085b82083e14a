//! A reply reaches the pause that it is for, exactly as it was given; every other one is refused and changes nothing.

#![allow(
    clippy::ptr_arg,
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "pauses take replies by reference, whatever they are"
)]

use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{Error, Graph, GraphState, MemorySaver, Status, Thread, Update, WaitingId, graph};
use graph_tests::{paused, stopped, thread_of, whole};
use std::collections::BTreeMap;

#[derive(GraphState, Debug, PartialEq)]
struct Talk {
    #[reduce(append)]
    said: Vec<String>,
    #[reduce(add)]
    rounds: u32,
    #[state(default = 1)]
    goal: u32,
    fails: bool,
}

fn question(talk: &Talk) -> String {
    format!("round {}", talk.rounds)
}

fn ask(talk: &Talk, text: &String) -> Result<impl Update<Talk> + use<>, String> {
    if talk.fails { Err("told to fail".to_owned()) } else { Ok(Talk::update().said([text.clone()]).rounds(1)) }
}

fn count(_: &Talk, number: &i64) -> impl Update<Talk> + use<> {
    Talk::update().said([number.to_string()])
}

fn enough(talk: &Talk) -> bool {
    talk.rounds >= talk.goal
}

graph! {
    graph Talking<Talk>;
    pause ask(String) asks question;
    pause count(i64);
    start -> ask -> match enough { true => count -> end, false => ask };
}

fn talking(saver: &MemorySaver) -> Graph<Talking> {
    Talking::builder().checkpointer(saver.clone()).build()
}

fn say(text: &str) -> TalkingReply {
    TalkingReply::Ask(text.to_owned())
}

/// Every way to give a reply is refused, and the store holds what it held.
async fn refuses(saver: &MemorySaver, thread: &Thread<Talking>, id: &WaitingId, expected: impl Fn(&Error) -> bool) {
    let key = thread_of("Talking", thread.id());
    let before = whole(saver, &key);
    let replies = [
        thread.reply(say("late")).await.map(drop),
        thread.reply(say("late")).deliver().await,
        thread.reply_to(id, say("late")).await.map(drop),
        thread.reply_to(id, say("late")).by("nobody").because("no reason").deliver().await,
    ];
    for reply in replies {
        let error = reply.expect_err("it is refused");
        assert!(expected(&error), "{error}");
        assert!(error.to_string().contains(thread.id()), "it names the thread: {error}");
    }
    assert!(whole(saver, &key) == before, "a refused reply changed the store");
}

#[test]
fn a_thread_that_does_not_wait_refuses_every_reply_and_stays_as_it_is() {
    block_on(async {
        let saver = MemorySaver::new();
        let graph = talking(&saver);
        let nowhere = WaitingId::from("ask@1.0123456789abcdef");
        let unknown = |error: &Error| matches!(error, Error::UnknownThread { .. });
        refuses(&saver, &graph.thread("never-ran"), &nowhere, unknown).await;

        let thread = graph.thread("talk");
        let first = paused(thread.invoke(()).await.unwrap()).waiting()[0].id().clone();
        // It waits elsewhere now, and the reply that it had stands.
        paused(thread.reply(say("hello")).await.unwrap());
        let elsewhere = |error: &Error| {
            matches!(error, Error::NotWaiting { status: Status::Paused, .. } | Error::AlreadyReplied { .. })
        };
        refuses(&saver, &thread, &first, elsewhere).await;

        thread.reply(TalkingReply::Count(7)).await.unwrap().finished().unwrap();
        let over = |error: &Error| {
            matches!(error, Error::NotWaiting { status: Status::Finished, .. } | Error::AlreadyReplied { .. })
        };
        refuses(&saver, &thread, &first, over).await;

        let second = paused(thread.invoke(()).await.unwrap()).waiting()[0].id().clone();
        assert_ne!(first, second, "the same pause, reached again");
        thread.cancel("enough").await.unwrap();
        let cancelled = |error: &Error| {
            matches!(error, Error::NotWaiting { status: Status::Cancelled, .. } | Error::UnknownWaiting { .. })
        };
        refuses(&saver, &thread, &second, cancelled).await;
        thread.verify().await.unwrap();
    });
}

#[test]
fn a_stale_id_is_refused_after_a_restart_a_deletion_and_a_branch() {
    block_on(async {
        let saver = MemorySaver::new();
        let thread = talking(&saver).thread("a");
        let stale = |error: &Error| matches!(error, Error::UnknownWaiting { .. });
        let mut ids = vec![paused(thread.invoke(()).await.unwrap()).waiting()[0].id().clone()];
        ids.push(paused(thread.invoke(()).restart().await.unwrap()).waiting()[0].id().clone());
        let asked = thread.snapshot().await.unwrap().unwrap().id;
        ids.push(paused(thread.at(asked).replay().await.unwrap()).waiting()[0].id().clone());
        // Within one millisecond, too.
        for _ in 0..100 {
            thread.delete().await.unwrap();
            ids.push(paused(thread.invoke(()).await.unwrap()).waiting()[0].id().clone());
        }
        let current = ids.pop().unwrap();
        for id in &ids {
            assert_ne!(id, &current);
            let error = thread.reply_to(id, say("to another")).await.unwrap_err();
            assert!(stale(&error), "{error}");
        }
        ids.push(current.clone());
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 103, "no id comes twice");
        paused(thread.reply_to(current, say("here")).await.unwrap());
    });
}

#[test]
fn a_reply_that_was_delivered_and_then_dropped_is_not_used_by_the_next_run() {
    block_on(async {
        let saver = MemorySaver::new();
        let thread = talking(&saver).thread("a");
        let first = paused(thread.invoke(()).await.unwrap()).waiting()[0].id().clone();
        thread.reply(say("dropped")).deliver().await.unwrap();
        let snapshot = thread.snapshot().await.unwrap().unwrap();
        assert_eq!(
            (snapshot.status, snapshot.waiting.len()),
            (Status::Replied, 0),
            "it has work, and waits for nobody"
        );

        let pause = paused(thread.invoke(()).restart().await.unwrap());
        assert_eq!(pause.waiting().len(), 1);
        assert_ne!(pause.waiting()[0].id(), &first);
        let stale = thread.reply_to(&first, say("again")).await.unwrap_err();
        assert!(matches!(stale, Error::AlreadyReplied { .. }), "{stale}");
        paused(thread.reply(say("used")).await.unwrap());
        assert_eq!(thread.snapshot().await.unwrap().unwrap().state.said, ["used"]);
    });
}

#[test]
fn ids_stay_the_same_until_the_reply_is_used_and_say_where_they_belong() {
    block_on(async {
        let saver = MemorySaver::new();
        let waiting = |pause: graph_runtime::Pause| pause.waiting()[0].clone();
        let asked = waiting(paused(talking(&saver).thread("a").invoke(Talk::update().goal(3)).await.unwrap()));
        assert!(asked.id().as_str().starts_with("ask@1."), "{}", asked.id());
        for _ in 0..3 {
            // Another process; to ask what it waits for changes nothing.
            let thread = talking(&saver).thread("a");
            let before = whole(&saver, &thread_of("Talking", "a"));
            assert_eq!(waiting(paused(thread.resume().await.unwrap())), asked);
            assert_eq!(waiting(paused(thread.resume_or_invoke(Talk::update().goal(9)).await.unwrap())), asked);
            assert_eq!(thread.snapshot().await.unwrap().unwrap().waiting, std::slice::from_ref(&asked));
            assert!(whole(&saver, &thread_of("Talking", "a")) == before);
        }
        let thread = talking(&saver).thread("a");
        let refused = thread.invoke(()).await.unwrap_err();
        assert!(matches!(refused, Error::Unfinished { status: Status::Paused, .. }), "{refused}");
        assert!(refused.to_string().contains("`reply`"), "{refused}");
        let second = waiting(paused(thread.reply_to(asked.id().as_str(), say("one")).await.unwrap()));
        assert!(second.id().as_str().starts_with("ask@2."), "{}", second.id());
        assert_eq!(second.question::<String>().unwrap(), "round 1");
        let other = waiting(paused(talking(&saver).thread("b").invoke(()).await.unwrap()));
        assert_ne!(other.id(), asked.id(), "two threads");
        let foreign = thread.reply_to(other.id(), say("to another thread")).await.unwrap_err();
        assert!(matches!(foreign, Error::UnknownWaiting { .. }), "{foreign}");
    });
}

// X20: what LangGraph takes for no answer is an answer.
#[derive(GraphState, Debug, PartialEq)]
struct Answers {
    text: Option<String>,
    number: Option<u64>,
    flag: Option<bool>,
    unit: u32,
    option: Vec<Option<u8>>,
    list: Option<Vec<String>>,
    map: Option<BTreeMap<String, u32>>,
}

fn text(_: &Answers, reply: &String) -> impl Update<Answers> + use<> {
    Answers::update().text(Some(reply.clone()))
}

fn number(_: &Answers, reply: &u64) -> impl Update<Answers> + use<> {
    Answers::update().number(Some(*reply))
}

fn flag(_: &Answers, reply: &bool) -> impl Update<Answers> + use<> {
    Answers::update().flag(Some(*reply))
}

fn unit(answers: &Answers, (): &()) -> impl Update<Answers> + use<> {
    Answers::update().unit(answers.unit + 1)
}

fn option(_: &Answers, reply: &Option<u8>) -> impl Update<Answers> + use<> {
    Answers::update().option(vec![*reply])
}

fn list(_: &Answers, reply: &Vec<String>) -> impl Update<Answers> + use<> {
    Answers::update().list(Some(reply.clone()))
}

fn map(_: &Answers, reply: &BTreeMap<String, u32>) -> impl Update<Answers> + use<> {
    Answers::update().map(Some(reply.clone()))
}

graph! {
    graph Nothings<Answers>;
    pause text(String);
    pause number(u64);
    pause flag(bool);
    pause unit(());
    pause option(Option<u8>);
    pause list(Vec<String>);
    pause map(BTreeMap<String, u32>);
    start -> (text, number, flag, unit, option, list, map) -> end;
}

#[test]
fn empty_zero_false_and_null_are_answers() {
    block_on(async {
        let thread = Nothings::builder().checkpointer(MemorySaver::new()).build().thread("a");
        assert_eq!(paused(thread.invoke(()).await.unwrap()).waiting().len(), 7);
        let nothings = [
            NothingsReply::Map(BTreeMap::new()),
            NothingsReply::List(Vec::new()),
            NothingsReply::Option(None),
            NothingsReply::Unit(()),
            NothingsReply::Flag(false),
            NothingsReply::Number(0),
        ];
        for (given, nothing) in nothings.into_iter().enumerate() {
            assert_eq!(paused(thread.reply(nothing).await.unwrap()).waiting().len(), 6 - given);
        }
        let answers = thread.reply(NothingsReply::Text(String::new())).await.unwrap().finished().unwrap();
        let expected = Answers {
            text: Some(String::new()),
            number: Some(0),
            flag: Some(false),
            unit: 1,
            option: vec![None],
            list: Some(Vec::new()),
            map: Some(BTreeMap::new()),
        };
        assert_eq!(answers, expected);
    });
}

#[test]
fn a_large_reply_is_delivered_whole() {
    block_on(async {
        let thread = talking(&MemorySaver::new()).thread("a");
        paused(thread.invoke(()).await.unwrap());
        let text = "x".repeat(3 << 20);
        paused(thread.reply(TalkingReply::Ask(text.clone())).by("y".repeat(70_000)).await.unwrap());
        assert!(thread.snapshot().await.unwrap().unwrap().state.said == [text]);
    });
}

#[test]
fn a_pause_that_fails_keeps_its_reply() {
    block_on(async {
        let saver = MemorySaver::new();
        let thread = talking(&saver).thread("a");
        let id = paused(thread.invoke(Talk::update().fails(true)).await.unwrap()).waiting()[0].id().clone();
        let failed = thread.reply(say("kept")).await.unwrap_err();
        assert!(matches!(&failed, Error::Node(error) if error.node == "ask"), "{failed}");
        let snapshot = thread.snapshot().await.unwrap().unwrap();
        assert_eq!((snapshot.status, &*snapshot.waiting), (Status::Failed, &[][..]), "nobody is asked again");
        assert_eq!(snapshot.next, [TalkingNode::Ask]);
        let twice = thread.reply(say("other")).await.unwrap_err();
        assert!(matches!(&twice, Error::AlreadyReplied { id: found, .. } if *found == id), "{twice}");
        assert!(thread.resume().await.is_err(), "it fails again");

        thread.update(Talk::update().fails(false)).await.unwrap();
        paused(thread.resume().await.unwrap());
        let snapshot = thread.snapshot().await.unwrap().unwrap();
        assert_eq!(snapshot.state.said, ["kept"]);
        assert_eq!((snapshot.replies.len(), &snapshot.replies[0].id), (1, &id), "told once, where it was used");
        thread.verify().await.unwrap();
    });
}

#[test]
fn a_request_is_answered_once_however_often_it_waits() {
    block_on(async {
        let thread = talking(&MemorySaver::new()).thread("a");
        let request = || thread.invoke(()).request_id("r-7");
        let first = paused(request().await.unwrap());
        assert_eq!(paused(request().await.unwrap()), first, "delivered again, it waits where it waited");
        let other = thread.invoke(()).request_id("r-8").await.unwrap_err();
        assert!(matches!(other, Error::Unfinished { .. }), "{other}");
        // Another request of a service waits for the one before it.
        assert_eq!(paused(thread.resume_or_invoke(()).request_id("r-8").await.unwrap()), first);
        paused(thread.reply(say("one")).await.unwrap());
        let done = thread.reply(TalkingReply::Count(1)).await.unwrap().finished().unwrap();
        assert_eq!(request().await.unwrap().finished().unwrap(), done, "the stored outcome");
        let next = paused(thread.resume_or_invoke(()).request_id("r-8").await.unwrap());
        assert_ne!(next, first);
        // Dropped by a restart, it does not come back.
        paused(thread.invoke(()).request_id("r-9").restart().await.unwrap());
        let dropped = thread.invoke(()).request_id("r-8").await.unwrap_err();
        assert!(matches!(dropped, Error::RequestDropped { .. }), "{dropped}");
    });
}

#[test]
fn a_cancelled_wait_ends_and_the_thread_starts_again() {
    block_on(async {
        let thread = talking(&MemorySaver::new()).thread("a");
        paused(thread.invoke(()).await.unwrap());
        thread.cancel("no longer wanted").await.unwrap();
        let snapshot = thread.snapshot().await.unwrap().unwrap();
        assert_eq!((snapshot.status, snapshot.waiting.len(), snapshot.next.len()), (Status::Cancelled, 0, 0));
        let error = thread.resume().await.unwrap_err();
        assert!(matches!(error, Error::NothingToResume { .. }), "{error}");
        paused(thread.invoke(()).await.unwrap());
        assert_eq!(stopped(cancelled_after_delivery(&thread).await).reason.to_string(), "it was cancelled (too late)");
    });
}

/// Cancels between the delivery of a reply and its run.
async fn cancelled_after_delivery(thread: &Thread<Talking>) -> graph_runtime::Outcome<Talk> {
    let mut call = std::pin::pin!(thread.reply(say("late")));
    // Nothing waits in a store in memory, so the whole call is one poll; the delivery alone is another call.
    thread.reply(say("delivered")).deliver().await.unwrap();
    thread.cancel("too late").await.unwrap();
    let refused = futures_lite::future::poll_once(call.as_mut()).await.expect("it does not wait").unwrap_err();
    assert!(matches!(refused, Error::NotWaiting { status: Status::Cancelled, .. }), "{refused}");
    thread.invoke(()).restart().await.map(drop).unwrap();
    thread.cancel("too late").await.unwrap();
    thread.invoke(()).request_id("r").await.map(drop).unwrap();
    thread.cancel("too late").await.unwrap();
    thread.invoke(()).request_id("r").await.unwrap()
}

#[test]
fn recover_goes_on_with_what_was_delivered_and_leaves_alone_what_waits() {
    block_on(async {
        let saver = MemorySaver::new();
        let graph = talking(&saver);
        for id in ["answered", "asked"] {
            paused(graph.thread(id).invoke(()).await.unwrap());
        }
        graph.thread("answered").reply(say("yes")).by("alice").deliver().await.unwrap();
        for expected in [vec!["answered"], vec![]] {
            let mut recovered = Vec::new();
            let mut recovering = graph.recover();
            while let Some(next) = recovering.next().await {
                let (id, outcome) = next.unwrap();
                assert_eq!(paused(outcome.unwrap()).waiting()[0].node(), "count");
                recovered.push(id.to_string());
            }
            assert_eq!(recovered, expected);
        }
        let snapshot = graph.thread("answered").snapshot().await.unwrap().unwrap();
        assert_eq!((snapshot.status, snapshot.state.said), (Status::Paused, vec!["yes".to_owned()]));
        assert_eq!(snapshot.replies[0].by.as_deref(), Some("alice"));
    });
}

#[test]
fn nothing_that_is_printed_shows_a_question_or_a_reply() {
    block_on(async {
        let thread = talking(&MemorySaver::new()).thread("a");
        let outcome = thread.invoke(Talk::update().said(["SECRET".to_owned()])).await.unwrap();
        let reply = say("SECRET");
        let call = thread.reply(say("SECRET")).by("alice");
        let printed = [format!("{reply:?}"), format!("{call:?}"), format!("{:?}", thread.snapshot().await.unwrap())];
        for text in printed {
            assert!(!text.contains("SECRET"), "{text}");
        }
        let pause = paused(outcome);
        let texts = [format!("{pause:?}"), pause.to_string(), format!("{:?}", pause.waiting()[0])];
        for text in texts {
            assert!(!text.contains("round 0"), "{text}");
        }
        let error = graph_runtime::Outcome::<()>::Paused(pause).finished().unwrap_err();
        assert!(!format!("{error:?} {error}").contains("round 0"), "{error:?}");
    });
}

#[test]
fn a_branch_and_an_edit_of_a_thread_with_a_reply_that_nobody_took() {
    block_on(async {
        let thread = talking(&MemorySaver::new()).thread("a");
        paused(thread.invoke(()).await.unwrap());
        thread.reply(say("waits")).deliver().await.unwrap();
        // An edit leaves the reply with its pause, which is still to be taken.
        let edited = thread.update(Talk::update().said(["edited".to_owned()])).await.unwrap();
        assert_eq!((edited.status, edited.waiting.len()), (Status::Replied, 0));
        // In a branch it is another pause, and nobody has replied to it.
        let branch = thread.at(edited.id).update(()).await.unwrap();
        assert_eq!((branch.status, branch.waiting.len()), (Status::Paused, 1));
        assert_eq!(thread.snapshot().await.unwrap().unwrap().status, Status::Paused);
        paused(thread.at(edited.id).replay().await.unwrap());
        assert_eq!(thread.snapshot().await.unwrap().unwrap().status, Status::Paused);
        paused(thread.reply(say("taken")).await.unwrap());
        assert_eq!(thread.snapshot().await.unwrap().unwrap().state.said, ["edited", "taken"]);
        thread.verify().await.unwrap();
    });
}
