//! Any sequence of calls does to the threads of a graph what a model of a few lines says.
//!
//! `GRAPH_TESTS_CASES=10000 cargo test --release -p graph-tests --test model` tries more sequences than the 256 of a plain run.

use futures_lite::future::{block_on, poll_once, yield_now};
use futures_lite::{Stream, StreamExt};
use graph_runtime::{
    BoxError, Checkpointer, Command, Ctx, Durability, Error, Graph, GraphState, MemorySaver, Outcome, SledSaver,
    Snapshot, Status, StopReason, Update, graph,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(GraphState, Clone, Debug, PartialEq)]
struct Tally {
    goal: u64,
    count: u64,
    #[reduce(append)]
    log: Vec<u64>,
}

/// How many nodes run until one fails, and whether it panics.
#[derive(Debug, Default)]
struct Plan {
    left: AtomicU64,
    panics: AtomicU64,
}

impl Plan {
    fn run(&self) -> Result<(), BoxError> {
        // Zero is no plan; the count wraps around and does not come back to one.
        if self.left.fetch_sub(1, Ordering::Relaxed) != 1 {
            return Ok(());
        }
        assert!(self.panics.load(Ordering::Relaxed) == 0, "planned");
        Err("planned".into())
    }
}

enum After {
    Again,
    Enough,
}

fn add(tally: &Tally, cx: &Ctx<Plan>) -> Result<impl Update<Tally> + use<>, BoxError> {
    cx.context().run()?;
    Ok(Tally::update().count(tally.count + 1).log([tally.count + 1]))
}

/// Waits twice.
async fn wait(_: &Tally, cx: &Ctx<Plan>) -> Result<(), BoxError> {
    yield_now().await;
    cx.context().run()?;
    yield_now().await;
    Ok(())
}

fn judge(tally: &Tally, cx: &Ctx<Plan>) -> Result<Command<After>, BoxError> {
    cx.context().run()?;
    Ok(Command::to(if tally.count < tally.goal { After::Again } else { After::Enough }))
}

graph! {
    graph Tallying<Tally, Plan>;

    node add, wait, judge;

    start -> add -> wait -> judge -> match {
        After::Again => add,
        After::Enough => end,
    };
}

const NODES: [TallyingNode; 3] = [TallyingNode::Add, TallyingNode::Wait, TallyingNode::Judge];
const STEP_LIMIT: u64 = 8;

/// What disturbs a run.
#[derive(Clone, Copy, Debug, Default)]
struct Trouble {
    /// The so-manieth node fails; zero for none.
    fails: u64,
    panics: bool,
    /// The run is dropped after so many polls.
    polls: Option<u64>,
}

#[derive(Clone, Debug)]
enum Call {
    Invoke { goal: u64, request: Option<u8>, restart: bool, resumes: bool, trouble: Trouble },
    Resume(Trouble),
    Cancel,
    Delete,
    Recover,
    Reopen,
}

fn call() -> impl Strategy<Value = Call> {
    let trouble = (0..12_u64, any::<bool>(), proptest::option::weighted(0.3, 1..8_u64))
        .prop_map(|(fails, panics, polls)| Trouble { fails: if fails < 7 { fails } else { 0 }, panics, polls });
    let request = proptest::option::of(0..3_u8);
    let invoke = (1..9_u64, request, proptest::bool::weighted(0.2), any::<bool>(), trouble.clone());
    prop_oneof![
        6 => invoke.prop_map(|(goal, request, restart, resumes, trouble)|
            Call::Invoke { goal, request, restart, resumes, trouble }),
        3 => trouble.prop_map(Call::Resume),
        1 => Just(Call::Cancel),
        1 => Just(Call::Delete),
        1 => Just(Call::Recover),
        1 => Just(Call::Reopen),
    ]
}

/// How a call ends.
#[derive(Clone, Debug, PartialEq)]
enum End {
    Finished(Tally),
    Limit,
    Cancelled,
    Failed,
    Dropped,
    Unfinished(Status),
    NothingToResume(Status),
    NothingToCancel(Status),
    Unknown,
    RequestDropped,
    Done,
}

