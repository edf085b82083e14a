//! An export of a thread that runs, is replied to, pruned or deleted meanwhile: the thread as it once was, or an error.

use crate::graphs::{Orders, OrdersReply, Past, key, orders, shown, stored};
use futures_lite::future::block_on;
use graph_runtime::{Checkpointer, Error, Keep, MemorySaver, RedbSaver, SledSaver, Status, Thread};
use graph_tests::faulty::Faulty;
use graph_tests::walk::{Probe, Trail, Walk, walked};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

type Meddle = fn(&Thread<Orders>);

fn run(thread: &Thread<Orders>) {
    let _ = block_on(thread.reply(OrdersReply::Two("end".to_owned()))).unwrap().finished().unwrap();
    let _ = block_on(thread.invoke(())).unwrap();
}

fn reply(thread: &Thread<Orders>) {
    block_on(thread.reply(OrdersReply::Two("end".to_owned())).deliver()).unwrap();
}

fn prune(thread: &Thread<Orders>) {
    assert!(block_on(thread.prune(Keep::Last(1))).unwrap() > 0);
}

fn sift(thread: &Thread<Orders>) {
    assert!(block_on(thread.prune(Keep::Pauses)).unwrap() > 0);
}

fn delete(thread: &Thread<Orders>) {
    block_on(thread.delete()).unwrap();
}

fn begin_anew(thread: &Thread<Orders>) {
    block_on(thread.delete()).unwrap();
    for _ in 0..2 {
        let _ = block_on(thread.invoke(()).restart()).unwrap();
    }
}

/// After every call of the export to its store, once.
fn meddled(meddle: Meddle) -> (u32, u32) {
    let (mut exports, mut refusals) = (0, 0);
    for call in 0.. {
        let inner = MemorySaver::new();
        let (graph, world) = orders(inner.clone());
        let thread = Past::Replied.live(&graph, &world);
        let before = stored(&inner);
        let elsewhere = Faulty::new(inner.clone());
        let done = Arc::new(AtomicBool::new(false));
        let meddling = (thread.clone(), Arc::clone(&done));
        elsewhere.meanwhile(call, move || {
            meddle(&meddling.0);
            meddling.1.store(true, Ordering::SeqCst);
        });
        let mut file = Vec::new();
        let exported = block_on(orders(elsewhere).0.thread("a").export(&mut file));
        if let Err(error) = exported {
            assert!(
                matches!(error, Error::Conflict { .. } | Error::UnknownThread { .. }),
                "after {call} calls: {error}"
            );
            refusals += 1;
        } else {
            exports += 1;
            let saver = MemorySaver::new();
            let (graph, world) = orders(saver.clone());
            let moved = block_on(graph.import(&*file)).unwrap();
            assert_eq!(block_on(moved.verify()).unwrap(), shown(&moved).len() as u64);
            let found = stored(&saver);
            // What was there, or what is there now.
            if found.0.map(|head| head.checkpoint) == before.0.map(|head| head.checkpoint) && found.1 == before.1 {
                let status = block_on(saver.head(&key())).unwrap().map(|head| head.status);
                assert_eq!(status, Some(Status::Replied), "a reply is not slept over");
                let pauses = block_on(moved.snapshot()).unwrap().unwrap().waiting.len();
                if pauses == 1 {
                    Past::Replied.end(&moved, &world);
                } else {
                    block_on(moved.resume()).unwrap().finished().unwrap();
                }
            } else {
                assert!(found.1 == stored(&inner).1, "after {call} calls");
            }
        }
        if !done.load(Ordering::SeqCst) {
            assert!(call > 5);
            return (exports, refusals);
        }
    }
    unreachable!("an export has an end")
}

#[test]
fn a_thread_that_runs_is_exported_as_it_was() {
    let (exports, refusals) = meddled(run);
    assert_eq!(refusals, 0, "beside {exports} exports");
}

#[test]
fn a_reply_that_comes_meanwhile_is_there_or_not() {
    let (exports, refusals) = meddled(reply);
    assert_eq!(refusals, 0, "beside {exports} exports");
}

