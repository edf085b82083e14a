//! Whatever fails in the store is a typed error, costs nothing that was acknowledged, and is over when the store is well.

use futures_lite::future::block_on;
use graph_runtime::{
    Append, Checkpointer, Commit, Durability, Error, Graph, GraphState, Head, MemorySaver, Outcome, SledSaver, Status,
    StoreError, ThreadId, ThreadKey, Update, graph,
};
use graph_tests::faulty::{Fault, Faulty};
use graph_tests::walk::{Probe, Trail, Trouble, Walk, walked};
use std::sync::Arc;

/// A walk over a faulty view of a store.
fn walk(saver: &Faulty, durability: Durability) -> (Graph<Walk>, Arc<Probe>) {
    let probe = Arc::new(Probe::default());
    let graph = Walk::builder().context(Arc::clone(&probe)).checkpointer(saver.clone());
    (graph.durability(durability).build(), probe)
}

fn matches_fault(error: &Error, fault: Fault) -> bool {
    matches!(
        (fault, error),
        (Fault::Conflict, Error::Conflict { .. })
            | (Fault::TooLarge, Error::StateTooLarge { bytes: 2, limit: 1, .. })
            | (Fault::Failed | Fault::Lost, Error::Store(StoreError::Failed { .. }))
            | (Fault::Full, Error::Store(StoreError::Full { .. }))
            | (Fault::Poisoned, Error::Store(StoreError::Poisoned { .. }))
    )
}

#[test]
fn a_fault_at_any_call_of_a_run_costs_no_step() {
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        for fault in Fault::ALL {
            let survived = (0..10_000).find(|calls| {
                let memory = MemorySaver::default();
                let saver = Faulty::new(memory.clone());
                let (graph, probe) = walk(&saver, durability);
                let thread = graph.thread("a");
                saver.fail_after(*calls, fault);
                let outcome = block_on(thread.invoke(Trail::to(2)).request_id("r"));
                if !saver.heal() {
                    assert_eq!(outcome.unwrap().finished().unwrap(), walked(2));
                    return true;
                }
                let error = outcome.unwrap_err();
                assert!(matches_fault(&error, fault), "{fault:?} after {calls} calls is {error:?}");
                let stored = block_on(thread.snapshot()).unwrap().map_or(0, |snapshot| snapshot.step);
                let ran = probe.runs().len() as u64;
                assert!(durability != Durability::Sync || stored + 1 >= ran, "{stored} of {ran} steps are stored");
                let trail = match block_on(thread.resume_or_invoke(Trail::to(2)).request_id("r")) {
                    Ok(outcome) => outcome.finished().unwrap(),
                    error => panic!("{fault:?} after {calls} calls does not heal: {error:?}"),
                };
                let finished = fault == Fault::Lost && stored == 6;
                assert!(trail == walked(2) || finished, "{fault:?} after {calls} calls: {trail:?}");
                if !finished {
                    assert_eq!(probe.runs().len() as u64, 6 - stored, "{fault:?} after {calls} calls");
                }
                false
            });
            assert!(survived >= Some(2), "{survived:?}");
        }
    }
}

#[test]
fn a_fault_while_a_failure_is_stored_leaves_the_thread_interrupted() {
    for fault in Fault::ALL {
        for calls in 0..20 {
            let saver = Faulty::new(MemorySaver::default());
            let (graph, probe) = walk(&saver, Durability::Sync);
            let thread = graph.thread("a");
            probe.trouble(4, Trouble::Error, 1);
            saver.fail_after(calls, fault);
            let error = block_on(thread.invoke(Trail::to(2))).unwrap_err();
            let faulted = saver.heal();
            assert!(matches!(error, Error::Node(_)) || (faulted && matches_fault(&error, fault)), "{error:?}");
            let trail = block_on(thread.resume_or_invoke(Trail::to(2))).unwrap_or_else(|error| match error {
                // The fault came before the failure, which then came after it.
                Error::Node(_) => block_on(thread.resume()).unwrap(),
                error => panic!("{fault:?} after {calls} calls: {error:?}"),
            });
            assert_eq!(trail.finished().unwrap(), walked(2));
        }
    }
}

