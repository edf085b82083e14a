//! Pruning removes what it says and nothing else: what stays reads, verifies and goes on, and what is gone is known to be gone.

use futures_lite::future::block_on;
use futures_lite::{Stream, StreamExt};
use graph_runtime::{
    CheckpointId, Checkpointer, Durability, Error, Graph, Keep, MemorySaver, SledSaver, Snapshot, Status, StoreError,
    Thread,
};
use graph_tests::faulty::{Fault, Faulty};
use graph_tests::walk::{Probe, Trail, Trouble, Walk, walked};
use graph_tests::{Laid, laid, thread_of};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

fn walk(saver: impl Checkpointer) -> (Graph<Walk>, Arc<Probe>) {
    let probe = Arc::new(Probe::default());
    (Walk::builder().context(Arc::clone(&probe)).checkpointer(saver).build(), probe)
}

/// A thread with checkpoints 1 to `3 * laps + 1`.
fn long(saver: impl Checkpointer, laps: u32) -> Thread<Walk> {
    let thread = walk(saver).0.thread("a");
    block_on(thread.invoke(Trail::to(laps)).tag("tenant", "acme").request_id("r")).unwrap().finished().unwrap();
    thread
}

fn collect<T, S: Stream<Item = Result<T, Error>>>(stream: S) -> Vec<T> {
    block_on(stream.try_collect()).unwrap()
}

fn ids(thread: &Thread<Walk>) -> Vec<u64> {
    collect(thread.history()).iter().map(|snapshot| snapshot.id.0).collect()
}

fn prune(thread: &Thread<Walk>, keep: Keep) -> u64 {
    block_on(thread.prune(keep)).unwrap()
}

fn shown(snapshot: &Snapshot<Walk>) -> String {
    format!("{snapshot:?} {:?}", snapshot.state)
}

/// The thread has these checkpoints, newest first, of so many that it made, and the others are known to be gone.
fn has(thread: &Thread<Walk>, kept: &[u64], made: u64) {
    assert_eq!(ids(thread), kept);
    assert_eq!(block_on(thread.verify()).unwrap(), kept.len() as u64);
    for id in (0..=made + 1).map(CheckpointId) {
        let at = block_on(thread.at(id).snapshot());
        let before: Vec<_> = block_on(thread.history().before(id).collect());
        if kept.contains(&id.0) {
            assert_eq!(at.unwrap().id, id);
            let older = kept.iter().filter(|kept| **kept < id.0).count();
            assert_eq!((before.len(), before.iter().all(Result::is_ok)), (older, true), "before {id}");
        } else {
            assert!(matches!(at, Err(Error::UnknownCheckpoint { checkpoint, .. }) if checkpoint == id), "{id}: {at:?}");
            assert!(matches!(before[..], [Err(Error::UnknownCheckpoint { .. })]), "before {id}: {before:?}");
        }
    }
}

fn the_last_stay(saver: &(impl Checkpointer + Clone)) {
    let thread = long(saver.clone(), 4);
    let before = collect(thread.history());
    let newest = laid(saver, &thread_of("Walk", "a")).split_off(8);
    assert_eq!(prune(&thread, Keep::Last(5)), 8);
    has(&thread, &[13, 12, 11, 10, 9], 13);
    for (old, new) in before.iter().zip(collect(thread.history())) {
        assert_eq!(shown(old), shown(&new), "what stays is as it was");
    }
    let mut left = laid(saver, &thread_of("Walk", "a"));
    left[0].1.retain(|(name, _)| name != "pruned");
    assert!(left == newest, "no record was written anew");

    assert_eq!(prune(&thread, Keep::Last(5)), 0, "again, there is nothing to do");
    assert_eq!(prune(&thread, Keep::Last(99)), 0);
    assert_eq!(prune(&thread, Keep::Last(3)), 2);
    has(&thread, &[13, 12, 11], 13);
    assert_eq!(prune(&thread, Keep::Last(0)), 2, "the newest stays");
    has(&thread, &[13], 13);
    assert_eq!(prune(&thread, Keep::Last(1)), 0);

    let trail = block_on(thread.invoke(Trail::to(6))).unwrap().finished().unwrap();
    assert_eq!(trail, walked(6));
    has(&thread, &[20, 19, 18, 17, 16, 15, 14, 13], 20);
    assert_eq!(prune(&thread, Keep::Last(2)), 6);
    has(&thread, &[20, 19], 20);
    block_on(thread.delete()).unwrap();
    assert_eq!(prune(&thread, Keep::Last(1)), 0, "a thread that never ran has nothing to remove");
    assert!(block_on(thread.snapshot()).unwrap().is_none());
}

