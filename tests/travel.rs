//! The past of a thread, again and otherwise: branches begin at any checkpoint, and no branch changes another.
//!
//! Section D of `LangGraph`'s scenarios.

use futures_lite::StreamExt;
use futures_lite::future::{block_on, poll_once};
use graph_runtime::{
    CheckpointId, Checkpointer, Ctx, Durability, Error, Graph, GraphState, MemorySaver, NodeCause, Outcome, SledSaver,
    Source, Status, StopReason, Update, graph,
};
use graph_tests::bench::{Log, bench, collect, words};
use graph_tests::walk::{Probe, Trail, Trouble, Walk, walked};
use graph_tests::{Laid, finished, laid, thread_of};
use std::pin::pin;
use std::sync::Arc;

fn stored(saver: &MemorySaver, graph: &str) -> Vec<Laid> {
    laid(saver, &thread_of(graph, "a"))
}

#[derive(GraphState, Debug, Clone, PartialEq)]
struct Value {
    #[reduce(append)]
    value: Vec<String>,
    #[state(ephemeral)]
    hint: Option<String>,
}

macro_rules! adds {
    ($($name:ident)*) => { $(
        fn $name(_: &Value, cx: &Ctx<Log>) -> impl Update<Value> + use<> {
            cx.context().lock().unwrap().push(stringify!($name));
            Value::update().value([stringify!($name)].map(str::to_owned)).maybe_hint(Some(Some(stringify!($name).to_owned())))
        }
    )* };
}

adds! { a b c }

/// Tells what the node before it hinted.
fn hear(value: &Value, cx: &Ctx<Log>) -> impl Update<Value> + use<> {
    cx.context().lock().unwrap().push("hear");
    Value::update().value([format!("heard {:?}", value.hint)])
}

graph! {
    graph Line<Value, Log>;
    node a, b, c;
    start -> a -> b -> c -> end;
}

graph! {
    graph Hearing<Value, Log>;
    node a, hear;
    start -> a -> hear -> end;
}

/// S37.
#[test]
fn a_replay_runs_what_followed_the_checkpoint_and_nothing_before() {
    let bench = bench::<Line>();
    let thread = &bench.thread;
    finished(block_on(thread.invoke(())));
    bench.ran();
    let before = stored(&bench.saver, "Line");
    let past = collect(thread).into_iter().find(|snapshot| snapshot.next == [LineNode::B]).unwrap();

    let value = finished(block_on(thread.at(past.id).replay()));
    assert_eq!(value.value, words(["a", "b", "c"]));
    assert_eq!(bench.ran(), ["b", "c"]);

    let history = collect(thread);
    let found: Vec<_> = history.iter().map(|at| (at.id.0, at.parent.map(|id| id.0), at.source, at.step)).collect();
    let (input, step, fork) = (Source::Input, Source::Step, Source::Fork);
    let wanted = [
        (7, Some(6), step, 3),
        (6, Some(5), step, 2),
        (5, Some(2), fork, 1),
        (4, Some(3), step, 3),
        (3, Some(2), step, 2),
        (2, Some(1), step, 1),
        (1, None, input, 0),
    ];
    assert_eq!(found, wanted);
    assert_eq!(history[2].next, [LineNode::B]);
    assert_eq!(stored(&bench.saver, "Line")[..4], before[..], "the old branch is what it was");
    assert_eq!(block_on(thread.verify()).unwrap(), 7);
}

/// S38.
#[test]
fn a_replay_of_an_end_runs_nothing_and_makes_it_the_head() {
    let bench = bench::<Line>();
    let thread = &bench.thread;
    finished(block_on(thread.invoke(())));
    finished(block_on(thread.invoke(Value::update().value(words(["x"])))));
    bench.ran();

    let value = finished(block_on(thread.at(CheckpointId(4)).replay()));
    assert_eq!(value.value, words(["a", "b", "c"]));
    assert!(bench.ran().is_empty());
    let head = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!((head.id.0, head.parent, head.source), (9, Some(CheckpointId(4)), Source::Fork));
    assert_eq!((head.status, head.state), (Status::Finished, value));
    assert!(matches!(block_on(thread.resume()), Err(Error::NothingToResume { .. })));
    assert_eq!(block_on(thread.verify()).unwrap(), 9);
}

