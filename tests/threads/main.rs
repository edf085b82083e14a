//! What a thread is: its name, its life, one runner at a time, tags and listing; and in rooms of their own cancellation, recovery, requests.

mod cancel;
mod recovery;
mod requests;

use futures_lite::future::{block_on, poll_once, yield_now};
use futures_lite::{Stream, StreamExt};
use graph_runtime::{BoxError, Ctx, Error, Graph, GraphState, MemorySaver, Status, Update, graph};
use graph_tests::faulty::Faulty;
use graph_tests::walk::{Probe, Trail, Trouble, Walk, walked};
use std::future::{Future, pending};
use std::pin::pin;
use std::sync::Arc;

fn walk(saver: &MemorySaver) -> (Graph<Walk>, Arc<Probe>) {
    let probe = Arc::new(Probe::default());
    (Walk::builder().context(Arc::clone(&probe)).checkpointer(saver.clone()).build(), probe)
}

/// Polls a future so many times and drops it.
fn drop_after<F: Future>(polls: usize, future: F) {
    let mut future = pin!(future);
    for _ in 0..polls {
        assert!(block_on(poll_once(future.as_mut())).is_none(), "the future is done too early");
    }
}

fn collect<T, S: Stream<Item = Result<T, Error>>>(stream: S) -> Vec<T> {
    block_on(stream.try_collect()).unwrap()
}

/// A graph that waits until the world ends, in its second step.
mod patience {
    use super::{Ctx, GraphState, Update, graph, pending};

    #[derive(GraphState, Debug, PartialEq)]
    pub(super) struct Wait {
        pub(super) steps: u32,
    }

    fn begin(wait: &Wait) -> impl Update<Wait> + use<> {
        Wait::update().steps(wait.steps + 1)
    }

    async fn stall(_: &Wait, _: &Ctx) {
        pending::<()>().await;
    }

    graph! {
        pub(super) graph Patience<Wait>;

        node begin, stall;

        start -> begin -> stall -> end;
    }
}
use patience::Patience;

#[test]
fn a_thread_that_never_ran_is_unknown() {
    let thread = walk(&MemorySaver::new()).0.thread("a");
    assert!(block_on(thread.snapshot()).unwrap().is_none());
    assert!(matches!(block_on(thread.resume()), Err(Error::UnknownThread { thread }) if thread.as_str() == "a"));
    assert!(matches!(block_on(thread.cancel("no")), Err(Error::UnknownThread { .. })));
    block_on(thread.delete()).unwrap();
}

#[test]
fn ids_are_checked_before_anything_is_written() {
    let (graph, _) = walk(&MemorySaver::new());
    for id in ["", "a\0b", &"x".repeat(256), &"x".repeat(300)] {
        let thread = graph.thread(id);
        assert!(matches!(block_on(thread.invoke(Trail::to(1))), Err(Error::InvalidThreadId(_))), "{id:?}");
        assert!(matches!(block_on(thread.resume()), Err(Error::InvalidThreadId(_))), "{id:?}");
        assert!(matches!(block_on(thread.snapshot()), Err(Error::InvalidThreadId(_))), "{id:?}");
        assert!(matches!(block_on(thread.cancel("no")), Err(Error::InvalidThreadId(_))), "{id:?}");
        assert!(matches!(block_on(thread.delete()), Err(Error::InvalidThreadId(_))), "{id:?}");
    }
    assert!(collect(graph.threads()).is_empty());
}

#[test]
fn ids_never_meet() {
    let (graph, _) = walk(&MemorySaver::new());
    let ids = ["a", "a/b", "ab", "a b", "ä", "\u{202e}a", "a\u{1}", "日本", &"x".repeat(255)];
    for (laps, id) in (1..).zip(ids) {
        assert_eq!(block_on(graph.thread(id).invoke(Trail::to(laps))).unwrap().finished().unwrap(), walked(laps));
    }
    block_on(graph.thread("a").delete()).unwrap();
    for (laps, id) in (1..).zip(ids).skip(1) {
        assert_eq!(block_on(graph.thread(id).snapshot()).unwrap().unwrap().state, walked(laps), "{id}");
    }
    let mut sorted: Vec<&str> = ids[1..].to_vec();
    sorted.sort_unstable();
    let listed = collect(graph.threads());
    assert_eq!(listed.iter().map(|thread| thread.id.as_str()).collect::<Vec<_>>(), sorted);
}

#[test]
fn threads_of_two_graphs_never_meet_in_one_store() {
    let saver = MemorySaver::new();
    let (walk, _) = walk(&saver);
    let patience = Patience::builder().checkpointer(saver.clone()).build();
    block_on(walk.thread("a").invoke(Trail::to(1))).unwrap().finished().unwrap();
    assert!(block_on(patience.thread("a").snapshot()).unwrap().is_none());
    drop_after(3, patience.thread("a").invoke(()));
    assert_eq!(block_on(walk.thread("a").snapshot()).unwrap().unwrap().state, walked(1));
    block_on(walk.thread("a").delete()).unwrap();
    assert_eq!(collect(patience.threads()).len(), 1);
    assert!(collect(walk.threads()).is_empty());
}