/// A thread as it should be stored.
#[derive(Clone, Debug)]
struct Thread {
    checkpoints: u64,
    step: u64,
    tally: Tally,
    /// The place of the next node in `NODES`; none at the end.
    next: Option<usize>,
    status: Status,
    request: Option<u8>,
    /// The last checkpoint of each request.
    requests: BTreeMap<u8, (Status, Tally)>,
}

impl Thread {
    fn new() -> Thread {
        Thread {
            checkpoints: 0,
            step: 0,
            tally: Tally::initial(),
            next: None,
            status: Status::Finished,
            request: None,
            requests: BTreeMap::new(),
        }
    }

    fn unfinished(&self) -> bool {
        !matches!(self.status, Status::Finished | Status::Cancelled)
    }

    fn commit(&mut self, status: Status) {
        self.checkpoints += 1;
        self.status = status;
        if let Some(request) = self.request {
            self.requests.insert(request, (status, self.tally.clone()));
        }
    }
}

struct Model {
    threads: BTreeMap<usize, Thread>,
    exit: bool,
}

impl Model {
    fn start(&mut self, id: usize, goal: u64, request: Option<u8>, trouble: &mut Trouble) -> End {
        let mut live = self.threads.get(&id).cloned().unwrap_or_else(Thread::new);
        live.tally.goal = goal;
        live.next = Some(0);
        live.request = request;
        if !self.exit {
            live.commit(Status::Running);
            self.threads.insert(id, live.clone());
        }
        self.drive(id, live, self.exit, trouble)
    }

    fn resume(&mut self, id: usize, trouble: &mut Trouble) -> End {
        let live = self.threads.get_mut(&id).unwrap();
        live.status = Status::Running;
        let live = live.clone();
        self.drive(id, live, false, trouble)
    }

    fn drive(&mut self, id: usize, mut live: Thread, mut unsaved: bool, trouble: &mut Trouble) -> End {
        let mut taken = 0;
        while let Some(node) = live.next {
            if taken == STEP_LIMIT {
                return self.halt(id, live, unsaved, Status::Stopped, End::Limit);
            }
            taken += 1;
            // The node waits once before it can fail and once after.
            if node == 1 && out_of_polls(trouble) {
                return End::Dropped;
            }
            trouble.fails = trouble.fails.wrapping_sub(1);
            if trouble.fails == 0 {
                return self.halt(id, live, unsaved, Status::Failed, End::Failed);
            }
            if node == 1 && out_of_polls(trouble) {
                return End::Dropped;
            }
            if node == 0 {
                live.tally.count += 1;
                live.tally.log.push(live.tally.count);
            }
            live.next = match node {
                2 if live.tally.count >= live.tally.goal => None,
                node => Some((node + 1) % 3),
            };
            live.step += 1;
            unsaved = self.exit;
            if live.next.is_none() {
                live.commit(Status::Finished);
                self.threads.insert(id, live.clone());
            } else if !self.exit {
                live.commit(Status::Running);
                self.threads.insert(id, live.clone());
            }
        }
        End::Finished(live.tally)
    }

    fn halt(&mut self, id: usize, mut live: Thread, unsaved: bool, status: Status, end: End) -> End {
        if unsaved {
            live.commit(Status::Running);
        }
        live.status = status;
        self.threads.insert(id, live);
        end
    }

    fn call(&mut self, id: usize, call: &Call) -> End {
        let status = self.threads.get(&id).map(|thread| thread.status);
        match *call {
            Call::Invoke { goal, request, restart, resumes, mut trouble } => {
                if let Some(thread) = self.threads.get(&id) {
                    if let Some((status, tally)) = request.and_then(|request| thread.requests.get(&request)) {
                        match status {
                            Status::Finished => return End::Finished(tally.clone()),
                            Status::Cancelled => return End::Cancelled,
                            _ if thread.request != request => return End::RequestDropped,
                            _ => {}
                        }
                    }
                    if thread.unfinished() && !restart {
                        let same = request.is_some() && thread.request == request;
                        if !resumes && !same {
                            return End::Unfinished(thread.status);
                        }
                        let end = self.resume(id, &mut trouble);
                        if same || request.is_none() || !matches!(end, End::Finished(_)) {
                            return end;
                        }
                    }
                }
                self.start(id, goal, request, &mut trouble)
            }
            Call::Resume(mut trouble) => match status {
                None => End::Unknown,
                Some(status @ (Status::Finished | Status::Cancelled)) => End::NothingToResume(status),
                Some(_) => self.resume(id, &mut trouble),
            },
            Call::Cancel => match (status, self.threads.get_mut(&id)) {
                (Some(Status::Cancelled), _) => End::Done,
                (Some(status @ Status::Finished), _) => End::NothingToCancel(status),
                (Some(_), Some(thread)) => {
                    thread.next = None;
                    thread.commit(Status::Cancelled);
                    End::Done
                }
                _ => End::Unknown,
            },
            Call::Delete => {
                self.threads.remove(&id);
                End::Done
            }
            Call::Recover => {
                let left: Vec<_> = self.threads.iter().filter(|(_, thread)| thread.status == Status::Running).collect();
                for id in left.into_iter().map(|(id, _)| *id).collect::<Vec<_>>() {
                    self.resume(id, &mut Trouble::default());
                }
                End::Done
            }
            Call::Reopen => End::Done,
        }
    }
}

