//! A copy is the thread once more: all of it, or nothing that anybody could take for a thread. The original never changes.

use futures_lite::future::{block_on, poll_once};
use futures_lite::{Stream, StreamExt};
use graph_runtime::{
    BoxError, CheckpointId, Checkpointer, Ctx, Error, Graph, GraphState, Keep, MemorySaver, SledSaver, Snapshot,
    Source, Status, Thread, Update, graph,
};
use graph_tests::faulty::{Fault, Faulty};
use graph_tests::walk::{Probe, Trail, Trouble, Walk, walked};
use graph_tests::{laid, thread_of};
use std::sync::{Arc, Mutex};

fn walk(saver: impl Checkpointer) -> (Graph<Walk>, Arc<Probe>) {
    let probe = Arc::new(Probe::default());
    (Walk::builder().context(Arc::clone(&probe)).checkpointer(saver).build(), probe)
}

fn collect<T, S: Stream<Item = Result<T, Error>>>(stream: S) -> Vec<T> {
    block_on(stream.try_collect()).unwrap()
}

/// Every field of every snapshot.
fn shown(thread: &Thread<Walk>) -> Vec<String> {
    let shown = |snapshot: &Snapshot<Walk>| format!("{snapshot:?} {:?}", snapshot.state);
    collect(thread.history()).iter().map(shown).collect()
}

/// A thread with two requests, tags, a failure in its past and a branch.
fn eventful(graph: &Graph<Walk>, probe: &Probe) -> Thread<Walk> {
    let thread = graph.thread("a");
    probe.trouble(3, Trouble::Error, 2);
    block_on(thread.invoke(Trail::to(2)).tag("tenant", "acme").request_id("r-1")).unwrap_err();
    block_on(thread.resume()).unwrap_err();
    block_on(thread.resume()).unwrap().finished().unwrap();
    block_on(thread.invoke(Trail::to(3)).tag("tenant", "initech").request_id("r-2")).unwrap().finished().unwrap();
    block_on(thread.at(CheckpointId(4)).fork(Trail::to(4))).unwrap().finished().unwrap();
    thread
}

fn a_copy_is_whole(saver: &(impl Checkpointer + Clone)) {
    let (graph, probe) = walk(saver.clone());
    let thread = eventful(&graph, &probe);
    let before = laid(saver, &thread_of("Walk", "a"));
    let copy = block_on(thread.copy_to("b")).unwrap();
    assert_eq!(copy.id(), "b");
    assert!(laid(saver, &thread_of("Walk", "a")) == before, "the original is as it was");
    assert_eq!(shown(&copy), shown(&thread));
    assert_eq!(block_on(copy.verify()).unwrap(), block_on(thread.verify()).unwrap());
    let line = |thread: &Thread<Walk>| collect(thread.history().branch()).iter().map(|at| at.id).collect::<Vec<_>>();
    assert_eq!(line(&copy), line(&thread));
    assert_eq!(collect(copy.history().tag("tenant", "initech").source(Source::Input)).len(), 1);
    let summaries = collect(graph.threads());
    assert_eq!((summaries[0].status, summaries[0].updated), (summaries[1].status, summaries[1].updated));

    let _ = probe.runs();
    for (request, laps) in [("r-1", 2), ("r-2", 3)] {
        let again = block_on(copy.invoke(Trail::to(99)).request_id(request)).unwrap().finished().unwrap();
        assert_eq!(again, walked(laps), "the answers are copied");
    }
    assert!(probe.runs().is_empty());

    block_on(copy.invoke(Trail::to(6))).unwrap().finished().unwrap();
    assert!(laid(saver, &thread_of("Walk", "a")) == before, "from now on they are two");
    block_on(thread.delete()).unwrap();
    assert!(block_on(copy.verify()).unwrap() > before.len() as u64);
    block_on(copy.at(CheckpointId(4)).replay()).unwrap().finished().unwrap();
}

#[test]
fn a_copy_has_everything_and_the_original_is_unchanged() {
    a_copy_is_whole(&MemorySaver::new());
    let directory = tempfile::tempdir().unwrap();
    a_copy_is_whole(&SledSaver::open(directory.path().join("store")).unwrap());
}

