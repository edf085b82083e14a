//! Pauses in the past of a thread: every branch asks again, of the state that it has, and takes a reply of its own.
//!
//! Those of section D of `LangGraph`'s scenarios that are about interrupts.

use futures_lite::future::block_on;
use graph_runtime::{CheckpointId, Ctx, Error, GraphState, Outcome, Source, Status, Update, WaitingId, graph};
use graph_tests::bench::{Log, bench, collect, words};
use graph_tests::{finished, laid, thread_of};

#[derive(GraphState, Debug, Clone, PartialEq)]
struct Value {
    #[reduce(append)]
    value: Vec<String>,
}

fn a(_: &Value, cx: &Ctx<Log>) -> impl Update<Value> + use<> {
    cx.context().lock().unwrap().push("a");
    Value::update().value(words(["a"]))
}

fn b(_: &Value, cx: &Ctx<Log>) -> impl Update<Value> + use<> {
    cx.context().lock().unwrap().push("b");
    Value::update().value(words(["b"]))
}

fn prompt(value: &Value) -> String {
    format!("what follows {}?", value.value.join(" "))
}

fn ask(_: &Value, answer: &String) -> impl Update<Value> + use<> {
    Value::update().value([format!("human:{answer}")])
}

graph! {
    graph Asking<Value, Log>;
    node a, b;
    pause ask(String) asks prompt;
    start -> a -> ask -> b -> end;
}

fn answer(answer: &str) -> AskingReply {
    AskingReply::Ask(answer.to_owned())
}

fn question<S>(outcome: Result<Outcome<S>, Error>) -> (WaitingId, String) {
    let Ok(Outcome::Paused(pause)) = outcome else { panic!("it asks") };
    let [waiting] = pause.waiting() else { panic!("{pause:?}") };
    (waiting.id().clone(), waiting.question().unwrap())
}

/// S40.
#[test]
fn a_replay_from_before_a_pause_asks_again_and_takes_a_new_answer() {
    let bench = bench::<Asking>();
    let thread = &bench.thread;
    question(block_on(thread.invoke(())));
    assert_eq!(finished(block_on(thread.reply(answer("old")))).value, words(["a", "human:old", "b"]));
    bench.ran();
    let before = laid(&bench.saver, &thread_of("Asking", "a"));
    assert_eq!(before.len(), 4);

    question(block_on(thread.at(CheckpointId(2)).replay()));
    assert!(bench.ran().is_empty(), "nothing before it ran");
    let head = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!((head.source, head.status, &*head.next), (Source::Fork, Status::Paused, &[AskingNode::Ask][..]));
    assert_eq!(collect(thread).len(), 5);
    assert_eq!(finished(block_on(thread.reply(answer("new")))).value, words(["a", "human:new", "b"]));
    let history = collect(thread);
    let found: Vec<_> = history.iter().map(|at| (at.source, at.next.first().copied())).collect();
    let (b, ask, a) = (Some(AskingNode::B), Some(AskingNode::Ask), Some(AskingNode::A));
    let (step, reply) = (Source::Step, Source::Reply);
    let new = [(step, None), (reply, b), (Source::Fork, ask)];
    let old = [(step, None), (reply, b), (step, ask), (Source::Input, a)];
    assert_eq!(found, [&new[..], &old[..]].concat());
    assert_eq!(laid(&bench.saver, &thread_of("Asking", "a"))[..4], before[..]);
    block_on(thread.verify()).unwrap();
}

/// S41.
#[test]
fn every_replay_of_a_pause_asks_the_same_under_another_id() {
    let bench = bench::<Asking>();
    let thread = &bench.thread;
    let (first, text) = question(block_on(thread.invoke(())));
    let mut ids = vec![first];
    for _ in 0..3 {
        let (id, again) = question(block_on(thread.at(CheckpointId(2)).replay()));
        assert_eq!(again, text);
        assert!(!ids.contains(&id));
        let snapshot = block_on(thread.snapshot()).unwrap().unwrap();
        assert_eq!((snapshot.state.value, snapshot.next), (words(["a"]), vec![AskingNode::Ask]));
        ids.push(id);
    }
    for stale in &ids[..3] {
        assert!(block_on(thread.reply_to(stale, answer("late"))).is_err(), "a branch that was left waits for nobody");
    }
    assert_eq!(finished(block_on(thread.reply_to(&ids[3], answer("x")))).value, words(["a", "human:x", "b"]));
}

/// S43.
#[test]
fn a_fork_of_a_checkpoint_that_waits_asks_of_the_edited_state() {
    let bench = bench::<Asking>();
    let thread = &bench.thread;
    question(block_on(thread.invoke(())));
    let (_, text) = question(block_on(thread.at(CheckpointId(2)).fork(Value::update().value(words(["forked"])))));
    assert_eq!(text, "what follows a forked?");
    let value = finished(block_on(thread.reply(answer("different"))));
    assert_eq!(value.value, words(["a", "forked", "human:different", "b"]));
}

/// S48.
#[test]
fn an_edit_of_nothing_branches_or_stays_and_asks_either_way() {
    let bench = bench::<Asking>();
    let thread = &bench.thread;
    question(block_on(thread.invoke(())));
    finished(block_on(thread.reply(answer("old"))));
    let branch = block_on(thread.at(CheckpointId(2)).update(())).unwrap();
    assert_eq!((branch.source, branch.status, branch.waiting.len()), (Source::Fork, Status::Paused, 1));
    let same = block_on(thread.update(())).unwrap();
    assert_eq!((same.source, same.status, same.waiting), (Source::Update, Status::Paused, branch.waiting));
    assert_eq!(finished(block_on(thread.reply(answer("new")))).value, words(["a", "human:new", "b"]));
}

/// S52.
#[test]
fn going_on_at_the_head_is_no_travel() {
    let bench = bench::<Asking>();
    let thread = &bench.thread;
    question(block_on(thread.invoke(())));
    let head = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!(bench.ran(), ["a"]);
    assert_eq!(finished(block_on(thread.reply(answer("x")))).value, words(["a", "human:x", "b"]));
    assert_eq!(bench.ran(), ["b"]);
    assert!(collect(thread).iter().all(|at| at.source != Source::Fork));
    assert_eq!(block_on(thread.at(head.id).snapshot()).unwrap().next, [AskingNode::Ask]);
}
