//! A snapshot's picture says where the thread is, and how it came there; the counts are those of the nodes that ran.

#![deny(missing_docs, unreachable_pub, unused, clippy::pedantic)]
#![allow(clippy::unwrap_used, reason = "a test that fails should say where")]
#![allow(clippy::trivially_copy_pass_by_ref, reason = "an item comes by reference")]

use futures_lite::future::block_on;
use graph_runtime::{
    BoxError, CheckpointId, Checkpointer, Ctx, Definition, Durability, Graph, GraphState, MemorySaver, Snapshot,
    Status, Thread, Update, Visits, graph,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// What is known so far.
#[derive(GraphState, Debug)]
pub struct Desk {
    #[reduce(add)]
    rounds: u32,
    goal: u32,
    #[reduce(add)]
    pages: u32,
    #[state(secret)]
    token: String,
}

/// How many calls of `fetch` fail before one succeeds.
#[derive(Debug, Default)]
pub struct Trouble(AtomicU32);

fn plan(_: &Desk) -> impl Update<Desk> + use<> {
    Desk::update().rounds(1)
}

fn fetch(_: &Desk, page: &u32, cx: &Ctx<Arc<Trouble>>) -> Result<impl Update<Desk> + use<>, BoxError> {
    let fails = *page == 1
        && cx.context().0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
    if fails { Err("no line <script>".into()) } else { Ok(Desk::update().pages(1)) }
}

fn parse(_: &Desk, page: &u32) -> impl Update<Desk> + use<> {
    Desk::update().pages(*page)
}

fn remember(_: &Desk) -> impl Update<Desk> + use<> {}

fn pages(desk: &Desk) -> Vec<u32> {
    (0..desk.goal).collect()
}

fn odd(_: &Desk, page: &u32) -> bool {
    page % 2 == 1
}

fn enough(desk: &Desk) -> bool {
    desk.rounds >= desk.goal
}

fn enter(_: &Desk) -> impl Update<Desk> + use<> {
    Desk::update().goal(3)
}

fn leave(_: &Desk, _: &Desk) -> impl Update<Desk> + use<> {}

graph! {
    /// Three rounds.
    pub graph Checking<Desk>;
    node plan;
    start -> plan -> match enough { true => end, false => plan };
}

graph! {
    /// All that a picture marks.
    pub graph Whole<Desk, Arc<Trouble>>;
    node plan, fetch, parse, remember;
    subgraph check = Checking(enter, leave);
    start -> plan -> (for pages(u32) { fetch -> match odd { true => parse -> join, false => join } }, remember)
        -> check -> match enough { true => end, false => plan };
}

fn whole(saver: impl Checkpointer, trouble: u32) -> Graph<Whole> {
    Whole::builder().context(Arc::new(Trouble(trouble.into()))).checkpointer(saver).build()
}

fn counts<G: Definition>(visits: &Visits<G>) -> Vec<u64> {
    visits.iter().map(|(_, count)| count).collect()
}

fn at<G: Definition>(thread: &Thread<G>, id: u64) -> Snapshot<G> {
    block_on(thread.at(CheckpointId(id)).snapshot()).unwrap()
}

/// The words of the badges, in their order, of a picture whose tags are whole.
fn badges(svg: &str) -> Vec<String> {
    let mut open = Vec::new();
    for tag in svg.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').expect("a tag ends");
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{svg}"),
            None if tag.ends_with('/') => {}
            None => open.push(tag.split(' ').next().unwrap_or_default()),
        }
    }
    assert!(svg.starts_with("<svg ") && open.is_empty(), "{svg}");
    let texts =
        svg.split("fill=\"#fff\"").skip(1).map(|text| text.split_once('>').unwrap().1.split_once('<').unwrap().0);
    texts.map(str::to_owned).collect()
}

fn goal(goal: u32) -> impl Update<Desk> {
    Desk::update().goal(goal).token("s3cr3t")
}

#[test]
fn a_picture_shows_what_runs_next_and_how_many_items_are_left() {
    let thread = whole(MemorySaver::new(), 0).thread("a");
    block_on(thread.invoke(goal(5))).unwrap().finished().unwrap();
    let shown = |id| badges(&at(&thread, id).svg().unwrap());
    assert_eq!(shown(1), ["next"]);
    assert_eq!(shown(2), ["5 next", "next", "5 of 5"]);
    assert_eq!(shown(3), ["2 next", "2 of 5"], "only odd pages are parsed");
    assert_eq!(shown(4), ["next"], "one box for the subgraph");
    let last = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!((last.status, badges(&last.svg().unwrap())), (Status::Finished, vec![]));
    // The end has a border.
    assert_eq!(last.svg().unwrap().matches("stroke-width=\"2.5\"").count(), 1);
}

