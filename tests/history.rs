//! The history of a thread: every checkpoint is there, newest first, as it was, and the cost is what is read.

use futures_lite::future::block_on;
use futures_lite::{Stream, StreamExt};
use graph_runtime::{
    Checkpoint, CheckpointId, Checkpointer, Durability, Error, Graph, GraphState, History, MemorySaver, SledSaver,
    Snapshot, Source, Status, Thread, Update, graph,
};
use graph_tests::faulty::Faulty;
use graph_tests::walk::{NODES, Probe, Trail, Trouble, Walk, walked};
use std::sync::Arc;

fn walk(saver: impl Checkpointer) -> (Graph<Walk>, Arc<Probe>) {
    let probe = Arc::new(Probe::default());
    (Walk::builder().context(Arc::clone(&probe)).checkpointer(saver).build(), probe)
}

fn collect<T, S: Stream<Item = Result<T, Error>>>(stream: S) -> Vec<T> {
    block_on(stream.try_collect()).unwrap()
}

fn ids(history: History<Walk>) -> Vec<u64> {
    collect(history).iter().map(|snapshot| snapshot.id.0).collect()
}

/// Every field of a snapshot, with its state as it is shown.
fn shown(snapshot: &Snapshot<Walk>) -> String {
    let Snapshot { state, next, tasks, id, parent, step, source, status, time, duration, request, tags, .. } = snapshot;
    let place = format!("{id} {parent:?} {step} {source:?} {status:?} {time:?} {duration:?} {request:?} {tags:?}");
    format!("{place} {next:?} {tasks:?} {:?} {state:?}", snapshot.failures)
}

/// A graph that counts.
mod turns {
    use super::{GraphState, Update, graph};

    #[derive(GraphState, Debug)]
    pub(super) struct Turns {
        pub(super) goal: u64,
        #[reduce(add)]
        pub(super) taken: u64,
        pub(super) load: Vec<u8>,
    }

    fn turn(_: &Turns) -> impl Update<Turns> + use<> {
        Turns::update().taken(1)
    }

    fn done(turns: &Turns) -> bool {
        turns.taken >= turns.goal
    }

    graph! {
        pub(super) graph Turning<Turns>;
        node turn;
        start -> turn -> match done { true => end, false => turn };
    }
}
use turns::{Turning, Turns};

fn every_checkpoint_is_there(saver: impl Checkpointer + Clone) {
    let (graph, probe) = walk(saver);
    let thread = graph.thread("a");
    assert!(collect(thread.history()).is_empty(), "it has never run");
    assert_eq!(block_on(thread.verify()).unwrap(), 0);

    probe.trouble(3, Trouble::Error, 2);
    block_on(thread.invoke(Trail::to(2)).tag("tenant", "acme")).unwrap_err();
    block_on(thread.resume()).unwrap_err();
    block_on(thread.resume()).unwrap().finished().unwrap();

    let history = collect(thread.history());
    assert_eq!(shown(&history[0]), shown(&block_on(thread.snapshot()).unwrap().unwrap()));
    assert_eq!(history[0].state, walked(2));
    assert_eq!(history.len(), 7);
    for (snapshot, step) in history.iter().zip((0..=6).rev()) {
        assert_eq!((snapshot.id.0, snapshot.step), (step + 1, step));
        assert_eq!(snapshot.parent.map(|parent| parent.0), (step > 0).then_some(step));
        assert_eq!(snapshot.source, if step == 0 { Source::Input } else { Source::Step });
        assert_eq!(snapshot.state.steps(), (1..=step).collect::<Vec<_>>());
        assert_eq!(snapshot.tags, [("tenant".to_owned(), "acme".to_owned())]);
        let next = NODES[usize::try_from(step % 3).unwrap()];
        assert_eq!(snapshot.tasks, if step == 6 { vec![] } else { vec![next] });
        // It failed twice behind its second step, and the history says so after it went on.
        let status = match step {
            2 => Status::Failed,
            6 => Status::Finished,
            _ => Status::Running,
        };
        assert_eq!(snapshot.status, status, "step {step}");
        assert_eq!(snapshot.failures.len(), usize::from(step == 2), "step {step}");
        assert_eq!(shown(&block_on(thread.at(snapshot.id).snapshot()).unwrap()), shown(snapshot));
    }
    assert_eq!((&*history[4].failures[0].message, history[4].failures[0].attempts), ("a root in step 3", 2));
    assert_eq!(block_on(thread.verify()).unwrap(), 7);
}