fn out_of_polls(trouble: &mut Trouble) -> bool {
    trouble.polls = trouble.polls.map(|polls| polls - 1);
    trouble.polls == Some(0)
}

/// The graph itself, over a store that may be closed and opened again.
struct Subject<F> {
    open: F,
    durability: Durability,
    graph: Option<(Graph<Tallying>, Arc<Plan>)>,
}

impl<F: Fn() -> S, S: Checkpointer> Subject<F> {
    fn graph(&mut self) -> &(Graph<Tallying>, Arc<Plan>) {
        let (open, durability) = (&self.open, self.durability);
        self.graph.get_or_insert_with(|| {
            let plan = Arc::new(Plan::default());
            let graph = Tallying::builder().context(Arc::clone(&plan)).checkpointer(open());
            (graph.durability(durability).step_limit(STEP_LIMIT).build(), plan)
        })
    }

    fn call(&mut self, id: usize, call: &Call) -> End {
        let (graph, plan) = self.graph();
        let thread = graph.thread(id.to_string());
        match call {
            Call::Invoke { goal, request, restart, resumes, trouble } => {
                let update = Tally::update().goal(*goal);
                let mut run = if *resumes { thread.resume_or_invoke(update) } else { thread.invoke(update) };
                if let Some(request) = request {
                    run = run.request_id(request.to_string());
                }
                if *restart {
                    run = run.restart();
                }
                disturbed(run, plan, *trouble)
            }
            Call::Resume(trouble) => disturbed(thread.resume(), plan, *trouble),
            Call::Cancel => block_on(thread.cancel("enough")).map_or_else(end_of, |()| End::Done),
            Call::Delete => block_on(thread.delete()).map_or_else(end_of, |()| End::Done),
            Call::Recover => {
                plan.left.store(0, Ordering::Relaxed);
                for (_, outcome) in collect(graph.recover()) {
                    drop(outcome.unwrap());
                }
                End::Done
            }
            Call::Reopen => {
                self.graph = None;
                End::Done
            }
        }
    }
}

fn collect<T, S: Stream<Item = Result<T, Error>>>(stream: S) -> Vec<T> {
    block_on(stream.try_collect()).unwrap()
}

/// Runs as the trouble says.
fn disturbed(run: impl Future<Output = Result<Outcome<Tally>, Error>>, plan: &Plan, trouble: Trouble) -> End {
    plan.panics.store(u64::from(trouble.panics), Ordering::Relaxed);
    plan.left.store(trouble.fails, Ordering::Relaxed);
    let mut run = pin!(run);
    let ended = match trouble.polls {
        None => block_on(run),
        Some(polls) => match (0..polls).find_map(|_| block_on(poll_once(run.as_mut()))) {
            Some(ended) => ended,
            None => return End::Dropped,
        },
    };
    match ended {
        Ok(Outcome::Finished(tally)) => End::Finished(tally),
        Ok(Outcome::Stopped(stop)) => match stop.reason {
            StopReason::StepLimit { limit: STEP_LIMIT } => End::Limit,
            _ => End::Cancelled,
        },
        Ok(other) => panic!("{other:?}"),
        Err(error) => end_of(error),
    }
}

