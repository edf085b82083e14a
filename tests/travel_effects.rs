//! A branch that begins after an effect says whether the effect happens again: reused, it never does, through crashes,
//! restarts and races; again, it does with a key of its own.

use futures_lite::future::{block_on, pending, poll_once, yield_now};
use graph_runtime::{
    BoxError, CheckpointId, Ctx, Durability, EffectError, Effects, Error, Graph, GraphState, IdempotencyKey,
    MemorySaver, NodeCause, SledSaver, Thread, Update, graph,
};
use graph_tests::faulty::{Fault, Faulty};
use graph_tests::{finished, laid, thread_of};
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

#[derive(GraphState, Debug, PartialEq)]
struct Order {
    amount: u32,
    #[reduce(append)]
    receipts: Vec<usize>,
}

/// The world outside.
#[derive(Default)]
struct Bank {
    keys: Mutex<Vec<String>>,
    /// How often a node fails behind its effect.
    outages: AtomicU32,
    asked: Mutex<Vec<String>>,
}

impl Bank {
    fn charge(&self, key: IdempotencyKey) -> usize {
        let mut keys = self.keys.lock().unwrap();
        keys.push(key.to_string());
        keys.len()
    }

    fn charges(&self) -> Vec<String> {
        self.keys.lock().unwrap().clone()
    }

    fn outage(&self) -> bool {
        self.outages.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok()
    }
}

async fn check(_: &Order) {
    yield_now().await;
}

async fn pay(order: &Order, cx: &Ctx<Bank>) -> Result<impl Update<Order> + use<>, BoxError> {
    let bank = cx.context();
    let charge = |key| async move {
        yield_now().await;
        Ok::<_, BoxError>(bank.charge(key))
    };
    let receipt = cx.once("charge", &order.amount, charge).await?;
    yield_now().await;
    if bank.outage() {
        return Err("the network broke after the charge".into());
    }
    Ok(Order::update().receipts([receipt]))
}

fn three(_: &Order) -> [u32; 3] {
    [1, 2, 3]
}

async fn each(_: &Order, item: &u32, cx: &Ctx<Bank>) -> Result<impl Update<Order> + use<>, BoxError> {
    let receipt = cx.once("charge", item, async |key| Ok::<_, BoxError>(cx.context().charge(key))).await?;
    Ok(Order::update().receipts([receipt]))
}

graph! {
    graph Paying<Order, Bank>;
    node check, pay;
    start -> check -> pay -> end;
}

graph! {
    graph Splitting<Order, Bank>;
    node each, pay;
    start -> (for three(u32) { each }, pay) -> end;
}

fn paying(bank: &Arc<Bank>, saver: impl graph_runtime::Checkpointer) -> Graph<Paying> {
    Paying::builder().context(Arc::clone(bank)).checkpointer(saver).build()
}

fn effect_error(error: &Error) -> &EffectError {
    let Error::Node(error) = error else { panic!("{error}") };
    let NodeCause::Error(cause) = &error.cause else { panic!("{error}") };
    cause.downcast_ref().unwrap_or_else(|| panic!("{error}"))
}

/// The checkpoint that `pay` runs from.
const BEFORE: CheckpointId = CheckpointId(2);

#[test]
fn a_branch_after_an_effect_is_refused_until_somebody_says_what_becomes_of_it() {
    let (bank, saver) = (Arc::<Bank>::default(), MemorySaver::new());
    let thread = paying(&bank, saver.clone()).thread("a");
    finished(block_on(thread.invoke(())));
    let before = laid(&saver, &thread_of("Paying", "a"));
    for refused in [
        block_on(thread.at(BEFORE).replay()).map(drop),
        block_on(thread.at(BEFORE).fork(Order::update().amount(9))).map(drop),
        block_on(thread.at(BEFORE).update(())).map(drop),
        block_on(thread.at(BEFORE).update(()).as_node(PayingNode::Check)).map(drop),
    ] {
        let told = "checkpoint 2 of thread `a` has effects beside it; add `.effects(Effects::Reuse)` to keep them, \
                    or `.effects(Effects::Again)` to let them happen again";
        assert_eq!(refused.unwrap_err().to_string(), told);
    }
    assert!(laid(&saver, &thread_of("Paying", "a")) == before, "a refusal changes nothing");
    // Where no effect lies, nobody is asked; the later one is not the branch's.
    finished(block_on(thread.at(CheckpointId(1)).replay()));
    finished(block_on(thread.at(CheckpointId(3)).replay()));
    assert_eq!(bank.charges().len(), 2);
}

