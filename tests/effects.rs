//! Journaled effects as nodes use them: across attempts, restarts, durabilities, branches and items.

use futures_lite::future::{block_on, pending, poll_once, yield_now};
use graph_runtime::{
    BoxError, Checkpointer, Ctx, Durability, EffectError, Error, Graph, GraphState, MemorySaver, NodeCause, SledSaver,
    StopReason, Update, graph,
};
use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

#[derive(GraphState, Debug, PartialEq)]
struct Order {
    #[reduce(append)]
    receipts: Vec<u32>,
    round: u32,
}

/// The world outside, and how often the network breaks before it works.
#[derive(Default)]
struct Bank {
    charges: AtomicU32,
    outages: AtomicU32,
    keys: Mutex<Vec<String>>,
}

impl Bank {
    fn charge(&self, key: &str) -> u32 {
        self.keys.lock().unwrap().push(key.to_owned());
        self.charges.fetch_add(1, SeqCst) + 1
    }

    fn outage(&self) -> bool {
        self.outages.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok()
    }
}

async fn first(_: &Order) -> impl Update<Order> + use<> {
    yield_now().await;
    Order::update().round(1)
}

async fn pay(order: &Order, cx: &Ctx<Bank>) -> Result<impl Update<Order> + use<>, BoxError> {
    let bank = cx.context();
    let charge = |key: graph_runtime::IdempotencyKey| async move {
        yield_now().await;
        Ok::<_, BoxError>(bank.charge(key.as_str()))
    };
    let receipt = cx.once("charge", &order.round, charge).await?;
    yield_now().await;
    if bank.outage() {
        return Err("the network broke after the charge".into());
    }
    Ok(Order::update().receipts([receipt]))
}

graph! {
    graph Paying<Order, Bank>;
    node first, pay;
    start -> first -> pay -> end;
}

fn paying<C: Checkpointer>(bank: &Arc<Bank>, saver: C, durability: Durability) -> Graph<Paying> {
    Paying::builder().context(Arc::clone(bank)).checkpointer(saver).durability(durability).build()
}

#[test]
fn an_effect_happens_once_however_often_its_node_runs() {
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        let directory = tempfile::tempdir().unwrap();
        let bank = Arc::new(Bank { outages: AtomicU32::new(3), ..Bank::default() });
        let mut failed = 0;
        let order = loop {
            // Each time another process.
            let graph = paying(&bank, SledSaver::open(directory.path()).unwrap(), durability);
            match block_on(graph.thread("a").resume_or_invoke(())) {
                Ok(outcome) => break outcome.finished().unwrap(),
                Err(Error::Node(error)) => failed += u32::from(error.node == "pay"),
                Err(error) => panic!("{error}"),
            }
        };
        assert_eq!((order.receipts, failed, bank.charges.load(SeqCst)), (vec![1], 3, 1), "{durability:?}");
    }
}

/// Dropped at every poll: an effect that had begun may happen again, one whose value was returned never does.
#[test]
fn a_drop_at_any_poll_repeats_no_effect_whose_value_was_stored() {
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        for polls in 1..12 {
            let (bank, saver) = (Arc::new(Bank::default()), MemorySaver::new());
            {
                let graph = paying(&bank, saver.clone(), durability);
                let mut run = pin!(graph.thread("a").invoke(()));
                for _ in 0..polls {
                    if block_on(poll_once(run.as_mut())).is_some() {
                        break;
                    }
                }
            }
            let order = block_on(paying(&bank, saver, durability).thread("a").resume_or_invoke(()).request_id("r"));
            let order = order.unwrap().finished().unwrap();
            let keys: BTreeSet<String> = bank.keys.lock().unwrap().iter().cloned().collect();
            // A run that was dropped when it had finished is followed by another one.
            assert_eq!(order.receipts.len(), keys.len(), "{durability:?}, dropped after {polls} polls: {order:?}");
            assert_eq!(bank.charges.load(SeqCst) as usize, keys.len(), "an effect was repeated");
        }
    }
}

async fn quick(_: &Order, cx: &Ctx<Bank>) -> impl Update<Order> + use<> {
    cx.context().charge("quick");
    Order::update().receipts([0])
}

graph! {
    graph Beside<Order, Bank>;
    node first, quick, pay;
    start -> first -> (quick, pay) -> end;
}

#[test]
fn what_had_finished_beside_an_effect_that_failed_is_not_done_again() {
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        let bank = Arc::new(Bank { outages: AtomicU32::new(1), ..Bank::default() });
        let graph = Beside::builder().context(Arc::clone(&bank)).checkpointer(MemorySaver::new());
        let thread = graph.durability(durability).build().thread("a");
        assert!(matches!(block_on(thread.invoke(())), Err(Error::Node(_))), "{durability:?}");
        assert_eq!(block_on(thread.resume()).unwrap().finished().unwrap().receipts.len(), 2);
        assert_eq!(bank.charges.load(SeqCst), 2, "{durability:?}");
    }
}

fn items(_: &Order) -> [u32; 3] {
    [10, 20, 30]
}

async fn each(_: &Order, item: &u32, cx: &Ctx<Bank>) -> Result<impl Update<Order> + use<>, BoxError> {
    let bank = cx.context();
    let first = cx.once("charge", item, async |key| Ok::<_, BoxError>(bank.charge(key.as_str()))).await?;
    let second = cx.once("tip", item, async |key| Ok::<_, BoxError>(bank.charge(key.as_str()))).await?;
    if *item == 20 && bank.outage() {
        return Err("one of three".into());
    }
    Ok(Order::update().receipts([first, second]))
}

