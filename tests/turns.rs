//! Turns of a thread: what a failed one leaves, what the next one starts from; and what a turn's steps fold.
//!
//! Scenarios S02 to S18 of `LangGraph`'s own tests that are about runs one after the other, with the outcome that they have
//! here. `parallel.rs` tells which of them are elsewhere or cannot be said.

use futures_lite::future::block_on;
use graph_runtime::{
    Checkpointer, Ctx, Durability, Error, GraphState, MemorySaver, NodeCause, NodeError, Status, Update, graph,
};
use graph_tests::thread_of;
use std::io::ErrorKind::ConnectionReset;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

#[derive(GraphState, Clone, Debug, PartialEq)]
struct Attempts {
    #[reduce(append)]
    steps: Vec<String>,
    attempt: u32,
}

fn node1(attempts: &Attempts) -> Result<impl Update<Attempts> + use<>, &'static str> {
    if attempts.attempt == 1 { Err("the first attempt") } else { Ok(Attempts::update().steps(["node1".to_owned()])) }
}

fn node2(_: &Attempts) -> impl Update<Attempts> + use<> {
    Attempts::update().steps(["node2".to_owned()])
}

graph! {
    graph Recovering<Attempts>;
    node node1, node2;
    start -> node1 -> node2 -> end;
}

async fn checkpoints(saver: &MemorySaver, graph: &str, thread: &str) -> Vec<u64> {
    let records = saver.range(&thread_of(graph, thread), None, usize::MAX).await.unwrap();
    records.into_iter().map(|(id, _)| id.0).collect()
}

/// S02. A failed thread is not started again by accident; whoever wants that says `restart`.
#[test]
fn a_failed_thread_takes_a_new_input_only_where_its_work_is_dropped() {
    let saver = MemorySaver::new();
    let thread = Recovering::builder().checkpointer(saver.clone()).build().thread("a");
    let input = || Attempts::update().steps(["start".to_owned()]).attempt(1);
    assert!(matches!(block_on(thread.invoke(input())), Err(Error::Node(_))));
    let failed = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!(failed.state, Attempts { steps: vec!["start".to_owned()], attempt: 1 });
    assert_eq!((failed.next, &*failed.failures[0].message), (vec![RecoveringNode::Node1], "the first attempt"));

    let again = || Attempts::update().attempt(2);
    let refused = block_on(thread.invoke(again()));
    assert!(matches!(refused, Err(Error::Unfinished { status: Status::Failed, .. })), "{refused:?}");
    let attempts = block_on(thread.invoke(again()).restart()).unwrap().finished().unwrap();
    assert_eq!(attempts.steps, ["start", "node1", "node2"]);
    assert_eq!(block_on(checkpoints(&saver, "Recovering", "a")).len(), 4, "two inputs, two steps");

    block_on(thread.delete()).unwrap();
    assert!(block_on(thread.snapshot()).unwrap().is_none());
    assert!(block_on(checkpoints(&saver, "Recovering", "a")).is_empty());
}

#[derive(GraphState, Clone, Debug, PartialEq)]
struct Account {
    input: i64,
    #[reduce(add)]
    total: i64,
    output: i64,
}

fn add(account: &Account, cx: &Ctx<AtomicBool>) -> Result<impl Update<Account> + use<>, graph_runtime::BoxError> {
    let sum = account.total + account.input;
    if sum > 4 && !cx.context().swap(true, SeqCst) {
        return Err(std::io::Error::from(ConnectionReset).into());
    }
    if sum > 10 {
        return Err("too much".into());
    }
    Ok(Account::update().output(sum).total(sum))
}

fn transient(error: &NodeError) -> bool {
    matches!(&error.cause, NodeCause::Error(cause) if cause.is::<std::io::Error>())
}

graph! {
    graph Adding<Account, AtomicBool>;
    #[retry(attempts = 3, backoff = "1s", if = transient)]
    node add;
    start -> add -> end;
}

