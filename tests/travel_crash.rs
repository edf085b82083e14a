//! Wherever a branch or an edit is dropped, fails or is killed: no checkpoint changes, the thread is whole, and the next call
//! goes on.

use futures_lite::future::{block_on, poll_once};
use graph_runtime::{
    BoxError, CheckpointId, Checkpointer, Ctx, Durability, Effects, Error, Graph, GraphState, MemorySaver, Source,
    Status, StoreError, Update, graph,
};
use graph_tests::faulty::{Fault, Faulty};
use graph_tests::kills::{Killer, Started, kills};
use graph_tests::stores::{ENGINES, open_store};
use graph_tests::walk::{Probe, Trail, Trouble, Walk, walked};
use graph_tests::{Laid, laid, thread_of};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;

const DURABILITIES: [Durability; 3] = [Durability::Sync, Durability::Async, Durability::Exit];

fn walk(saver: Faulty, durability: Durability) -> (Graph<Walk>, Arc<Probe>) {
    let probe = Arc::new(Probe::default());
    let graph = Walk::builder().context(Arc::clone(&probe)).checkpointer(saver);
    (graph.durability(durability).build(), probe)
}

fn all(saver: &MemorySaver) -> Vec<Laid> {
    laid(saver, &thread_of("Walk", "a"))
}

/// A walk of two laps, of which all steps are stored.
fn walk_of_two() -> MemorySaver {
    let saver = MemorySaver::new();
    let (graph, _) = walk(Faulty::new(saver.clone()), Durability::Sync);
    assert_eq!(block_on(graph.thread("a").invoke(Trail::to(2))).unwrap().finished().unwrap(), walked(2));
    saver
}

fn matches_fault(error: &Error, fault: Fault) -> bool {
    matches!(
        (fault, error),
        (Fault::Conflict, Error::Conflict { .. })
            | (Fault::TooLarge, Error::StateTooLarge { .. })
            | (Fault::Failed | Fault::Lost, Error::Store(StoreError::Failed { .. }))
            | (Fault::Full, Error::Store(StoreError::Full { .. }))
            | (Fault::Poisoned, Error::Store(StoreError::Poisoned { .. }))
    )
}

#[test]
fn a_branch_that_is_dropped_at_any_poll_is_there_or_is_not() {
    for durability in DURABILITIES {
        for polls in 1.. {
            let saver = walk_of_two();
            let before = all(&saver);
            let done = {
                let thread = walk(Faulty::new(saver.clone()).late(), durability).0.thread("a");
                let mut branch = pin!(thread.at(CheckpointId(3)).fork(Trail::to(3)).request_id("f"));
                (0..polls).any(|_| block_on(poll_once(branch.as_mut())).is_some())
            };
            let left = all(&saver);
            assert!(left[..before.len()] == before[..], "the old branch is what it was");
            let (graph, probe) = walk(Faulty::new(saver.clone()), durability);
            let thread = graph.thread("a");
            block_on(thread.verify()).unwrap();
            let head = block_on(thread.snapshot()).unwrap().unwrap();
            let branched = left.len() > before.len();
            assert!(!done || head.status == Status::Finished, "{durability:?}, {polls} polls");
            let trail = block_on(thread.at(CheckpointId(3)).fork(Trail::to(3)).request_id("f"));
            assert_eq!(trail.unwrap().finished().unwrap(), walked(3));
            let forks = block_on(ids_of(&thread, Source::Fork));
            assert_eq!(forks, [8], "one request is one branch");
            let again = if branched { head.step } else { 2 };
            assert_eq!(probe.runs().len() as u64, 9 - again, "what was stored is not run again");
            if done {
                assert!(polls > 10);
                break;
            }
        }
    }
}

async fn ids_of(thread: &graph_runtime::Thread<Walk>, source: Source) -> Vec<u64> {
    use futures_lite::StreamExt;
    thread.history().source(source).map(|at| at.unwrap().id.0).collect().await
}

#[test]
fn an_edit_that_is_dropped_at_any_poll_is_there_or_is_not() {
    for polls in 1.. {
        let saver = MemorySaver::new();
        let (graph, probe) = walk(Faulty::new(saver.clone()).late(), Durability::Sync);
        let thread = graph.thread("a");
        probe.trouble(3, Trouble::Error, 1);
        block_on(thread.invoke(Trail::to(1))).unwrap_err();
        let before = all(&saver);
        let done = {
            let mut edit = pin!(thread.update(Trail::to(2)));
            (0..polls).any(|_| block_on(poll_once(edit.as_mut())).is_some())
        };
        let left = all(&saver);
        assert!(left[..before.len()] == before[..]);
        let head = block_on(thread.snapshot()).unwrap().unwrap();
        assert_eq!((head.status, head.failures.len()), (Status::Failed, 1), "it stands where it stood");
        let laps = if left.len() > before.len() { 2 } else { 1 };
        assert_eq!(block_on(thread.resume()).unwrap().finished().unwrap(), walked(laps));
        block_on(thread.verify()).unwrap();
        if done {
            assert_eq!(laps, 2);
            break;
        }
    }
}