#[test]
fn a_copy_survives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let original = {
        let (graph, probe) = walk(SledSaver::open(&path).unwrap());
        let thread = eventful(&graph, &probe);
        block_on(thread.copy_to("b")).unwrap();
        shown(&thread)
    };
    let graph = walk(SledSaver::open(&path).unwrap()).0;
    assert_eq!(shown(&graph.thread("b")), original);
    block_on(graph.thread("b").verify()).unwrap();
}

#[test]
fn a_thread_that_stands_still_goes_on_in_its_copy_too() {
    let saver = MemorySaver::new();
    let (graph, probe) = walk(saver.clone());
    let thread = graph.thread("a");
    probe.trouble(5, Trouble::Error, 1);
    block_on(thread.invoke(Trail::to(2)).request_id("r")).unwrap_err();
    let copy = block_on(thread.copy_to("b")).unwrap();
    assert_eq!(block_on(copy.snapshot()).unwrap().unwrap().failures.len(), 1);
    let refused = block_on(copy.invoke(Trail::to(9))).unwrap_err();
    assert!(matches!(refused, Error::Unfinished { status: Status::Failed, .. }), "{refused}");
    assert_eq!(block_on(copy.resume()).unwrap().finished().unwrap(), walked(2));
    assert_eq!(block_on(thread.snapshot()).unwrap().unwrap().status, Status::Failed);
    assert_eq!(block_on(thread.resume()).unwrap().finished().unwrap(), walked(2));
}

#[test]
fn a_pruned_thread_is_copied_as_it_is() {
    let (graph, probe) = walk(MemorySaver::new());
    let thread = eventful(&graph, &probe);
    for keep in [Keep::Last(9), Keep::Last(3), Keep::Pauses] {
        block_on(thread.prune(keep)).unwrap();
        let copy = block_on(thread.copy_to("b")).unwrap();
        assert_eq!(shown(&copy), shown(&thread));
        assert_eq!(block_on(copy.verify()).unwrap(), block_on(thread.verify()).unwrap());
        let gone = block_on(copy.at(CheckpointId(1)).snapshot());
        assert!(matches!(gone, Err(Error::UnknownCheckpoint { .. })), "{gone:?}");
        block_on(copy.invoke(Trail::to(9))).unwrap().finished().unwrap();
        block_on(copy.prune(Keep::Last(2))).unwrap();
        assert_eq!(block_on(copy.verify()).unwrap(), 2);
        block_on(copy.delete()).unwrap();
    }
}

#[test]
fn a_copy_of_a_copy_of_a_copy() {
    let (graph, probe) = walk(MemorySaver::new());
    let mut thread = eventful(&graph, &probe);
    let original = shown(&thread);
    for id in ["b", "c", "d"] {
        thread = block_on(thread.copy_to(id)).unwrap();
        assert_eq!(shown(&thread), original);
        block_on(thread.verify()).unwrap();
    }
}

#[test]
fn a_long_history_is_copied_page_by_page() {
    let store = Faulty::new(MemorySaver::new());
    let thread = walk(store.clone()).0.thread("a");
    block_on(thread.invoke(Trail::to(300))).unwrap().finished().unwrap();
    store.fail_after(u64::MAX, Fault::Failed);
    let copy = block_on(thread.copy_to("b")).unwrap();
    let (calls, records) = (store.calls(), 901);
    assert!(calls < 3 * records, "{calls} calls for {records} checkpoints");
    assert_eq!(block_on(copy.verify()).unwrap(), records);
}

