//! A graph that was renamed says so, and goes on with the threads that were stored under its old names: they are found,
//! listed, recovered and removed as if nothing was, and stay where they are.

#![allow(clippy::trivially_copy_pass_by_ref, reason = "functions of pauses take their reply by reference")]

use futures_lite::StreamExt;
use futures_lite::future::{block_on, pending, poll_once};
use graph_runtime::{
    BoxError, Builder, CheckpointId, Checkpointer, Ctx, Definition, Error, Graph, GraphState, Keep, MemorySaver,
    Outcome, Status, Update, graph,
};
use graph_tests::faulty::Faulty;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

/// What lies outside of the programs.
#[derive(Default)]
struct World {
    /// Whether the bank takes the money and then loses the answer.
    fails: AtomicBool,
    hangs: AtomicBool,
    ran: Mutex<Vec<&'static str>>,
    keys: Mutex<Vec<String>>,
}

#[derive(GraphState, Debug, PartialEq)]
struct Order {
    #[reduce(append)]
    notes: Vec<String>,
    granted: bool,
}

fn quick(_: &Order, cx: &Ctx<World>) -> impl Update<Order> + use<> {
    cx.context().ran.lock().unwrap().push("quick");
    Order::update().notes(["quick".to_owned()])
}

async fn charge(_: &Order, cx: &Ctx<World>) -> Result<impl Update<Order> + use<>, BoxError> {
    let world = cx.context();
    let bank = |key: graph_runtime::IdempotencyKey| async move {
        world.keys.lock().unwrap().push(key.to_string());
        if world.fails.load(SeqCst) { Err("the line is down") } else { Ok(7_u32) }
    };
    let receipt = cx.once("bank", "40 cents", bank).await?;
    if world.hangs.load(SeqCst) {
        pending::<()>().await;
    }
    Ok(Order::update().notes([format!("charged {receipt}")]))
}

fn approve(_: &Order, granted: &bool) -> impl Update<Order> + use<> {
    Order::update().granted(*granted)
}

graph! {
    graph Shop<Order, World>;
    node quick, charge;
    pause approve(bool);
    start -> (quick, charge, approve) -> end;
}

graph! {
    #[renamed_from("Kiosk", "Shop")]
    graph Market<Order, World>;
    node quick, charge;
    pause approve(bool);
    start -> (quick, charge, approve) -> end;
}

graph! {
    #[renamed_from("Market", "Shop")]
    graph Mall<Order, World>;
    node quick, charge;
    pause approve(bool);
    start -> (quick, charge, approve) -> end;
}

/// Says nothing of its old name.
mod silent {
    use super::*;

    graph! {
        pub(super) graph Market<Order, World>;
        node quick, charge;
        pause approve(bool);
        start -> (quick, charge, approve) -> end;
    }
}

fn graph_of<G: Definition<Context = World>>(saver: &(impl Checkpointer + Clone), world: &Arc<World>) -> Graph<G> {
    Builder::<G>::new().context(Arc::clone(world)).checkpointer(saver.clone()).unchecked()
}

/// The ids of the threads that the store has under this name.
fn stored(saver: &MemorySaver, graph: &str) -> Vec<String> {
    let threads = block_on(saver.threads(graph, None, 1000)).unwrap();
    threads.into_iter().map(|(id, _)| id.as_str().to_owned()).collect()
}

fn listed<G: Definition>(graph: &Graph<G>) -> Vec<String> {
    block_on(graph.threads().map(|thread| thread.map(|thread| thread.id.as_str().to_owned())).try_collect()).unwrap()
}

/// A thread of the old name whose process died while the charge was on its way, with `quick` done and a pause open.
fn killed(saver: &MemorySaver) -> Arc<World> {
    let world = Arc::new(World { hangs: true.into(), ..World::default() });
    let thread = graph_of::<Shop>(saver, &world).thread("a");
    let mut run = Box::pin(thread.invoke(()).request_id("r-1").tag("tenant", "acme").into_future());
    for _ in 0..100 {
        assert!(block_on(poll_once(&mut run)).is_none(), "the run hangs");
    }
    world
}