#[test]
fn a_picture_shows_what_failed_and_nothing_of_what_it_said() {
    let thread = whole(MemorySaver::new(), 1).thread("a");
    block_on(thread.invoke(goal(3))).unwrap_err();
    let snapshot = block_on(thread.snapshot()).unwrap().unwrap();
    let svg = snapshot.svg().unwrap();
    assert_eq!(badges(&svg), ["failed", "1 of 3"], "the other items are done");
    assert!(!svg.contains("script") && !svg.contains("s3cr3t"), "{svg}");
    block_on(thread.resume()).unwrap().finished().unwrap();
    let svg = block_on(thread.snapshot()).unwrap().unwrap().svg().unwrap();
    assert_eq!(badges(&svg), Vec::<String>::new());
}

#[test]
fn visits_are_those_of_the_nodes_that_ran() {
    let graph = whole(MemorySaver::new(), 2);
    let thread = graph.thread("a");
    assert_eq!(counts(&block_on(thread.visits()).unwrap()), [0; 5], "it has never run");
    block_on(thread.invoke(goal(2))).unwrap_err();
    assert_eq!(counts(&block_on(thread.visits()).unwrap()), [1, 0, 0, 0, 0], "a step that failed has not been");
    block_on(thread.resume()).unwrap_err();
    block_on(thread.resume()).unwrap().finished().unwrap();
    let visits = block_on(thread.visits()).unwrap();
    assert_eq!(counts(&visits), [2, 4, 2, 2, 2], "two rounds, with two items each");
    assert_eq!((visits.of(WholeNode::Fetch), visits.unrecorded()), (4, 0));
    assert_eq!(format!("{visits:?}"), "{Plan: 2, Fetch: 4, Parse: 2, Remember: 2, Check: 2}");
    let svg = block_on(thread.snapshot()).unwrap().unwrap().svg_with(&visits).unwrap();
    assert_eq!(badges(&svg), ["×2", "×4", "×2", "×2", "×2"]);

    block_on(thread.invoke(goal(0))).unwrap().finished().unwrap();
    assert_eq!(counts(&block_on(thread.visits()).unwrap()), [3, 4, 2, 3, 3], "a run more, without items");
}

#[test]
fn visits_of_a_checkpoint_end_there() {
    let thread = whole(MemorySaver::new(), 0).thread("a");
    block_on(thread.invoke(goal(1))).unwrap().finished().unwrap();
    let visits = |id| counts(&block_on(thread.at(CheckpointId(id)).visits()).unwrap());
    assert_eq!(visits(1), [0; 5]);
    assert_eq!(visits(2), [1, 0, 0, 0, 0]);
    assert_eq!(visits(3), [1, 1, 0, 1, 0]);
    assert_eq!(visits(4), [1, 1, 0, 1, 0], "the subgraph has not been left");
    block_on(thread.at(CheckpointId(9)).visits()).unwrap_err();
}

#[test]
fn a_run_that_was_cancelled_counts_what_it_did() {
    let thread = whole(MemorySaver::new(), u32::MAX).thread("a");
    block_on(thread.invoke(goal(2))).unwrap_err();
    block_on(thread.cancel("enough")).unwrap();
    block_on(thread.invoke(goal(0))).unwrap().finished().unwrap();
    assert_eq!(counts(&block_on(thread.visits()).unwrap()), [2, 0, 0, 1, 1]);
}

#[test]
fn a_branch_counts_its_own_nodes_and_those_before_it() {
    let graph = Checking::builder().checkpointer(MemorySaver::new()).build();
    let thread = graph.thread("a");
    let count = || block_on(thread.visits()).unwrap().of(CheckingNode::Plan);
    block_on(thread.invoke(goal(9))).unwrap().finished().unwrap();
    assert_eq!(count(), 9);
    block_on(thread.at(CheckpointId(3)).fork(Desk::update().goal(4))).unwrap().finished().unwrap();
    assert_eq!(count(), 4, "two before the fork, two after it");
    block_on(thread.update(Desk::update().goal(20)).as_node(CheckingNode::Plan)).unwrap();
    assert_eq!(count(), 4, "an edit runs no node");
    block_on(thread.resume()).unwrap().finished().unwrap();
    assert_eq!(count(), 20);
    assert_eq!(block_on(thread.at(CheckpointId(10)).visits()).unwrap().of(CheckingNode::Plan), 9, "the other branch");
}

#[test]
fn steps_without_a_checkpoint_are_said_to_be_unknown() {
    let trouble = Arc::new(Trouble::default());
    let graph = Whole::builder().context(trouble).checkpointer(MemorySaver::new()).durability(Durability::Exit).build();
    let thread = graph.thread("a");
    block_on(thread.invoke(goal(1))).unwrap().finished().unwrap();
    let visits = block_on(thread.visits()).unwrap();
    let step = block_on(thread.snapshot()).unwrap().unwrap().step;
    assert_eq!((counts(&visits), visits.unrecorded()), (vec![0; 5], step));
}