#[test]
fn reused_effects_have_their_values_and_keys_in_every_branch_and_after_restarts() {
    let directory = tempfile::tempdir().unwrap();
    let bank = Arc::<Bank>::default();
    // Each time another process.
    let open = || paying(&bank, SledSaver::open(directory.path().join("store")).unwrap()).thread("a");
    finished(block_on(open().invoke(())));
    bank.outages.store(2, SeqCst);
    let replay = block_on(open().at(BEFORE).replay().effects(Effects::Reuse));
    assert!(matches!(replay, Err(Error::Node(_))), "it fails behind the charge");
    assert!(block_on(open().resume()).is_err());
    assert_eq!(finished(block_on(open().resume())).receipts, [1]);
    // A branch of the branch, which has the effect from there; its checkpoint is 4.
    assert!(matches!(block_on(open().at(CheckpointId(4)).replay()), Err(Error::UndecidedEffects { .. })));
    assert_eq!(finished(block_on(open().at(CheckpointId(4)).replay().effects(Effects::Reuse))).receipts, [1]);
    let branch = block_on(open().at(CheckpointId(6)).update(()).effects(Effects::Reuse)).unwrap();
    assert_eq!(branch.parent, Some(CheckpointId(6)));
    assert_eq!(finished(block_on(open().resume())).receipts, [1]);
    assert_eq!(bank.charges().len(), 1, "nobody was charged twice");

    for charges in 2..5 {
        assert_eq!(finished(block_on(open().at(BEFORE).replay().effects(Effects::Again))).receipts, [charges]);
    }
    let mut keys = bank.charges();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 4, "every time with another key");
    block_on(open().verify()).unwrap();
}

#[test]
fn a_reused_effect_with_another_input_is_a_typed_error_and_the_choice_can_be_made_anew() {
    let bank = Arc::<Bank>::default();
    let thread = paying(&bank, MemorySaver::new()).thread("a");
    finished(block_on(thread.invoke(Order::update().amount(40))));
    let at = thread.at(BEFORE);
    let error = block_on(at.fork(Order::update().amount(60)).effects(Effects::Reuse)).unwrap_err();
    assert!(matches!(effect_error(&error), EffectError::OtherInput { effect } if effect == "charge"), "{error}");
    assert_eq!(bank.charges().len(), 1);
    assert_eq!(finished(block_on(at.fork(Order::update().amount(60)).effects(Effects::Again))).receipts, [2]);
}

/// What was charged before its journal knew of it is charged again with the same key, in a branch as in a resume.
#[test]
fn a_reused_effect_that_was_under_way_has_the_key_of_its_first_attempt() {
    let (bank, saver) = (Arc::<Bank>::default(), MemorySaver::new());
    {
        let graph = paying(&bank, Faulty::new(saver.clone()).late());
        let mut run = pin!(graph.thread("a").invoke(()));
        while bank.charges().is_empty() {
            assert!(block_on(poll_once(run.as_mut())).is_none());
        }
    }
    let thread = paying(&bank, saver.clone()).thread("a");
    assert_eq!(laid(&saver, &thread_of("Paying", "a"))[1].1, [], "the charge is not journaled");
    finished(block_on(thread.at(BEFORE).replay().effects(Effects::Reuse)));
    let keys = bank.charges();
    assert_eq!((keys.len(), &keys[0]), (2, &keys[1]), "the bank can tell that it is the same charge");
}

#[test]
fn every_task_of_a_branch_has_its_own_effects() {
    let (bank, saver) = (Arc::<Bank>::default(), MemorySaver::new());
    let graph = || Splitting::builder().context(Arc::clone(&bank)).checkpointer(saver.clone()).build();
    bank.outages.store(1, SeqCst);
    assert!(block_on(graph().thread("a").invoke(())).is_err());
    // The items are done, and run again in a branch; what they paid for is paid.
    let at = graph().thread("a").at(CheckpointId(1));
    let order = finished(block_on(at.replay().effects(Effects::Reuse)));
    let mut receipts = order.receipts;
    receipts.sort_unstable();
    assert_eq!((receipts, bank.charges().len()), (vec![1, 2, 3, 4], 4));
    assert_eq!(finished(block_on(at.replay().effects(Effects::Again))).receipts.len(), 4);
    assert_eq!(bank.charges().len(), 8);
}

