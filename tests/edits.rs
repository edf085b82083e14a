//! Edits from outside: the state changes and nothing else, or a node's place is taken; nothing that was done is lost.

use futures_lite::StreamExt;
use futures_lite::future::{block_on, poll_once, yield_now};
use graph_runtime::{
    BoxError, CheckpointId, Command, Ctx, Durability, Effects, Error, Graph, GraphState, MemorySaver, NodeCause,
    Outcome, SledSaver, Source, Status, Update, graph,
};
use graph_tests::bench::words;
use graph_tests::{finished, laid, thread_of};
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex};

#[derive(GraphState, Debug, Clone, PartialEq)]
struct Text {
    #[reduce(append)]
    words: Vec<String>,
    goal: usize,
    #[state(ephemeral)]
    hint: Option<u32>,
}

/// How often each node ran, and how often it is still to fail.
#[derive(Default)]
struct Desk {
    ran: Mutex<Vec<(&'static str, u32)>>,
    failures: Mutex<BTreeMap<&'static str, u32>>,
}

impl Desk {
    fn enter(cx: &Ctx<Desk>, node: &'static str) -> Result<(), BoxError> {
        cx.context().ran.lock().unwrap().push((node, cx.attempt()));
        let mut failures = cx.context().failures.lock().unwrap();
        match failures.get_mut(node).filter(|left| **left > 0) {
            Some(left) => {
                *left -= 1;
                Err(format!("{node} is not ready").into())
            }
            None => Ok(()),
        }
    }

    fn fail(&self, node: &'static str, times: u32) {
        self.failures.lock().unwrap().insert(node, times);
    }

