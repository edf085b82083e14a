//! A newer program has other names for the fields and nodes of a stored thread: it says so, and goes on as if nothing was.
//!
//! Every case is two or three programs over one store, each in a module of its own. A kill is a run that is dropped.

use futures_lite::future::{block_on, pending};
use graph_runtime::{
    BoxError, Builder, Ctx, Definition, Error, Graph, GraphState, MemorySaver, Outcome, Update, graph,
};
use graph_tests::kill;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

/// What lies outside of the programs.
#[derive(Default)]
struct World {
    /// Whether the node that calls it never comes back.
    hangs: AtomicBool,
    /// Whether the bank takes the money and then loses the answer.
    fails: AtomicBool,
    ran: Mutex<Vec<&'static str>>,
    keys: Mutex<Vec<String>>,
}

impl World {
    fn new(hangs: bool, fails: bool) -> Arc<World> {
        Arc::new(World { hangs: hangs.into(), fails: fails.into(), ..World::default() })
    }

    fn runs(&self, node: &'static str) {
        self.ran.lock().unwrap().push(node);
    }

    fn ran(&self) -> Vec<&'static str> {
        self.ran.lock().unwrap().clone()
    }

    fn keys(&self) -> Vec<String> {
        self.keys.lock().unwrap().clone()
    }
}

#[derive(Serialize, Deserialize)]
struct Approval {
    granted: bool,
}

fn graph_of<G: Definition<Context = World>>(saver: &MemorySaver, world: &Arc<World>, steps: u64) -> Graph<G> {
    Builder::<G>::new().context(Arc::clone(world)).checkpointer(saver.clone()).step_limit(steps).build()
}

/// More than what a record with changes is worth for.
fn weight() -> String {
    "x".repeat(20_000)
}