#[test]
fn the_last_checkpoints_stay_and_the_others_are_gone() {
    the_last_stay(&MemorySaver::new());
    let directory = tempfile::tempdir().unwrap();
    the_last_stay(&SledSaver::open(directory.path().join("store")).unwrap());
}

#[test]
fn a_pruned_thread_is_pruned_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let open = || walk(SledSaver::open(&path).unwrap()).0.thread("a");
    let thread = long(SledSaver::open(&path).unwrap(), 4);
    assert_eq!(prune(&thread, Keep::Last(4)), 9);
    drop(thread);
    has(&open(), &[13, 12, 11, 10], 13);
    block_on(open().invoke(Trail::to(5))).unwrap().finished().unwrap();
    has(&open(), &[17, 16, 15, 14, 13, 12, 11, 10], 17);
}

/// Many pages of each kind of bound: the number of records, and their bytes.
#[test]
fn a_long_history_is_pruned_page_by_page() {
    let store = Faulty::new(MemorySaver::new());
    let thread = long(store.clone(), 700);
    let _ = store.prunes();
    assert_eq!(prune(&thread, Keep::Last(10)), 2091);
    let pages = store.prunes();
    assert!(pages.len() > 8 && pages.iter().all(|page| *page <= 256), "{pages:?}");
    has(&thread, &(2092..=2101).rev().collect::<Vec<_>>(), 0);
    assert_eq!(prune(&thread, Keep::Pauses), 9, "nothing ever waited");
    has(&thread, &[2101], 0);
}

#[test]
fn a_history_without_pauses_is_pruned_to_its_head() {
    let store = Faulty::new(MemorySaver::new());
    let thread = long(store.clone(), 400);
    assert_eq!(prune(&thread, Keep::Pauses), 1200);
    let pages = store.prunes();
    assert!(pages.len() > 4 && pages.iter().all(|page| *page <= 256), "{pages:?}");
    has(&thread, &[1201], 0);
    block_on(thread.invoke(Trail::to(401))).unwrap().finished().unwrap();
    assert_eq!(prune(&thread, Keep::Pauses), 4);
    has(&thread, &[1205], 0);
    assert_eq!(prune(&thread, Keep::Pauses), 0);
}

#[test]
fn checkpoints_go_by_their_time() {
    let thread = long(MemorySaver::new(), 2);
    let now = SystemTime::now();
    let hour = Duration::from_secs(3600);
    assert_eq!(prune(&thread, Keep::Since(SystemTime::UNIX_EPOCH)), 0);
    assert_eq!(prune(&thread, Keep::Since(SystemTime::UNIX_EPOCH - hour)), 0);
    assert_eq!(prune(&thread, Keep::Since(now - hour)), 0);
    assert_eq!(prune(&thread, Keep::For(hour)), 0);
    assert_eq!(prune(&thread, Keep::For(Duration::MAX)), 0, "longer ago than there is time");
    let third = collect(thread.history())[4].time;
    let older = collect(thread.history()).iter().filter(|snapshot| snapshot.time < third).count() as u64;
    assert_eq!(prune(&thread, Keep::Since(third)), older);
    assert!(collect(thread.history()).iter().all(|snapshot| snapshot.time >= third));
    let within = third + Duration::from_micros(999);
    assert_eq!(prune(&thread, Keep::Since(within)), 0, "those of its millisecond may be younger");
    prune(&thread, Keep::Since(now + hour));
    has(&thread, &[7], 7);
}