#[test]
fn every_checkpoint_is_in_the_history_as_it_was() {
    every_checkpoint_is_there(MemorySaver::new());
    every_checkpoint_is_there(Faulty::new(MemorySaver::new()).late());
}

#[test]
fn a_history_survives_restarts_in_sled() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    every_checkpoint_is_there(SledSaver::open(&path).unwrap());
    let open = || walk(SledSaver::open(&path).unwrap()).0.thread("a");
    let before: Vec<_> = collect(open().history()).iter().map(shown).collect();
    assert_eq!(before.len(), 7);
    block_on(open().invoke(Trail::to(3))).unwrap().finished().unwrap();
    let after: Vec<_> = collect(open().history()).iter().map(shown).collect();
    assert_eq!(after.len(), 11);
    assert_eq!(after[4..], before, "what was there stays as it was");
    assert_eq!(block_on(open().verify()).unwrap(), 11);
}

#[test]
fn a_history_is_asked_for_in_parts() {
    let thread = walk(MemorySaver::new()).0.thread("a");
    // Checkpoints 1 to 4, 5 to 8 and 9 to 12: one lap each.
    for (lap, tenant) in (1..).zip(["acme", "initech", "acme"]) {
        let run = thread.invoke(Trail::to(lap)).tag("tenant", tenant).tag("lap", lap.to_string());
        block_on(run).unwrap().finished().unwrap();
    }
    assert_eq!(ids(thread.history()), (1..=12).rev().collect::<Vec<_>>());
    assert_eq!(ids(thread.history().limit(3)), [12, 11, 10]);
    assert!(ids(thread.history().limit(0)).is_empty());
    assert_eq!(ids(thread.history().limit(99)).len(), 12);
    assert_eq!(ids(thread.history().before(CheckpointId(4))), [3, 2, 1]);
    assert!(ids(thread.history().before(CheckpointId(1))).is_empty());
    assert_eq!(ids(thread.history().before(CheckpointId(12)).limit(1)), [11]);
    assert_eq!(ids(thread.history().source(Source::Input)), [9, 5, 1]);
    assert!(ids(thread.history().source(Source::Cancel)).is_empty());
    assert_eq!(ids(thread.history().tag("tenant", "initech")), [8, 7, 6, 5]);
    assert_eq!(ids(thread.history().tag("tenant", "acme").tag("lap", "1")), [4, 3, 2, 1]);
    assert!(ids(thread.history().tag("tenant", "acme").tag("lap", "2")).is_empty());
    assert!(ids(thread.history().tag("acme", "tenant")).is_empty());
    let rare = thread.history().tag("tenant", "acme").source(Source::Input).before(CheckpointId(9)).limit(2);
    assert_eq!(ids(rare), [1], "a limit counts what is left by the rest");

    let mut parts = Vec::new();
    let mut page = ids(thread.history().limit(5));
    while let Some(last) = page.last().copied() {
        parts.append(&mut page);
        page = ids(thread.history().before(CheckpointId(last)).limit(5));
    }
    assert_eq!(parts, (1..=12).rev().collect::<Vec<_>>(), "page by page nothing is lost and nothing comes twice");
}

#[test]
fn a_checkpoint_that_does_not_exist_is_named() {
    let thread = walk(MemorySaver::new()).0.thread("a");
    let unknown = |id: u64| {
        let id = CheckpointId(id);
        let is_unknown = |error: &Error| match error {
            Error::UnknownCheckpoint { thread, checkpoint } => (thread.as_str(), *checkpoint) == ("a", id),
            _ => false,
        };
        let items: Vec<_> = block_on(thread.history().before(id).collect());
        assert!(matches!(&items[..], [Err(error)] if is_unknown(error)), "{id}: {items:?}");
        assert!(is_unknown(&block_on(thread.at(id).snapshot()).unwrap_err()), "{id}");
    };
    (0..=2).for_each(unknown);
    block_on(thread.invoke(Trail::to(1))).unwrap().finished().unwrap();
    [0, 5, 6, u64::MAX - 1, u64::MAX].into_iter().for_each(unknown);
    let error = block_on(thread.at(CheckpointId(5)).snapshot()).unwrap_err();
    assert_eq!(error.to_string(), "thread `a` has no checkpoint 5; `history` lists those that it has");
}

