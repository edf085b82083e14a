//! Subgraphs: a graph inside of another is a node whose steps are steps of the thread.
//!
//! Section E of `LangGraph`'s scenarios. `memory.rs` has those about state that is kept (S55 to S57). Not said here:
//! * S52, and the replays of S55 and S56, which are in `travel`.
//! * S59: a child cannot command its parent; a jump stays within its graph. What the child found out is in its state, which
//!   `leave` hands to the parent, whose own route decides.

use futures_lite::future::block_on;
use graph_runtime::{
    Checkpointer, Ctx, Durability, Error, Graph, GraphState, MemorySaver, NodeCause, Outcome, Status, StopReason,
    Update, graph,
};
use graph_tests::faulty::Faulty;
use graph_tests::thread_of;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

#[derive(GraphState, Debug, PartialEq)]
struct Outer {
    query: String,
    #[reduce(append)]
    answers: Vec<String>,
    urls: Vec<String>,
}

#[derive(GraphState, Debug, PartialEq)]
struct Inner {
    question: String,
    #[reduce(append)]
    notes: Vec<String>,
}

fn look(inner: &Inner, cx: &Ctx<u32>) -> impl Update<Inner> + use<> {
    Inner::update().notes([format!("{} {} {}", inner.question, cx.step(), cx.context())])
}

fn again(inner: &Inner) -> bool {
    inner.notes.len() < 2
}

graph! {
    graph Research<Inner, u32>;
    node look;
    start -> look -> match again { true => look, false => end };
}

fn plan(_: &Outer) -> impl Update<Outer> + use<> {
    Outer::update().urls(vec!["x".to_owned(), "y".to_owned()])
}

fn enter(outer: &Outer, url: &String) -> impl Update<Inner> + use<> {
    Inner::update().question(format!("{}{url}", outer.query))
}

fn leave(_: &Outer, inner: &Inner) -> impl Update<Outer> + use<> {
    Outer::update().answers(inner.notes.clone())
}

fn urls(outer: &Outer) -> Vec<String> {
    outer.urls.clone()
}

fn fetch(_: &Outer, url: &String) -> impl Update<Outer> + use<> {
    Outer::update().answers([format!("fetch {url}")])
}

graph! {
    graph Asking<Outer, u32>;
    node plan, fetch;
    subgraph research = Research(enter, leave);
    start -> plan -> for urls(String) { fetch -> research } -> end;
}

#[test]
fn each_item_has_a_subgraph_of_its_own() {
    let outer = block_on(Asking::new(7).run(Outer::update().query("q"))).unwrap();
    assert_eq!(outer.answers, ["fetch x", "fetch y", "qx 3 7", "qx 4 7", "qy 3 7", "qy 4 7"]);
    let graph = Asking::builder().context(7).checkpointer(MemorySaver::new()).step_limit(1).build();
    let thread = graph.thread("a");
    let mut outcome = block_on(thread.invoke(Outer::update().query("q"))).unwrap();
    let mut tasks = Vec::new();
    while let Outcome::Stopped(_) = outcome {
        tasks.push(block_on(thread.snapshot()).unwrap().unwrap().tasks);
        outcome = block_on(thread.resume()).unwrap();
    }
    let outer = outcome.finished().unwrap();
    assert_eq!(outer.answers, ["fetch x", "fetch y", "qx 3 7", "qx 4 7", "qy 3 7", "qy 4 7"]);
    assert_eq!(
        tasks,
        [
            vec!["fetch[0]", "fetch[1]"],
            vec!["research[0]/look", "research[1]/look"],
            vec!["research[0]/look", "research[1]/look"],
        ]
    );
}

#[derive(GraphState, Debug, PartialEq)]
struct Note {
    word: String,
    #[reduce(append)]
    notes: Vec<String>,
    #[reduce(add)]
    rounds: u32,
    #[state(ephemeral)]
    hint: Option<u32>,
    items: Vec<u32>,
}

fn passes(note: &Note) -> impl Update<Note> + use<> {
    Note::update().word(format!("{}+", note.word))
}

fn takes(_: &Note, child: &Note) -> impl Update<Note> + use<> {
    Note::update().notes(child.notes.clone())
}

fn deep(note: &Note, cx: &Ctx) -> impl Update<Note> + use<> {
    Note::update().notes([format!("deep {} {}", note.word, cx.step())])
}

fn beside(_: &Note) -> impl Update<Note> + use<> {
    Note::update().notes(["beside".to_owned()])
}

fn round(_: &Note) -> impl Update<Note> + use<> {
    Note::update().rounds(1)
}

fn twice(note: &Note) -> bool {
    note.rounds >= 2
}

fn two(_: &Note) -> [u32; 2] {
    [0, 1]
}

graph! {
    graph Level3<Note>;
    node deep;
    start -> deep -> end;
}

graph! {
    graph Level2<Note>;
    node beside;
    subgraph third = Level3(passes, takes);
    start -> for two(u32) { third } -> beside -> end;
}