/// Dropped at every poll, and gone on with in another process.
#[test]
fn a_drop_at_any_poll_of_a_branch_repeats_no_reused_effect() {
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        let mut polls = 0;
        loop {
            polls += 1;
            let (bank, saver) = (Arc::<Bank>::default(), MemorySaver::new());
            let graph = |saver: Faulty| {
                Paying::builder().context(Arc::clone(&bank)).checkpointer(saver).durability(durability).build()
            };
            let direct = || graph(Faulty::new(saver.clone())).thread("a");
            finished(block_on(direct().invoke(())));
            let before = laid(&saver, &thread_of("Paying", "a"));
            let at = CheckpointId(before.len() as u64 - 1);
            let done = {
                let branch = graph(Faulty::new(saver.clone()).late()).thread("a").at(at).replay();
                let mut branch = pin!(branch.effects(Effects::Reuse).request_id("f-1"));
                let mut poll = || block_on(poll_once(branch.as_mut())).is_some();
                (0..polls).any(|_| poll())
            };
            let branched = laid(&saver, &thread_of("Paying", "a"));
            assert!(branched[..before.len()] == before[..], "no checkpoint changes");
            // Half of them are gone on with by whoever finds them, half by the same request again.
            if branched.len() > before.len() && polls % 2 == 0 && !done {
                let resumed = block_on(direct().resume());
                assert!(resumed.is_ok() || matches!(resumed, Err(Error::NothingToResume { .. })), "{resumed:?}");
            }
            let branch = direct().at(at).replay().effects(Effects::Reuse).request_id("f-1");
            assert_eq!(finished(block_on(branch)).receipts, [1], "{durability:?}, {polls} polls");
            assert_eq!(bank.charges().len(), 1, "{durability:?}, {polls} polls");
            block_on(direct().verify()).unwrap();
            if done {
                assert!(polls > 5, "{polls}");
                break;
            }
        }
    }
}

/// Another process runs the thread while the branch is made of its head: what it journals until the branch is stored counts.
#[test]
fn an_effect_of_another_runner_that_comes_between_is_not_lost() {
    let mut seen = [0, 0];
    for calls in 0..8 {
        let (bank, saver) = (Arc::<Bank>::default(), MemorySaver::new());
        bank.outages.store(1, SeqCst);
        let other = paying(&bank, saver.clone()).thread("a");
        // Another process has come to the checkpoint before `pay`, and stands there.
        {
            let mut run = pin!(other.invoke(()));
            while laid(&saver, &thread_of("Paying", "a")).len() < 2 {
                assert!(block_on(poll_once(run.as_mut())).is_none());
            }
        }
        let late = Faulty::new(saver.clone());
        let bank_then = Arc::clone(&bank);
        // It goes on to its charge, and fails behind it, between two calls of the branch.
        late.meanwhile(calls, move || {
            let ended = block_on(other.resume());
            assert!(ended.is_err(), "{:?} {:?}", bank_then.charges(), ended.map(drop));
        });
        let thread = paying(&bank, late).thread("a");
        let order = match block_on(thread.at(BEFORE).replay().effects(Effects::Reuse)) {
            Ok(outcome) => outcome.finished().unwrap(),
            Err(Error::Conflict { .. }) => panic!("the head did not move"),
            Err(Error::Node(_)) => finished(block_on(thread.resume())),
            Err(error) => panic!("{error}"),
        };
        let between = bank.charges().len() == 1 && order.receipts == [1];
        seen[usize::from(between)] += 1;
        let keys = bank.charges();
        assert!(keys.iter().all(|key| *key == keys[0]), "after {calls} calls: {keys:?}");
        if calls <= 3 {
            assert!(between, "after {calls} calls the charge was journaled before the branch was stored: {keys:?}");
        }
    }
    assert!(seen[1] > 0, "{seen:?}");
}

/// Begun at most once, also by branches.
mod wiring {
    use super::{Bank, BoxError, Ctx, Order, Update, check, graph, pending, yield_now};
    use graph_runtime::IdempotencyKey;