#[test]
fn there_must_be_an_original_and_no_copy() {
    let saver = MemorySaver::new();
    let (graph, probe) = walk(saver.clone());
    let unknown = block_on(graph.thread("a").copy_to("b")).unwrap_err();
    assert!(matches!(unknown, Error::UnknownThread { .. }), "{unknown}");
    assert!(collect(graph.threads()).is_empty());

    let thread = eventful(&graph, &probe);
    block_on(graph.thread("b").invoke(Trail::to(1))).unwrap().finished().unwrap();
    let before = laid(&saver, &thread_of("Walk", "b"));
    for id in ["b", "a"] {
        let exists = block_on(thread.copy_to(id)).unwrap_err();
        assert_eq!(exists.to_string(), format!("thread `{id}` exists; copy to another name, or `delete` it first"));
    }
    assert!(laid(&saver, &thread_of("Walk", "b")) == before);
    let invalid = block_on(thread.copy_to("")).unwrap_err();
    assert!(matches!(invalid, Error::InvalidThreadId(_)), "{invalid}");
}

#[test]
fn neither_thread_may_run() {
    let saver = MemorySaver::new();
    let graph = walk(saver.clone()).0;
    let (thread, other) = (graph.thread("a"), graph.thread("b"));
    block_on(thread.invoke(Trail::to(1))).unwrap().finished().unwrap();
    block_on(async {
        let mut run = thread.invoke(Trail::to(2));
        assert!(poll_once(&mut run).await.is_none());
        assert!(matches!(thread.copy_to("c").await, Err(Error::Busy { thread }) if thread.as_str() == "a"));
        run.await.unwrap().finished().unwrap();
        let mut run = other.invoke(Trail::to(2));
        assert!(poll_once(&mut run).await.is_none());
        assert!(matches!(thread.copy_to("b").await, Err(Error::Busy { thread }) if thread.as_str() == "b"));
        run.await.unwrap().finished().unwrap();
    });
}

/// Whatever call of a copy is its last one.
#[test]
fn a_copy_that_ends_half_way_is_no_thread() {
    for fault in [Fault::Failed, Fault::Lost, Fault::Conflict] {
        let inner = MemorySaver::new();
        let (graph, probe) = walk(inner.clone());
        let original = eventful(&graph, &probe);
        let before = laid(&inner, &thread_of("Walk", "a"));
        let copy = graph.thread("b");
        let (mut halves, mut whole) = (0, false);
        for call in 0.. {
            let store = Faulty::new(inner.clone());
            store.fail_after(call, fault);
            let failed = block_on(walk(store.clone()).0.thread("a").copy_to("b"));
            assert!(laid(&inner, &thread_of("Walk", "a")) == before);
            let head = block_on(inner.head(&thread_of("Walk", "b"))).unwrap();
            match head.map(|head| head.status) {
                None => assert!(block_on(copy.snapshot()).unwrap().is_none()),
                Some(Status::Copying) => {
                    halves += 1;
                    refuses_everything(&graph, &copy, &probe);
                }
                Some(_) => {
                    assert_eq!(shown(&copy), shown(&original), "call {call}");
                    whole = true;
                }
            }
            if !store.heal() {
                failed.unwrap();
                break;
            }
            failed.unwrap_err();
            // Every other time the next copy clears away what is left.
            if call % 2 == 0 || whole {
                block_on(copy.delete()).unwrap();
                assert!(block_on(copy.snapshot()).unwrap().is_none());
            }
        }
        assert!(halves > 30, "{halves}");
        assert_eq!(shown(&copy), shown(&original));
        block_on(copy.verify()).unwrap();
    }
}

fn refuses_everything(graph: &Graph<Walk>, copy: &Thread<Walk>, probe: &Probe) {
    let _ = probe.runs();
    let copying = |error: Error| {
        let said = "thread `b` is a copy or an import that is not whole; copy or import it again, or `delete` it";
        assert_eq!(error.to_string(), said);
    };
    block_on(async {
        copying(copy.invoke(Trail::to(9)).await.unwrap_err());
        copying(copy.invoke(Trail::to(9)).restart().await.unwrap_err());
        copying(copy.resume_or_invoke(Trail::to(9)).await.unwrap_err());
        copying(copy.resume().await.unwrap_err());
        copying(copy.cancel("no").await.unwrap_err());
        copying(copy.snapshot().await.unwrap_err());
        copying(copy.history().next().await.unwrap().unwrap_err());
        copying(copy.history().before(CheckpointId(2)).next().await.unwrap().unwrap_err());
        copying(copy.verify().await.unwrap_err());
        copying(copy.at(CheckpointId(1)).snapshot().await.unwrap_err());
        copying(copy.at(CheckpointId(1)).replay().await.unwrap_err());
        copying(copy.update(Trail::to(9)).await.unwrap_err());
        copying(copy.prune(Keep::Last(1)).await.unwrap_err());
        copying(copy.copy_to("c").await.unwrap_err());
        assert!(graph.recover().next().await.is_none());
        let listed: Vec<_> = graph.threads().status(Status::Copying).try_collect().await.unwrap();
        assert_eq!(listed[0].id.as_str(), "b");
        assert_eq!(graph.next_due().await.unwrap(), None);
    });
    assert!(probe.runs().is_empty());
}