#[test]
fn one_run_of_a_thread_at_a_time() {
    let saver = MemorySaver::new();
    let graph = Patience::builder().checkpointer(saver.clone()).build();
    let other = Patience::builder().checkpointer(saver.clone()).build();
    let mut first = pin!(graph.thread("a").invoke(()));
    assert!(block_on(poll_once(first.as_mut())).is_none());
    for graph in [&graph, &other] {
        let thread = graph.thread("a");
        assert!(matches!(block_on(thread.invoke(())), Err(Error::Busy { .. })));
        assert!(matches!(block_on(thread.resume()), Err(Error::Busy { .. })));
        assert!(matches!(block_on(thread.delete()), Err(Error::Busy { .. })));
        assert_eq!(block_on(thread.snapshot()).unwrap().unwrap().status, Status::Running, "reading needs no lease");
        assert!(collect(graph.recover()).is_empty(), "a live run is passed over");
    }
    drop_after(1, graph.thread("b").invoke(()));
}

#[test]
fn a_dropped_run_is_interrupted_and_not_busy() {
    let saver = MemorySaver::new();
    let graph = Patience::builder().checkpointer(saver).build();
    drop_after(2, graph.thread("a").invoke(()));
    let snapshot = block_on(graph.thread("a").snapshot()).unwrap().unwrap();
    assert_eq!((snapshot.status, snapshot.step, snapshot.state.steps), (Status::Running, 1, 1));
    let error = block_on(graph.thread("a").invoke(())).unwrap_err();
    assert!(matches!(error, Error::Unfinished { status: Status::Running, .. }), "{error}");
    drop_after(2, graph.thread("a").resume());
    drop_after(2, graph.thread("a").resume_or_invoke(()));
    drop_after(2, graph.thread("a").invoke(()).restart());
    assert_eq!(block_on(graph.thread("a").snapshot()).unwrap().unwrap().state.steps, 2, "the state outlives a restart");
}

/// Another process is another id of the same store: the lease does not hold it back, the comparison of heads does.
#[test]
fn a_runner_that_was_overtaken_changes_nothing_more() {
    let saver = MemorySaver::new();
    let (graph, _) = walk(&saver);
    let probe = Arc::new(Probe::default());
    let elsewhere = Walk::builder().context(probe).checkpointer(Faulty::new(saver.clone())).build();
    let thread = graph.thread("a");
    let mut slow = pin!(thread.invoke(Trail::to(2)));
    assert!(block_on(poll_once(slow.as_mut())).is_none());
    let fast = block_on(elsewhere.thread("a").resume()).unwrap().finished().unwrap();
    assert_eq!(fast, walked(2));
    let error = block_on(slow).unwrap_err();
    assert!(matches!(&error, Error::Conflict { thread } if thread.as_str() == "a"), "{error}");
    assert_eq!(block_on(thread.snapshot()).unwrap().unwrap().state, walked(2));
}

#[test]
fn tags_stay_with_the_checkpoints_of_their_run() {
    let (graph, _) = walk(&MemorySaver::new());
    let thread = graph.thread("a");
    block_on(thread.invoke(Trail::to(1)).tag("tenant", "acme").tag("kind", "test")).unwrap().finished().unwrap();
    let tags = block_on(thread.snapshot()).unwrap().unwrap().tags;
    assert_eq!(tags, [("tenant".to_owned(), "acme".to_owned()), ("kind".to_owned(), "test".to_owned())]);
    block_on(thread.invoke(Trail::to(2))).unwrap().finished().unwrap();
    assert!(block_on(thread.snapshot()).unwrap().unwrap().tags.is_empty());
}

#[test]
fn a_deleted_thread_starts_afresh() {
    let (graph, _) = walk(&MemorySaver::new());
    let thread = graph.thread("a");
    block_on(thread.invoke(Trail::to(2)).request_id("r")).unwrap().finished().unwrap();
    block_on(thread.delete()).unwrap();
    assert!(block_on(thread.snapshot()).unwrap().is_none());
    let trail = block_on(thread.invoke(Trail::to(1)).request_id("r")).unwrap().finished().unwrap();
    assert_eq!(trail, walked(1), "nor is an answered request remembered");
    assert_eq!(block_on(thread.snapshot()).unwrap().unwrap().parent.unwrap().0, 3);
}

#[test]
fn threads_are_listed_over_many_pages() {
    let (graph, probe) = walk(&MemorySaver::new());
    let mut failed = 0;
    for number in 0..600 {
        if number % 7 == 0 {
            probe.trouble(1, Trouble::Error, 1);
            failed += 1;
        }
        let _ = block_on(graph.thread(format!("{number:04}")).invoke(Trail::to(1)));
    }
    let all = collect(graph.threads());
    assert_eq!(all.len(), 600);
    assert!(all.windows(2).all(|pair| pair[0].id < pair[1].id));
    assert_eq!(collect(graph.threads().status(Status::Failed)).len(), failed);
    assert_eq!(collect(graph.threads().status(Status::Finished)).len(), 600 - failed);
    assert!(collect(graph.threads().status(Status::Cancelled)).is_empty());
}