#[test]
fn a_fault_at_any_call_of_a_branch_costs_no_checkpoint() {
    for durability in DURABILITIES {
        for fault in Fault::ALL {
            let survived = (0..10_000).find(|calls| {
                let saver = walk_of_two();
                let before = all(&saver);
                let faulty = Faulty::new(saver.clone());
                let (graph, _) = walk(faulty.clone(), durability);
                let thread = graph.thread("a");
                faulty.fail_after(*calls, fault);
                let branch = || thread.at(CheckpointId(3)).fork(Trail::to(3)).request_id("f");
                let outcome = block_on(branch());
                let told = format!("{durability:?}, {fault:?} after {calls} calls");
                assert!(all(&saver)[..before.len()] == before[..], "{told}");
                if !faulty.heal() {
                    assert_eq!(outcome.unwrap().finished().unwrap(), walked(3));
                    return true;
                }
                let error = outcome.unwrap_err();
                assert!(matches_fault(&error, fault) || matches!(error, Error::Store(_)), "{told} is {error:?}");
                block_on(thread.verify()).unwrap();
                assert_eq!(block_on(branch()).unwrap().finished().unwrap(), walked(3), "{told}");
                assert_eq!(block_on(ids_of(&thread, Source::Fork)), [8], "{told}");
                block_on(thread.verify()).unwrap();
                false
            });
            assert!(survived > Some(5), "{survived:?}");
        }
    }
}

#[test]
fn a_fault_at_any_call_of_an_edit_leaves_the_thread_as_it_was_or_edited() {
    for fault in Fault::ALL {
        let survived = (0..100).find(|calls| {
            let saver = walk_of_two();
            let before = all(&saver);
            let faulty = Faulty::new(saver.clone());
            let (graph, _) = walk(faulty.clone(), Durability::Sync);
            let thread = graph.thread("a");
            faulty.fail_after(*calls, fault);
            let outcome = block_on(thread.update(Trail::to(3)).as_node(graph_tests::walk::WalkNode::Arrive));
            let after = all(&saver);
            assert!(after[..before.len()] == before[..]);
            if !faulty.heal() {
                assert_eq!(outcome.unwrap().tasks, ["leave"]);
                return true;
            }
            let error = outcome.unwrap_err();
            assert!(matches_fault(&error, fault) || matches!(error, Error::Store(_)), "{fault:?} is {error:?}");
            let edited = after.len() > before.len();
            assert!(!edited || *calls > 1, "{fault:?} after {calls} calls");
            let status = block_on(thread.snapshot()).unwrap().unwrap().status;
            assert_eq!(status, if edited { Status::Stopped } else { Status::Finished });
            block_on(thread.verify()).unwrap();
            false
        });
        assert!(survived > Some(2), "{survived:?}");
    }
}

/// A charge is a line in a file, which outlives the process.
#[derive(GraphState, Debug, PartialEq)]
struct Order {
    #[reduce(append)]
    receipts: Vec<u32>,
    rounds: u32,
}

async fn check(_: &Order) {
    futures_lite::future::yield_now().await;
}

async fn pay(_: &Order, cx: &Ctx<std::path::PathBuf>) -> Result<impl Update<Order> + use<>, BoxError> {
    let charge = async |_| {
        let mut file = OpenOptions::new().append(true).create(true).open(cx.context())?;
        writeln!(file, "charged")?;
        Ok::<_, BoxError>(7)
    };
    Ok(Order::update().receipts([cx.once("charge", &(), charge).await?]))
}

fn round(order: &Order) -> impl Update<Order> + use<> {
    Order::update().rounds(order.rounds + 1)
}

fn over(order: &Order) -> bool {
    order.rounds >= 5
}

graph! {
    graph Paying<Order, std::path::PathBuf>;
    node check, pay, round;
    start -> check -> pay -> round -> match over { true => end, false => round };
}

fn paying(store: &Path) -> graph_runtime::Thread<Paying> {
    let saver = open_store(store).unwrap();
    Paying::builder().context(store.with_file_name("charges")).checkpointer(saver).build().thread("a")
}

/// The checkpoint that the charge lies beside.
const BEFORE: CheckpointId = CheckpointId(2);

/// The body of the other process: it begins one branch after the other, until it is killed.
#[test]
fn child() {
    let Some(Started { store, .. }) = Started::from_env() else { return };
    println!("\nopening");
    let thread = paying(&store);
    println!("opened");
    loop {
        let branch = thread.at(BEFORE).replay().effects(Effects::Reuse);
        assert_eq!(block_on(branch).unwrap().finished().unwrap(), Order { receipts: vec![7], rounds: 5 });
        println!("ack");
    }
}

#[test]
fn a_kill_in_a_branch_costs_no_checkpoint_and_repeats_no_effect() {
    for engine in ENGINES {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join(engine);
        block_on(paying(&store).invoke(())).unwrap().finished().unwrap();
        let records = || {
            let saver = open_store(&store).unwrap();
            let head = block_on(saver.head(&thread_of("Paying", "a"))).unwrap().unwrap();
            (laid(&*saver, &thread_of("Paying", "a")), head)
        };
        let (mut before, _) = records();
        let mut killer = Killer::new(&store);
        for kill in 0..kills(15) {
            killer.kill("branch");
            let (after, head) = records();
            // The last one of before was the head, beside which more may lie now.
            let old = before.len() - 1;
            assert!(after[..old] == before[..old] && after[old].0 == before[old].0, "kill {kill}");
            let thread = paying(&store);
            block_on(thread.verify()).unwrap();
            if head.status != Status::Finished {
                let order = block_on(thread.resume()).unwrap().finished().unwrap();
                assert_eq!(order, Order { receipts: vec![7], rounds: 5 });
            }
            drop(thread);
            before = records().0;
        }
        let charges = std::fs::read_to_string(store.with_file_name("charges")).unwrap();
        assert_eq!(charges, "charged\n", "one charge, by all branches together");
        println!("{engine}: {}", killer.counted);
    }
}