/// S51.
#[test]
fn a_run_on_top_of_an_old_end_knows_nothing_of_what_came_after_it() {
    let bench = bench::<Line>();
    let thread = &bench.thread;
    finished(block_on(thread.invoke(Value::update().value(words(["h1"])))));
    finished(block_on(thread.invoke(Value::update().value(words(["h2"])))));
    finished(block_on(thread.at(CheckpointId(4)).replay()));
    let value = finished(block_on(thread.invoke(Value::update().value(words(["h3"])))));
    assert_eq!(value.value, words(["h1", "a", "b", "c", "h3", "a", "b", "c"]));
    let line: Vec<_> = block_on(thread.history().branch().map(|at| at.map(|at| at.id.0)).try_collect()).unwrap();
    let line: Vec<u64> = line;
    assert_eq!(line, [13, 12, 11, 10, 9, 4, 3, 2, 1], "its history has none of the second turn either");
}

/// S42.
#[test]
fn forks_run_with_another_state_and_know_nothing_of_each_other() {
    let bench = bench::<Line>();
    let thread = &bench.thread;
    finished(block_on(thread.invoke(())));
    let at = thread.at(CheckpointId(2));
    let fork = |word| finished(block_on(at.fork(Value::update().value(words([word]))))).value;
    assert_eq!(fork("x"), words(["a", "x", "b", "c"]));
    assert_eq!(fork("y"), words(["a", "y", "b", "c"]));
    // A fork of a fork.
    let fork = block_on(thread.at(CheckpointId(6)).fork(Value::update().overwrite_value(words(["z"]))));
    assert_eq!(finished(fork).value, words(["z", "c"]));
    assert_eq!(block_on(thread.at(CheckpointId(4)).snapshot()).unwrap().state.value, words(["a", "b", "c"]));
    assert_eq!(block_on(thread.verify()).unwrap(), 12);
}

#[test]
fn what_lasts_for_one_step_lasts_in_a_branch_too() {
    let bench = bench::<Hearing>();
    let thread = &bench.thread;
    finished(block_on(thread.invoke(())));
    let at = thread.at(CheckpointId(2));
    let value = finished(block_on(at.replay()));
    assert_eq!((value.value, value.hint), (words(["a", "heard Some(\"a\")"]), None));
    let value = finished(block_on(at.fork(Value::update().value(words(["x"])))));
    assert_eq!(value.value, words(["a", "x", "heard Some(\"a\")"]), "an edit of another field leaves it");
    let value = finished(block_on(at.fork(Value::update().hint(Some("b".to_owned())))));
    assert_eq!(value.value, words(["a", "heard Some(\"b\")"]));
}

/// S46: nodes that go on by what they find, so that a branch takes another way than the one before it.
mod alternate {
    use super::{Ctx, GraphState, Update, graph};
    use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

    #[derive(GraphState, Debug, Clone, PartialEq)]
    pub(super) struct Sum {
        #[reduce(add)]
        pub(super) total: u32,
        pub(super) flag: bool,
    }

    fn add(_: &Sum, cx: &Ctx<AtomicU32>) -> impl Update<Sum> + use<> {
        let even = cx.context().fetch_add(1, SeqCst).is_multiple_of(2);
        Sum::update().total(if even { 2 } else { 1 }).flag(even)
    }

    fn next(sum: &Sum) -> (bool, bool) {
        (sum.total > 3, sum.flag)
    }