#[test]
fn a_thread_that_is_pruned_meanwhile_is_whole_or_refused() {
    for prune in [prune, sift] {
        let (exports, refusals) = meddled(prune);
        assert!(exports > 1 && refusals > 1, "{exports} exports, {refusals} refusals");
    }
}

#[test]
fn a_thread_that_is_deleted_meanwhile_is_whole_or_refused() {
    for delete in [delete, begin_anew] {
        let (exports, refusals) = meddled(delete);
        assert!(exports > 0 && refusals > 3, "{exports} exports, {refusals} refusals");
    }
}

/// Somebody answers between two calls: the pause was waiting when the export began.
#[test]
fn a_reply_to_a_sleeping_thread_wakes_the_import_too() {
    let mut woken = 0;
    for call in 0..20 {
        let inner = MemorySaver::new();
        let graph = orders(inner.clone()).0;
        let thread = graph.thread("a");
        let _ = block_on(thread.invoke(())).unwrap();
        let elsewhere = Faulty::new(inner.clone());
        let sleeping = thread.clone();
        elsewhere.meanwhile(call, move || {
            block_on(sleeping.reply(OrdersReply::One("yes".to_owned())).deliver()).unwrap();
        });
        let mut file = Vec::new();
        block_on(orders(elsewhere).0.thread("a").export(&mut file)).unwrap();
        let saver = MemorySaver::new();
        let moved = block_on(orders(saver.clone()).0.import(&*file)).unwrap();
        let (status, _, inbox) = stored(&saver);
        let status = status.unwrap().status;
        assert!(inbox.is_empty() || status == Status::Replied, "a reply is not slept over: {status:?}");
        woken += u32::from(status == Status::Replied);
        let _ = block_on(moved.resume()).unwrap();
        let waiting = block_on(moved.snapshot()).unwrap().unwrap();
        assert_eq!((waiting.waiting.len(), waiting.status), (2 - inbox.len(), Status::Paused));
    }
    assert!(woken > 2, "{woken}");
}

/// Exports a thread again and again while another thread of the system runs it, and prunes it after each run.
fn beside_a_run(saver: &(impl Checkpointer + Clone)) {
    let graph = || Walk::builder().context(Probe::default()).checkpointer(saver.clone()).retain(Keep::Last(30)).build();
    let (running, thread) = (graph().thread("a"), graph().thread("a"));
    block_on(running.invoke(Trail::to(5))).unwrap().finished().unwrap();
    let mut exports = 0;
    std::thread::scope(|scope| {
        let run = scope.spawn(|| {
            for laps in (10..100).step_by(5) {
                block_on(running.invoke(Trail::to(laps))).unwrap().finished().unwrap();
            }
        });
        let mut last = false;
        while !last {
            last = run.is_finished();
            let mut file = Vec::new();
            match block_on(thread.export(&mut file)) {
                Ok(_) => exports += 1,
                Err(Error::Conflict { .. }) if !last => continue,
                Err(error) => panic!("{error}"),
            }
            let elsewhere = Walk::builder().context(Probe::default()).checkpointer(MemorySaver::new()).build();
            let moved = block_on(elsewhere.import(&*file)).unwrap();
            assert!(block_on(moved.verify()).unwrap() > 0);
            let at = block_on(moved.snapshot()).unwrap().unwrap();
            assert_eq!(at.state.steps(), (1..=at.step).collect::<Vec<_>>());
            let goal = if at.status == Status::Finished { 200 } else { 0 };
            let end = block_on(moved.resume_or_invoke(Trail::to(goal))).unwrap().finished().unwrap();
            assert_eq!(end, walked(end.laps()));
        }
    });
    assert!(exports > 0);
}

#[test]
fn a_thread_that_another_processor_runs_is_exported_as_it_once_was() {
    beside_a_run(&MemorySaver::new());
    let directory = tempfile::tempdir().unwrap();
    beside_a_run(&SledSaver::open(directory.path().join("sled")).unwrap());
    beside_a_run(&RedbSaver::open(directory.path().join("redb")).unwrap());
}