/// The thread failed, was resumed and failed again; all of that lies beside its newest checkpoint.
#[test]
fn a_thread_that_stands_still_goes_on_after_it_was_pruned() {
    let saver = MemorySaver::new();
    let (graph, probe) = walk(saver.clone());
    let thread = graph.thread("a");
    probe.trouble(5, Trouble::Error, 2);
    block_on(thread.invoke(Trail::to(2)).request_id("r")).unwrap_err();
    block_on(thread.resume()).unwrap_err();
    let before = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!(prune(&thread, Keep::Last(1)), 4);
    let after = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!((after.status, after.failures[0].attempts), (Status::Failed, 2));
    assert_eq!(shown(&before), shown(&after));
    let trail = block_on(thread.invoke(Trail::to(9)).request_id("r")).unwrap().finished().unwrap();
    assert_eq!(trail, walked(2), "the same request goes on");
    has(&thread, &[7, 6, 5], 7);
}

#[test]
fn a_request_whose_outcome_is_gone_is_not_served_again() {
    let (graph, probe) = walk(MemorySaver::new());
    let thread = graph.thread("a");
    for (laps, request) in [(1, "r-1"), (2, "r-2")] {
        block_on(thread.invoke(Trail::to(laps)).request_id(request)).unwrap().finished().unwrap();
    }
    prune(&thread, Keep::Last(3));
    let _ = probe.runs();
    let again = block_on(thread.invoke(Trail::to(5)).request_id("r-1")).unwrap_err();
    assert!(matches!(&again, Error::RequestPruned { request, .. } if request == "r-1"), "{again}");
    let said = "request `r-1` of thread `a` was served and its outcome is pruned; read the thread's snapshot, or use a new \
                request id";
    assert_eq!(again.to_string(), said);
    let kept = block_on(thread.invoke(Trail::to(5)).request_id("r-2")).unwrap().finished().unwrap();
    assert_eq!(kept, walked(2));
    assert!(probe.runs().is_empty(), "nothing ran");
}

#[test]
fn only_the_pruned_thread_is_touched() {
    let saver = MemorySaver::new();
    let graph = walk(saver.clone()).0;
    for id in ["a", "aa", "A", "a\u{1}"] {
        block_on(graph.thread(id).invoke(Trail::to(2))).unwrap().finished().unwrap();
    }
    let others = || -> Vec<Vec<Laid>> { ["aa", "A", "a\u{1}"].map(|id| laid(&saver, &thread_of("Walk", id))).into() };
    let before = others();
    prune(&graph.thread("a"), Keep::Last(1));
    assert!(others() == before);
}

#[test]
fn a_thread_that_runs_is_not_pruned() {
    let saver = MemorySaver::new();
    let (graph, _) = walk(saver.clone());
    let thread = graph.thread("a");
    block_on(async {
        let mut run = thread.invoke(Trail::to(9));
        assert!(futures_lite::future::poll_once(&mut run).await.is_none());
        let busy = thread.prune(Keep::Last(1)).await.unwrap_err();
        assert!(matches!(busy, Error::Busy { .. }), "{busy}");
        run.await.unwrap().finished().unwrap();
        assert_eq!(thread.prune(Keep::Last(1)).await.unwrap(), 27);
    });
}

/// Another process moves the thread on after every call of the prune.
#[test]
fn a_thread_that_moves_on_meanwhile_stays_whole() {
    let mut conflicts = 0;
    for call in 0.. {
        let store = MemorySaver::new();
        let thread = long(store.clone(), 90);
        let elsewhere = Faulty::new(store.clone());
        let pruning = walk(elsewhere.clone()).0.thread("a");
        let other = thread.clone();
        elsewhere.meanwhile(call, move || {
            block_on(other.invoke(Trail::to(91))).unwrap().finished().unwrap();
        });
        let pruned = block_on(pruning.prune(Keep::Last(5)));
        let moved = ids(&thread)[0] != 271;
        assert_eq!(block_on(thread.verify()).unwrap(), ids(&thread).len() as u64, "call {call}");
        match pruned {
            // It moved before the prune looked, or after it was done.
            Ok(removed) => assert!([266, 270].contains(&removed), "{removed}"),
            Err(Error::Conflict { .. }) => conflicts += 1,
            Err(error) => panic!("{error}"),
        }
        if !moved {
            break;
        }
        let trail = block_on(thread.snapshot()).unwrap().unwrap().state;
        assert_eq!(trail, walked(91));
    }
    assert!(conflicts > 2, "{conflicts}");
}