/// The order, whose fields have these names and options.
macro_rules! order {
    ($(#[$title_options:meta])* $title:ident, $(#[$notes_options:meta])* $notes:ident, $(#[$count_options:meta])* $count:ident) => {
        #[derive(GraphState, Debug, PartialEq)]
        pub(super) struct Order {
            pub(super) weight: String,
            $(#[$title_options])*
            pub(super) $title: String,
            #[reduce(append)]
            $(#[$notes_options])*
            pub(super) $notes: Vec<String>,
            $(#[$count_options])*
            pub(super) $count: u32,
            pub(super) granted: bool,
        }

        pub(super) fn open(order: &Order) -> impl Update<Order> + use<> {
            Order::update().$title("opened").$notes(["open".to_owned()]).$count(order.$count + 1)
        }

        pub(super) fn quick(_: &Order, cx: &Ctx<World>) -> impl Update<Order> + use<> {
            cx.context().runs("quick");
            Order::update().$notes(["quick".to_owned()]).$title("quick")
        }

        pub(super) async fn charge(_: &Order, cx: &Ctx<World>) -> Result<impl Update<Order> + use<>, BoxError> {
            let world = cx.context();
            world.runs("charge");
            let bank = |key: graph_runtime::IdempotencyKey| async move {
                world.keys.lock().unwrap().push(key.to_string());
                if world.fails.swap(false, SeqCst) { Err("the line is down") } else { Ok(7_u32) }
            };
            let receipt = cx.once("bank", "40 cents", bank).await?;
            if world.hangs.load(SeqCst) {
                pending::<()>().await;
            }
            Ok(Order::update().$notes([format!("charged {receipt}")]))
        }

        pub(super) fn approve(_: &Order, approval: &Approval) -> impl Update<Order> + use<> {
            Order::update().granted(approval.granted)
        }

        pub(super) fn close(order: &Order) -> impl Update<Order> + use<> {
            Order::update().$notes(["close".to_owned()]).$count(order.$count + 1)
        }
    };
}

mod first {
    use super::*;

    order! { title, notes, count }

    graph! {
        pub(super) graph Shop<Order, World>;
        node open, quick, charge, close;
        pause approve(Approval);
        start -> open -> (quick, charge, approve) -> close -> end;
    }
}

mod second {
    use super::*;

    order! {
        #[state(renamed_from = "title")] name,
        #[state(renamed_from("nothing", "notes"))] log,
        #[state(renamed_from = "nought")] #[state(renamed_from = "count")] number
    }

    graph! {
        pub(super) graph Shop<Order, World>;
        node open;
        #[renamed_from("quick")]
        node swift = quick;
        #[renamed_from("nobody", "charge")]
        node pay = charge;
        #[renamed_from("close")]
        node finish = close;
        #[renamed_from("approve")]
        pause consent = approve(Approval);
        start -> open -> (swift, pay, consent) -> finish -> end;
    }
}

mod third {
    use super::*;

    order! {
        #[state(renamed_from("name", "title"))] subject,
        #[state(renamed_from("log", "notes"))] lines,
        #[state(renamed_from("number", "count"))] steps
    }

    graph! {
        pub(super) graph Shop<Order, World>;
        node open;
        #[renamed_from("swift", "quick")]
        node fast = quick;
        #[renamed_from("pay", "charge")]
        node take = charge;
        #[renamed_from("finish", "close")]
        node last = close;
        #[renamed_from("consent", "approve")]
        pause agree = approve(Approval);
        start -> open -> (fast, take, agree) -> last -> end;
    }
}

/// Has the new fields and nodes, and says nothing of the old ones.
mod silent {
    use super::*;

    order! { name, log, number }

    graph! {
        pub(super) graph Shop<Order, World>;
        node open, swift = quick, pay = charge, finish = close;
        pause consent = approve(Approval);
        start -> open -> (swift, pay, consent) -> finish -> end;
    }
}

/// A thread of the first program that was killed after the charge, with `quick` done and a pause open.
fn killed(saver: &MemorySaver) -> String {
    let world = World::new(true, false);
    let graph = graph_of::<first::Shop>(saver, &world, 100);
    let thread = graph.thread("a");
    kill(thread.invoke(first::Order::update().weight(weight())).into_future());
    assert_eq!((world.ran(), world.keys().len()), (vec!["charge", "quick"], 1));
    let snapshot = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!(snapshot.waiting[0].node(), "approve");
    snapshot.waiting[0].id().to_string()
}

#[test]
fn a_thread_killed_in_the_middle_of_a_step_goes_on_under_the_new_names() {
    let saver = MemorySaver::new();
    let waiting = killed(&saver);
    let world = World::new(false, false);
    let thread = graph_of::<second::Shop>(&saver, &world, 100).thread("a");
    let snapshot = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!(snapshot.next, [second::ShopNode::Pay, second::ShopNode::Consent]);
    assert_eq!((snapshot.state.name.as_str(), snapshot.state.number), ("opened", 1));
    assert_eq!(snapshot.state.log, ["open"]);
    assert_eq!(snapshot.waiting[0].node(), "consent");
    assert_eq!(snapshot.waiting[0].id().to_string(), waiting);

    let Outcome::Paused(_) = block_on(thread.resume()).unwrap() else { panic!("it waits") };
    assert_eq!(world.ran(), ["charge"], "what `quick` had left was used");
    assert_eq!(world.keys(), [""; 0], "nobody was charged again");
    let reply = second::ShopReply::Consent(Approval { granted: true });
    let order = block_on(thread.reply_to(waiting, reply)).unwrap().finished().unwrap();
    assert_eq!(order.log, ["open", "quick", "charged 7", "close"]);
    assert_eq!((order.name.as_str(), order.number, order.granted), ("quick", 2, true));
    let visits = block_on(thread.visits()).unwrap();
    assert_eq!(visits.iter().map(|(_, count)| count).collect::<Vec<_>>(), [1; 5]);
}

#[test]
fn a_reply_to_the_old_pause_is_taken_by_the_new_one() {
    let saver = MemorySaver::new();
    let waiting = killed(&saver);
    let old = graph_of::<first::Shop>(&saver, &World::new(true, false), 100).thread("a");
    let reply = first::ShopReply::Approve(Approval { granted: true });
    block_on(old.reply_to(waiting, reply).deliver()).unwrap();
    let thread = graph_of::<second::Shop>(&saver, &World::new(false, false), 100).thread("a");
    let order = block_on(thread.resume()).unwrap().finished().unwrap();
    assert_eq!((order.log.len(), order.granted), (4, true));
}

#[test]
fn once_a_step_is_stored_the_old_names_are_gone() {
    let saver = MemorySaver::new();
    let waiting = killed(&saver);
    let world = World::new(false, false);
    assert!(matches!(
        block_on(graph_of::<second::Shop>(&saver, &world, 100).thread("a").resume()),
        Ok(Outcome::Paused(_))
    ));
    // The state is still told by changes to a record of the first program, whose fields nobody else can read.
    let third = graph_of::<third::Shop>(&saver, &world, 100).thread("a");
    let snapshot = block_on(third.snapshot()).unwrap().unwrap();
    assert_eq!(snapshot.next, [third::ShopNode::Agree]);
    assert_eq!((snapshot.state.subject.as_str(), snapshot.state.steps), ("quick", 1));
    let silent = graph_of::<silent::Shop>(&saver, &world, 100).thread("a");
    assert_eq!(block_on(silent.snapshot()).unwrap().unwrap().next, [silent::ShopNode::Consent]);
    let order = block_on(third.reply_to(waiting, third::ShopReply::Agree(Approval { granted: true })));
    assert_eq!(order.unwrap().finished().unwrap().lines, ["open", "quick", "charged 7", "close"]);
}

#[test]
fn without_the_attribute_it_is_refused_and_stays() {
    let saver = MemorySaver::new();
    let waiting = killed(&saver);
    let silent = graph_of::<silent::Shop>(&saver, &World::new(false, false), 100).thread("a");
    let refused = block_on(silent.resume());
    assert!(matches!(&refused, Err(Error::Incompatible { reason, .. }) if reason.contains("`quick`")), "{refused:?}");
    let third = graph_of::<third::Shop>(&saver, &World::new(false, false), 100).thread("a");
    assert!(matches!(block_on(third.resume()), Ok(Outcome::Paused(_))));
    let order = block_on(third.reply_to(waiting, third::ShopReply::Agree(Approval { granted: false })));
    assert_eq!(order.unwrap().finished().unwrap().lines.len(), 4);
}

/// An effect whose answer was lost has one key, whichever program asks again; also the older one, after a rollback.
#[test]
fn an_effect_has_the_same_key_under_both_names() {
    let saver = MemorySaver::new();
    let worlds = [World::new(false, true), World::new(true, true), World::new(false, false)];
    let failed = block_on(graph_of::<first::Shop>(&saver, &worlds[0], 100).thread("a").invoke(()));
    assert!(matches!(failed, Err(Error::Node(_))), "{failed:?}");
    let failed = block_on(graph_of::<second::Shop>(&saver, &worlds[1], 100).thread("a").resume());
    assert!(matches!(failed, Err(Error::Node(_))), "{failed:?}");
    // The newer program charges, is killed, and is rolled back.
    kill(graph_of::<second::Shop>(&saver, &worlds[1], 100).thread("a").resume().into_future());
    let paused = block_on(graph_of::<first::Shop>(&saver, &worlds[2], 100).thread("a").resume()).unwrap();
    assert!(matches!(paused, Outcome::Paused(_)));
    let keys: Vec<String> = worlds.iter().flat_map(|world| world.keys()).collect();
    assert_eq!(keys.len(), 3, "the older program found what the newer one had charged");
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    assert_eq!(worlds.iter().flat_map(|world| world.ran()).filter(|node| *node == "quick").count(), 1);
}

#[test]
fn a_branch_made_of_an_old_checkpoint_takes_its_effects_over() {
    let saver = MemorySaver::new();
    killed(&saver);
    let world = World::new(false, false);
    let thread = graph_of::<second::Shop>(&saver, &world, 100).thread("a");
    block_on(thread.update(second::Order::update().name("edited"))).unwrap();
    assert!(matches!(block_on(thread.resume()), Ok(Outcome::Paused(_))));
    assert_eq!((world.ran(), world.keys().len()), (vec!["charge"], 0));
}