graph! {
    graph Splitting<Order, Bank>;
    node each, pay;
    start -> 'again: (for items(u32) { each }, pay) -> match enough { true => end, false => 'again };
}

fn enough(order: &Order) -> bool {
    order.receipts.len() >= 14
}

#[test]
fn every_task_has_its_own_effects_and_every_step_other_keys() {
    let (bank, saver) = (Arc::new(Bank { outages: AtomicU32::new(1), ..Bank::default() }), MemorySaver::new());
    let graph = || Splitting::builder().context(Arc::clone(&bank)).checkpointer(saver.clone()).build();
    let error = block_on(graph().thread("a").invoke(())).unwrap_err();
    assert!(matches!(&error, Error::Node(error) if error.task == "each[1]" || error.task == "pay"), "{error}");
    let order = loop {
        match block_on(graph().thread("a").resume()) {
            Ok(outcome) => break outcome.finished().unwrap(),
            Err(error) => assert!(matches!(error, Error::Node(_))),
        }
    };
    assert_eq!(order.receipts.len(), 14, "two rounds of three items with two effects and of one payment");
    let keys = bank.keys.lock().unwrap();
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), 14, "no two effects have one key");
    assert_eq!(keys.len(), 14, "and none happened twice");
}

async fn twice(_: &Order, cx: &Ctx) -> Result<(), EffectError> {
    for _ in 0..2 {
        cx.once("mail", &(), async |_| Ok::<_, BoxError>(())).await?;
    }
    Ok(())
}

graph! {
    graph Twice<Order>;
    node twice;
    start -> twice -> end;
}

#[test]
fn a_name_is_used_once_in_a_task_in_memory_and_on_a_thread() {
    let thread = Twice::builder().checkpointer(MemorySaver::new()).build().thread("a");
    for outcome in [block_on(Twice::new().run(())).map(drop), block_on(thread.invoke(())).map(drop)] {
        let Err(Error::Node(error)) = outcome else { panic!("the name is used twice") };
        let NodeCause::Error(cause) = &error.cause else { panic!("{error}") };
        assert!(matches!(cause.downcast_ref(), Some(EffectError::NameTwice { effect }) if effect == "mail"), "{error}");
    }
}

async fn wire(_: &Order, cx: &Ctx<Bank>) -> Result<impl Update<Order> + use<>, BoxError> {
    let bank = cx.context();
    let send = |key: graph_runtime::IdempotencyKey| async move {
        bank.charge(key.as_str());
        // The process dies here, or the answer never comes.
        pending::<Result<u32, BoxError>>().await
    };
    let ask = |key: graph_runtime::IdempotencyKey| async move {
        let known = bank.keys.lock().unwrap().iter().any(|sent| sent == key.as_str());
        if bank.outage() { Err("nobody answers") } else { Ok(u32::from(known)) }
    };
    Ok(Order::update().receipts([cx.at_most_once("wire", &7, send, ask).await?]))
}

graph! {
    graph Wiring<Order, Bank>;
    node first, wire;
    start -> first -> wire -> end;
}

#[test]
fn what_was_begun_is_asked_for_and_not_begun_again() {
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        let directory = tempfile::tempdir().unwrap();
        let bank = Arc::new(Bank { outages: AtomicU32::new(2), ..Bank::default() });
        let graph = || {
            let saver = SledSaver::open(directory.path()).unwrap();
            Wiring::builder().context(Arc::clone(&bank)).checkpointer(saver).durability(durability).build()
        };
        block_on(async {
            let graph = graph();
            let run = async { graph.thread("a").invoke(()).await.map(drop) };
            let begun = async {
                while bank.charges.load(SeqCst) == 0 {
                    yield_now().await;
                }
                Ok(())
            };
            futures_lite::future::or(run, begun).await.unwrap();
        });
        for _ in 0..2 {
            let Err(Error::Node(error)) = block_on(graph().thread("a").resume()) else { panic!("nobody answers") };
            let NodeCause::Error(cause) = &error.cause else { panic!("{error}") };
            assert!(matches!(cause.downcast_ref(), Some(EffectError::Uncertain { .. })), "{error}");
        }
        let order = block_on(graph().thread("a").resume()).unwrap().finished().unwrap();
        assert_eq!((order.receipts, bank.charges.load(SeqCst)), (vec![1], 1), "{durability:?}");
    }
}

/// Whoever cancels a thread, or takes it over, moves its head; an effect that was under way then journals nothing.
#[test]
fn an_effect_of_a_thread_that_was_cancelled_elsewhere_is_a_cancellation_and_no_failure() {
    let (bank, saver) = (Arc::new(Bank::default()), MemorySaver::new());
    let graph = paying(&bank, saver.clone(), Durability::Sync);
    let thread = graph.thread("a");
    let mut run = pin!(thread.invoke(()));
    while bank.charges.load(SeqCst) == 0 {
        assert!(block_on(poll_once(run.as_mut())).is_none());
    }
    block_on(thread.cancel("enough")).unwrap();
    let Ok(graph_runtime::Outcome::Stopped(stop)) = block_on(run) else { panic!("it was cancelled") };
    assert_eq!(stop.reason, StopReason::Cancelled { reason: "enough".to_owned() });
}