    graph! {
        pub(super) graph Alternating<Sum, AtomicU32>;
        node one = add, two = add;
        start -> one -> match next { (true, _) => end, (_, true) => two, (_, false) => one };
        two -> match next { (true, _) => end, (_, true) => one, (_, false) => two };
    }
}

#[test]
fn a_replay_runs_its_nodes_on_the_past_and_old_checkpoints_stay() {
    use alternate::{Alternating, Sum};
    let (saver, calls) = (MemorySaver::new(), Arc::default());
    let thread = Alternating::builder().context(calls).checkpointer(saver.clone()).build().thread("a");
    assert_eq!(finished(block_on(thread.invoke(Sum::update().total(1)))), Sum { total: 4, flag: false });
    let before = stored(&saver, "Alternating");
    assert_eq!(before.len(), 3);
    assert_eq!(finished(block_on(thread.at(CheckpointId(2)).replay())), Sum { total: 5, flag: true });
    assert_eq!(stored(&saver, "Alternating")[..3], before[..]);
    let sources: Vec<_> = collect(&thread).iter().map(|at| at.source).collect();
    assert_eq!(sources, [Source::Step, Source::Fork, Source::Step, Source::Step, Source::Input]);
}

fn nothing_changed(saver: &MemorySaver, graph: &str, before: &[Laid]) {
    assert_eq!(stored(saver, graph), before);
}

#[test]
fn a_branch_from_nowhere_is_refused_and_changes_nothing() {
    let bench = bench::<Line>();
    let thread = &bench.thread;
    let refused = |id| {
        for refused in [
            block_on(thread.at(CheckpointId(id)).replay()).map(drop),
            block_on(thread.at(CheckpointId(id)).fork(Value::update().value(words(["x"])))).map(drop),
            block_on(thread.at(CheckpointId(id)).update(())).map(drop),
        ] {
            let Err(Error::UnknownCheckpoint { checkpoint, .. }) = refused else { panic!("{refused:?}") };
            assert_eq!(checkpoint.0, id);
        }
    };
    [0, 1, u64::MAX].into_iter().for_each(refused);
    assert!(stored(&bench.saver, "Line").is_empty(), "nothing is made either");
    finished(block_on(thread.invoke(())));
    let before = stored(&bench.saver, "Line");
    [0, 5, u64::MAX].into_iter().for_each(refused);
    nothing_changed(&bench.saver, "Line", &before);
}

fn walk(saver: impl Checkpointer, durability: Durability) -> (Graph<Walk>, Arc<Probe>) {
    let probe = Arc::new(Probe::default());
    let graph = Walk::builder().context(Arc::clone(&probe)).checkpointer(saver);
    (graph.durability(durability).build(), probe)
}

#[test]
fn a_thread_that_runs_here_is_busy() {
    let saver = MemorySaver::new();
    let thread = walk(saver.clone(), Durability::Sync).0.thread("a");
    let mut run = pin!(thread.invoke(Trail::to(1)));
    assert!(block_on(poll_once(run.as_mut())).is_none());
    let before = stored(&saver, "Walk");
    assert!(!before.is_empty());
    for refused in [
        block_on(thread.at(CheckpointId(1)).replay()).map(drop),
        block_on(thread.at(CheckpointId(1)).update(())).map(drop),
        block_on(thread.update(())).map(drop),
    ] {
        assert!(matches!(refused, Err(Error::Busy { .. })), "{refused:?}");
    }
    nothing_changed(&saver, "Walk", &before);
    assert_eq!(finished(block_on(run)), walked(1));

    // And a branch that runs is a run.
    let mut branch = pin!(thread.at(CheckpointId(2)).replay());
    assert!(block_on(poll_once(branch.as_mut())).is_none());
    assert!(matches!(block_on(thread.invoke(())), Err(Error::Busy { .. })));
    assert!(matches!(block_on(thread.update(())), Err(Error::Busy { .. })));
    assert_eq!(finished(block_on(branch)), walked(1));
}