/// A history that is being read while the thread is pruned shows what is left, and finds no damage.
#[test]
fn a_history_that_is_read_meanwhile_finds_no_damage() {
    for read in (0..60).step_by(4) {
        for keep in [Keep::Last(1), Keep::Last(30), Keep::Pauses] {
            let thread = long(MemorySaver::new(), 20);
            block_on(async {
                let mut history = thread.history();
                let mut seen = Vec::new();
                for _ in 0..read {
                    seen.push(history.next().await.unwrap().unwrap().id.0);
                }
                thread.prune(keep).await.unwrap();
                while let Some(snapshot) = history.next().await {
                    seen.push(snapshot.unwrap().id.0);
                }
                let newest_first: Vec<_> = (1..=61).rev().collect();
                assert!(newest_first.starts_with(&seen), "{read}: {seen:?}");
            });
        }
    }
}

/// Every call of the prune fails once, in every way.
#[test]
fn a_prune_that_fails_half_way_leaves_a_whole_thread() {
    for keep in [Keep::Last(3), Keep::Pauses] {
        for fault in [Fault::Conflict, Fault::Failed, Fault::Lost] {
            for call in 0.. {
                let store = Faulty::new(MemorySaver::new());
                let thread = long(store.clone(), 90);
                store.fail_after(call, fault);
                let failed = block_on(thread.prune(keep));
                let hit = store.heal();
                let kept = ids(&thread);
                assert_eq!(block_on(thread.verify()).unwrap(), kept.len() as u64, "{keep:?} {fault:?} {call}");
                assert_eq!(hit, failed.is_err(), "{keep:?} {fault:?} {call}: {failed:?}");
                if !hit {
                    break;
                }
                prune(&thread, keep);
                assert_eq!(ids(&thread).len(), if keep == Keep::Pauses { 1 } else { 3 });
                assert_eq!(block_on(thread.invoke(Trail::to(91))).unwrap().finished().unwrap(), walked(91));
            }
        }
    }
}

#[test]
fn what_is_not_retained_goes_when_a_run_ends() {
    let saver = MemorySaver::new();
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        let probe = Arc::new(Probe::default());
        let builder = Walk::builder().context(Arc::clone(&probe)).checkpointer(saver.clone()).durability(durability);
        let thread = builder.retain(Keep::Last(4)).step_limit(5).build().thread(format!("{durability:?}"));
        let count = || block_on(thread.verify()).unwrap();
        let _ = block_on(thread.invoke(Trail::to(3))).unwrap();
        assert_eq!(block_on(thread.snapshot()).unwrap().unwrap().status, Status::Stopped);
        assert!(count() <= 4, "a stop is an end");
        block_on(thread.resume()).unwrap().finished().unwrap();
        assert!(count() <= 4);
        let before = count();
        probe.trouble(11, Trouble::Error, 1);
        block_on(thread.invoke(Trail::to(4))).unwrap_err();
        assert!(count() > before, "an error is none: somebody will want to look");
        assert_eq!(block_on(thread.resume()).unwrap().finished().unwrap().laps(), 4);
        assert!(count() <= 4);
        assert_eq!(block_on(thread.snapshot()).unwrap().unwrap().state, walked(4));
    }
}

/// The run's own outcome tells more.
#[test]
fn a_retention_that_fails_does_not_fail_the_run() {
    let store = Faulty::new(MemorySaver::new());
    let builder = Walk::builder().context(Probe::default()).checkpointer(store.clone());
    let thread = builder.retain(Keep::Last(2)).build().thread("a");
    block_on(thread.invoke(Trail::to(1))).unwrap().finished().unwrap();
    assert_eq!(ids(&thread), [4, 3]);
    store.refuse_prunes(true);
    assert_eq!(block_on(thread.invoke(Trail::to(2))).unwrap().finished().unwrap(), walked(2));
    assert_eq!(ids(&thread).len(), 6);
    store.refuse_prunes(false);
    block_on(thread.invoke(Trail::to(3))).unwrap().finished().unwrap();
    assert_eq!(ids(&thread), [12, 11]);
}