#[test]
fn a_thread_of_the_old_name_goes_on_under_the_new_one() {
    let saver = MemorySaver::new();
    killed(&saver);
    let world = Arc::default();
    let thread = graph_of::<Market>(&saver, &world).thread("a");
    let snapshot = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!(snapshot.next, [MarketNode::Charge, MarketNode::Approve]);
    assert!(matches!(block_on(thread.invoke(())), Err(Error::Unfinished { .. })));
    assert!(matches!(block_on(thread.resume()).unwrap(), Outcome::Paused(_)));
    assert_eq!(*world.ran.lock().unwrap(), [""; 0], "what `quick` had left was used");
    assert_eq!(*world.keys.lock().unwrap(), [""; 0], "nobody was charged again");
    let order = block_on(thread.reply(MarketReply::Approve(true))).unwrap().finished().unwrap();
    assert_eq!((order.notes, order.granted), (vec!["quick".to_owned(), "charged 7".to_owned()], true));
    assert!(block_on(thread.verify()).unwrap() > 1);
    assert_eq!(block_on(thread.history().try_collect::<_, _, Vec<_>>()).unwrap().len(), 3);
    assert_eq!((stored(&saver, "Shop"), stored(&saver, "Market")), (vec!["a".to_owned()], vec![]));
}

#[test]
fn a_request_that_the_old_name_answered_is_not_served_again() {
    let saver = MemorySaver::new();
    killed(&saver);
    let world = Arc::default();
    let graph = graph_of::<Market>(&saver, &world);
    let _ = block_on(graph.thread("a").resume()).unwrap();
    let _ = block_on(graph.thread("a").reply(MarketReply::Approve(true))).unwrap();
    let again = block_on(graph.thread("a").invoke(()).request_id("r-1")).unwrap().finished().unwrap();
    assert_eq!(again.notes.len(), 2, "it was served once");
}

#[test]
fn a_reply_that_the_old_program_delivered_is_taken() {
    let saver = MemorySaver::new();
    let old = killed(&saver);
    block_on(graph_of::<Shop>(&saver, &old).thread("a").reply(ShopReply::Approve(true)).deliver()).unwrap();
    let graph = graph_of::<Market>(&saver, &Arc::default());
    let recovered: Vec<_> = block_on(graph.recover().collect());
    let [Ok((id, Ok(Outcome::Finished(order))))] = &recovered[..] else { panic!("one thread, at its end") };
    assert_eq!((id.as_str(), order.granted), ("a", true));
}