mod renamed {
    //! A later version of the program, in which a node is gone.
    use super::{Log, Value, a, c, graph};

    graph! {
        pub(super) graph Line<Value, Log>;
        node a, c;
        start -> a -> c -> end;
    }
}

#[test]
fn a_checkpoint_that_does_not_fit_the_program_is_refused_and_others_are_not() {
    let bench = bench::<Line>();
    finished(block_on(bench.thread.invoke(())));
    let before = stored(&bench.saver, "Line");
    let later = renamed::Line::builder().context(Log::default()).checkpointer(bench.saver.clone()).build();
    let thread = later.thread("a");
    for refused in [
        block_on(thread.at(CheckpointId(2)).replay()).map(drop),
        block_on(thread.at(CheckpointId(2)).update(())).map(drop),
    ] {
        let Err(Error::Incompatible { checkpoint, reason, .. }) = &refused else { panic!("{refused:?}") };
        assert!(checkpoint.0 == 2 && reason.contains("no node `b`"), "{reason}");
    }
    nothing_changed(&bench.saver, "Line", &before);
    let value = finished(block_on(thread.at(CheckpointId(1)).replay()));
    assert_eq!(value.value, words(["a", "c"]), "the past, as the program is now");

    // The way out for a thread whose newest checkpoint does not fit any more.
    let short = Line::builder().context(Log::default()).checkpointer(bench.saver.clone()).step_limit(1).build();
    let _ = block_on(short.thread("a").at(CheckpointId(1)).replay()).unwrap();
    assert!(matches!(block_on(thread.resume()), Err(Error::Incompatible { .. })));
    assert!(matches!(block_on(thread.update(())), Err(Error::Incompatible { .. })));
    assert_eq!(finished(block_on(thread.at(CheckpointId(1)).replay())).value, words(["a", "c"]));
    block_on(thread.verify()).unwrap();
}

#[test]
fn a_branch_answers_no_request_but_its_own_and_that_once() {
    let bench = bench::<Line>();
    let thread = &bench.thread;
    finished(block_on(thread.invoke(()).request_id("r-1").tag("tenant", "acme").tag("day", "monday")));
    let before = stored(&bench.saver, "Line").len();
    finished(block_on(thread.at(CheckpointId(2)).fork(Value::update().value(words(["x"]))).tag("day", "tuesday")));
    let head = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!(head.request, None);
    let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(
        head.tags,
        [tag("tenant", "acme"), tag("day", "tuesday")],
        "a key that is given has its new value alone"
    );
    bench.ran();
    let again = finished(block_on(thread.invoke(()).request_id("r-1")));
    assert_eq!(again.value, words(["a", "b", "c"]), "the outcome of a request stays what it was");

    let fork = || block_on(thread.at(CheckpointId(2)).fork(Value::update().value(words(["y"]))).request_id("f-1"));
    assert_eq!(finished(fork()).value, words(["a", "y", "b", "c"]));
    let branches = stored(&bench.saver, "Line").len();
    assert_eq!(branches, before + 6);
    assert_eq!(finished(fork()).value, words(["a", "y", "b", "c"]));
    assert_eq!(stored(&bench.saver, "Line").len(), branches, "delivered again, it begins no other branch");
    assert_eq!(bench.ran(), ["b", "c"]);
}

#[test]
fn a_request_whose_branch_was_interrupted_goes_on_with_it() {
    let (graph, probe) = walk(MemorySaver::new(), Durability::Sync);
    let thread = graph.thread("a");
    finished(block_on(thread.invoke(Trail::to(1)).request_id("r-1")));
    probe.trouble(3, Trouble::Error, 1);
    let fork = || block_on(thread.at(CheckpointId(2)).fork(Trail::to(1)).request_id("f-1"));
    assert!(matches!(fork(), Err(Error::Node(_))));
    let branched = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!((branched.status, branched.id.0), (Status::Failed, 6));
    assert_eq!(finished(fork()), walked(1));
    assert_eq!(block_on(thread.verify()).unwrap(), 7);

    // A branch that leaves the work of a request behind drops that request.
    probe.trouble(6, Trouble::Error, 1);
    assert!(block_on(thread.invoke(Trail::to(2)).request_id("r-2")).is_err());
    finished(block_on(thread.at(CheckpointId(2)).replay()));
    assert!(matches!(block_on(thread.invoke(()).request_id("r-2")), Err(Error::RequestDropped { .. })));
}

