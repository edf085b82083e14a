//! A graph whose threads have everything that a thread can have beside its checkpoints.

#![allow(clippy::ptr_arg, reason = "pauses take replies by reference, whatever they are")]

use futures_lite::future::block_on;
use graph_runtime::{
    BoxError, CheckpointId, Checkpointer, Ctx, Effects, Graph, GraphState, Snapshot, Thread, ThreadKey, Update, graph,
};
use graph_tests::{Inbox, Laid, thread_of, whole};
use std::sync::{Arc, Mutex};

#[derive(GraphState, Clone, Debug, PartialEq)]
pub(crate) struct Order {
    /// Above a kibibyte, so that records hold changes.
    #[reduce(append)]
    pub(crate) log: Vec<String>,
    #[reduce(append)]
    pub(crate) said: Vec<String>,
    pub(crate) receipt: String,
    #[state(secret)]
    token: String,
}

/// What the outside world saw, and how often `pack` is to fail.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) seen: Mutex<Vec<String>>,
    pub(crate) failures: Mutex<u32>,
}

impl World {
    fn see(cx: &Ctx<World>, what: &str) {
        cx.context().seen.lock().unwrap().push(what.to_owned());
    }

    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

fn take(order: &Order) -> impl Update<Order> + use<> {
    let lines = (0..40).map(|line| format!("line {line} of order {}, which nobody reads", order.said.len()));
    Order::update().log(lines).token("t-1")
}

async fn pay(_: &Order, cx: &Ctx<World>) -> Result<impl Update<Order> + use<>, BoxError> {
    let receipt = cx
        .once("pay", &7_u32, async |key| {
            World::see(cx, "pay");
            Ok::<_, BoxError>(format!("receipt {key}"))
        })
        .await?;
    Ok(Order::update().receipt(receipt).log(["paid".to_owned()]))
}

async fn pack(_: &Order, cx: &Ctx<World>) -> Result<impl Update<Order> + use<>, BoxError> {
    cx.once("box", &(), async |_| {
        World::see(cx, "box");
        Ok::<_, BoxError>(())
    })
    .await?;
    let mut failures = cx.context().failures.lock().unwrap();
    if *failures > 0 {
        *failures -= 1;
        return Err("no tape".into());
    }
    Ok(Order::update().log(["packed".to_owned()]))
}

fn one(_: &Order, reply: &String, cx: &Ctx<World>) -> impl Update<Order> + use<> {
    World::see(cx, reply);
    Order::update().said([format!("one {reply}")])
}

fn two(_: &Order, reply: &String, cx: &Ctx<World>) -> impl Update<Order> + use<> {
    World::see(cx, reply);
    Order::update().said([format!("two {reply}")])
}

fn card(order: &Order) -> usize {
    order.log.len()
}

graph! {
    pub(crate) graph Orders<Order, World>;
    node take, pay, pack;
    pause one(String) asks card;
    pause two(String) asks card;
    start -> take -> (pay, pack) -> (one, two) -> end;
}

pub(crate) fn orders(saver: impl Checkpointer) -> (Graph<Orders>, Arc<World>) {
    let world = Arc::new(World::default());
    (Orders::builder().context(Arc::clone(&world)).checkpointer(saver).build(), world)
}

/// What a thread has been through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Past {
    /// Ended in the middle of a step: one task is done, the other failed.
    Failed,
    /// Two pauses wait; one of them has a reply that nobody has used.
    Replied,
    /// Finished, finished again under another request, and with a branch.
    Finished,
}

impl Past {
    pub(crate) const ALL: [Past; 3] = [Past::Failed, Past::Replied, Past::Finished];

    pub(crate) fn live(self, graph: &Graph<Orders>, world: &World) -> Thread<Orders> {
        let thread = graph.thread("a");
        if self == Past::Failed {
            *world.failures.lock().unwrap() = 1;
            block_on(thread.invoke(()).tag("tenant", "acme").request_id("r-1")).unwrap_err();
            return thread;
        }
        for request in ["r-1", "r-2"] {
            let _ = block_on(thread.invoke(()).tag("tenant", "acme").request_id(request)).unwrap();
            block_on(thread.reply(OrdersReply::One("yes".to_owned())).by("ada").deliver()).unwrap();
            if self == Past::Replied {
                return thread;
            }
            let _ = block_on(thread.reply(OrdersReply::Two("no".to_owned()))).unwrap();
        }
        let fork = thread.at(CheckpointId(2)).fork(Order::update().log(["anew".to_owned()]));
        let _ = block_on(fork.effects(Effects::Reuse)).unwrap();
        thread
    }

    /// Ends the thread, and returns its state and what the world saw.
    pub(crate) fn end(self, thread: &Thread<Orders>, world: &World) -> (Order, Vec<String>) {
        let _ = world.take();
        if self == Past::Failed {
            let _ = block_on(thread.resume()).unwrap();
        }
        if self != Past::Replied {
            block_on(thread.reply(OrdersReply::One("late".to_owned())).deliver()).unwrap();
        }
        let twice = block_on(thread.reply(OrdersReply::One("twice".to_owned())).deliver());
        assert!(twice.is_err(), "{twice:?}");
        let state = block_on(thread.reply(OrdersReply::Two("end".to_owned()))).unwrap().finished().unwrap();
        (state, world.take())
    }
}

/// Everything of a thread that its store has, but for the mark of an import.
pub(crate) fn stored(saver: &dyn Checkpointer) -> (Option<graph_runtime::Head>, Vec<Laid>, Inbox) {
    let (head, mut laid, mut inbox) = whole(saver, &key());
    for (_, entries) in &mut laid {
        entries.retain(|(name, _)| name != "imported");
    }
    inbox.sort();
    (head, laid, inbox)
}

pub(crate) fn key() -> ThreadKey {
    thread_of("Orders", "a")
}

pub(crate) fn exported(thread: &Thread<Orders>) -> Vec<u8> {
    let mut file = Vec::new();
    block_on(thread.export(&mut file)).unwrap();
    file
}

/// Every field of every snapshot.
pub(crate) fn shown(thread: &Thread<Orders>) -> Vec<String> {
    use futures_lite::StreamExt;
    let history: Vec<_> = block_on(thread.history().try_collect()).unwrap();
    let shown = |snapshot: &Snapshot<Orders>| format!("{snapshot:?} {:?}", snapshot.state);
    history.iter().map(shown).collect()
}

/// There is nothing that anybody could take for a thread.
pub(crate) fn nothing(saver: &dyn Checkpointer) {
    assert_eq!(whole(saver, &key()), (None, vec![], vec![]));
}