#[test]
fn a_fault_at_any_call_of_a_resume_costs_no_step() {
    for fault in Fault::ALL {
        let survived = (0..10_000).find(|calls| {
            let saver = Faulty::new(MemorySaver::default());
            let (graph, probe) = walk(&saver, Durability::Sync);
            let thread = graph.thread("a");
            probe.trouble(3, Trouble::Panic, 1);
            block_on(thread.invoke(Trail::to(2))).unwrap_err();
            saver.fail_after(*calls, fault);
            let outcome = block_on(thread.resume());
            if !saver.heal() {
                assert_eq!(outcome.unwrap().finished().unwrap(), walked(2));
                return true;
            }
            let error = outcome.unwrap_err();
            assert!(matches_fault(&error, fault), "{fault:?} after {calls} calls is {error:?}");
            match block_on(thread.resume()) {
                Ok(outcome) => assert_eq!(outcome.finished().unwrap(), walked(2)),
                Err(Error::NothingToResume { .. }) if fault == Fault::Lost => {
                    assert_eq!(block_on(thread.snapshot()).unwrap().unwrap().state, walked(2));
                }
                Err(error) => panic!("{fault:?} after {calls} calls: {error:?}"),
            }
            false
        });
        assert!(survived >= Some(4), "{survived:?}");
    }
}

#[test]
fn every_call_on_a_thread_tells_of_a_failing_store() {
    for fault in Fault::ALL {
        let saver = Faulty::new(MemorySaver::default());
        let (graph, probe) = walk(&saver, Durability::Sync);
        let thread = graph.thread("a");
        probe.trouble(1, Trouble::Error, 1);
        block_on(thread.invoke(Trail::to(1))).unwrap_err();
        // Whether a conflict can be mended by looking again is for the cancellation to say.
        if fault == Fault::Conflict || fault == Fault::Lost {
            continue;
        }
        saver.fail_after(0, fault);
        let mut threads = graph.threads();
        let mut recover = graph.recover();
        let errors = [
            block_on(thread.snapshot()).map(drop).unwrap_err(),
            block_on(thread.resume()).map(drop).unwrap_err(),
            block_on(thread.cancel("no")).unwrap_err(),
            block_on(futures_lite::StreamExt::next(&mut threads)).unwrap().map(drop).unwrap_err(),
            block_on(futures_lite::StreamExt::next(&mut recover)).unwrap().map(drop).unwrap_err(),
        ];
        for error in errors {
            assert!(matches_fault(&error, fault) || matches!(error, Error::Store(_)), "{fault:?} is {error:?}");
        }
        block_on(thread.delete()).unwrap_err();
        saver.heal();
        assert_eq!(block_on(thread.resume()).unwrap().finished().unwrap(), walked(1));
    }
}

#[test]
fn a_thread_that_is_deleted_between_two_reads_is_not_damaged() {
    let memory = MemorySaver::default();
    let saver = Faulty::new(memory.clone());
    let (graph, _) = walk(&saver, Durability::Sync);
    let (direct, _) = walk(&Faulty::new(memory), Durability::Sync);
    block_on(graph.thread("a").invoke(Trail::to(1))).unwrap().finished().unwrap();

    let thread = direct.thread("a");
    saver.meanwhile(1, move || block_on(thread.delete()).unwrap());
    assert!(block_on(graph.thread("a").snapshot()).unwrap().is_none());

    block_on(graph.thread("a").invoke(Trail::to(1))).unwrap().finished().unwrap();
    let thread = direct.thread("a");
    saver.meanwhile(1, move || {
        block_on(thread.delete()).unwrap();
        block_on(thread.invoke(Trail::to(2))).unwrap().finished().unwrap();
    });
    assert_eq!(block_on(graph.thread("a").snapshot()).unwrap().unwrap().state, walked(2));
}

#[test]
fn a_late_store_changes_nothing() {
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        let (graph, _) = walk(&Faulty::new(MemorySaver::default()).late(), durability);
        let trail = block_on(graph.thread("a").invoke(Trail::to(3))).unwrap().finished().unwrap();
        assert_eq!(trail, walked(3));
    }
}

/// A state that grows.
#[derive(GraphState, Clone, Debug, PartialEq, Eq)]
struct Growing {
    goal: u32,
    bytes: Vec<u8>,
}

fn grow(growing: &Growing) -> impl Update<Growing> + use<> {
    Growing::update().bytes(vec![7; growing.bytes.len() + 10_000])
}

fn grown(growing: &Growing) -> bool {
    growing.bytes.len() >= 60_000
}

graph! {
    graph Growth<Growing>;
    node grow;
    start -> grow -> match grown { true => end, false => grow };
}