#[test]
fn a_branch_leaves_failed_work_behind_and_a_replay_of_it_takes_it_up() {
    let (graph, probe) = walk(MemorySaver::new(), Durability::Sync);
    let thread = graph.thread("a");
    probe.trouble(3, Trouble::Error, 2);
    assert!(block_on(thread.invoke(Trail::to(1))).is_err());
    let failed = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!((failed.id.0, failed.status), (3, Status::Failed));

    let branch = block_on(thread.at(CheckpointId(1)).update(())).unwrap();
    assert_eq!((branch.status, branch.source, branch.parent), (Status::Stopped, Source::Fork, Some(CheckpointId(1))));
    assert!(branch.failures.is_empty());
    assert!(matches!(block_on(thread.invoke(())), Err(Error::Unfinished { status: Status::Stopped, .. })));
    assert!(block_on(graph.recover().collect::<Vec<_>>()).is_empty(), "whoever edits decides when it runs");

    assert!(block_on(thread.at(failed.id).replay()).is_err(), "it fails once more");
    let head = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!((head.status, head.failures[0].attempts), (Status::Failed, 1), "attempts are counted anew");
    assert_eq!(finished(block_on(thread.resume())), walked(1));
    assert_eq!(block_on(thread.at(failed.id).snapshot()).unwrap().status, Status::Failed, "the past stays");
}

#[test]
fn a_replay_of_a_cancellation_is_cancelled() {
    let (graph, probe) = walk(MemorySaver::new(), Durability::Sync);
    let thread = graph.thread("a");
    probe.trouble(2, Trouble::Error, 1);
    assert!(block_on(thread.invoke(Trail::to(1))).is_err());
    block_on(thread.cancel("too late")).unwrap();
    finished(block_on(thread.invoke(Trail::to(1))));
    let Ok(Outcome::Stopped(stop)) = block_on(thread.at(CheckpointId(3)).replay()) else { panic!("it was cancelled") };
    assert_eq!(stop.reason, StopReason::Cancelled { reason: "too late".to_owned() });
    assert_eq!(block_on(thread.snapshot()).unwrap().unwrap().status, Status::Cancelled);
    assert!(block_on(thread.invoke(Trail::to(1))).is_ok(), "and can be invoked as any other");
}

#[test]
fn every_durability_and_store_has_its_branches() {
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        let directory = tempfile::tempdir().unwrap();
        let open = || walk(SledSaver::open(directory.path().join("store")).unwrap(), durability).0.thread("a");
        finished(block_on(open().invoke(Trail::to(2))));
        let first = collect(&open()).last().unwrap().id;
        let before = block_on(open().at(first).snapshot()).unwrap();
        let trail = finished(block_on(open().at(first).fork(Trail::to(3))));
        let laps = if before.status == Status::Finished { 2 } else { 3 };
        assert_eq!(trail.laps(), laps, "{durability:?}");
        assert_eq!(block_on(open().snapshot()).unwrap().unwrap().state, trail);
        block_on(open().verify()).unwrap();
    }
}