/// Another process does something with one of the two after every call of the copy.
#[test]
fn a_thread_that_changes_meanwhile_is_not_copied() {
    type Meddle = fn(&Thread<Walk>, &Thread<Walk>);
    let meddlings: [Meddle; 4] = [
        |original, _| assert_eq!(block_on(original.invoke(Trail::to(5))).unwrap().finished().unwrap().laps(), 5),
        |original, _| assert!(block_on(original.prune(Keep::Last(2))).unwrap() > 0),
        |original, _| block_on(original.delete()).unwrap(),
        |_, copy| block_on(copy.delete()).unwrap(),
    ];
    for (at, meddle) in meddlings.into_iter().enumerate() {
        let mut refused = 0;
        for call in 0.. {
            let inner = MemorySaver::new();
            let (graph, probe) = walk(inner.clone());
            let (original, copy) = (eventful(&graph, &probe), graph.thread("b"));
            let elsewhere = Faulty::new(inner.clone());
            let done = Arc::new(Mutex::new(false));
            let meddling = (original.clone(), copy.clone(), Arc::clone(&done));
            elsewhere.meanwhile(call, move || {
                meddle(&meddling.0, &meddling.1);
                *meddling.2.lock().unwrap() = true;
            });
            let copied = block_on(walk(elsewhere.clone()).0.thread("a").copy_to("b"));
            let meddled = *done.lock().unwrap();
            let place = format!("meddling {at} after {call} calls");
            match copied {
                // It was over, or had not begun.
                Ok(_) => assert!(block_on(copy.verify()).unwrap() > 0),
                Err(Error::Conflict { .. } | Error::UnknownThread { .. }) => {
                    refused += 1;
                    let left = block_on(copy.snapshot());
                    assert!(matches!(left, Ok(None) | Err(Error::Copying { .. })), "{place}: {left:?}");
                }
                Err(error) => panic!("{place}: {error}"),
            }
            if !meddled {
                break;
            }
        }
        assert!(refused > 5, "meddling {at}: {refused}");
    }
}

#[test]
fn damage_is_not_copied() {
    for damaged in 1..=18 {
        let store = Faulty::new(MemorySaver::new());
        let (graph, probe) = walk(store.clone());
        let thread = eventful(&graph, &probe);
        store.damage(CheckpointId(damaged));
        let refused = block_on(thread.copy_to("b"));
        assert!(matches!(refused, Err(Error::Corrupt { .. } | Error::Store(_))), "{damaged}: {refused:?}");
        let left = block_on(graph.thread("b").snapshot());
        assert!(matches!(left, Ok(None) | Err(Error::Copying { .. })), "{left:?}");
    }
}

#[derive(GraphState, Debug)]
struct Order {
    receipt: String,
}

/// The keys that the bank saw.
type Bank = Mutex<Vec<String>>;

async fn pay(_: &Order, cx: &Ctx<Bank>) -> Result<impl Update<Order> + use<>, BoxError> {
    let receipt = cx
        .once("pay", &(), async |key| {
            cx.context().lock().unwrap().push(key.to_string());
            Ok::<_, BoxError>(format!("receipt {}", cx.context().lock().unwrap().len()))
        })
        .await?;
    if cx.attempt() == 1 && cx.context().lock().unwrap().len() == 1 {
        return Err("the line is dead".into());
    }
    Ok(Order::update().receipt(receipt))
}