/// S03 and S04.
#[tokio::test(start_paused = true)]
async fn a_failed_turn_leaves_no_mark_on_the_state_that_the_next_one_starts_from() {
    let saver = MemorySaver::new();
    let graph = Adding::builder().context(AtomicBool::new(false)).checkpointer(saver.clone()).build();
    let thread = graph.thread("1");
    let turn = async |thread: &graph_runtime::Thread<Adding>, input| {
        let account = thread.invoke(Account::update().input(input)).restart().await?.finished()?;
        Ok::<_, Error>((account.output, account.total))
    };
    assert_eq!(turn(&thread, 2).await.unwrap(), (2, 2));
    assert_eq!(turn(&thread, 3).await.unwrap(), (5, 7), "the lost connection was retried unseen");
    let Err(Error::Node(error)) = turn(&thread, 4).await else { panic!("11 is too much") };
    assert_eq!((error.attempt, error.cause.to_string()), (1, "too much".to_owned()));
    let failed = thread.snapshot().await.unwrap().unwrap();
    assert_eq!((failed.state.total, failed.next), (7, vec![AddingNode::Add]));
    assert_eq!(turn(&thread, 2).await.unwrap(), (9, 16));
    assert_eq!(turn(&graph.thread("2"), 5).await.unwrap(), (5, 5), "another thread");
    assert_eq!(thread.snapshot().await.unwrap().unwrap().state.total, 16);

    let ids = checkpoints(&saver, "Adding", "1").await;
    assert_eq!(ids.len(), 7, "four inputs, three steps");
    assert!(ids.is_sorted_by(|newer, older| newer > older));
    let key = thread_of("Adding", "1");
    let one = saver.range(&key, Some(graph_runtime::CheckpointId(ids[0])), 1).await.unwrap();
    assert_eq!(one.iter().map(|(id, _)| id.0).collect::<Vec<_>>(), ids[1..2]);
}

#[allow(clippy::needless_pass_by_value, reason = "a reducer takes what is written by value")]
fn joined(text: &mut String, more: String) {
    if !text.is_empty() {
        text.push_str(", ");
    }
    text.push_str(&more);
}

#[derive(GraphState, Clone, Debug, PartialEq)]
#[allow(clippy::struct_field_names, reason = "the messages are one field of several")]
struct Messages {
    #[reduce(append)]
    messages: Vec<String>,
    #[reduce(with = joined)]
    text: String,
    query: String,
    #[reduce(add)]
    count: u32,
}

fn writes_a(_: &Messages) -> impl Update<Messages> + use<> {
    let pair = (Messages::update().text("one.0"), Messages::update().text("one.1"));
    (Messages::update().messages(["a".to_owned()]), pair)
}

fn overwrites_b(messages: &Messages) -> impl Update<Messages> + use<> {
    Messages::update().overwrite_messages(vec!["b".to_owned()]).query(messages.text.clone())
}

fn writes_d(_: &Messages) -> impl Update<Messages> + use<> {
    Messages::update().messages(["d".to_owned()]).text("two")
}

graph! {
    graph Overwriting<Messages>;
    node writes_a, overwrites_b, writes_d;
    start -> writes_a -> overwrites_b -> writes_d -> end;
}

/// S14 and S15.
#[test]
fn writes_of_one_update_fold_in_order_and_an_overwrite_drops_what_was_before() {
    let input = Messages::update().messages(["START".to_owned()]).text("input");
    let messages = block_on(Overwriting::new().run(input)).unwrap();
    assert_eq!(messages.messages, ["b", "d"]);
    assert_eq!((&*messages.query, &*messages.text), ("input, one.0, one.1", "input, one.0, one.1, two"));
}

macro_rules! says {
    ($($name:ident)*) => { $(
        fn $name(_: &Messages) -> impl Update<Messages> + use<> {
            Messages::update().messages([stringify!($name).to_owned()])
        }
    )* };
}

says! { r1 r2 decider qa analyze rewrite }

fn enough(messages: &Messages) -> bool {
    messages.messages.iter().filter(|message| *message == "analyze").count() == 2
}

graph! {
    graph Joining<Messages>;
    node rewrite, analyze, r1, r2, decider, qa;
    start -> rewrite -> (analyze -> r1, r2) -> decider -> match enough {
        true => qa -> end,
        false => rewrite,
    };
}

/// S13.
#[test]
fn what_follows_a_group_waits_for_all_branches_in_every_round() {
    let messages = block_on(Joining::new().run(())).unwrap().messages;
    let round = ["rewrite", "analyze", "r2", "r1", "decider"];
    assert_eq!(messages, [&round[..], &round[..], &["qa"]].concat());
}

fn count(_: &Messages) -> impl Update<Messages> + use<> {
    Messages::update().count(1)
}

fn fifty_one(_: &Messages) -> std::ops::Range<u32> {
    0..51
}

graph! {
    graph Counting<Messages>;
    node count;
    start -> for fifty_one(u32) { count } -> end;
}

/// S18, what is not about a store that threads share.
#[test]
fn threads_count_for_themselves_and_runs_on_many_threads_of_the_system_do_not_meet() {
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..10).map(|_| scope.spawn(|| block_on(Counting::new().run(())).unwrap().count)).collect();
        assert!(runs.into_iter().all(|run| run.join().unwrap() == 51));
    });
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        let graph = Counting::builder().checkpointer(MemorySaver::new()).durability(durability).build();
        for (thread, counted) in [("a", 51), ("a", 102), ("b", 51)] {
            assert_eq!(block_on(graph.thread(thread).invoke(())).unwrap().finished().unwrap().count, counted);
        }
    }
}