#[test]
fn a_long_history_is_counted_page_by_page() {
    let graph = Checking::builder().checkpointer(MemorySaver::new()).step_limit(2_000).build();
    let thread = graph.thread("a");
    block_on(thread.invoke(goal(1_000))).unwrap().finished().unwrap();
    assert_eq!(block_on(thread.visits()).unwrap().of(CheckingNode::Plan), 1_000);
}

/// People answer: one by one beside work that goes on, and inside of a subgraph.
mod asking {
    use graph_runtime::{GraphState, Update, graph};

    #[derive(GraphState, Debug)]
    pub(super) struct Board {
        members: Vec<u32>,
        #[reduce(add)]
        votes: u32,
    }

    fn count(_: &Board) -> impl Update<Board> + use<> {}

    fn vote(_: &Board, _: &u32, vote: &u32) -> impl Update<Board> + use<> {
        Board::update().votes(*vote)
    }

    fn sign(_: &Board, _: &bool) -> impl Update<Board> + use<> {}

    fn members(board: &Board) -> Vec<u32> {
        board.members.clone()
    }

    fn enter(_: &Board) -> impl Update<Board> + use<> {}

    fn leave(_: &Board, _: &Board) -> impl Update<Board> + use<> {}

    fn again(board: &Board) -> bool {
        board.votes < 2
    }

    graph! {
        pub(super) graph Signing<Board>;
        pause sign(bool);
        start -> sign -> end;
    }

    graph! {
        pub(super) graph Asking<Board>;
        node count, file = count;
        pause vote(u32);
        subgraph signing = Signing(enter, leave);
        start -> (for members(u32) { vote -> join }, count -> file) -> signing -> match again { true => signing, false => end };
    }
}

#[test]
fn a_picture_shows_who_is_waited_for() {
    use asking::{Asking, AskingNode, AskingReply, Board, SigningReply};
    let thread = Asking::builder().checkpointer(MemorySaver::new()).build().thread("a");
    let _ = block_on(thread.invoke(Board::update().members(vec![7, 8, 9]))).unwrap();
    let shown = || badges(&block_on(thread.snapshot()).unwrap().unwrap().svg().unwrap());
    let visits = |node| block_on(thread.visits()).unwrap().of(node);
    assert_eq!(badges(&at(&thread, 1).svg().unwrap()), ["3 waiting", "next", "3 of 3"]);
    assert_eq!(shown(), ["3 waiting", "3 of 3"], "what stands beside it is done");
    assert_eq!((visits(AskingNode::Count), visits(AskingNode::Vote)), (1, 0), "who waits has not been");

    for left in [2, 1, 0] {
        let waiting = block_on(thread.snapshot()).unwrap().unwrap().waiting;
        let _ = block_on(thread.reply_to(waiting[0].id(), AskingReply::Vote(u32::from(left == 0)))).unwrap();
        assert_eq!(visits(AskingNode::Vote), 3 - left);
    }
    assert_eq!(shown(), ["waiting"], "in the box of the subgraph");
    let _ = block_on(thread.reply(AskingReply::Signing(SigningReply::Sign(true)))).unwrap();
    assert_eq!((shown(), visits(AskingNode::File)), (vec!["waiting".to_owned()], 1), "the subgraph asks again");
}

/// The graph of the guide.
mod reports {
    use graph_runtime::{BoxError, GraphState, Update, graph};

    #[derive(GraphState)]
    pub(super) struct Report {
        parts: Vec<u32>,
        #[reduce(add)]
        read: u32,
    }

    fn plan(_: &Report) -> impl Update<Report> + use<> {
        Report::update().parts(vec![1, 2, 3])
    }

    fn read(_: &Report, part: &u32) -> Result<impl Update<Report> + use<>, BoxError> {
        if *part == 2 { Err("no line".into()) } else { Ok(Report::update().read(1)) }
    }

    fn parts(report: &Report) -> Vec<u32> {
        report.parts.clone()
    }

    graph! {
        pub(super) graph Reports<Report>;
        node plan, read;
        start -> plan -> for parts(u32) { read } -> end;
    }
}

#[test]
fn the_guide_shows_the_picture_that_its_program_draws() {
    let thread = reports::Reports::builder().checkpointer(MemorySaver::new()).build().thread("today");
    block_on(thread.invoke(())).err().unwrap();
    let snapshot = block_on(thread.snapshot()).unwrap().unwrap();
    let svg = snapshot.svg_with(&block_on(thread.visits()).unwrap()).unwrap();
    let guide = include_str!("../graph-runtime/src/docs/threads.md");
    assert!(guide.contains(&format!("\n<div>{svg}</div>\n")), "the guide should show\n{svg}");
}