#[test]
fn an_id_that_cannot_name_a_thread_is_the_only_item() {
    let thread = walk(MemorySaver::new()).0.thread("");
    let items: Vec<_> = block_on(thread.history().collect());
    assert!(matches!(&items[..], [Err(Error::InvalidThreadId(_))]), "{items:?}");
    assert!(matches!(block_on(thread.verify()), Err(Error::InvalidThreadId(_))));
    assert!(matches!(block_on(thread.at(CheckpointId(1)).snapshot()), Err(Error::InvalidThreadId(_))));
}

#[test]
fn ten_thousand_checkpoints_are_read_page_by_page() {
    long_history(MemorySaver::new());
    let directory = tempfile::tempdir().unwrap();
    long_history(SledSaver::open(directory.path().join("store")).unwrap());
}

fn long_history(saver: impl Checkpointer) {
    const TURNS: u64 = 10_000;
    let store = Faulty::new(saver);
    let graph = Turning::builder().checkpointer(store.clone()).durability(Durability::Async).step_limit(TURNS).build();
    let thread = graph.thread("a");
    block_on(thread.invoke(Turns::update().goal(TURNS - 1))).unwrap().finished().unwrap();

    let mut left = TURNS;
    let mut history = thread.history();
    assert!(store.pages().is_empty(), "nothing is read before the stream is polled");
    while let Some(snapshot) = block_on(history.next()) {
        let snapshot = snapshot.unwrap();
        assert_eq!((snapshot.id.0, snapshot.state.taken), (left, left - 1));
        left -= 1;
    }
    assert_eq!(left, 0);
    let pages = store.pages();
    assert!(pages.len() < 60, "{} pages", pages.len());
    assert!(pages.iter().all(|(records, _)| *records <= 256), "{pages:?}");
    assert_eq!(pages.iter().map(|(records, _)| records).sum::<usize>(), 10_000, "no record is read twice");

    assert_eq!(block_on(thread.verify()).unwrap(), TURNS);
    assert_eq!(store.pages().iter().map(|(records, _)| records).sum::<usize>(), 10_000);
    let newest: Vec<_> = block_on(thread.history().limit(3).try_collect()).unwrap();
    assert_eq!(
        newest.iter().map(|snapshot: &Snapshot<Turning>| snapshot.id.0).collect::<Vec<_>>(),
        [10_000, 9_999, 9_998]
    );
    assert_eq!(store.pages().iter().map(|(records, _)| records).sum::<usize>(), 3, "a limit limits what is read");
}

#[test]
fn pages_of_large_states_are_short() {
    let store = Faulty::new(MemorySaver::new());
    let thread = Turning::builder().checkpointer(store.clone()).build().thread("a");
    // The newest are small, so the pages have grown before the large records come.
    for goal in 1..=100 {
        // What is written is stored, so each of these inputs is a large record.
        block_on(thread.invoke(Turns::update().goal(goal).load(vec![7; 100_000]))).unwrap().finished().unwrap();
    }
    block_on(thread.invoke(Turns::update().goal(130).load(vec![]))).unwrap().finished().unwrap();
    let _ = store.pages();
    assert_eq!(collect(thread.history()).len(), 231);
    let pages = store.pages();
    let large: Vec<_> = pages.iter().filter(|(_, bytes)| *bytes > 100_000).collect();
    assert!(large.len() > 4, "{pages:?}");
    // A page may be large where the ones before it were small; after it the size is known.
    let long = large.iter().filter(|(_, bytes)| *bytes > 1 << 20).count();
    assert!(long <= 1 && large[2..].iter().all(|(_, bytes)| *bytes <= 1 << 20), "{pages:?}");
}

