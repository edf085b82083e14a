//! Whatever is done with the history of threads, it is what a list would be: runs, replies, branches, prunes, copies and
//! deletes in any order, some of them cut off, against a model in memory.
//!
//! Longer: `GRAPH_TESTS_LIVES=10000 cargo test -p graph-tests --test life`.

#![expect(clippy::trivially_copy_pass_by_ref, reason = "nodes get replies by reference")]

use futures_lite::future::block_on;
use futures_lite::{Stream, StreamExt};
use graph_runtime::{
    CheckpointId, Checkpointer, Error, Graph, GraphState, Keep, MemorySaver, Outcome, SledSaver, Snapshot, Status,
    Thread, Update, graph,
};
use graph_tests::faulty::{Fault, Faulty};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(GraphState, Debug, Clone, PartialEq)]
struct Desk {
    left: u32,
    #[reduce(append)]
    log: Vec<String>,
}

fn work(desk: &Desk) -> impl Update<Desk> + use<> {
    Desk::update().left(desk.left.saturating_sub(1)).log([format!("work {}", desk.left)])
}

fn question(desk: &Desk) -> u32 {
    desk.left
}

fn ask(_: &Desk, said: &u32) -> impl Update<Desk> + use<> {
    Desk::update().log([format!("said {said}")])
}

enum Next {
    Work,
    Ask,
    Done,
}

fn next(desk: &Desk) -> Next {
    match desk.left {
        0 => Next::Done,
        left if left.is_multiple_of(3) => Next::Ask,
        _ => Next::Work,
    }
}

graph! {
    graph Desks<Desk>;
    node work;
    pause ask(u32) asks question;
    start -> work -> match next {
        Next::Work => work,
        Next::Ask => ask,
        Next::Done => end,
    };
    ask -> work;
}

fn desks(saver: impl Checkpointer) -> Graph<Desks> {
    Desks::builder().checkpointer(saver).build()
}

fn collect<T, S: Stream<Item = Result<T, Error>>>(stream: S) -> Vec<T> {
    block_on(stream.try_collect()).unwrap()
}

/// What a checkpoint was when it was made. How it was left behind is not part of that: a pause is answered later.
#[derive(Clone, Debug, PartialEq)]
struct Made {
    shown: String,
    parent: Option<u64>,
    time: std::time::SystemTime,
    waits: bool,
}

impl Made {
    fn of(snapshot: &Snapshot<Desks>) -> Made {
        let Snapshot { state, tasks, step, source, time, tags, request, waiting, .. } = snapshot;
        let ids: Vec<_> = waiting.iter().map(|waiting| waiting.id().as_str()).collect();
        Made {
            shown: format!("{state:?} {tasks:?} {step} {source:?} {tags:?} {request:?} {ids:?}"),
            parent: snapshot.parent.map(|parent| parent.0),
            time: *time,
            waits: tasks.iter().any(|task| task == "ask"),
        }
    }
}

/// A thread as it should be: what it ever made, and what of that is left.
#[derive(Clone, Debug, Default)]
struct Model {
    made: BTreeMap<u64, Made>,
    kept: Vec<u64>,
    /// The requests that have an outcome, with its checkpoint.
    requests: BTreeMap<u64, u64>,
}

impl Model {
    fn head(&self) -> u64 {
        self.kept.last().copied().unwrap_or_default()
    }

    /// Notes what the thread has made since.
    fn grow(&mut self, thread: &Thread<Desks>) {
        let mut new = Vec::new();
        for snapshot in collect(thread.history()) {
            if snapshot.id.0 <= self.head() {
                break;
            }
            new.push((snapshot.id.0, Made::of(&snapshot)));
        }
        for (id, made) in new.into_iter().rev() {
            assert_eq!(id, self.head() + 1, "the ids follow each other");
            self.made.insert(id, made);
            self.kept.push(id);
        }
    }

    fn prune(&mut self, keep: Keep) -> u64 {
        let (before, head) = (self.kept.len(), self.head());
        match keep {
            Keep::Last(count) => self.kept.retain(|id| *id > head.saturating_sub(count.max(1))),
            Keep::Since(time) => {
                let first = self.kept.iter().copied().find(|id| self.made[id].time >= time).unwrap_or(head);
                self.kept.retain(|id| *id >= first);
            }
            Keep::Pauses => self.kept.retain(|id| *id == head || self.made[id].waits),
            keep => panic!("{keep:?}"),
        }
        (before - self.kept.len()) as u64
    }

    /// The branch of a checkpoint, the newest first, as far as it is left.
    fn branch(&self) -> Vec<u64> {
        let line = std::iter::successors(Some(self.head()), |id| self.made.get(id)?.parent);
        line.filter(|id| self.kept.contains(id)).collect()
    }