    async fn wire(_: &Order, cx: &Ctx<Bank>) -> Result<impl Update<Order> + use<>, BoxError> {
        let bank = cx.context();
        let send = |key: IdempotencyKey| async move {
            bank.charge(key);
            // The process dies here, or the answer never comes.
            pending::<Result<usize, BoxError>>().await
        };
        let ask = |key: IdempotencyKey| async move {
            yield_now().await;
            bank.asked.lock().unwrap().push(key.to_string());
            if bank.outage() { Err("nobody answers") } else { Ok(7) }
        };
        Ok(Order::update().receipts([cx.at_most_once("wire", &7, send, ask).await?]))
    }

    graph! {
        pub(super) graph Wiring<Order, Bank>;
        node check, wire;
        start -> check -> wire -> end;
    }
}
use wiring::Wiring;

/// A thread whose wire was begun, and whose answer never came.
fn begun() -> (Arc<Bank>, MemorySaver, impl Fn(Faulty) -> Thread<Wiring>) {
    let (bank, saver) = (Arc::<Bank>::default(), MemorySaver::new());
    let wiring = {
        let bank = Arc::clone(&bank);
        move |saver| Wiring::builder().context(Arc::clone(&bank)).checkpointer(saver).build().thread("a")
    };
    {
        let mut run = pin!(wiring(Faulty::new(saver.clone())).invoke(()));
        while bank.charges().is_empty() {
            assert!(block_on(poll_once(run.as_mut())).is_none());
        }
    }
    (bank, saver, wiring)
}

#[test]
fn what_was_begun_is_asked_for_by_a_branch_with_the_key_that_it_was_begun_with() {
    let (bank, saver, wiring) = begun();
    let thread = wiring(Faulty::new(saver));
    bank.outages.store(1, SeqCst);
    let error = block_on(thread.at(BEFORE).replay().effects(Effects::Reuse)).unwrap_err();
    assert!(matches!(effect_error(&error), EffectError::Uncertain { .. }), "{error}");
    assert_eq!(finished(block_on(thread.resume())).receipts, [7]);
    let (begun, asked) = (bank.charges(), bank.asked.lock().unwrap().clone());
    assert_eq!((begun.len(), asked), (1, vec![begun[0].clone(); 2]));
}

#[test]
fn a_fault_at_any_call_of_a_branch_begins_nothing_twice() {
    for fault in Fault::ALL {
        let survived = (0..1_000).find(|calls| {
            let (bank, saver, wiring) = begun();
            let faulty = Faulty::new(saver.clone());
            let thread = wiring(faulty.clone());
            faulty.fail_after(*calls, fault);
            let branch = || thread.at(BEFORE).replay().effects(Effects::Reuse).request_id("f-1");
            let outcome = block_on(branch());
            if !faulty.heal() {
                assert_eq!(finished(outcome).receipts, [7]);
                return true;
            }
            assert!(outcome.is_err(), "{fault:?} after {calls} calls");
            assert_eq!(finished(block_on(branch())).receipts, [7], "{fault:?} after {calls} calls");
            let (begun, asked) = (bank.charges(), bank.asked.lock().unwrap().clone());
            assert_eq!(begun.len(), 1, "{fault:?} after {calls} calls");
            assert!(asked.iter().all(|key| *key == begun[0]), "{fault:?} after {calls} calls");
            block_on(thread.verify()).unwrap();
            false
        });
        assert!(survived > Some(5), "{survived:?}");
    }
}

/// Pruned in between, so that the checkpoint that the effect lies beside is gone; and copied, so that it is another thread.
#[test]
fn a_reused_effect_outlives_the_checkpoint_that_it_comes_from() {
    let (bank, saver) = (Arc::<Bank>::default(), MemorySaver::new());
    let graph = paying(&bank, saver.clone());
    let thread = graph.thread("a");
    finished(block_on(thread.invoke(())));
    bank.outages.store(1, SeqCst);
    assert!(block_on(thread.at(BEFORE).replay().effects(Effects::Reuse)).is_err());
    assert_eq!(block_on(thread.prune(graph_runtime::Keep::Last(1))).unwrap(), 3);
    assert!(block_on(thread.at(BEFORE).replay().effects(Effects::Reuse)).is_err(), "it is gone");
    assert!(matches!(block_on(thread.at(CheckpointId(4)).replay()), Err(Error::UndecidedEffects { .. })));
    block_on(thread.copy_to("b")).unwrap();
    for thread in [thread, graph.thread("b")] {
        assert_eq!(finished(block_on(thread.resume())).receipts, [1]);
        block_on(thread.verify()).unwrap();
    }
    assert_eq!(bank.charges().len(), 1);
}
