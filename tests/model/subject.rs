//! The graph itself, over a store that may be closed and opened again.

use crate::call::{Call, End, Guest, Invocation, Trouble};
use crate::graph::{Plan, Ran, STEP_LIMIT, Tally, Tallying, ends};
use crate::stored::{Seen, Threads};
use futures_lite::future::block_on;
use futures_lite::{Stream, StreamExt};
use graph_runtime::{CheckpointId, Checkpointer, Durability, Error, Graph, Outcome, Status, Thread};
use graph_tests::thread_of;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

const EVERY_STATUS: [Status; 6] =
    [Status::Running, Status::Paused, Status::Failed, Status::Stopped, Status::Finished, Status::Cancelled];

pub(crate) struct Subject<F, S> {
    open: F,
    /// `None` only between closing and opening.
    opened: Option<Opened<S>>,
    /// What `recover` told in the last call.
    pub(crate) recovered: Vec<(usize, End)>,
    /// The records of each thread, the oldest first.
    records: BTreeMap<usize, Vec<Vec<u8>>>,
}

#[derive(Clone)]
struct Opened<S> {
    store: S,
    graph: Graph<Tallying>,
    plan: Arc<Plan>,
}

impl<F: Fn() -> S, S: Checkpointer + Clone> Subject<F, S> {
    pub(crate) fn new(open: F, durability: Durability) -> Self {
        let opened = Some(Opened::new(open(), durability));
        Subject { open, opened, recovered: Vec::new(), records: BTreeMap::new() }
    }

    /// Does the call of this number; `visited` is what visitors are to see.
    pub(crate) fn call(&mut self, number: usize, call: &Call, visited: &Threads) -> End {
        let opened = self.opened();
        opened.plan.begin(Trouble::default());
        self.recovered.clear();
        let done = |result: Result<(), Error>| result.map_or_else(End::from, |()| End::Done);
        match *call {
            Call::Invoke(id, Invocation { goal, request, restart, resumes }, trouble) => {
                let (thread, update) = (opened.thread(id), Tally::update().goal(goal));
                let run = if resumes { thread.resume_or_invoke(update) } else { thread.invoke(update) };
                let run = run.tag("call", number.to_string());
                let run = if let Some(request) = request { run.request_id(request.to_string()) } else { run };
                opened.run(&thread, if restart { run.restart() } else { run }, trouble, visited)
            }
            Call::Resume(id, trouble) => {
                let thread = opened.thread(id);
                opened.run(&thread, thread.resume(), trouble, visited)
            }
            Call::Cancel(id, reason) => done(block_on(opened.thread(id).cancel(reason))),
            Call::Delete(id) => {
                self.records.remove(&id);
                done(block_on(opened.thread(id).delete()))
            }
            Call::Recover(trouble) => {
                let (end, recovered) = opened.recover(trouble);
                self.recovered = recovered;
                end
            }
            Call::Reopen(durability) => {
                // Every handle goes before the store can be opened again.
                drop(opened);
                self.opened = None;
                self.opened = Some(Opened::new((self.open)(), durability));
                End::Done
            }
        }
    }

    /// The nodes that ran in the last call.
    pub(crate) fn ran(&self) -> Vec<Ran> {
        self.opened().plan.ran()
    }

    /// The threads as their snapshots show them, after a look at the records beneath: one for each checkpoint, and none
    /// that was there before has changed.
    pub(crate) fn look(&mut self) -> BTreeMap<usize, Seen> {
        let opened = self.opened();
        let seen = opened.look();
        for (id, thread) in &seen {
            let key = thread_of("Tallying", &id.to_string());
            let records = block_on(opened.store.range(&key, None, usize::MAX)).unwrap();
            let (ids, records): (Vec<_>, Vec<_>) = records.into_iter().rev().unzip();
            assert_eq!(ids, (1..=thread.checkpoint).map(CheckpointId).collect::<Vec<_>>(), "thread {id}");
            let before = self.records.entry(*id).or_default();
            assert!(records.starts_with(before), "a record of thread {id} has changed");
            *before = records;
        }
        seen
    }

    fn opened(&self) -> Opened<S> {
        self.opened.clone().expect("an open store")
    }
}