async fn ship(_: &Order, cx: &Ctx<Bank>) -> Result<impl Update<Order> + use<>, BoxError> {
    cx.once("ship", &(), async |key| {
        cx.context().lock().unwrap().push(key.to_string());
        Ok::<_, BoxError>(())
    })
    .await?;
    Ok(Order::update())
}

graph! {
    graph Orders<Order, Bank>;
    node pay, ship;
    start -> pay -> ship -> end;
}

/// What was done is done, in the copy too; what the copy does by itself it does under its own name.
#[test]
fn a_copy_does_not_repeat_effects_and_has_its_own_keys() {
    let bank = Arc::new(Bank::default());
    let graph = Orders::builder().context(Arc::clone(&bank)).checkpointer(MemorySaver::new()).build();
    let thread = graph.thread("a");
    block_on(thread.invoke(())).unwrap_err();
    let copy = block_on(thread.copy_to("b")).unwrap();
    assert_eq!(block_on(copy.resume()).unwrap().finished().unwrap().receipt, "receipt 1");
    assert_eq!(block_on(thread.resume()).unwrap().finished().unwrap().receipt, "receipt 1");
    let keys = bank.lock().unwrap().clone();
    assert_eq!(keys.len(), 3, "one payment, two parcels");
    assert_ne!(keys[1], keys[2]);
}

/// A thread that asks two people.
mod asking {
    use graph_runtime::{GraphState, Update, graph};

    #[derive(GraphState, Debug)]
    pub(super) struct Desk {
        #[reduce(append)]
        pub(super) said: Vec<String>,
    }

    fn work(_: &Desk) -> impl Update<Desk> + use<> {
        Desk::update()
    }

    fn one(_: &Desk, said: &String) -> impl Update<Desk> + use<> {
        Desk::update().said([format!("one {said}")])
    }

    fn two(_: &Desk, said: &String) -> impl Update<Desk> + use<> {
        Desk::update().said([format!("two {said}")])
    }

    graph! {
        pub(super) graph Asking<Desk>;
        node work;
        pause one(String);
        pause two(String);
        start -> work -> (one, two) -> end;
    }
}

/// One has answered, and nobody has used it yet; the other is still to be asked. Both is so in the copy.
#[test]
fn a_copy_waits_for_what_the_original_waits_for_and_has_its_replies() {
    use asking::{Asking, AskingReply};
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let open = || Asking::builder().checkpointer(SledSaver::open(&path).unwrap()).build();
    let waiting = {
        let graph = open();
        let thread = graph.thread("a");
        let _ = block_on(thread.invoke(())).unwrap();
        block_on(thread.reply(AskingReply::One("yes".to_owned())).by("ada").deliver()).unwrap();
        let copy = block_on(thread.copy_to("b")).unwrap();
        let (original, copied) = (block_on(thread.snapshot()), block_on(copy.snapshot()));
        let (original, copied) = (original.unwrap().unwrap(), copied.unwrap().unwrap());
        assert_eq!(original.waiting, copied.waiting);
        assert_eq!(copied.waiting.len(), 1, "the one that is answered waits no more");
        block_on(copy.verify()).unwrap();
        copied.waiting
    };
    let graph = open();
    for (id, said) in [("b", "copy"), ("a", "original")] {
        let thread = graph.thread(id);
        let twice = block_on(thread.reply(AskingReply::One("no".to_owned())));
        assert!(twice.is_err(), "{twice:?}");
        let reply = thread.reply_to(waiting[0].id(), AskingReply::Two(said.to_owned()));
        let desk = block_on(reply).unwrap().finished().unwrap();
        assert_eq!(desk.said, ["one yes".to_owned(), format!("two {said}")]);
        assert_eq!(block_on(thread.prune(Keep::Pauses)).unwrap(), 1, "the input");
        block_on(thread.verify()).unwrap();
    }
    block_on(graph.thread("a").delete()).unwrap();
    let _ = block_on(graph.thread("a").invoke(())).unwrap();
    let anew = block_on(graph.thread("a").snapshot()).unwrap().unwrap();
    assert_eq!(anew.waiting.len(), 2, "a thread that was deleted and begins anew has no replies");
}