#[test]
fn a_retention_that_has_nothing_to_remove_costs_one_read() {
    let store = Faulty::new(MemorySaver::new());
    let plain = walk(store.clone()).0.thread("plain");
    let builder = Walk::builder().context(Probe::default()).checkpointer(store.clone());
    let kept = builder.retain(Keep::Last(1000)).build().thread("kept");
    let calls = |thread: &Thread<Walk>| {
        store.fail_after(u64::MAX, Fault::Failed);
        block_on(thread.invoke(Trail::to(9))).unwrap().finished().unwrap();
        store.calls()
    };
    assert_eq!(calls(&kept), calls(&plain) + 1, "that of the head");
}

/// A store that finds its damage by itself, and one that does not.
#[test]
fn damage_among_what_goes_is_in_the_way_only_where_it_must_be_read() {
    let store = Faulty::new(MemorySaver::new());
    let thread = long(store.clone(), 3);
    store.damage(CheckpointId(4));
    let refused = block_on(thread.prune(Keep::Last(2))).unwrap_err();
    assert!(matches!(refused, Error::Store(StoreError::Corrupt { .. })), "{refused}");
    let refused = block_on(thread.prune(Keep::Pauses)).unwrap_err();
    assert!(matches!(refused, Error::Corrupt { checkpoint: CheckpointId(4), .. }), "{refused}");
}

/// Two tasks side by side, of which one goes wrong once and the other twice.
mod pair {
    use graph_runtime::{Ctx, GraphState, Update, graph};
    use graph_tests::script::Script;

    #[derive(GraphState, Debug)]
    pub(super) struct Both {
        #[reduce(append)]
        pub(super) done: Vec<String>,
    }

    fn good(_: &Both, cx: &Ctx<Script>) -> Result<impl Update<Both> + use<>, String> {
        Script::call(cx, "good")?;
        Ok(Both::update().done(["good".to_owned()]))
    }

    fn bad(_: &Both, cx: &Ctx<Script>) -> Result<impl Update<Both> + use<>, String> {
        Script::call(cx, "bad")?;
        Ok(Both::update().done(["bad".to_owned()]))
    }

    graph! {
        pub(super) graph Pair<Both, Script>;
        node good, bad;
        start -> (good, bad) -> end;
    }
}

/// An edit takes over what the tasks left beside the checkpoint that it was made of, also what came while it was made. That
/// lies beside the older one until it goes.
#[test]
fn what_a_checkpoint_took_over_stays_when_the_one_before_goes() {
    use graph_tests::script::{Fault as Trouble, Script};
    use pair::{Both, Pair};
    let mut inherited = 0;
    for keep in [Keep::Last(1), Keep::Pauses] {
        for call in 0..8 {
            let script =
                Script::default().fault("good", [Trouble::Error]).fault("bad", [Trouble::Error, Trouble::Error]);
            let (script, saver) = (Arc::new(script), MemorySaver::new());
            let graph = |saver: Faulty| Pair::builder().context(Arc::clone(&script)).checkpointer(saver).build();
            let direct = graph(Faulty::new(saver.clone())).thread("a");
            block_on(direct.invoke(())).unwrap_err();
            let elsewhere = Faulty::new(saver.clone());
            let resuming = direct.clone();
            elsewhere.meanwhile(call, move || drop(block_on(resuming.resume()).unwrap_err()));
            block_on(graph(elsewhere).thread("a").update(Both::update().done(["edit".to_owned()]))).unwrap();
            if script.calls().len() < 4 {
                // The edit was over before the other process came.
                continue;
            }
            let head = block_on(direct.snapshot()).unwrap().unwrap();
            let before = laid(&saver, &thread_of("Pair", "a")).pop().unwrap().1;
            assert_eq!(block_on(direct.prune(keep)).unwrap(), head.id.0 - 1);
            let after = block_on(direct.snapshot()).unwrap().unwrap();
            assert_eq!(format!("{head:?}"), format!("{after:?}"), "after {call} calls");
            let beside = laid(&saver, &thread_of("Pair", "a")).pop().unwrap().1;
            inherited += usize::from(beside.len() > before.len() + 1);
            assert_eq!(block_on(direct.verify()).unwrap(), 1);
            let done = block_on(direct.resume()).unwrap().finished().unwrap().done;
            assert_eq!(done, ["edit", "good", "bad"], "after {call} calls");
            let good = script.calls().iter().filter(|call| call.node == "good").count();
            assert_eq!(good, 2, "what was done is not done again");
        }
    }
    assert!(inherited > 0, "{inherited}");
}