#[test]
fn handles_and_futures_go_into_tasks_as_they_are() {
    fn task<F: Future + Send + 'static>(_: F) {}
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}

    let (graph, _) = walk(&MemorySaver::new());
    let thread = graph.thread("a");
    shared(&graph);
    shared(&thread);
    task(thread.invoke(Trail::to(1)));
    task(thread.resume_or_invoke(Trail::to(1)).request_id("r").tag("a", "b"));
    task(thread.resume());
    task(thread.snapshot());
    task(thread.cancel("no"));
    task(thread.delete());
    task(Walk::builder().context(Probe::default()).build().run(Trail::to(1)));
    let recover = graph.recover();
    let threads = graph.threads();
    task(async move {
        let _: (Vec<_>, Vec<_>) = (recover.collect().await, threads.collect().await);
    });
}

/// A node of an executor that knows nothing of the library.
#[test]
fn any_executor_runs_a_thread() {
    mod tiny {
        use std::future::Future;
        use std::pin::pin;
        use std::sync::Arc;
        use std::task::{Context, Poll, Wake};
        use std::thread::{self, Thread};

        struct Unpark(Thread);

        impl Wake for Unpark {
            fn wake(self: Arc<Self>) {
                self.0.unpark();
            }
        }

        pub(super) fn block_on<F: Future>(future: F) -> F::Output {
            let mut future = pin!(future);
            let waker = Arc::new(Unpark(thread::current())).into();
            loop {
                match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                    Poll::Ready(output) => return output,
                    Poll::Pending => thread::park(),
                }
            }
        }
    }

    let directory = tempfile::tempdir().unwrap();
    let saver = graph_runtime::SledSaver::open(directory.path()).unwrap();
    let graph = Walk::builder().context(Probe::default()).checkpointer(saver).build();
    assert_eq!(tiny::block_on(graph.thread("a").invoke(Trail::to(2))).unwrap().finished().unwrap(), walked(2));
}

#[test]
fn many_threads_run_side_by_side() {
    let directory = tempfile::tempdir().unwrap();
    let saver = graph_runtime::SledSaver::open(directory.path()).unwrap();
    let graph = Walk::builder().context(Probe::default()).checkpointer(saver).build();
    std::thread::scope(|scope| {
        for number in 0..16 {
            let graph = &graph;
            scope.spawn(move || {
                let thread = graph.thread(format!("{number}"));
                for laps in 1..4 {
                    assert_eq!(block_on(thread.invoke(Trail::to(laps))).unwrap().finished().unwrap(), walked(laps));
                }
            });
        }
    });
    assert_eq!(collect(graph.threads().status(Status::Finished)).len(), 16);
}

/// Of many runners of one thread in one process, one runs and the others are told.
#[test]
fn runners_that_race_for_a_thread_never_mix() {
    let (graph, _) = walk(&MemorySaver::new());
    let served = std::thread::scope(|scope| {
        let runners: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let mut served = 0;
                    for _ in 0..50 {
                        match block_on(async {
                            yield_now().await;
                            graph.thread("a").resume_or_invoke(()).await
                        }) {
                            Ok(outcome) => {
                                outcome.finished().unwrap();
                                served += 1;
                            }
                            Err(Error::Busy { .. }) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                    served
                })
            })
            .collect();
        runners.into_iter().map(|runner| runner.join().unwrap()).sum::<u32>()
    });
    let trail = block_on(graph.thread("a").snapshot()).unwrap().unwrap().state;
    assert_eq!(trail.laps(), served);
    assert_eq!(trail.steps(), (1..=u64::from(served) * 3).collect::<Vec<_>>());
}

/// Errors say what happened and what to do in one line.
#[test]
fn messages_are_one_line_with_a_remedy() {
    let (graph, probe) = walk(&MemorySaver::new());
    let thread = graph.thread("a");
    let unknown: BoxError = block_on(thread.resume()).unwrap_err().into();
    assert_eq!(unknown.to_string(), "thread `a` has never run; `invoke` starts it");
    probe.trouble(1, Trouble::Error, 1);
    let failed = block_on(thread.invoke(Trail::to(1))).unwrap_err();
    assert_eq!(
        failed.to_string(),
        "node `leave` failed in step 1 of thread `a`: a root in step 1; `resume` runs it again"
    );
    let unfinished = block_on(thread.invoke(Trail::to(1))).unwrap_err();
    assert_eq!(
        unfinished.to_string(),
        "thread `a` is not finished (Failed); `resume` it, or `.restart()` to drop what is pending"
    );
    let idle = block_on(thread.recover()).unwrap_err();
    assert_eq!(
        idle.to_string(),
        "thread `a` has nothing to recover (Failed); `recover` goes on with runs that were cut off, and with what is due"
    );
    let id = block_on(graph.thread("").resume()).unwrap_err();
    assert_eq!(id.to_string(), "a thread id is empty; give it 1 to 255 bytes");
}