fn end_of(error: Error) -> End {
    match error {
        Error::Node(error) if error.cause.to_string().ends_with("planned") => End::Failed,
        Error::Unfinished { status, .. } => End::Unfinished(status),
        Error::NothingToResume { status, .. } => End::NothingToResume(status),
        Error::NothingToCancel { status, .. } => End::NothingToCancel(status),
        Error::UnknownThread { .. } => End::Unknown,
        Error::RequestDropped { .. } => End::RequestDropped,
        error => panic!("{error}"),
    }
}

fn compare(id: usize, snapshot: Option<Snapshot<Tallying>>, thread: Option<&Thread>) {
    assert_eq!(snapshot.is_some(), thread.is_some(), "thread {id} exists");
    let Some((snapshot, thread)) = snapshot.zip(thread) else { return };
    assert_eq!(snapshot.state, thread.tally, "thread {id}");
    assert_eq!(snapshot.next, thread.next.map(|node| NODES[node]).into_iter().collect::<Vec<_>>(), "thread {id}");
    assert_eq!((snapshot.status, snapshot.step), (thread.status, thread.step), "thread {id}");
    assert_eq!(snapshot.id.0, thread.checkpoints, "thread {id}");
    assert_eq!(snapshot.parent.map_or(0, |parent| parent.0), thread.checkpoints - 1, "thread {id}");
    assert_eq!(snapshot.request, thread.request.map(|request| request.to_string()), "thread {id}");
    assert_eq!(snapshot.failure.is_some(), thread.status == Status::Failed, "thread {id}");
}

fn follow<S: Checkpointer>(open: impl Fn() -> S, durability: Durability, calls: &[(usize, Call)]) {
    let mut model = Model { threads: BTreeMap::new(), exit: durability == Durability::Exit };
    let mut subject = Subject { open, durability, graph: None };
    for (id, call) in calls {
        assert_eq!(subject.call(*id, call), model.call(*id, call), "{call:?} on thread {id}");
        let graph = subject.graph().0.clone();
        for id in 0..THREADS {
            compare(id, block_on(graph.thread(id.to_string()).snapshot()).unwrap(), model.threads.get(&id));
        }
        let listed = collect(graph.threads());
        let listed: Vec<_> = listed.iter().map(|thread| (thread.id.to_string(), thread.status)).collect();
        let wanted: Vec<_> = model.threads.iter().map(|(id, thread)| (id.to_string(), thread.status)).collect();
        assert_eq!(listed, wanted);
    }
}

const THREADS: usize = 3;

fn calls(most: usize) -> impl Strategy<Value = (Durability, Vec<(usize, Call)>)> {
    let durability = prop_oneof![Just(Durability::Sync), Just(Durability::Async), Just(Durability::Exit)];
    (durability, proptest::collection::vec((0..THREADS, call()), 1..most))
}

fn cases(share: u32) -> ProptestConfig {
    let cases = std::env::var("GRAPH_TESTS_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(256);
    ProptestConfig { cases: cases / share, failure_persistence: None, ..ProptestConfig::default() }
}

/// Planned panics are many, and each would print its trace.
fn quietly(test: impl FnOnce()) {
    static QUIET: std::sync::Once = std::sync::Once::new();
    QUIET.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if info.payload().downcast_ref::<&str>() != Some(&"planned") {
                loud(info);
            }
        }));
    });
    test();
}

#[test]
fn threads_in_memory_follow_the_model() {
    quietly(|| {
        proptest!(cases(1), |((durability, calls) in calls(40))| {
            let store = MemorySaver::new();
            follow(|| store.clone(), durability, &calls);
        });
    });
}

#[test]
fn threads_on_disk_follow_the_model() {
    quietly(|| {
        // A synced step takes a third of a millisecond, an open some more; and what a dropped run waits for is the disk,
        // so that polls are not those of the model.
        let calm = |(durability, calls): (Durability, Vec<(usize, Call)>)| {
            let calls = calls.into_iter().map(|(id, mut call)| {
                if let Call::Invoke { trouble, .. } | Call::Resume(trouble) = &mut call {
                    trouble.polls = None;
                }
                (id, call)
            });
            (durability, calls.collect::<Vec<_>>())
        };
        proptest!(cases(8), |((durability, calls) in calls(25).prop_map(calm))| {
            let directory = tempfile::tempdir().unwrap();
            let open = || SledSaver::open(directory.path().join("store")).unwrap();
            follow(open, durability, &calls);
        });
    });
}