    fn ran(&self) -> Vec<(&'static str, u32)> {
        std::mem::take(&mut *self.ran.lock().unwrap())
    }
}

macro_rules! writes {
    ($($name:ident $waits:literal)*) => { $(
        async fn $name(text: &Text, cx: &Ctx<Desk>) -> Result<impl Update<Text> + use<>, BoxError> {
            for _ in 0..$waits {
                yield_now().await;
            }
            Desk::enter(cx, stringify!($name))?;
            Ok(Text::update().words([format!("{} {}", stringify!($name), text.words.len())]))
        }
    )* };
}

writes! { draft 1 good 1 bad 9 print 1 }

fn enough(text: &Text) -> bool {
    text.words.len() >= text.goal
}

enum Way {
    Again,
    Out,
}

fn decide(text: &Text, cx: &Ctx<Desk>) -> Result<Command<Way>, BoxError> {
    Desk::enter(cx, "decide")?;
    Ok(Command::to(if text.words.is_empty() { Way::Again } else { Way::Out }))
}

graph! {
    graph Press<Text, Desk>;
    node draft, good, bad, print, decide;
    start -> draft -> match enough { true => print, false => 'checks };
    'checks: (good, bad) -> print;
    print -> decide -> match { Way::Again => draft, Way::Out => end };
}

struct Bench {
    saver: MemorySaver,
    desk: Arc<Desk>,
    graph: Graph<Press>,
    thread: graph_runtime::Thread<Press>,
}

fn bench() -> Bench {
    let (saver, desk) = (MemorySaver::new(), Arc::<Desk>::default());
    let graph = Press::builder().context(Arc::clone(&desk)).checkpointer(saver.clone()).build();
    let thread = graph.thread("a");
    Bench { saver, desk, graph, thread }
}

/// A thread whose first two branches have run, one of which failed.
fn failed() -> Bench {
    let bench = bench();
    bench.desk.fail("bad", 1);
    let run = bench.thread.invoke(Text::update().goal(9)).request_id("r-1").tag("tenant", "acme");
    assert!(matches!(block_on(run), Err(Error::Node(error)) if error.node == "bad"));
    bench.desk.ran();
    bench
}

#[test]
fn an_edit_of_a_failed_thread_changes_its_state_and_nothing_else() {
    let Bench { desk, thread, .. } = failed();
    let before = block_on(thread.snapshot()).unwrap().unwrap();
    assert_eq!((&before.tasks, before.status), (&words(["bad"]), Status::Failed));

    let edited = block_on(thread.update(Text::update().words(words(["edit"]))).tag("by", "ada")).unwrap();
    assert_eq!((edited.source, edited.parent, edited.step), (Source::Update, Some(before.id), before.step));
    assert_eq!(edited.state.words, words(["draft 0", "edit"]));
    assert_eq!((&edited.next, &edited.tasks, edited.status), (&before.next, &before.tasks, before.status));
    assert_eq!((&edited.failures, &edited.request), (&before.failures, &before.request));
    assert_eq!(edited.tags, [("tenant".to_owned(), "acme".to_owned()), ("by".to_owned(), "ada".to_owned())]);
    assert!(desk.ran().is_empty(), "nothing runs");

    // Once more: what was taken over is taken over again.
    let edited = block_on(thread.update(Text::update().words(words(["again"])))).unwrap();
    assert_eq!((edited.tasks, edited.failures), (before.tasks, before.failures));

    let text = finished(block_on(thread.resume()));
    // What `good` wrote when it saw one word is there; `bad` has seen the edits.
    assert_eq!(text.words, words(["draft 0", "edit", "again", "good 1", "bad 3", "print 5"]));
    assert_eq!(desk.ran(), [("bad", 2), ("print", 1), ("decide", 1)], "what was done is not done again");
    let answered = finished(block_on(thread.invoke(()).request_id("r-1")));
    assert_eq!(answered, text, "the run still answers its request");
    assert_eq!(block_on(thread.verify()).unwrap(), 7);
}

#[test]
fn an_edit_of_an_interrupted_thread_keeps_what_tasks_have_finished() {
    let Bench { graph, desk, thread, .. } = bench();
    {
        let mut run = pin!(thread.invoke(Text::update().goal(9)));
        while !desk.ran.lock().unwrap().iter().any(|(node, _)| *node == "good") {
            assert!(block_on(poll_once(run.as_mut())).is_none());
        }
        // Until what it did is stored.
        while block_on(thread.snapshot()).unwrap().unwrap().tasks.len() > 1 {
            assert!(block_on(poll_once(run.as_mut())).is_none());
        }
    }
    let done = desk.ran();
    let edited = block_on(thread.update(Text::update().words(words(["edit"])))).unwrap();
    assert_eq!(edited.status, Status::Running, "it is as interrupted as it was");
    let recovered = block_on(graph.recover().collect::<Vec<_>>());
    let [Ok((_, Ok(Outcome::Finished(text))))] = &recovered[..] else { panic!("{recovered:?}") };
    assert_eq!(text.words[..2], words(["draft 0", "edit"]));
    assert_eq!(text.words.len(), 5);
    let good = done.iter().chain(&desk.ran()).filter(|(node, _)| *node == "good").count();
    assert_eq!(good, 1);
}

#[test]
fn an_edit_of_a_thread_at_rest_leaves_it_at_rest() {
    let Bench { saver, desk, thread, .. } = bench();
    let text = finished(block_on(thread.invoke(Text::update().goal(1)).request_id("r-1")));
    assert_eq!(text.words, words(["draft 0", "print 1"]));
    desk.ran();
    let edited = block_on(thread.update(Text::update().overwrite_words(words(["x", "y", "z"])))).unwrap();
    assert_eq!((edited.status, edited.request.as_deref(), edited.next.len()), (Status::Finished, None, 0));
    assert!(matches!(block_on(thread.resume()), Err(Error::NothingToResume { status: Status::Finished, .. })));
    assert_eq!(finished(block_on(thread.invoke(()).request_id("r-1"))), text, "the request has had its answer");
    let head = laid(&saver, &thread_of("Press", "a"));
    assert_eq!(head.len(), 5);
    assert_eq!(finished(block_on(thread.invoke(()))).words, words(["x", "y", "z", "draft 3", "print 4"]));

    desk.fail("print", 1);
    assert!(block_on(thread.invoke(())).is_err());
    block_on(thread.cancel("enough")).unwrap();
    let edited = block_on(thread.update(Text::update().words(words(["late"])))).unwrap();
    assert_eq!((edited.status, edited.next.len()), (Status::Cancelled, 0));
    assert!(matches!(block_on(thread.resume()), Err(Error::NothingToResume { status: Status::Cancelled, .. })));
    block_on(thread.verify()).unwrap();
}

#[test]
fn an_edit_of_a_thread_at_its_step_limit_stays_there_until_it_is_resumed() {
    let (saver, desk) = (MemorySaver::new(), Arc::<Desk>::default());
    let graph = Press::builder().context(desk).checkpointer(saver).step_limit(1).build();
    let thread = graph.thread("a");
    let _ = block_on(thread.invoke(Text::update().goal(1))).unwrap();
    let edited = block_on(thread.update(Text::update().words(words(["edit"])))).unwrap();
    assert_eq!((edited.status, edited.next), (Status::Stopped, vec![PressNode::Print]));
    let _ = block_on(thread.resume()).unwrap();
    assert_eq!(finished(block_on(thread.resume())).words, words(["draft 0", "edit", "print 2"]));
}

#[test]
fn an_edit_sees_the_hint_of_the_step_before_and_a_node_that_is_replaced_does_not() {
    let Bench { thread, desk, .. } = bench();
    block_on(thread.update(Text::update().hint(Some(7)))).unwrap();
    let edited = block_on(thread.update(Text::update().words(words(["x"])))).unwrap();
    assert_eq!(edited.state.hint, Some(7), "no step has passed");
    let edited = block_on(thread.update(()).as_node(PressNode::Draft)).unwrap();
    assert_eq!(edited.state.hint, None, "a step has passed");
    assert!(desk.ran().is_empty());
}

#[test]
fn a_thread_that_never_ran_is_made() {
    let Bench { thread, .. } = bench();
    let made = block_on(thread.update(Text::update().words(words(["x"])).goal(1)).tag("tenant", "acme")).unwrap();
    assert_eq!((made.id, made.parent, made.step, made.source), (CheckpointId(1), None, 0, Source::Update));
    assert_eq!((made.status, made.tags.len()), (Status::Finished, 1));
    assert_eq!(finished(block_on(thread.invoke(()))).words, words(["x", "draft 1", "print 2"]));

    block_on(thread.delete()).unwrap();
    let made = block_on(thread.update(Text::update().words(words(["x"]))).as_node(PressNode::Bad));
    assert!(matches!(made, Err(Error::NodeInBranch { .. })));
    assert!(block_on(thread.snapshot()).unwrap().is_none(), "a refusal makes nothing");
    let made = block_on(thread.update(Text::update().words(words(["x"]))).as_node(PressNode::Draft)).unwrap();
    assert_eq!((made.tasks, made.status), (words(["print"]), Status::Stopped));
    assert_eq!(finished(block_on(thread.resume())).words, words(["x", "print 1"]));
}

#[test]
fn an_edit_in_the_place_of_a_node_goes_where_the_graph_goes_from_there() {
    let Bench { graph, desk, thread, .. } = failed();
    // The route is read on the edited state.
    let edited =
        block_on(thread.update(Text::update().words(words(["mine"])).goal(3)).as_node(PressNode::Draft)).unwrap();
    assert_eq!((&edited.next, edited.status), (&vec![PressNode::Print], Status::Stopped));
    // What `good` had written is there, though its step never ended.
    assert_eq!(edited.state.words, words(["draft 0", "good 1", "mine"]));
    assert!(edited.failures.is_empty());
    assert!(block_on(graph.recover().collect::<Vec<_>>()).is_empty(), "whoever edits decides when it runs");
    assert!(desk.ran().is_empty());

    let edited = block_on(thread.update(Text::update().goal(99)).as_node(PressNode::Draft)).unwrap();
    assert_eq!(edited.tasks, words(["good", "bad"]), "into a group, with all of its branches");
    let edited = block_on(thread.update(()).as_node(PressNode::Print)).unwrap();
    assert_eq!(edited.next, [PressNode::Decide]);
    assert_eq!(finished(block_on(thread.resume())).words, words(["draft 0", "good 1", "mine"]));
    assert_eq!(desk.ran(), [("decide", 1)]);

    // From the end, too.
    let edited = block_on(thread.update(()).as_node(PressNode::Print)).unwrap();
    assert_eq!((edited.next, edited.status), (vec![PressNode::Decide], Status::Stopped));
    finished(block_on(thread.resume()));
    block_on(thread.verify()).unwrap();
}

#[test]
fn the_past_can_be_edited_in_the_place_of_a_node() {
    let Bench { thread, .. } = failed();
    finished(block_on(thread.resume()));
    let edited =
        block_on(thread.at(CheckpointId(1)).update(Text::update().words(words(["mine"]))).as_node(PressNode::Draft));
    let edited = edited.unwrap();
    assert_eq!((edited.source, edited.parent, edited.step), (Source::Fork, Some(CheckpointId(1)), 0));
    assert_eq!(edited.tasks, words(["good", "bad"]));
    assert_eq!(finished(block_on(thread.resume())).words, words(["mine", "good 1", "bad 1", "print 3"]));
}

#[test]
fn nobody_takes_the_place_of_a_node_whose_next_one_cannot_be_told() {
    let Bench { saver, thread, .. } = failed();
    let before = laid(&saver, &thread_of("Press", "a"));
    let error = block_on(thread.update(()).as_node(PressNode::Good)).unwrap_err();
    let told = "thread `a` cannot be updated as node `good`, which stands in a group or a `for`; \
                name a node of the graph itself";
    assert_eq!(error.to_string(), told);
    let error = block_on(thread.update(()).as_node(PressNode::Decide)).unwrap_err();
    let told = "thread `a` cannot be updated as node `decide`, which chooses itself what follows; \
                name the node before, or none";
    assert_eq!(error.to_string(), told);
    assert!(laid(&saver, &thread_of("Press", "a")) == before);
}

mod routes {
    use super::{GraphState, Update, graph};

    #[derive(GraphState, Debug)]
    pub(super) struct Number {
        pub(super) number: u32,
    }

    fn add(number: &Number) -> impl Update<Number> + use<> {
        Number::update().number(number.number + 1)
    }

    fn small(number: &Number) -> bool {
        assert!(number.number != 7, "seven");
        number.number < 5
    }

    graph! {
        pub(super) graph Adding<Number>;
        node add;
        start -> add -> match small { true => add, false => end };
    }
}
use routes::{Adding, AddingNode, Number};

#[test]
fn an_edit_in_the_place_of_the_last_node_ends_the_thread_and_a_route_that_panics_changes_nothing() {
    let saver = MemorySaver::new();
    let thread = Adding::builder().checkpointer(saver.clone()).step_limit(1).build().thread("a");
    let _ = block_on(thread.invoke(()).request_id("r-1")).unwrap();
    let before = laid(&saver, &thread_of("Adding", "a"));
    let error = block_on(thread.update(Number::update().number(7)).as_node(AddingNode::Add)).unwrap_err();
    let Error::Node(error) = error else { panic!("{error}") };
    assert_eq!(error.node, "add");
    assert!(matches!(error.cause, NodeCause::Panic(message) if message == "seven"));
    assert!(laid(&saver, &thread_of("Adding", "a")) == before);

    let edited = block_on(thread.update(Number::update().number(9)).as_node(AddingNode::Add)).unwrap();
    assert_eq!((edited.status, edited.next.len(), edited.request.as_deref()), (Status::Finished, 0, Some("r-1")));
    assert_eq!(finished(block_on(thread.invoke(()).request_id("r-1"))).number, 9, "so the request has its answer");
}

/// Subgraphs that an edit leaves.
mod nested {
    use super::{BoxError, Ctx, Desk, GraphState, Text, Update, graph};

    #[derive(GraphState, Debug)]
    pub(super) struct Deep {
        #[reduce(append)]
        seen: Vec<usize>,
    }

    fn dig(deep: &Deep, cx: &Ctx<Desk>) -> Result<impl Update<Deep> + use<>, BoxError> {
        Desk::enter(cx, "dig")?;
        Ok(Deep::update().seen([deep.seen.len()]))
    }

    fn stop(_: &Deep, cx: &Ctx<Desk>) -> Result<(), BoxError> {
        Desk::enter(cx, "stop")
    }

    fn enter(_: &Text) {}

    fn leave(_: &Text, deep: &Deep) -> impl Update<Text> + use<> {
        Text::update().words([format!("{:?}", deep.seen)])
    }

    fn end(_: &Text) {}

    graph! {
        pub(super) graph Digging<Deep, Desk>;
        node dig, stop;
        start -> dig -> stop -> end;
    }

    graph! {
        pub(super) graph Outer<Text, Desk>;
        node end_it = end;
        #[memory(thread)]
        subgraph digging = Digging(enter, leave);
        start -> digging -> end_it -> end;
    }
}
use nested::{Outer, OuterNode};

#[test]
fn a_subgraph_that_an_edit_leaves_keeps_what_it_keeps() {
    let desk = Arc::<Desk>::default();
    let thread = Outer::builder().context(Arc::clone(&desk)).checkpointer(MemorySaver::new()).build().thread("a");
    desk.fail("stop", 1);
    assert!(block_on(thread.invoke(())).is_err());
    assert_eq!(block_on(thread.snapshot()).unwrap().unwrap().tasks, words(["digging/stop"]));
    let edited = block_on(thread.update(Text::update().words(words(["mine"]))).as_node(OuterNode::Digging)).unwrap();
    assert_eq!(edited.next, [OuterNode::EndIt]);
    assert_eq!(finished(block_on(thread.resume())).words, words(["mine"]));
    assert_eq!(finished(block_on(thread.invoke(()))).words, words(["mine", "[0, 1]"]));

    // And one that stays goes on where it was.
    desk.fail("stop", 1);
    assert!(block_on(thread.invoke(())).is_err());
    block_on(thread.update(Text::update().overwrite_words(vec![]))).unwrap();
    assert_eq!(finished(block_on(thread.resume())).words, words(["[0, 1, 2]"]));
}

/// An effect, in a node that fails behind it.
mod paying {
    use super::{BoxError, Ctx, GraphState, Update, graph};
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

    #[derive(Default)]
    pub(super) struct Bank {
        pub(super) keys: Mutex<Vec<String>>,
        pub(super) outages: AtomicU32,
    }

    #[derive(GraphState, Debug)]
    pub(super) struct Order {
        pub(super) note: String,
        pub(super) amount: u32,
        pub(super) receipt: usize,
    }

    fn check(_: &Order) {}

    async fn pay(order: &Order, cx: &Ctx<Bank>) -> Result<impl Update<Order> + use<>, BoxError> {
        let charge = |key: graph_runtime::IdempotencyKey| async move {
            let mut keys = cx.context().keys.lock().unwrap();
            keys.push(key.to_string());
            Ok::<_, BoxError>(keys.len())
        };
        let receipt = cx.once("charge", &order.amount, charge).await?;
        if cx.context().outages.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok() {
            return Err("the network broke after the charge".into());
        }
        Ok(Order::update().receipt(receipt))
    }

    graph! {
        pub(super) graph Paying<Order, Bank>;
        node check, pay;
        start -> check -> pay -> end;
    }
}
use paying::{Bank, Order, Paying, PayingNode};

#[test]
fn an_edit_repeats_no_effect_and_one_in_the_place_of_a_node_has_to_say() {
    let directory = tempfile::tempdir().unwrap();
    let bank = Arc::<Bank>::default();
    // Each time another process.
    let open = || {
        let saver = SledSaver::open(directory.path().join("store")).unwrap();
        Paying::builder()
            .context(Arc::clone(&bank))
            .checkpointer(saver)
            .durability(Durability::Sync)
            .build()
            .thread("a")
    };
    let fail = || bank.outages.store(1, std::sync::atomic::Ordering::SeqCst);
    fail();
    assert!(block_on(open().invoke(Order::update().amount(40))).is_err());
    fail();
    block_on(open().update(Order::update().note("edited"))).unwrap();
    assert!(block_on(open().resume()).is_err(), "the network breaks again");
    block_on(open().update(Order::update().note("twice"))).unwrap();

    let error = block_on(open().update(()).as_node(PayingNode::Check)).unwrap_err();
    assert!(matches!(error, Error::UndecidedEffects { .. }), "{error}");
    let edited = block_on(open().update(()).as_node(PayingNode::Check).effects(Effects::Reuse)).unwrap();
    assert_eq!((edited.tasks, edited.status), (words(["pay"]), Status::Stopped));
    let order = finished(block_on(open().resume()));
    assert_eq!((order.receipt, &*order.note, bank.keys.lock().unwrap().len()), (1, "twice", 1), "it was charged once");

    // With another input, the charge that is journaled is not the one that is asked for; then it happens again.
    fail();
    assert!(block_on(open().invoke(())).is_err());
    block_on(open().update(Order::update().amount(60))).unwrap();
    let Err(Error::Node(error)) = block_on(open().resume()) else { panic!("another amount was charged") };
    assert!(error.to_string().contains("another input"), "{error}");
    block_on(open().update(()).effects(Effects::Again)).unwrap();
    assert_eq!(finished(block_on(open().resume())).receipt, 3);
    let keys = bank.keys.lock().unwrap();
    assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys.len() == 3);
    block_on(open().verify()).unwrap();
}