#[test]
fn a_state_above_the_limit_is_refused_and_nothing_is_lost() {
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().join("store");
    let saver = SledSaver::options().record_limit(35_000).open(&store).unwrap();
    let graph = Growth::builder().checkpointer(saver).build();
    let thread = graph.thread("a");
    let error = block_on(thread.invoke(())).unwrap_err();
    let Error::StateTooLarge { bytes, limit, .. } = error else { panic!("{error:?}") };
    assert!(bytes > 40_000 && limit == 35_000, "{bytes} of {limit}");
    let snapshot = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!((snapshot.step, snapshot.status, snapshot.state.bytes.len()), (3, Status::Running, 30_000));
    assert!(matches!(block_on(thread.resume()), Err(Error::StateTooLarge { .. })), "it stays too large");

    drop((graph, thread));
    let graph = Growth::builder().checkpointer(SledSaver::open(&store).unwrap()).build();
    let growing = block_on(graph.thread("a").resume()).unwrap().finished().unwrap();
    assert_eq!(growing.bytes.len(), 60_000);
}

/// Stores a record under a key as another runner would.
fn plant(saver: &impl Checkpointer, key: &ThreadKey, head: Head, record: Vec<u8>) {
    let append = Append { thread: key.clone(), expected: None, head, record, request: None, commit: Commit::Synced };
    block_on(saver.append(append)).unwrap();
}

#[test]
fn a_record_of_another_thread_or_graph_is_refused() {
    let saver = MemorySaver::default();
    let (walks, _) = walk(&Faulty::new(saver.clone()), Durability::Sync);
    let growth = Growth::builder().checkpointer(saver.clone()).build();
    block_on(walks.thread("a").invoke(Trail::to(1))).unwrap().finished().unwrap();
    let key = |graph: &str, id: &str| ThreadKey { graph: graph.into(), thread: ThreadId::new(id).unwrap() };
    let head = block_on(saver.head(&key("Walk", "a"))).unwrap().unwrap();
    let record = block_on(saver.get(&key("Walk", "a"), head.checkpoint)).unwrap().unwrap();

    plant(&saver, &key("Walk", "b"), head, record.clone());
    plant(&saver, &key("Growth", "a"), head, record);
    let errors = [
        block_on(walks.thread("b").snapshot()).map(drop).unwrap_err(),
        block_on(walks.thread("b").invoke(())).map(drop).unwrap_err(),
        block_on(growth.thread("a").snapshot()).map(drop).unwrap_err(),
        block_on(growth.thread("a").resume()).map(drop).unwrap_err(),
    ];
    for error in errors {
        let Error::Corrupt { reason, .. } = &error else { panic!("{error:?}") };
        assert!(reason.contains("thread `a` of graph `Walk`"), "{reason}");
    }
}

#[test]
fn a_record_that_lies_in_the_place_of_another_is_refused() {
    let saver = MemorySaver::default();
    let (graph, _) = walk(&Faulty::new(saver.clone()), Durability::Sync);
    block_on(graph.thread("a").invoke(Trail::to(1))).unwrap().finished().unwrap();
    let key = ThreadKey { graph: "Walk".into(), thread: ThreadId::new("a").unwrap() };
    let records = block_on(saver.range(&key, None, 9)).unwrap();
    let head = block_on(saver.head(&key)).unwrap().unwrap();
    block_on(saver.delete(&key)).unwrap();
    let (_, older) = records[1].clone();
    plant(&saver, &key, head, older);
    let error = block_on(graph.thread("a").snapshot()).unwrap_err();
    assert!(matches!(error, Error::Corrupt { .. }), "{error:?}");
}

mod renamed {
    //! A later version of a program, in which a node is gone.
    use super::{Growing, grow, grown};
    use graph_runtime::graph;

    graph! {
        pub(super) graph Growth<Growing>;
        node enlarge = grow;
        start -> enlarge -> match grown { true => end, false => enlarge };
    }
}

#[test]
fn a_node_that_is_gone_is_named() {
    let saver = MemorySaver::default();
    let old = Growth::builder().checkpointer(saver.clone()).step_limit(2).build();
    assert!(matches!(block_on(old.thread("a").invoke(())), Ok(Outcome::Stopped(_))));
    let new = renamed::Growth::builder().checkpointer(saver).build();
    for error in [
        block_on(new.thread("a").snapshot()).map(drop).unwrap_err(),
        block_on(new.thread("a").resume()).map(drop).unwrap_err(),
    ] {
        let Error::Incompatible { reason, .. } = &error else { panic!("{error:?}") };
        assert!(reason.contains("no node `grow`"), "{reason}");
    }
    assert_eq!(block_on(old.thread("a").snapshot()).unwrap().unwrap().status, Status::Stopped, "nothing was changed");
    let restarted = block_on(new.thread("a").invoke(()).restart()).unwrap().finished().unwrap();
    assert_eq!(restarted.bytes.len(), 60_000);
}
