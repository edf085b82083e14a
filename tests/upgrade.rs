//! A program is killed (SIGKILL) in the middle of a parallel step, with a pause open, and a newer version goes on with what it
//! stored: it has a new field, a renamed one, one of another type, a renamed node and a new one. A version that lacks the
//! node at which the thread waits is refused with an error that names it, and the version before still opens the thread.

#![allow(clippy::ptr_arg, reason = "pauses take replies by reference, whatever they are")]

use futures_lite::future::pending;
use futures_lite::{StreamExt, future::block_on};
use graph_runtime::schema::Class;
use graph_runtime::{
    BoxError, Builder, Checkpointer, Ctx, Error, Graph, GraphState, IdempotencyKey, Outcome, SledSaver, Status, Update,
    graph,
};
use graph_tests::{child_store, start_child, thread_of, wait_for, whole};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

/// What lies outside of the programs.
#[derive(Default)]
struct World {
    /// Whether the node that calls it never comes back.
    hangs: AtomicBool,
    /// Whether somebody was charged.
    charged: AtomicBool,
    /// Whether the node has come to where it hangs.
    stuck: AtomicBool,
}

/// Takes money once, and then may never come back.
async fn charge(cx: &Ctx<World>) -> Result<u32, BoxError> {
    let world = cx.context();
    let bank = |_: IdempotencyKey| async {
        world.charged.store(true, SeqCst);
        Ok::<_, BoxError>(7)
    };
    let receipt = cx.once("bank", "40 cents", bank).await?;
    if world.hangs.load(SeqCst) {
        world.stuck.store(true, SeqCst);
        pending::<()>().await;
    }
    Ok(receipt)
}

mod first {
    use super::*;

    #[derive(GraphState, Debug)]
    pub(super) struct Order {
        pub(super) weight: String,
        pub(super) title: String,
        pub(super) cents: u32,
        #[reduce(append)]
        pub(super) notes: Vec<String>,
        pub(super) step: u32,
    }

    fn note(order: &Order) -> impl Update<Order> + use<> {
        let step = order.step + 1;
        Order::update().notes([format!("note {step}")]).step(step).cents(step * 100).title(format!("title {step}"))
    }

    fn enough(order: &Order) -> bool {
        order.step >= 4
    }

    fn quick(_: &Order) -> impl Update<Order> + use<> {
        Order::update().notes(["quick".to_owned()]).cents(950)
    }

    async fn pay(_: &Order, cx: &Ctx<World>) -> Result<impl Update<Order> + use<>, BoxError> {
        Ok(Order::update().notes([format!("receipt {}", charge(cx).await?)]))
    }

    fn approve(_: &Order, granted: &String) -> impl Update<Order> + use<> {
        Order::update().notes([granted.clone()])
    }

    graph! {
        pub(super) graph Shop<Order, World>;
        node note, quick, pay;
        pause approve(String) asks question;
        start -> note -> match enough {
            true => (quick, pay, approve) -> end,
            false => note,
        };
    }

    fn question(order: &Order) -> String {
        format!("{} for {} cents?", order.title, order.cents)
    }
}

mod second {
    use super::*;
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Note {
        pub(super) text: String,
        pub(super) stars: u8,
    }

    pub(super) fn unrated(notes: Vec<String>) -> Vec<Note> {
        notes.into_iter().map(|text| Note { text, stars: 0 }).collect()
    }

    pub(super) fn euros(cents: u32) -> f64 {
        f64::from(cents) / 100.0
    }

    #[derive(GraphState, Debug)]
    pub(super) struct Order {
        pub(super) weight: String,
        #[state(renamed_from = "title")]
        pub(super) name: String,
        #[state(renamed_from = "cents", migrate(from = u32, with = euros))]
        pub(super) cost: f64,
        #[reduce(append)]
        #[state(migrate(from = Vec<String>, with = unrated))]
        pub(super) notes: Vec<Note>,
        pub(super) step: u32,
        #[state(default = 3)]
        pub(super) tries: u8,
    }