#[test]
fn a_reducer_that_panics_in_a_fork_changes_nothing() {
    #[derive(GraphState)]
    struct Careful {
        #[reduce(with = refuse)]
        value: u32,
    }
    fn refuse(value: &mut u32, add: u32) {
        assert!(add < 10, "too much");
        *value += add;
    }
    fn one(_: &Careful) -> impl Update<Careful> + use<> {
        Careful::update().value(1)
    }
    graph! { graph Caring<Careful>; node one; start -> one -> end; }

    let saver = MemorySaver::new();
    let thread = Caring::builder().checkpointer(saver.clone()).build().thread("a");
    finished(block_on(thread.invoke(())));
    let before = stored(&saver, "Caring");
    for refused in [
        block_on(thread.at(CheckpointId(1)).fork(Careful::update().value(10))).map(drop),
        block_on(thread.update(Careful::update().value(10))).map(drop),
        block_on(thread.update(Careful::update().value(10)).as_node(CaringNode::One)).map(drop),
    ] {
        let Err(Error::Node(error)) = refused else { panic!("{refused:?}") };
        assert!(matches!(&error.cause, NodeCause::Panic(message) if message == "too much"), "{error}");
    }
    nothing_changed(&saver, "Caring", &before);
    assert_eq!(finished(block_on(thread.at(CheckpointId(1)).fork(Careful::update().value(9)))).value, 10);
}

#[test]
fn a_branch_of_the_history_is_a_line_of_parents() {
    let bench = bench::<Line>();
    let thread = &bench.thread;
    let line = |before: Option<u64>, limit: usize| -> Vec<u64> {
        let mut history = thread.history().branch().limit(limit);
        if let Some(id) = before {
            history = history.before(CheckpointId(id));
        }
        block_on(history.map(|at| at.map(|at| at.id.0)).try_collect()).unwrap()
    };
    assert!(line(None, 9).is_empty());
    finished(block_on(thread.invoke(()).tag("branch", "old"))); // 1 to 4
    finished(block_on(thread.at(CheckpointId(2)).replay().tag("branch", "new"))); // 5 to 7
    finished(block_on(thread.at(CheckpointId(3)).replay())); // 8 and 9
    assert_eq!(line(None, 99), [9, 8, 3, 2, 1]);
    assert_eq!(line(None, 3), [9, 8, 3]);
    assert!(line(None, 0).is_empty());
    assert_eq!(line(Some(9), 99), [8, 3, 2, 1]);
    assert_eq!(line(Some(8), 99), [3, 2, 1]);
    assert_eq!(line(Some(7), 99), [6, 5, 2, 1], "the line of a branch that is not the head's");
    assert_eq!(line(Some(4), 1), [3]);
    assert!(line(Some(1), 99).is_empty());
    let steps = thread.history().branch().source(Source::Step).tag("branch", "old").map(|at| at.map(|at| at.id.0));
    assert_eq!(block_on(steps.try_collect::<u64, Error, Vec<u64>>()).unwrap(), [9, 3, 2]);
    let items: Vec<_> = block_on(thread.history().branch().before(CheckpointId(10)).collect());
    assert!(matches!(&items[..], [Err(Error::UnknownCheckpoint { .. })]), "{items:?}");
    assert_eq!(collect(thread).len(), 9, "and without it, the history goes over all branches");
}

#[test]
fn branches_go_wherever_threads_go() {
    fn spawnable<T: Send + Unpin + 'static>(value: T) -> T {
        value
    }
    let thread = walk(MemorySaver::new(), Durability::Sync).0.thread("a");
    let at = thread.at(CheckpointId(1));
    drop((
        spawnable(at.replay()),
        spawnable(at.fork(Trail::to(1))),
        spawnable(at.update(())),
        spawnable(thread.update(())),
    ));
    assert_eq!(format!("{:?}", thread.update(())), "Revision { .. }");
    let no_name = walk(MemorySaver::new(), Durability::Sync).0.thread("");
    assert!(matches!(block_on(no_name.at(CheckpointId(1)).replay()), Err(Error::InvalidThreadId(_))));
    assert!(matches!(block_on(no_name.update(())), Err(Error::InvalidThreadId(_))));
}