    /// Compares everything that can be read.
    fn is(&self, thread: &Thread<Desks>) {
        let history = collect(thread.history());
        let ids: Vec<u64> = history.iter().rev().map(|snapshot| snapshot.id.0).collect();
        assert_eq!(ids, self.kept);
        for snapshot in &history {
            assert_eq!(Made::of(snapshot).shown, self.made[&snapshot.id.0].shown, "{}", snapshot.id);
            assert_eq!(snapshot.parent.map(|parent| parent.0), self.made[&snapshot.id.0].parent);
        }
        assert_eq!(block_on(thread.verify()).unwrap(), self.kept.len() as u64);
        let branch: Vec<u64> = collect(thread.history().branch()).iter().map(|snapshot| snapshot.id.0).collect();
        assert_eq!(branch, if self.kept.is_empty() { Vec::new() } else { self.branch() });
        for id in self.made.keys().filter(|id| !self.kept.contains(id)) {
            let gone = block_on(thread.at(CheckpointId(*id)).snapshot());
            assert!(matches!(gone, Err(Error::UnknownCheckpoint { .. })), "{id}: {gone:?}");
        }
        for (request, outcome) in &self.requests {
            let again = block_on(thread.invoke(()).request_id(format!("r{request}")));
            let kept = self.kept.contains(outcome);
            match again {
                Err(Error::RequestPruned { .. }) => assert!(!kept, "{request}"),
                Err(error) => panic!("{error}"),
                Ok(_) => assert!(kept, "{request}"),
            }
        }
        assert_eq!(
            block_on(thread.verify()).unwrap(),
            self.kept.len() as u64,
            "a request that is known changes nothing"
        );
    }
}

#[derive(Clone, Debug)]
enum Act {
    /// Starts a run, if the thread has none; answers it, if it waits.
    Go {
        thread: usize,
        left: u32,
    },
    Fork {
        thread: usize,
        at: usize,
    },
    Prune {
        thread: usize,
        keep: Kept,
    },
    /// A prune that fails at this call.
    CutPrune {
        thread: usize,
        keep: Kept,
        call: u64,
    },
    Copy {
        from: usize,
        to: usize,
    },
    CutCopy {
        from: usize,
        to: usize,
        call: u64,
    },
    Delete {
        thread: usize,
    },
    Reopen,
}

#[derive(Clone, Copy, Debug)]
enum Kept {
    Last(u64),
    /// From the time of this one of the kept.
    Since(usize),
    Pauses,
}

fn act() -> impl Strategy<Value = Act> {
    let thread = 0..3_usize;
    let kept = prop_oneof![(0..9_u64).prop_map(Kept::Last), (0..9_usize).prop_map(Kept::Since), Just(Kept::Pauses)];
    prop_oneof![
        6 => (thread.clone(), 1..9_u32).prop_map(|(thread, left)| Act::Go { thread, left }),
        2 => (thread.clone(), 0..20_usize).prop_map(|(thread, at)| Act::Fork { thread, at }),
        3 => (thread.clone(), kept.clone()).prop_map(|(thread, keep)| Act::Prune { thread, keep }),
        2 => (thread.clone(), kept, 0..9_u64).prop_map(|(thread, keep, call)| Act::CutPrune { thread, keep, call }),
        2 => (thread.clone(), thread.clone()).prop_map(|(from, to)| Act::Copy { from, to }),
        2 => (thread.clone(), thread.clone(), 0..60_u64).prop_map(|(from, to, call)| Act::CutCopy { from, to, call }),
        1 => thread.prop_map(|thread| Act::Delete { thread }),
        1 => Just(Act::Reopen),
    ]
}

const IDS: [&str; 3] = ["a", "aa", "a\u{1}"];

struct World {
    saver: Faulty,
    graph: Graph<Desks>,
    models: [Model; 3],
    requests: u64,
}

impl World {
    fn new(saver: impl Checkpointer) -> World {
        let saver = Faulty::new(saver);
        World { graph: desks(saver.clone()), saver, models: Default::default(), requests: 0 }
    }

    fn thread(&self, thread: usize) -> Thread<Desks> {
        self.graph.thread(IDS[thread])
    }

    fn go(&mut self, at: usize, left: u32) {
        let thread = self.thread(at);
        let status = block_on(thread.snapshot()).unwrap().map(|snapshot| snapshot.status);
        if status == Some(Status::Paused) {
            let reply = thread.reply(DesksReply::Ask(left)).by("ada");
            drop(block_on(reply).unwrap());
            self.models[at].grow(&thread);
            return;
        }
        self.requests += 1;
        let run =
            thread.invoke(Desk::update().left(left)).request_id(format!("r{}", self.requests)).tag("left", "over");
        let finished = matches!(block_on(run).unwrap(), Outcome::Finished(_));
        self.models[at].grow(&thread);
        if finished {
            let head = self.models[at].head();
            self.models[at].requests.insert(self.requests, head);
        }
    }

