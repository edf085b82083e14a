//! What a thread is: its name, its life, one runner at a time, requests, cancellation, listing, recovery.

use futures_lite::future::{block_on, poll_once, yield_now};
use futures_lite::{Stream, StreamExt};
use graph_runtime::{
    BoxError, Checkpointer, Ctx, Durability, Error, Event, Graph, GraphState, MemorySaver, Outcome, Status, Stop,
    StopReason, ThreadId, ThreadKey, Update, graph,
};
use graph_tests::faulty::{Fault, Faulty};
use graph_tests::walk::{Probe, Trail, Trouble, Walk, walked};
use std::future::{Future, pending};
use std::pin::pin;
use std::sync::Arc;
use std::time::SystemTime;

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

/// A graph that never waits and never ends by itself.
mod endless {
    use super::{Arc, Ctx, GraphState, Update, graph};

    #[derive(GraphState, Debug)]
    pub(super) struct Turns {
        #[reduce(add)]
        pub(super) turns: u64,
    }

    pub(super) type Hook = Box<dyn Fn(u64) + Send + Sync>;

    fn turn(turns: &Turns, cx: &Ctx<Hook>) -> impl Update<Turns> + use<> {
        cx.context()(turns.turns);
        Turns::update().turns(1)
    }

    fn never(_: &Turns) -> bool {
        false
    }

    graph! {
        pub(super) graph Endless<Turns, Hook>;

        node turn;

        start -> turn -> match never {
            true => end,
            false => turn,
        };
    }

    pub(super) fn hook(hook: impl Fn(u64) + Send + Sync + 'static) -> Arc<Hook> {
        Arc::new(Box::new(hook))
    }
}
use endless::Endless;

#[test]
fn a_thread_that_never_ran_is_unknown() {
    let thread = walk(&MemorySaver::new()).0.thread("a");
    assert!(block_on(thread.snapshot()).unwrap().is_none());
    assert!(matches!(block_on(thread.resume()), Err(Error::UnknownThread { thread }) if thread.as_str() == "a"));
    assert!(matches!(block_on(thread.cancel("no")), Err(Error::UnknownThread { .. })));
    block_on(thread.delete()).unwrap();
}

