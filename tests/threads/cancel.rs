//! Cancellation: a run is cut off, and whoever is told so can rely on it.

use crate::{Patience, walk};
use futures_lite::future::{block_on, poll_once};
use graph_runtime::{
    Ctx, Durability, Error, GraphState, MemorySaver, Outcome, Status, Stop, StopReason, Update, graph,
};
use graph_tests::faulty::{Fault, Faulty};
use graph_tests::walk::{Probe, Trail, Trouble, Walk};
use std::pin::pin;
use std::sync::Arc;

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