    fn fork(&mut self, at: usize, which: usize) {
        let model = &self.models[at];
        if let Some(id) = model.kept.get(which % model.kept.len().max(1)) {
            let thread = self.thread(at);
            let branch = thread.at(CheckpointId(*id)).replay();
            drop(block_on(branch).unwrap());
            self.models[at].grow(&thread);
        }
    }

    fn keep(&self, at: usize, keep: Kept) -> Keep {
        let model = &self.models[at];
        match keep {
            Kept::Last(count) => Keep::Last(count),
            Kept::Since(which) => {
                let id = model.kept.get(which % model.kept.len().max(1));
                Keep::Since(id.map_or(std::time::SystemTime::UNIX_EPOCH, |id| model.made[id].time))
            }
            Kept::Pauses => Keep::Pauses,
        }
    }

    fn act(&mut self, act: &Act) {
        match *act {
            Act::Go { thread, left } => self.go(thread, left),
            Act::Fork { thread, at } => self.fork(thread, at),
            Act::Prune { thread, keep } => {
                let keep = self.keep(thread, keep);
                let removed = block_on(self.thread(thread).prune(keep)).unwrap();
                assert_eq!(removed, self.models[thread].prune(keep));
            }
            Act::CutPrune { thread, keep, call } => {
                let keep = self.keep(thread, keep);
                self.saver.fail_after(call, Fault::Lost);
                let cut = block_on(self.thread(thread).prune(keep));
                self.saver.heal();
                // Less than a page goes wholly or not at all; that it went may be what the caller was not told.
                let mut pruned = self.models[thread].clone();
                let removed = pruned.prune(keep);
                let left = collect(self.thread(thread).history()).len();
                if left == pruned.kept.len() {
                    self.models[thread] = pruned;
                }
                assert!(cut.is_err() || cut.is_ok_and(|cut| cut == removed));
            }
            Act::Copy { from, to } => {
                let copied = block_on(self.thread(from).copy_to(IDS[to]));
                self.copied(from, to, copied.map(drop));
            }
            Act::CutCopy { from, to, call } => {
                self.saver.fail_after(call, Fault::Failed);
                let copied = block_on(self.thread(from).copy_to(IDS[to]));
                if self.saver.heal() {
                    assert!(copied.is_err());
                    if let Err(Error::Copying { .. }) = block_on(self.thread(to).snapshot()) {
                        block_on(self.thread(to).delete()).unwrap();
                    }
                } else {
                    self.copied(from, to, copied.map(drop));
                }
            }
            Act::Delete { thread } => {
                block_on(self.thread(thread).delete()).unwrap();
                self.models[thread] = Model::default();
            }
            Act::Reopen => {}
        }
    }

    fn copied(&mut self, from: usize, to: usize, copied: Result<(), Error>) {
        match copied {
            Ok(()) => {
                assert!(self.models[to].kept.is_empty());
                self.models[to] = self.models[from].clone();
                // A copy does not know of requests whose outcome was gone.
                let Model { kept, requests, .. } = &mut self.models[to];
                requests.retain(|_, outcome| kept.contains(outcome));
            }
            Err(Error::UnknownThread { .. }) => assert!(self.models[from].kept.is_empty()),
            Err(Error::ThreadExists { .. }) => assert!(!self.models[to].kept.is_empty()),
            Err(error) => panic!("{error}"),
        }
    }

    fn check(&self) {
        for (at, model) in self.models.iter().enumerate() {
            model.is(&self.thread(at));
        }
        let listed: Vec<String> = collect(self.graph.threads()).iter().map(|thread| thread.id.to_string()).collect();
        let alive = IDS.iter().zip(&self.models).filter(|(_, model)| !model.kept.is_empty());
        let mut alive: Vec<_> = alive.map(|(id, _)| (*id).to_owned()).collect();
        alive.sort();
        assert_eq!(listed, alive);
    }
}

/// How many cases there are, unless somebody asks for more.
fn lives(usual: u32) -> u32 {
    std::env::var("GRAPH_TESTS_LIVES").map_or(usual, |lives| lives.parse().expect("a number of lives"))
}

fn on_sled(path: &Path) -> SledSaver {
    SledSaver::open(path).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(lives(96)) })]

    #[test]
    fn any_life_of_threads_is_that_of_lists(acts in proptest::collection::vec(act(), 1..24)) {
        let mut world = World::new(MemorySaver::new());
        for act in &acts {
            world.act(act);
            world.check();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(lives(12)) })]

    #[test]
    fn any_life_of_threads_survives_restarts(acts in proptest::collection::vec(act(), 1..24)) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store");
        let mut world = World::new(on_sled(&path));
        for act in &acts {
            world.act(act);
            if matches!(act, Act::Reopen) {
                let (models, requests) = (std::mem::take(&mut world.models), world.requests);
                // The last handle takes the lock of the store with it.
                drop(world);
                world = World { models, requests, ..World::new(on_sled(&path)) };
            }
        }
        world.check();
    }
}