graph! {
    graph Level1<Note>;
    node beside;
    subgraph second = Level2(passes, takes);
    start -> (second, beside) -> end;
}

graph! {
    graph Levels<Note, u32>;
    node round;
    subgraph first = Level1(passes, takes);
    start -> first -> round -> end;
}

/// A `Levels` that stops after so many steps.
fn levels(saver: &MemorySaver, limit: u64) -> Graph<Levels, graph_runtime::Durable> {
    Levels::builder().context(7).checkpointer(Faulty::new(saver.clone())).step_limit(limit).build()
}

/// Three levels below a graph with a context, which has none; in a group and in a `for`; read back before every step.
#[test]
fn subgraphs_nest_and_their_steps_are_steps_of_the_thread() {
    let memory = block_on(Levels::new(7).run(Note::update().word("w"))).unwrap();
    assert_eq!(memory.notes, ["beside", "deep w+++ 1", "deep w+++ 1", "beside"], "the child writes when it ends");
    let saver = MemorySaver::new();
    let mut outcome = block_on(levels(&saver, 0).thread("a").invoke(Note::update().word("w"))).unwrap();
    let (mut tasks, mut next) = (Vec::new(), Vec::new());
    while let Outcome::Stopped(stop) = outcome {
        assert!(matches!(stop.reason, StopReason::StepLimit { limit: 0 | 1 }));
        let snapshot = block_on(levels(&saver, 1).thread("a").snapshot()).unwrap().unwrap();
        tasks.push(snapshot.tasks.join(" "));
        next.extend(snapshot.next);
        outcome = block_on(levels(&saver, 1).thread("a").resume()).unwrap();
    }
    assert_eq!(outcome.finished().unwrap(), memory);
    assert_eq!(
        tasks,
        ["first/second/third[0]/deep first/second/third[1]/deep first/beside", "first/second/beside", "round",]
    );
    assert_eq!(next, [LevelsNode::First, LevelsNode::First, LevelsNode::Round]);
    let records = block_on(saver.range(&thread_of("Levels", "a"), None, usize::MAX)).unwrap();
    assert_eq!(records.len(), 4, "one record holds parent and children");
}

#[test]
fn the_step_limit_counts_the_steps_of_both() {
    let saver = MemorySaver::new();
    let Outcome::Stopped(stop) = block_on(levels(&saver, 2).thread("a").invoke(())).unwrap() else { panic!("3 steps") };
    assert_eq!(stop.reason, StopReason::StepLimit { limit: 2 });
    assert!(matches!(block_on(levels(&saver, 3).thread("b").invoke(())).unwrap(), Outcome::Finished(_)));
    let memory = Levels::builder().context(7).step_limit(2).build();
    assert!(matches!(block_on(memory.run(())), Err(Error::Stopped(_))));
}

graph! {
    graph Twice<Note, u32>;
    node round;
    subgraph inner = Level2(passes, takes);
    start -> inner -> round -> match twice { true => end, false => inner };
}

/// S58: a parent that loops twice over a child of two steps; `LangGraph` has 12 checkpoints over all namespaces.
#[test]
fn a_subgraph_that_is_entered_twice_is_fresh_twice_and_its_steps_have_the_durability_of_the_run() {
    for (durability, checkpoints) in [(Durability::Sync, 7), (Durability::Async, 7), (Durability::Exit, 1)] {
        let saver = MemorySaver::new();
        let graph = Twice::builder().context(7).checkpointer(saver.clone()).durability(durability).build();
        let note = block_on(graph.thread("a").invoke(())).unwrap().finished().unwrap();
        assert_eq!(note.notes, ["deep ++ 1", "deep ++ 1", "beside", "deep ++ 4", "deep ++ 4", "beside"]);
        let records = block_on(saver.range(&thread_of("Twice", "a"), None, usize::MAX)).unwrap();
        assert_eq!(records.len(), checkpoints, "{durability:?}");
    }
}

fn looks(_: &Note, cx: &Ctx<AtomicU32>) -> Result<impl Update<Note> + use<>, String> {
    match cx.context().fetch_add(1, SeqCst) {
        1 => Err("nothing to see".to_owned()),
        2 => panic!("a hole"),
        call => Ok(Note::update().notes([format!("look {call}")])),
    }
}

graph! {
    graph Looking<Note, AtomicU32>;
    node looks;
    start -> looks -> end;
}

fn items(note: &Note) -> Vec<u32> {
    note.items.clone()
}

graph! {
    graph Asks<Note, AtomicU32>;
    subgraph research = Looking(passes, takes);
    start -> for items(u32) { research } -> end;
}

