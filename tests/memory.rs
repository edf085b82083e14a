//! `#[memory(thread)]`: a subgraph keeps its state over the life of its parent's thread; without it, it starts fresh.
//!
//! Section E of `LangGraph`'s scenarios: S55 to S58. S52 and the replays of S55 and S56 are in `travel`.

use futures_lite::future::{block_on, pending};
use graph_runtime::{Checkpointer, Ctx, Durability, Error, GraphState, MemorySaver, Outcome, Update, graph};
use graph_tests::faulty::Faulty;
use graph_tests::thread_of;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

#[derive(GraphState, Debug, PartialEq)]
struct Talk {
    said: String,
    rounds: u32,
    #[reduce(append)]
    heard: Vec<String>,
}

#[derive(GraphState, Debug, PartialEq)]
struct Child {
    #[reduce(append)]
    messages: Vec<String>,
    #[state(skip)]
    skipped: u32,
}

/// What goes wrong: the call of `answer` that fails, and the one that never ends, counted from 1.
#[derive(Default)]
struct Trouble {
    calls: AtomicU32,
    fails: AtomicU32,
    hangs: AtomicU32,
}

async fn answer(child: &Child, cx: &Ctx<Trouble>) -> Result<impl Update<Child> + use<>, String> {
    let call = cx.context().calls.fetch_add(1, SeqCst) + 1;
    if call == cx.context().fails.load(SeqCst) {
        return Err("no answer".to_owned());
    }
    if call == cx.context().hangs.load(SeqCst) {
        pending::<()>().await;
    }
    Ok(Child::update().messages([format!("answer {}", child.messages.len())]).skipped(7))
}

fn listen(_: &Child) -> impl Update<Child> + use<> {
    Child::update().messages(["listened".to_owned()])
}

fn say(talk: &Talk) -> impl Update<Child> + use<> {
    Child::update().messages([talk.said.clone()])
}

fn hear(_: &Talk, child: &Child) -> impl Update<Talk> + use<> {
    Talk::update().heard([format!("{} {}", child.messages.join(","), child.skipped)])
}

graph! {
    graph Echo<Child, Trouble>;
    node answer;
    start -> answer -> end;
}

graph! {
    graph Ear<Child>;
    node listen;
    start -> listen -> end;
}

fn count(talk: &Talk) -> impl Update<Talk> + use<> {
    Talk::update().rounds(talk.rounds + 1)
}

fn twice(talk: &Talk) -> bool {
    talk.rounds >= 2
}

graph! {
    graph Talking<Talk, Trouble>;
    #[memory(thread)]
    subgraph echo = Echo(say, hear);
    start -> echo -> end;
}

graph! {
    graph Forgetting<Talk, Trouble>;
    subgraph echo = Echo(say, hear);
    start -> echo -> end;
}

fn said(word: &str) -> impl Update<Talk> + use<> {
    Talk::update().said(word).rounds(0)
}

/// What the parent heard last.
fn last(outcome: Result<Outcome<Talk>, Error>) -> String {
    outcome.unwrap().finished().unwrap().heard.pop().unwrap()
}

/// S55 and S57: every call of `graph` is another process.
#[test]
fn a_subgraph_keeps_its_state_over_turns_and_processes() {
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        let saver = MemorySaver::new();
        let graph = || {
            let graph = Talking::builder().context(Trouble::default()).checkpointer(Faulty::new(saver.clone()));
            graph.durability(durability).build()
        };
        assert_eq!(last(block_on(graph().thread("a").invoke(said("a")))), "a,answer 1 7");
        assert_eq!(last(block_on(graph().thread("a").invoke(said("b")))), "a,answer 1,b,answer 3 7");
        assert_eq!(last(block_on(graph().thread("b").invoke(said("c")))), "c,answer 1 7", "another thread");
        block_on(graph().thread("a").delete()).unwrap();
        assert_eq!(last(block_on(graph().thread("a").invoke(said("d")))), "d,answer 1 7", "deleted with its parent");
    }
}

/// S56.
#[test]
fn a_subgraph_starts_fresh_by_default() {
    let graph = Forgetting::builder().context(Trouble::default()).checkpointer(MemorySaver::new()).build();
    for word in ["a", "b"] {
        assert_eq!(last(block_on(graph.thread("a").invoke(said(word)))), format!("{word},answer 1 7"));
    }
    let run = |word| block_on(Talking::new(Trouble::default()).run(said(word))).unwrap().heard;
    assert_eq!((run("a"), run("b")), (vec!["a,answer 1 7".to_owned()], vec!["b,answer 1 7".to_owned()]), "no thread");
}