#[test]
fn an_effect_of_a_thread_of_the_old_name_keeps_its_key() {
    let saver = MemorySaver::new();
    let worlds: [Arc<World>; 3] = std::array::from_fn(|_| Arc::default());
    worlds[0].fails.store(true, SeqCst);
    worlds[1].fails.store(true, SeqCst);
    assert!(block_on(graph_of::<Shop>(&saver, &worlds[0]).thread("a").invoke(())).is_err());
    assert!(block_on(graph_of::<Market>(&saver, &worlds[1]).thread("a").resume()).is_err());
    assert!(block_on(graph_of::<Mall>(&saver, &worlds[2]).thread("a").resume()).is_ok());
    let keys: Vec<String> = worlds.iter().map(|world| world.keys.lock().unwrap().concat()).collect();
    assert!(keys[0].len() == 32 && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

#[test]
fn both_names_are_one_list_in_the_order_of_the_ids() {
    let saver = MemorySaver::new();
    let world = Arc::default();
    let (old, new) = (graph_of::<Shop>(&saver, &world), graph_of::<Market>(&saver, &world));
    // More than a page of each.
    for number in 0..600 {
        let id = format!("{number:03}");
        let run = if number % 2 == 0 {
            let thread = old.thread(id);
            block_on(async move { thread.invoke(()).tag("name", "old").await.map(drop) })
        } else {
            let thread = new.thread(id);
            block_on(async move { thread.invoke(()).tag("name", "new").await.map(drop) })
        };
        run.unwrap();
    }
    assert_eq!((stored(&saver, "Shop").len(), stored(&saver, "Market").len()), (300, 300));
    let ids: Vec<String> = (0..600).map(|number| format!("{number:03}")).collect();
    assert_eq!(listed(&new), ids);
    assert_eq!(listed(&old).len(), 300, "the old program sees its own");
    let tagged = block_on(new.threads().status(Status::Paused).tag("name", "old").count());
    assert_eq!(tagged, 300);
    assert_eq!(block_on(new.next_due()).unwrap(), None);
}

#[test]
fn a_thread_of_the_old_name_is_edited_pruned_copied_and_deleted() {
    let saver = MemorySaver::new();
    killed(&saver);
    let graph = graph_of::<Market>(&saver, &Arc::default());
    let thread = graph.thread("a");
    let _ = block_on(thread.resume()).unwrap();
    let edited = block_on(thread.update(Order::update().notes(["by hand".to_owned()]))).unwrap();
    assert_eq!(edited.state.notes.last().map(String::as_str), Some("by hand"));
    let past = block_on(thread.at(CheckpointId(1)).snapshot()).unwrap();
    assert_eq!((past.state.notes.len(), block_on(thread.visits()).unwrap().of(MarketNode::Quick)), (0, 1));
    assert_eq!(block_on(thread.prune(Keep::Last(1))).unwrap(), 2);

    let copy = block_on(thread.copy_to("b")).unwrap();
    assert_eq!((stored(&saver, "Shop"), stored(&saver, "Market")), (vec!["a".to_owned()], vec!["b".to_owned()]));
    assert_eq!(block_on(copy.verify()).unwrap(), 1);
    block_on(copy.reply(MarketReply::Approve(true))).unwrap().finished().unwrap();
    assert!(matches!(block_on(copy.copy_to("a")), Err(Error::ThreadExists { .. })));
    assert!(matches!(block_on(thread.copy_to("a")), Err(Error::ThreadExists { .. })));

    block_on(thread.cancel("no longer wanted")).unwrap();
    assert_eq!(block_on(thread.snapshot()).unwrap().unwrap().status, Status::Cancelled);
    block_on(thread.delete()).unwrap();
    assert!(block_on(thread.snapshot()).unwrap().is_none());
    assert_eq!(stored(&saver, "Shop"), [""; 0]);
    let _ = block_on(thread.invoke(())).unwrap();
    assert_eq!(stored(&saver, "Market"), ["a", "b"], "a new thread has the new name");
}

#[test]
fn a_run_under_either_name_is_the_only_one() {
    let saver = MemorySaver::new();
    killed(&saver);
    let world = Arc::new(World { hangs: true.into(), fails: true.into(), ..World::default() });
    let mall = graph_of::<Mall>(&saver, &world);
    let thread = mall.thread("a");
    let mut run = Box::pin(thread.resume().into_future());
    for _ in 0..100 {
        assert!(block_on(poll_once(&mut run)).is_none(), "the run hangs");
    }
    assert!(matches!(block_on(graph_of::<Shop>(&saver, &world).thread("a").resume()), Err(Error::Busy { .. })));
    assert!(matches!(block_on(thread.delete()), Err(Error::Busy { .. })));
    assert!(thread.drain("the host goes down") && !mall.thread("b").drain("nothing runs"));
    assert_eq!(mall.drain("again"), 1);
}

#[test]
fn a_thread_under_two_names_is_refused_until_one_is_deleted() {
    let saver = MemorySaver::new();
    let world = Arc::default();
    let _ = block_on(graph_of::<Shop>(&saver, &world).thread("a").invoke(())).unwrap();
    let _ = block_on(graph_of::<silent::Market>(&saver, &world).thread("a").invoke(())).unwrap();
    let graph = graph_of::<Market>(&saver, &world);
    let error = block_on(graph.thread("a").resume()).expect_err("nobody knows which is meant");
    assert!(matches!(&error, Error::TwoNames { names, .. } if *names == ["Market", "Shop"]), "{error:?}");
    assert_eq!(
        error.to_string(),
        "thread `a` is stored under two names of its graph, `Market` and `Shop`; delete one of them with a graph that has \
         that name alone, or both with `delete`"
    );
    assert!(matches!(block_on(graph.thread("b").copy_to("a")), Err(Error::TwoNames { .. })));
    assert_eq!(listed(&graph), ["a", "a"], "the list shows both");

    block_on(graph_of::<silent::Market>(&saver, &world).thread("a").delete()).unwrap();
    assert!(block_on(graph.thread("a").snapshot()).unwrap().is_some());
    let _ = block_on(graph_of::<silent::Market>(&saver, &world).thread("a").invoke(())).unwrap();
    block_on(graph.thread("a").delete()).unwrap();
    assert!(block_on(graph.thread("a").snapshot()).unwrap().is_none());
    assert_eq!(listed(&graph), [""; 0]);
}

#[test]
fn without_the_attribute_the_old_threads_are_not_its_own() {
    let saver = MemorySaver::new();
    killed(&saver);
    let graph = graph_of::<silent::Market>(&saver, &Arc::default());
    assert!(block_on(graph.thread("a").snapshot()).unwrap().is_none());
    assert_eq!(listed(&graph), [""; 0]);
    block_on(graph.thread("a").delete()).unwrap();
    assert_eq!(stored(&saver, "Shop"), ["a"]);
}

#[test]
fn an_export_of_the_old_name_is_imported_under_it() {
    let (saver, elsewhere) = (MemorySaver::new(), MemorySaver::new());
    killed(&saver);
    let mut file = Vec::new();
    block_on(graph_of::<Market>(&saver, &Arc::default()).thread("a").export(&mut file)).unwrap();
    let graph = graph_of::<Mall>(&elsewhere, &Arc::default());
    let thread = block_on(graph.import(&*file)).unwrap();
    assert_eq!((stored(&elsewhere, "Shop"), stored(&elsewhere, "Mall")), (vec!["a".to_owned()], vec![]));
    assert!(matches!(block_on(thread.resume()).unwrap(), Outcome::Paused(_)));
    block_on(thread.reply(MallReply::Approve(true))).unwrap().finished().unwrap();

    let other = MemorySaver::new();
    let graph = graph_of::<silent::Market>(&other, &Arc::default());
    assert!(matches!(block_on(graph.import(&*file)), Err(Error::Import { .. })));
    let _ = block_on(graph.thread("a").invoke(())).unwrap();
    let refused = block_on(graph_of::<Market>(&other, &Arc::default()).import(&*file));
    assert!(matches!(refused, Err(Error::ThreadExists { .. })), "one of that id has the new name");
}

/// Something that makes a thread `a`, if there is none.
type Make = fn(&Graph<Mall>, &[u8]) -> Result<(), Error>;

fn import(graph: &Graph<Mall>, file: &[u8]) -> Result<(), Error> {
    block_on(graph.import(file)).map(drop)
}

fn invoke(graph: &Graph<Mall>, _: &[u8]) -> Result<(), Error> {
    block_on(graph.thread("a").invoke(())).map(drop)
}

fn edit(graph: &Graph<Mall>, _: &[u8]) -> Result<(), Error> {
    block_on(graph.thread("a").update(Order::update().granted(true)).into_future()).map(drop)
}

fn copy(graph: &Graph<Mall>, _: &[u8]) -> Result<(), Error> {
    block_on(graph.thread("b").copy_to("a")).map(drop)
}

/// One makes the thread after every call of the other to its store, once: it is never there under two names. Returns how
/// often each was refused.
fn raced(view: fn(MemorySaver) -> Faulty, [make, other]: [Make; 2]) -> [u32; 2] {
    // The name that is looked for neither first nor last.
    let old = graph_of::<silent::Market>(&MemorySaver::new(), &Arc::default()).thread("a");
    let _ = block_on(old.invoke(())).unwrap();
    let mut file = Vec::new();
    block_on(old.export(&mut file)).unwrap();
    let mut refused = [0; 2];
    for call in 0.. {
        let saver = MemorySaver::new();
        let _ = block_on(graph_of::<Mall>(&saver, &Arc::default()).thread("b").invoke(())).unwrap();
        let store = view(saver.clone());
        let ended = Arc::new(Mutex::new(None));
        let (graph, bytes, end) = (graph_of::<Mall>(&saver, &Arc::default()), file.clone(), Arc::clone(&ended));
        store.meanwhile(call, move || *end.lock().unwrap() = Some(other(&graph, &bytes)));
        let first = make(&graph_of::<Mall>(&store, &Arc::default()), &file);
        let Some(second) = ended.lock().unwrap().take() else {
            first.unwrap();
            break;
        };
        let names = [stored(&saver, "Market"), stored(&saver, "Mall")].concat();
        assert_eq!(names.iter().filter(|id| **id == "a").count(), 1, "after {call} calls: {first:?}, {second:?}");
        assert!(first.is_ok() || second.is_ok(), "after {call} calls: {first:?}, {second:?}");
        for (refused, ended) in refused.iter_mut().zip([first, second]) {
            match ended {
                Ok(()) => {}
                Err(
                    Error::Busy { .. }
                    | Error::Conflict { .. }
                    | Error::Copying { .. }
                    | Error::ThreadExists { .. }
                    | Error::Unfinished { .. },
                ) => *refused += 1,
                Err(error) => panic!("after {call} calls: {error}"),
            }
        }
    }
    refused
}

#[test]
fn a_thread_that_is_imported_under_an_old_name_is_not_begun_under_the_new_one_meanwhile() {
    for other in [invoke, edit, copy] {
        let [imports, others] = raced(Faulty::within, [import, other]);
        assert!(imports == 0 && others > 0, "while it is imported, nobody else of the process makes it");
        let [others, imports] = raced(Faulty::within, [other, import]);
        assert!(others > 0 && imports > 0, "one that was found nowhere may be there when the lease is");
    }
}

#[test]
fn an_import_under_an_old_name_looks_again_whether_another_process_has_begun_the_thread() {
    for other in [invoke, edit, copy] {
        let [imports, _] = raced(Faulty::new, [import, other]);
        assert!(imports > 0, "what the other process has begun stays");
    }
}