    fn noted(text: impl Into<String>) -> [Note; 1] {
        [Note { text: text.into(), stars: 5 }]
    }

    fn note(_: &Order) {}

    fn quick(_: &Order) {}

    fn enough(order: &Order) -> bool {
        order.step >= 4
    }

    async fn pay(_: &Order, cx: &Ctx<World>) -> Result<impl Update<Order> + use<>, BoxError> {
        Ok(Order::update().notes(noted(format!("receipt {}", charge(cx).await?))))
    }

    fn approve(_: &Order, granted: &String) -> impl Update<Order> + use<> {
        Order::update().notes(noted(granted.as_str()))
    }

    fn rate(order: &Order) -> impl Update<Order> + use<> {
        Order::update().notes(noted("rated")).tries(order.tries - 1)
    }

    graph! {
        pub(super) graph Shop<Order, World>;
        node note, quick, rate;
        #[renamed_from("pay")]
        node take = pay;
        #[renamed_from("approve")]
        pause consent = approve(String);
        start -> note -> match enough {
            true => (quick, take, consent) -> rate -> end,
            false => note,
        };
    }
}

mod third {
    use super::second::{Note, euros, unrated};
    use super::*;

    #[derive(GraphState, Debug)]
    pub(super) struct Order {
        pub(super) weight: String,
        #[state(renamed_from = "title")]
        pub(super) name: String,
        #[state(renamed_from = "cents", migrate(from = u32, with = euros))]
        pub(super) cost: f64,
        #[reduce(append)]
        #[state(migrate(from = Vec<String>, with = unrated))]
        pub(super) notes: Vec<Note>,
        pub(super) step: u32,
        #[state(default = 3)]
        pub(super) tries: u8,
    }

    fn note(_: &Order) {}

    fn quick(_: &Order) {}

    fn pay(_: &Order) {}

    graph! {
        pub(super) graph Shop<Order, World>;
        node note, quick;
        #[renamed_from("pay")]
        node take = pay;
        start -> note -> (quick, take) -> end;
    }
}

fn graph_of<G>(saver: &SledSaver, world: &Arc<World>) -> Graph<G>
where
    G: graph_runtime::Definition<Context = World>,
{
    Builder::<G>::new().context(Arc::clone(world)).checkpointer(saver.clone()).unchecked()
}

/// The first version, in a process of its own, until it is killed.
#[test]
fn child() {
    let Some(store) = child_store() else { return };
    let saver = SledSaver::open(store).unwrap();
    let world = Arc::new(World { hangs: true.into(), ..World::default() });
    let thread = graph_of::<first::Shop>(&saver, &world).thread("a");
    let run = thread.invoke(first::Order::update().weight("x".repeat(4_000)));
    let watch = async {
        loop {
            futures_lite::future::yield_now().await;
            let Some(snapshot) = thread.snapshot().await.unwrap() else { continue };
            if world.stuck.load(SeqCst) && snapshot.next == [first::ShopNode::Pay, first::ShopNode::Approve] {
                // What it had written must outlive it for the test, though nobody was told so.
                saver.flush().await.unwrap();
                println!("hanging");
                pending::<()>().await;
            }
        }
    };
    let run = async { drop(run.await) };
    block_on(futures_lite::future::or(run, watch));
}

/// A store that the first version left when it was killed.
fn killed(directory: &Path) -> SledSaver {
    let (mut process, _stdin, mut stdout) = start_child(directory);
    wait_for(&mut stdout, "hanging");
    process.kill().unwrap();
    process.wait().unwrap();
    SledSaver::open(directory).unwrap()
}