#[test]
fn errors_and_failures_carry_the_path_and_only_what_failed_runs_again() {
    let (saver, calls) = (MemorySaver::new(), Arc::new(AtomicU32::new(0)));
    let graph = || Asks::builder().context(Arc::clone(&calls)).checkpointer(Faulty::new(saver.clone())).build();
    let outcome = block_on(graph().thread("a").invoke(Note::update().items(vec![5, 6, 7, 8])));
    let Err(Error::Nodes(errors)) = outcome else { panic!("two of four fail") };
    let told: Vec<_> = errors.iter().map(|error| (error.node, &*error.task, error.step)).collect();
    assert_eq!(told, [("looks", "research[1]/looks", 1), ("looks", "research[2]/looks", 1)]);
    assert!(matches!(errors[1].cause, NodeCause::Panic(_)));
    let failed = block_on(graph().thread("a").snapshot()).unwrap().unwrap();
    assert_eq!(
        (failed.status, failed.tasks),
        (Status::Failed, ["research[1]/looks", "research[2]/looks"].map(str::to_owned).to_vec())
    );
    assert_eq!(failed.next, [AsksNode::Research; 2]);
    let failures: Vec<_> = failed.failures.iter().map(|failure| (&*failure.node, &*failure.task)).collect();
    assert_eq!(failures, [("looks", "research[1]/looks"), ("looks", "research[2]/looks")]);
    let note = block_on(graph().thread("a").resume()).unwrap().finished().unwrap();
    assert_eq!(note.notes, ["look 0", "look 4", "look 5", "look 3"]);
}

fn never(_: &Note) -> bool {
    false
}

graph! {
    graph Nothing<Note>;
    node beside;
    start -> (beside if never) -> end;
}

fn hinted(note: &Note) -> impl Update<Note> + use<> {
    Note::update().notes([format!("from {}", note.word)])
}

graph! {
    graph AtOnce<Note>;
    node beside, round;
    subgraph nothing = Nothing(hinted, takes);
    start -> (nothing, beside) -> round -> end;
}

#[test]
fn a_subgraph_that_ends_at_once_takes_one_step_and_leaves_what_it_was_given() {
    let memory = block_on(AtOnce::new().run(Note::update().word("w"))).unwrap();
    assert_eq!(memory.notes, ["from w", "beside"]);
    let saver = MemorySaver::new();
    let graph = |limit| AtOnce::builder().checkpointer(saver.clone()).step_limit(limit).build();
    assert!(matches!(block_on(graph(0).thread("a").invoke(Note::update().word("w"))).unwrap(), Outcome::Stopped(_)));
    let snapshot = block_on(graph(0).thread("a").snapshot()).unwrap().unwrap();
    assert_eq!(snapshot.tasks, ["nothing", "beside"]);
    let note = block_on(graph(9).thread("a").resume()).unwrap().finished().unwrap();
    assert_eq!((&note, block_on(graph(9).thread("a").snapshot()).unwrap().unwrap().step), (&memory, 2));
}

graph! {
    graph Around<Note>;
    node beside;
    start -> 'around: (beside if never) -> match never { true => end, false => 'around };
}

graph! {
    graph AroundInside<Note>;
    node round;
    subgraph around = Around(passes, takes);
    start -> round -> around -> end;
}

#[test]
fn a_circle_in_a_subgraph_is_an_error_of_the_node_before_it() {
    let thread = AroundInside::builder().checkpointer(MemorySaver::new()).build().thread("a");
    for outcome in [block_on(AroundInside::new().run(())).map(drop), block_on(thread.invoke(())).map(drop)] {
        let Err(Error::Node(error)) = outcome else { panic!("nothing ever runs in it") };
        assert!(matches!(&error.cause, NodeCause::Endless { region } if region == "'around"), "{error}");
        assert_eq!((error.node, error.step), ("round", 1));
    }
}

type Other = Graph<Level3, graph_runtime::Durable>;

async fn calls(note: &Note, cx: &Ctx<Other>) -> Result<impl Update<Note> + use<>, Error> {
    let other = cx.context().thread(&*note.word).invoke(Note::update().word("called")).await?.finished()?;
    Ok(Note::update().rounds(u32::try_from(other.notes.len()).unwrap_or_default()))
}

graph! {
    graph Calling<Note, Other>;
    node calls;
    start -> calls -> end;
}

/// S60: a graph that a node calls by hand is no subgraph; it has a thread of its own, in the same store.
#[test]
fn a_graph_that_is_called_by_hand_has_its_own_thread() {
    let saver = MemorySaver::new();
    let other = Level3::builder().checkpointer(saver.clone()).build();
    let graph = Calling::builder().context(other.clone()).checkpointer(saver).build();
    let rounds = |thread: &str| {
        let input = Note::update().word("shared").overwrite_rounds(0);
        block_on(graph.thread(thread).invoke(input)).unwrap().finished().unwrap().rounds
    };
    assert_eq!([rounds("a"), rounds("a"), rounds("b")], [1, 2, 3]);
    assert_eq!(block_on(other.thread("shared").snapshot()).unwrap().unwrap().step, 3);
}