/// What was said when a run was cut off stays; what the cut off step would have written does not.
#[test]
fn what_is_kept_survives_failure_restart_cancellation_and_drop() {
    let trouble = Arc::new(Trouble::default());
    let saver = MemorySaver::new();
    let graph = || Talking::builder().context(Arc::clone(&trouble)).checkpointer(Faulty::new(saver.clone())).build();
    let invoke = |word| block_on(graph().thread("a").invoke(said(word)));
    assert_eq!(last(invoke("a")), "a,answer 1 7");
    trouble.fails.store(2, SeqCst);
    let Err(Error::Node(error)) = invoke("b") else { panic!("the second call fails") };
    assert_eq!((error.node, &*error.task), ("answer", "echo/answer"));
    assert_eq!(last(block_on(graph().thread("a").resume())), "a,answer 1,b,answer 3 7", "a failure");

    trouble.fails.store(4, SeqCst);
    assert!(invoke("c").is_err());
    let restarted = block_on(graph().thread("a").invoke(said("d")).restart());
    assert_eq!(last(restarted), "a,answer 1,b,answer 3,c,d,answer 6 7", "a restart");

    trouble.fails.store(6, SeqCst);
    assert!(invoke("e").is_err());
    block_on(graph().thread("a").cancel("enough")).unwrap();
    assert_eq!(last(invoke("f")), "a,answer 1,b,answer 3,c,d,answer 6,e,f,answer 9 7", "a cancellation");

    trouble.hangs.store(8, SeqCst);
    let mut hanging = graph().thread("a").invoke(said("g"));
    assert!(block_on(futures_lite::future::poll_once(&mut hanging)).is_none());
    drop(hanging);
    assert!(last(block_on(graph().thread("a").resume())).ends_with("f,answer 9,g,answer 11 7"), "a drop");

    trouble.hangs.store(10, SeqCst);
    let thread = graph().thread("a");
    let mut hanging = thread.invoke(said("h"));
    assert!(block_on(futures_lite::future::poll_once(&mut hanging)).is_none());
    block_on(thread.cancel("now")).unwrap();
    assert!(matches!(block_on(hanging).unwrap(), Outcome::Stopped(_)));
    assert!(last(invoke("i")).ends_with("g,answer 11,h,i,answer 14 7"), "a cancellation of the run itself");
}

graph! {
    graph Listening<Talk, Trouble>;
    #[memory(thread)]
    subgraph echo = Echo(say, hear);
    #[memory(thread)]
    subgraph ear = Ear(say, hear);
    subgraph fresh = Ear(say, hear);
    start -> (echo, ear, fresh) -> end;
}

/// S57 and S58: two children under different names hold only their own.
#[test]
fn the_memories_of_two_subgraphs_do_not_mix() {
    let graph = Listening::builder().context(Trouble::default()).checkpointer(MemorySaver::new()).build();
    let heard = |word| block_on(graph.thread("a").invoke(said(word))).unwrap().finished().unwrap().heard;
    assert_eq!(heard("a"), ["a,answer 1 7", "a,listened 0", "a,listened 0"]);
    assert_eq!(heard("b")[3..], ["a,answer 1,b,answer 3 7", "a,listened,b,listened 0", "b,listened 0"]);
}

fn talk_said(talk: &Talk) -> impl Update<Talk> + use<> {
    Talk::update().said(format!("({})", talk.said)).rounds(talk.rounds)
}

fn talk_heard(_: &Talk, child: &Talk) -> impl Update<Talk> + use<> {
    Talk::update().heard([child.heard.join("|")])
}

graph! {
    graph KeepsWithin<Talk, Trouble>;
    #[memory(thread)]
    subgraph talking = Talking(talk_said, talk_heard);
    start -> talking -> end;
}

graph! {
    graph KeepsDeep<Talk, Trouble>;
    subgraph forgets = Talking(talk_said, talk_heard);
    node count;
    start -> forgets -> count -> match twice { true => end, false => forgets };
}

#[test]
fn memories_nest_below_the_ones_that_keep_and_the_ones_that_do_not() {
    let saver = MemorySaver::new();
    let graph = || KeepsWithin::builder().context(Trouble::default()).checkpointer(Faulty::new(saver.clone())).build();
    assert_eq!(last(block_on(graph().thread("a").invoke(said("a")))), "(a),answer 1 7");
    let both = "(a),answer 1 7|(a),answer 1,(b),answer 3 7";
    assert_eq!(last(block_on(graph().thread("a").invoke(said("b")))), both);

    let graph = || KeepsDeep::builder().context(Trouble::default()).checkpointer(Faulty::new(saver.clone())).build();
    let once = "(a),answer 1 7";
    let again = "(a),answer 1,(a),answer 3 7";
    let talk = block_on(graph().thread("a").invoke(said("a"))).unwrap().finished().unwrap();
    assert_eq!(talk.heard, [once, again], "entered twice in a loop: the middle one is fresh, the inner one is not");
    let records = block_on(saver.range(&thread_of("KeepsDeep", "a"), None, usize::MAX)).unwrap();
    assert_eq!(records.len(), 5, "the input; twice the child's step and the parent's");
}