#[test]
fn a_newer_version_goes_on_where_the_first_was_killed() {
    let directory = tempfile::tempdir().unwrap();
    let saver = killed(directory.path());
    let world = Arc::default();
    let graph = graph_of::<second::Shop>(&saver, &world);
    let thread = graph.thread("a");

    let snapshot = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!((snapshot.status, snapshot.step), (Status::Running, 4));
    assert_eq!(snapshot.next, [second::ShopNode::Take, second::ShopNode::Consent]);
    assert_eq!((snapshot.state.name.as_str(), snapshot.state.cost.to_string().as_str()), ("title 4", "4"));
    assert_eq!((snapshot.state.notes.len(), snapshot.state.weight.len(), snapshot.state.tries), (4, 4_000, 3));
    assert_eq!(snapshot.waiting[0].question::<String>().unwrap(), "title 4 for 400 cents?");
    let waiting = snapshot.waiting[0].id().clone();
    assert_eq!(block_on(thread.history().count()), 5, "every checkpoint of the first version is read");

    let recovered: Vec<_> = block_on(graph.recover().collect());
    assert!(matches!(&recovered[..], [Ok((_, Ok(Outcome::Paused(_))))]));
    assert!(!world.charged.load(SeqCst), "the first version has charged");
    let order = block_on(thread.reply_to(waiting, second::ShopReply::Consent("granted".to_owned())));
    let order = order.unwrap().finished().unwrap();
    let notes: Vec<(&str, u8)> = order.notes.iter().map(|note| (note.text.as_str(), note.stars)).collect();
    let old = [("note 1", 0), ("note 2", 0), ("note 3", 0), ("note 4", 0), ("quick", 0)];
    assert_eq!(notes[..5], old, "what `quick` had left was used");
    assert_eq!(notes[5..], [("receipt 7", 5), ("granted", 5), ("rated", 5)]);
    assert_eq!((order.cost.to_string().as_str(), order.tries, order.name.as_str()), ("9.5", 2, "title 4"));
    assert!(block_on(thread.verify()).unwrap() >= 7);
}

#[test]
fn a_version_without_the_waiting_node_is_refused_and_the_one_before_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let saver = killed(directory.path());
    let world = Arc::default();
    let outcome = block_on(graph_of::<second::Shop>(&saver, &world).thread("a").resume()).unwrap();
    assert!(matches!(outcome, Outcome::Paused(_)));

    let third = graph_of::<third::Shop>(&saver, &world).thread("a");
    let before = whole(&saver, &thread_of("Shop", "a"));
    let refused = block_on(third.resume()).expect_err("it waits at a node that is gone");
    let Error::Incompatible { reason, .. } = &refused else { panic!("{refused}") };
    assert_eq!(reason, "the graph has no node `consent`; put it back, or tell `#[renamed_from]` which one it is now");
    let refused = block_on(third.snapshot());
    assert!(matches!(refused, Err(Error::Incompatible { .. })));
    let recovered: Vec<_> = block_on(graph_of::<third::Shop>(&saver, &world).recover().collect());
    assert!(recovered.is_empty(), "it only waits");
    assert_eq!(whole(&saver, &thread_of("Shop", "a")), before, "nothing was changed");

    drop((third, saver));
    let saver = SledSaver::open(directory.path()).unwrap();
    let thread = graph_of::<second::Shop>(&saver, &world).thread("a");
    let reply = second::ShopReply::Consent("granted".to_owned());
    let order = block_on(thread.reply(reply)).unwrap().finished().unwrap();
    assert_eq!(order.notes.last().unwrap().text, "rated");
}

/// The schemas of the three would have told.
#[test]
fn the_schemas_tell_before_anything_is_deployed() {
    let upgrade = second::Shop::schema().changes_since(&first::Shop::schema());
    assert!(upgrade.iter().all(|change| change.class == Class::Safe), "{upgrade:?}");
    let removal = third::Shop::schema().changes_since(&second::Shop::schema());
    let breaks = |change: &&graph_runtime::schema::Change| change.class == Class::BreaksThreadsInFlight;
    let texts: Vec<&str> = removal.iter().filter(breaks).map(|change| change.text.as_str()).collect();
    assert!(texts.iter().any(|text| text.starts_with("pause `consent` of graph `Shop` is gone")), "{texts:?}");
}