#[test]
fn a_history_stays_as_it_was_when_it_was_first_polled() {
    let thread = walk(MemorySaver::new()).0.thread("a");
    block_on(thread.invoke(Trail::to(1))).unwrap().finished().unwrap();
    let mut history = thread.history();
    assert_eq!(block_on(history.next()).unwrap().unwrap().id, CheckpointId(4));
    block_on(thread.invoke(Trail::to(2))).unwrap().finished().unwrap();
    assert_eq!(ids(history), [3, 2, 1]);
    assert_eq!(ids(thread.history()).len(), 8);
}

#[test]
fn a_thread_that_is_deleted_while_it_is_read_is_not_damaged() {
    let thread = walk(MemorySaver::new()).0.thread("a");
    let run = |number: u64| {
        let run = thread.invoke(Trail::to(2)).tag("number", number.to_string());
        block_on(run).unwrap().finished().unwrap();
    };
    run(0);
    let mut history = thread.history();
    block_on(history.next()).unwrap().unwrap();
    block_on(thread.delete()).unwrap();
    let rest: Vec<_> = block_on(history.collect());
    assert!(matches!(&rest[..], [Err(Error::UnknownThread { .. })]), "{rest:?}");
    assert!(collect(thread.history()).is_empty());
    assert!(matches!(block_on(thread.at(CheckpointId(1)).snapshot()), Err(Error::UnknownCheckpoint { .. })));

    // Deleted and started again, and that for longer, too.
    for runs in 1..=2 {
        block_on(thread.delete()).unwrap();
        run(0);
        let mut history = thread.history();
        block_on(history.next()).unwrap().unwrap();
        block_on(thread.delete()).unwrap();
        (1..=runs).for_each(run);
        let rest: Vec<_> = block_on(history.collect());
        assert!(matches!(&rest[..], [Err(Error::Conflict { .. })]), "{rest:?}");
        assert_eq!(block_on(thread.verify()).unwrap(), 7 * runs - (runs - 1) * 3, "only the new one is left");
    }
}

#[test]
fn cancelled_and_restarted_runs_stay_in_the_history() {
    let (graph, probe) = walk(MemorySaver::new());
    let thread = graph.thread("a");
    probe.trouble(2, Trouble::Panic, 1);
    block_on(thread.invoke(Trail::to(1))).unwrap_err();
    block_on(thread.cancel("no longer wanted")).unwrap();
    probe.trouble(3, Trouble::Error, 1);
    block_on(thread.invoke(Trail::to(1))).unwrap_err();
    block_on(thread.invoke(Trail::to(1)).restart()).unwrap().finished().unwrap();

    let found: Vec<_> = collect(thread.history()).iter().map(|at| (at.id.0, at.source, at.status)).collect();
    let wanted = [
        (9, Source::Step, Status::Finished),
        (8, Source::Step, Status::Running),
        (7, Source::Step, Status::Running),
        (6, Source::Input, Status::Running),
        (5, Source::Step, Status::Failed),
        (4, Source::Input, Status::Running),
        (3, Source::Cancel, Status::Cancelled),
        (2, Source::Step, Status::Failed),
        (1, Source::Input, Status::Running),
    ];
    assert_eq!(found, wanted);
    let panicked = block_on(thread.at(CheckpointId(2)).snapshot()).unwrap();
    assert_eq!((&*panicked.failures[0].message, panicked.next), ("panicked: a hole in step 2", vec![NODE_LOOK]));
    assert_eq!(block_on(thread.verify()).unwrap(), 9);
}

const NODE_LOOK: graph_tests::walk::WalkNode = graph_tests::walk::WalkNode::Look;

#[test]
fn a_run_that_stopped_at_its_limit_shows_where() {
    let thread = Turning::builder().checkpointer(MemorySaver::new()).step_limit(2).build().thread("a");
    let _ = block_on(thread.invoke(Turns::update().goal(3))).unwrap();
    block_on(thread.resume()).unwrap().finished().unwrap();
    let statuses: Vec<_> = collect(thread.history()).iter().map(|snapshot| snapshot.status).collect();
    assert_eq!(statuses, [Status::Finished, Status::Stopped, Status::Running, Status::Running]);
}