impl<S: Checkpointer + Clone> Opened<S> {
    fn new(store: S, durability: Durability) -> Self {
        let plan = Arc::new(Plan::default());
        let graph = Tallying::builder().context(Arc::clone(&plan)).checkpointer(store.clone());
        Opened { store, graph: graph.durability(durability).step_limit(STEP_LIMIT).build(), plan }
    }

    fn thread(&self, id: usize) -> Thread<Tallying> {
        self.graph.thread(id.to_string())
    }

    /// Runs the thread as the trouble says.
    fn run<R>(&self, thread: &Thread<Tallying>, run: R, trouble: Trouble, visited: &Threads) -> End
    where
        R: Future<Output = Result<Outcome<Tally>, Error>>,
    {
        self.plan.begin(trouble);
        let mut run = pin!(run);
        if let Some(ended) = self.until(trouble, run.as_mut()) {
            return ended.into();
        }
        match trouble.interruption.map(|interruption| interruption.by) {
            None | Some(Guest::Drop | Guest::DropPolled) => return End::Dropped,
            Some(Guest::Cancel) => block_on(thread.cancel("visit")).unwrap(),
            Some(Guest::Visit) => self.visit(thread, visited),
        }
        block_on(run).into()
    }

    /// Drives the future to its end, or to the moment of the interruption: then it is `None`.
    fn until<R: Future>(&self, trouble: Trouble, mut run: Pin<&mut R>) -> Option<R::Output> {
        let polled = trouble.interruption.filter(|interruption| interruption.by == Guest::DropPolled);
        let mut polls = polled.map_or(0, |interruption| interruption.time);
        block_on(poll_fn(|cx| match run.as_mut().poll(cx) {
            Poll::Ready(ended) => Poll::Ready(Some(ended)),
            Poll::Pending if self.plan.rested() || ends(&mut polls) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }))
    }

    /// A running thread can be read, and by nobody else be run or deleted.
    fn visit(&self, thread: &Thread<Tallying>, visited: &Threads) {
        assert_eq!(self.look(), seen(visited));
        let update = || Tally::update().goal(1);
        assert_eq!(End::from(block_on(thread.invoke(update()).restart())), End::Busy);
        assert_eq!(End::from(block_on(thread.resume_or_invoke(update()).request_id("0"))), End::Busy);
        assert_eq!(End::from(block_on(thread.resume())), End::Busy);
        assert_eq!(block_on(thread.delete()).map_err(End::from), Err(End::Busy));
    }

    fn recover(&self, trouble: Trouble) -> (End, Vec<(usize, End)>) {
        self.plan.begin(trouble);
        let mut recovered = Vec::new();
        let mut stream = self.graph.recover();
        loop {
            let Some(next) = self.until(trouble, pin!(stream.next())) else { return (End::Dropped, recovered) };
            let Some(next) = next else { return (End::Done, recovered) };
            let (id, ended) = next.unwrap();
            recovered.push((id.as_str().parse().unwrap(), ended.into()));
        }
    }

    /// The threads as their snapshots show them, which the listings agree with.
    fn look(&self) -> BTreeMap<usize, Seen> {
        let listed = collect(self.graph.threads());
        let seen: BTreeMap<_, _> = listed
            .iter()
            .map(|summary| {
                let snapshot = block_on(self.graph.thread(summary.id.as_str()).snapshot()).unwrap().unwrap();
                assert_eq!((snapshot.status, snapshot.id), (summary.status, summary.checkpoint));
                (summary.id.as_str().parse().unwrap(), Seen::from(snapshot))
            })
            .collect();
        for status in EVERY_STATUS {
            let wanted: Vec<_> = listed.iter().filter(|summary| summary.status == status).cloned().collect();
            assert_eq!(collect(self.graph.threads().status(status)), wanted);
        }
        seen
    }
}

/// What the snapshots of these threads show.
pub(crate) fn seen(threads: &Threads) -> BTreeMap<usize, Seen> {
    threads.iter().map(|(id, thread)| (*id, thread.seen.clone())).collect()
}

fn collect<T, S: Stream<Item = Result<T, Error>>>(stream: S) -> Vec<T> {
    block_on(stream.try_collect()).unwrap()
}