#[test]
fn a_listing_or_recovery_that_has_ended_stays_at_its_end() {
    let (graph, _) = walk(&MemorySaver::new());
    let (mut threads, mut recover) = (graph.threads(), graph.recover());
    for _ in 0..3 {
        assert!(block_on(threads.next()).is_none());
        assert!(block_on(recover.next()).is_none());
    }
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
fn a_request_is_served_once() {
    let saver = MemorySaver::new();
    let (graph, probe) = walk(&saver);
    let thread = graph.thread("a");
    for _ in 0..3 {
        let trail = block_on(thread.invoke(Trail::to(1)).request_id("r-1")).unwrap().finished().unwrap();
        assert_eq!(trail, walked(1));
    }
    assert_eq!(probe.runs().len(), 3);
    let second = block_on(thread.resume_or_invoke(Trail::to(2)).request_id("r-2")).unwrap().finished().unwrap();
    assert_eq!(second, walked(2));
    let first = block_on(thread.invoke(Trail::to(9)).request_id("r-1")).unwrap().finished().unwrap();
    assert_eq!(first, walked(1), "an older request gets the outcome that it had");
    assert_eq!(probe.runs().len(), 3);
}

#[test]
fn a_request_that_did_not_finish_goes_on() {
    for trouble in [Trouble::Error, Trouble::Panic] {
        let (graph, probe) = walk(&MemorySaver::new());
        let thread = graph.thread("a");
        probe.trouble(2, trouble, 1);
        block_on(thread.invoke(Trail::to(1)).request_id("r")).unwrap_err();
        let error = block_on(thread.invoke(Trail::to(1)).request_id("s")).unwrap_err();
        assert!(matches!(error, Error::Unfinished { status: Status::Failed, .. }), "{error}");
        let trail = block_on(thread.invoke(Trail::to(1)).request_id("r")).unwrap().finished().unwrap();
        assert_eq!(trail, walked(1));
    }
}

#[test]
fn a_request_is_not_lost_behind_another_ones_work() {
    let (graph, probe) = walk(&MemorySaver::new());
    let thread = graph.thread("a");
    probe.trouble(2, Trouble::Error, 1);
    block_on(thread.invoke(Trail::to(1)).request_id("r")).unwrap_err();
    let trail = block_on(thread.resume_or_invoke(Trail::to(2)).request_id("s")).unwrap().finished().unwrap();
    assert_eq!(trail, walked(2), "what was left is finished, then the new request is served");
    let first = block_on(thread.invoke(()).request_id("r")).unwrap().finished().unwrap();
    assert_eq!(first, walked(1));
}

#[test]
fn a_request_that_a_restart_dropped_is_told_so() {
    let (graph, probe) = walk(&MemorySaver::new());
    let thread = graph.thread("a");
    probe.trouble(2, Trouble::Error, 1);
    block_on(thread.invoke(Trail::to(1)).request_id("r")).unwrap_err();
    block_on(thread.invoke(Trail::to(1)).request_id("s").restart()).unwrap().finished().unwrap();
    let error = block_on(thread.invoke(Trail::to(1)).request_id("r")).unwrap_err();
    assert!(matches!(&error, Error::RequestDropped { request, .. } if request == "r"), "{error}");
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

fn cancelled<S>(outcome: Result<Outcome<S>, Error>) -> String {
    match outcome {
        Ok(Outcome::Stopped(Stop { reason: StopReason::Cancelled { reason }, .. })) => reason,
        Ok(_) => panic!("the run was not cancelled"),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_node_that_waits_for_ever_is_cut_off_by_a_cancellation() {
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        let graph = Patience::builder().checkpointer(MemorySaver::new()).durability(durability).build();
        let thread = graph.thread("a");
        let mut run = pin!(thread.invoke(()));
        assert!(block_on(poll_once(run.as_mut())).is_none());
        // The run is not polled meanwhile, as in the other arm of a `select!`.
        block_on(thread.cancel("enough")).unwrap();
        assert_eq!(cancelled(block_on(run)), "enough");
        if durability != Durability::Exit {
            let snapshot = block_on(thread.snapshot()).unwrap().unwrap();
            assert_eq!((snapshot.status, snapshot.state.steps), (Status::Cancelled, 1));
            assert!(snapshot.next.is_empty());
        }
        assert!(matches!(block_on(thread.resume()), Err(Error::NothingToResume { .. } | Error::UnknownThread { .. })));
    }
}

#[test]
fn a_loop_that_never_waits_is_cut_off_between_two_steps() {
    let saver = MemorySaver::new();
    let other = Endless::builder().context(endless::hook(|_| ())).checkpointer(saver.clone()).build();
    let hook = endless::hook(move |turns| {
        if turns == 7 {
            block_on(other.thread("a").cancel("seven is enough")).unwrap();
        }
    });
    let graph = Endless::builder().context(hook).checkpointer(saver).build();
    assert_eq!(cancelled(block_on(graph.thread("a").invoke(()))), "seven is enough");
    let snapshot = block_on(graph.thread("a").snapshot()).unwrap().unwrap();
    assert_eq!((snapshot.status, snapshot.state.turns), (Status::Cancelled, 7), "the turn that was running is dropped");
}

#[test]
fn a_loop_of_another_core_is_cut_off_however_fast_it_commits() {
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        let (turning, turned) = std::sync::mpsc::sync_channel(1);
        let hook = endless::hook(move |_| {
            // Only the first turn is waited for.
            let _ = turning.try_send(());
        });
        let graph = Endless::builder().context(hook).checkpointer(MemorySaver::new());
        let thread = graph.durability(durability).step_limit(u64::MAX).build().thread("a");
        let run = thread.invoke(());
        let runner = std::thread::spawn(move || block_on(run));
        turned.recv().unwrap();
        block_on(thread.cancel("enough")).unwrap();
        assert_eq!(cancelled(runner.join().unwrap()), "enough");
        let status = block_on(thread.snapshot()).unwrap().map(|snapshot| snapshot.status);
        assert_eq!(status, (durability != Durability::Exit).then_some(Status::Cancelled));
    }
}

#[test]
fn a_run_that_has_stored_nothing_is_cancelled_and_leaves_its_thread_alone() {
    let saver = MemorySaver::new();
    let graph = Patience::builder().checkpointer(saver.clone()).step_limit(1).build();
    let thread = graph.thread("a");
    assert!(matches!(block_on(thread.invoke(())), Ok(Outcome::Stopped(_))));
    block_on(thread.cancel("first")).unwrap();
    let before = block_on(thread.snapshot()).unwrap().unwrap();

    let graph = Patience::builder().checkpointer(saver).durability(Durability::Exit).build();
    let thread = graph.thread("a");
    let mut run = pin!(thread.invoke(()));
    assert!(block_on(poll_once(run.as_mut())).is_none());
    block_on(thread.cancel("second")).unwrap();
    assert_eq!(cancelled(block_on(run)), "second");
    let after = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!((after.id, after.status, after.state), (before.id, before.status, before.state));
}

#[test]
fn a_cancellation_between_the_last_step_and_its_end_is_told() {
    for durability in [Durability::Sync, Durability::Async] {
        for trouble in [false, true] {
            let saver = MemorySaver::new();
            let (other, _) = walk(&saver);
            let saver = Faulty::new(saver);
            let probe = Arc::new(Probe::default());
            let graph = Walk::builder().context(Arc::clone(&probe)).checkpointer(saver.clone());
            let graph = graph.durability(durability).step_limit(2).build();
            if trouble {
                probe.trouble(2, Trouble::Error, 1);
            }
            // The calls of the run: its head, its input, a step or two, and then what it stores of its end.
            let cancel = move || block_on(other.thread("a").cancel("enough")).unwrap();
            saver.meanwhile(if trouble { 3 } else { 4 }, cancel);
            let outcome = block_on(graph.thread("a").invoke(Trail::to(2)));
            if trouble {
                let error = outcome.unwrap_err();
                assert!(matches!(error, Error::Node(_)), "the failure came first: {error}");
            } else {
                assert_eq!(cancelled(outcome), "enough");
            }
            let snapshot = block_on(graph.thread("a").snapshot()).unwrap().unwrap();
            assert_eq!(snapshot.status, Status::Cancelled);
        }
    }
}

#[test]
fn a_cancelled_thread_can_be_invoked_again() {
    let (graph, probe) = walk(&MemorySaver::new());
    let thread = graph.thread("a");
    probe.trouble(2, Trouble::Error, 1);
    block_on(thread.invoke(Trail::to(1)).request_id("r")).unwrap_err();
    block_on(thread.cancel("changed my mind")).unwrap();
    block_on(thread.cancel("again")).unwrap();
    assert_eq!(cancelled(block_on(thread.invoke(()).request_id("r"))), "changed my mind");
    let trail = block_on(thread.invoke(Trail::to(1))).unwrap().finished().unwrap();
    assert_eq!(trail.steps(), [1, 2, 3, 4], "the step that was taken before the cancellation stays");
    let error = block_on(thread.cancel("too late")).unwrap_err();
    assert!(matches!(error, Error::NothingToCancel { status: Status::Finished, .. }), "{error}");
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
fn recovery_drives_what_was_interrupted_and_nothing_else() {
    let (graph, probe) = walk(&MemorySaver::new());
    block_on(graph.thread("finished").invoke(Trail::to(1))).unwrap().finished().unwrap();
    probe.trouble(2, Trouble::Error, 1);
    block_on(graph.thread("failed").invoke(Trail::to(1))).unwrap_err();
    drop_after(2, graph.thread("interrupted").invoke(Trail::to(1)));
    drop_after(1, graph.thread("too").invoke(Trail::to(2)));
    let recovered = collect(graph.recover());
    let recovered: Vec<_> =
        recovered.into_iter().map(|(id, outcome)| (id.to_string(), outcome.unwrap().finished().unwrap())).collect();
    assert_eq!(recovered, [("interrupted".to_owned(), walked(1)), ("too".to_owned(), walked(2))]);
    assert!(collect(graph.recover()).is_empty());
    assert_eq!(block_on(graph.thread("failed").resume()).unwrap().finished().unwrap(), walked(1));
}

#[test]
fn a_node_that_ends_its_process_is_given_up_after_five_recoveries() {
    let graph = Patience::builder().checkpointer(MemorySaver::new()).build();
    let thread = graph.thread("a");
    drop_after(2, thread.invoke(()));
    for _ in 0..5 {
        let mut recovering = pin!(graph.recover());
        assert!(block_on(poll_once(recovering.next())).is_none(), "the node is running again");
    }
    let recovered = collect(graph.recover());
    let [(id, Err(Error::NoProgress { node, times: 5, .. }))] = recovered.as_slice() else { panic!("{recovered:?}") };
    assert_eq!((id.as_str(), node.as_str()), ("a", "stall"));
    let snapshot = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!(snapshot.status, Status::Failed);
    assert_eq!(snapshot.failures[0].node, "stall");
    assert!(collect(graph.recover()).is_empty());
    drop_after(2, thread.resume());
    assert_eq!(
        block_on(thread.snapshot()).unwrap().unwrap().status,
        Status::Running,
        "resumed by hand, it counts anew"
    );
}

#[test]
fn one_thread_is_recovered_as_all_are_and_can_be_heard() {
    let (graph, probe) = walk(&MemorySaver::new());
    block_on(graph.thread("finished").invoke(Trail::to(1))).unwrap().finished().unwrap();
    probe.trouble(2, Trouble::Error, 1);
    block_on(graph.thread("failed").invoke(Trail::to(1))).unwrap_err();
    drop_after(2, graph.thread("interrupted").invoke(Trail::to(1)));
    let listed = collect(graph.threads()).into_iter().map(|thread| (thread.id.to_string(), thread.recoverable()));
    let expected = [("failed", false), ("finished", false), ("interrupted", true)];
    assert_eq!(listed.collect::<Vec<_>>(), expected.map(|(id, left)| (id.to_owned(), left)));

    for (id, status) in [("finished", Status::Finished), ("failed", Status::Failed)] {
        let before = block_on(graph.thread(id).snapshot()).unwrap().unwrap().id;
        let refused = block_on(graph.thread(id).recover()).unwrap_err();
        assert!(matches!(&refused, Error::NothingToRecover { status: found, .. } if *found == status), "{refused}");
        assert_eq!(block_on(graph.thread(id).snapshot()).unwrap().unwrap().id, before);
    }
    assert!(matches!(block_on(graph.thread("unknown").recover()), Err(Error::UnknownThread { .. })));

    let events: Vec<_> = block_on(graph.thread("interrupted").recover().stream().try_collect()).unwrap();
    assert!(matches!(events[0], Event::RunStarted { from: Some(_), input: None, .. }), "{events:?}");
    let Some(Event::Ended(outcome)) = events.last() else { panic!("{events:?}") };
    assert_eq!(**outcome, Outcome::Finished(walked(1)));
    assert!(matches!(block_on(graph.thread("interrupted").recover()), Err(Error::NothingToRecover { .. })));
}

#[test]
fn a_thread_that_runs_is_not_recovered_beside_itself() {
    let graph = Patience::builder().checkpointer(MemorySaver::new()).build();
    let thread = graph.thread("a");
    let mut run = pin!(thread.invoke(()));
    for _ in 0..2 {
        assert!(block_on(poll_once(run.as_mut())).is_none());
    }
    assert!(matches!(block_on(thread.recover()), Err(Error::Busy { .. })));
    assert!(block_on(poll_once(run.as_mut())).is_none(), "it is still running");
}

#[test]
fn recoveries_of_one_thread_count_with_those_of_all() {
    let graph = Patience::builder().checkpointer(MemorySaver::new()).build();
    let thread = graph.thread("a");
    drop_after(2, thread.invoke(()));
    for _ in 0..3 {
        drop_after(1, thread.recover());
    }
    for _ in 0..2 {
        let mut recovering = pin!(graph.recover());
        assert!(block_on(poll_once(recovering.next())).is_none(), "the node is running again");
    }
    let given_up = block_on(thread.recover()).unwrap_err();
    assert!(matches!(&given_up, Error::NoProgress { node, times: 5, .. } if node == "stall"), "{given_up}");
    assert!(matches!(block_on(thread.recover()), Err(Error::NothingToRecover { status: Status::Failed, .. })));
}

/// A graph that asks, and is soon content without an answer.
mod haste {
    use super::{GraphState, Update, graph};

    #[derive(GraphState, Debug, PartialEq)]
    pub(super) struct Question {
        pub(super) answer: String,
    }

    #[expect(clippy::ptr_arg, reason = "pauses take replies by reference, whatever they are")]
    fn ask(_: &Question, answer: &String) -> impl Update<Question> + use<> {
        Question::update().answer(answer.as_str())
    }

    fn nothing(_: &Question) -> String {
        "nobody knows".to_owned()
    }

    graph! {
        pub(super) graph Haste<Question>;

        #[deadline("50ms", or = nothing)]
        pause ask(String);

        start -> ask -> end;
    }
}
use haste::Haste;

#[test]
fn a_thread_that_is_due_is_recovered() {
    let graph = Haste::builder().checkpointer(MemorySaver::new()).build();
    let thread = graph.thread("a");
    // On a machine that stands still for a while, the deadline is over before the run is, and there is nothing to recover.
    let pause = std::iter::repeat_with(|| block_on(thread.invoke(())).unwrap()).find_map(|outcome| match outcome {
        Outcome::Paused(pause) => Some(pause),
        _ => None,
    });
    let due = pause.and_then(|pause| pause.waiting()[0].due()).expect("it has a deadline");
    assert!(!collect(graph.threads())[0].recoverable() || SystemTime::now() >= due);
    while SystemTime::now() <= due {
        std::thread::yield_now();
    }
    assert!(collect(graph.threads())[0].recoverable());
    let question = block_on(thread.recover()).unwrap().finished().unwrap();
    assert_eq!(question.answer, "nobody knows");
    assert!(!collect(graph.threads())[0].recoverable());
}

#[test]
fn a_damaged_thread_does_not_keep_the_others_from_recovery() {
    let saver = MemorySaver::new();
    let (graph, _) = walk(&saver);
    for id in ["a", "b", "c"] {
        drop_after(2, graph.thread(id).invoke(Trail::to(1)));
    }
    let key = ThreadKey { graph: "Walk".into(), thread: ThreadId::new("b").unwrap() };
    damage(&saver, &key);
    let recovered = collect(graph.recover());
    let outcomes: Vec<_> = recovered.iter().map(|(id, outcome)| (id.as_str(), outcome.is_ok())).collect();
    assert_eq!(outcomes, [("a", true), ("b", false), ("c", true)]);
    assert!(matches!(&recovered[1].1, Err(Error::Corrupt { .. })), "{:?}", recovered[1].1);
}

/// Puts a record in the place of the thread's next one that is not what its head says.
fn damage(saver: &MemorySaver, key: &ThreadKey) {
    let head = block_on(saver.head(key)).unwrap().unwrap();
    let mut append = graph_tests::append(key, head.checkpoint.0 + 1, 100, graph_runtime::Commit::Synced);
    append.expected = Some((head.checkpoint, head.hash));
    append.head.status = Status::Running;
    block_on(saver.append(append)).unwrap();
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

/// Who is told that a run was cancelled can rely on it: a cancellation that the store refuses is an error.
#[test]
fn a_cancellation_that_cannot_be_stored_is_not_told() {
    for calls in 0..12 {
        let saver = Faulty::new(MemorySaver::new());
        let graph = Patience::builder().checkpointer(saver.clone()).build();
        let thread = graph.thread("a");
        let mut run = pin!(thread.invoke(()));
        assert!(block_on(poll_once(run.as_mut())).is_none());
        saver.fail_after(calls, Fault::Full);
        let cancelled = block_on(thread.cancel("enough"));
        let ended = block_on(poll_once(run.as_mut()));
        saver.heal();
        let stored = block_on(thread.snapshot()).unwrap().unwrap().status == Status::Cancelled;
        let told = matches!(ended, Some(Ok(Outcome::Stopped(_))));
        assert!(stored || (cancelled.is_err() && !told), "after {calls} calls: {cancelled:?}, {ended:?}");
    }
}

#[test]
fn a_thread_that_finished_meanwhile_was_not_cancelled() {
    let saver = MemorySaver::new();
    let (other, _) = walk(&saver);
    let saver = Faulty::new(saver);
    let graph = Walk::builder().context(Probe::default()).checkpointer(saver.clone()).build();
    let told = Arc::new(std::sync::Mutex::new(None));
    let tell = Arc::clone(&told);
    let answer = move || *tell.lock().unwrap() = Some(block_on(other.thread("a").cancel("too late")));
    // The calls of the run: its head, its input, three steps; the next is what follows the end.
    saver.meanwhile(5, answer);
    block_on(graph.thread("a").invoke(Trail::to(1))).unwrap().finished().unwrap();
    let _ = block_on(graph.thread("a").snapshot());
    let told = told.lock().unwrap().take();
    assert!(matches!(told, Some(Err(Error::NothingToCancel { status: Status::Finished, .. }))), "{told:?}");
}