/// Branches, items and a subgraph, one of which fails once.
mod wide {
    use super::{GraphState, Update, graph};
    use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

    #[derive(GraphState, Debug)]
    pub(super) struct Wide {
        #[reduce(append)]
        pub(super) found: Vec<String>,
    }

    #[derive(GraphState, Debug)]
    pub(super) struct Deep {
        level: u32,
    }

    pub(super) static FAILURES: AtomicU32 = AtomicU32::new(1);

    fn plain(_: &Wide) -> impl Update<Wide> + use<> {
        Wide::update().found(["plain".to_owned()])
    }

    fn fetch(_: &Wide, item: &String) -> Result<impl Update<Wide> + use<>, String> {
        if item == "b" && FAILURES.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok() {
            return Err("the second item is late".to_owned());
        }
        Ok(Wide::update().found([item.clone()]))
    }

    fn items(_: &Wide) -> Vec<String> {
        vec!["a".to_owned(), "b".to_owned()]
    }

    fn dig(deep: &Deep) -> impl Update<Deep> + use<> {
        Deep::update().level(deep.level + 1)
    }

    fn deep(deep: &Deep) -> bool {
        deep.level >= 2
    }

    fn enter(_: &Wide) -> impl Update<Deep> + use<> {
        Deep::update().level(0)
    }

    fn leave(_: &Wide, deep: &Deep) -> impl Update<Wide> + use<> {
        Wide::update().found([format!("level {}", deep.level)])
    }

    graph! {
        pub(super) graph Digging<Deep>;
        node dig;
        start -> dig -> match deep { true => end, false => dig };
    }

    graph! {
        pub(super) graph Widening<Wide>;
        node plain, fetch;
        subgraph digging = Digging(enter, leave);
        start -> (plain, for items(String) { fetch }, digging) -> end;
    }
}
use wide::{Widening, WideningNode};

#[test]
fn old_snapshots_show_all_that_was_to_run_side_by_side() {
    let directory = tempfile::tempdir().unwrap();
    let graph = Widening::builder().checkpointer(SledSaver::open(directory.path().join("store")).unwrap()).build();
    let thread = graph.thread("a");
    block_on(thread.invoke(())).unwrap_err();
    let now = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!(now.tasks, ["fetch[1]"], "the others are done");
    let state = block_on(thread.resume()).unwrap().finished().unwrap();
    assert_eq!(state.found, ["plain", "a", "b", "level 2"]);

    let history = collect(thread.history());
    let tasks: Vec<_> = history.iter().map(|snapshot| snapshot.tasks.clone()).collect();
    let all = vec!["plain", "fetch[0]", "fetch[1]", "digging/dig"];
    assert_eq!(tasks, [vec![], vec!["digging/dig"], all]);
    let first = &history[2];
    assert_eq!(first.next, [WideningNode::Plain, WideningNode::Fetch, WideningNode::Fetch, WideningNode::Digging]);
    assert_eq!((first.status, &*first.failures[0].task), (Status::Failed, "fetch[1]"));
    assert!(first.state.found.is_empty());
    assert_eq!(history[1].state.found, ["plain", "a", "b"], "what the second step began with");
    assert_eq!(block_on(thread.verify()).unwrap(), 3);
}

#[test]
fn histories_go_wherever_threads_go() {
    fn spawnable<T: Send + Unpin + 'static>(value: T) -> T {
        value
    }
    let thread: Thread<Walk> = walk(MemorySaver::new()).0.thread("a");
    let mut history = spawnable(thread.history());
    assert!(block_on(history.next()).is_none());
    assert!(block_on(history.next()).is_none(), "a stream that has ended stays at its end");
    let at: Checkpoint<Walk> = thread.at(CheckpointId(3)).clone();
    assert_eq!(at.id(), CheckpointId(3));
    drop(spawnable(Box::pin(at.snapshot())));
    drop(spawnable(Box::pin(thread.verify())));
    assert_eq!(format!("{at:?}"), "Checkpoint { thread: Thread { graph: \"Walk\", id: \"a\" }, id: CheckpointId(3) }");
}
