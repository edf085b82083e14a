//! The graph that is run: a parallel step with effects and a retry, a pause with a reply, items, and a deadline.

use graph_runtime::{BoxError, Ctx, GraphState, Update, graph};
use std::fs::File;
use std::io::Write;
use std::sync::Mutex;

pub(crate) const PARTS: u32 = 2;

#[derive(GraphState, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    #[reduce(append)]
    pub(crate) log: Vec<String>,
    pub(crate) receipt: u32,
    /// Who granted it.
    pub(crate) granted: String,
}

/// The file that outlives the process, and what it says of this one.
pub(crate) struct Outside {
    lines: Mutex<File>,
    /// A step that begins tells that the one before it is durable.
    synced: bool,
    /// The thread and the step that ran last in this process.
    last: Mutex<(String, u64)>,
}

impl Outside {
    pub(crate) fn new(lines: File, synced: bool) -> Outside {
        Outside { lines: Mutex::new(lines), synced, last: Mutex::default() }
    }

    /// Adds a line; what is written outlives the process.
    pub(crate) fn say(&self, line: std::fmt::Arguments<'_>) {
        self.lines.lock().unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    fn ran<'cx>(cx: &'cx Ctx<Outside>, node: &str) -> Result<(String, &'cx Outside), BoxError> {
        let (outside, step) = (cx.context(), cx.step());
        let thread = cx.thread_id().ok_or("a thread")?.to_string();
        let mut last = outside.last.lock().map_err(|_| "a whole lock")?;
        if outside.synced && *last == (thread.clone(), step - 1) {
            outside.say(format_args!("stepped {thread} {}", step - 1));
        }
        *last = (thread.clone(), step);
        outside.say(format_args!("ran {thread} {step} {node}"));
        Ok((thread, outside))
    }
}

fn plan(_: &Order, cx: &Ctx<Outside>) -> Result<impl Update<Order> + use<>, BoxError> {
    Outside::ran(cx, "plan")?;
    Ok(Order::update().log(["planned".to_owned()]))
}

async fn charge(_: &Order, cx: &Ctx<Outside>) -> Result<impl Update<Order> + use<>, BoxError> {
    let (thread, outside) = Outside::ran(cx, "charge")?;
    let effect = async |key: graph_runtime::IdempotencyKey| {
        outside.say(format_args!("charged {thread} {key}"));
        Ok::<_, BoxError>(7)
    };
    let receipt = cx.once("charge", &40, effect).await?;
    outside.say(format_args!("journaled {thread}"));
    Ok(Order::update().receipt(receipt))
}

async fn wire(_: &Order, cx: &Ctx<Outside>) -> Result<impl Update<Order> + use<>, BoxError> {
    let (thread, outside) = Outside::ran(cx, "wire")?;
    let effect = async |key: graph_runtime::IdempotencyKey| {
        outside.say(format_args!("wired {thread} {key}"));
        Ok::<_, BoxError>(())
    };
    // The bank knows in either case; what the state holds must not depend on which it was.
    cx.at_most_once("wire", &40, effect, async |_| Ok::<_, BoxError>(())).await?;
    Ok(Order::update().log(["wired".to_owned()]))
}

/// Fails at first.
async fn audit(_: &Order, cx: &Ctx<Outside>) -> Result<impl Update<Order> + use<>, BoxError> {
    Outside::ran(cx, "audit")?;
    if cx.attempt() < 2 {
        return Err("not yet".into());
    }
    Ok(Order::update().log(["audited".to_owned()]))
}

fn approve(_: &Order, by: &String, cx: &Ctx<Outside>) -> Result<impl Update<Order> + use<>, BoxError> {
    let (thread, outside) = Outside::ran(cx, "approve")?;
    outside.say(format_args!("used {thread} {by}"));
    Ok(Order::update().granted(by.clone()).log(["approved".to_owned()]))
}

fn parts(_: &Order) -> impl Iterator<Item = u32> + use<> {
    0..PARTS
}

async fn pack(_: &Order, part: &u32, cx: &Ctx<Outside>) -> Result<impl Update<Order> + use<>, BoxError> {
    Outside::ran(cx, &format!("pack[{part}]"))?;
    Ok(Order::update().log([format!("packed {part}")]))
}

fn wait(_: &Order, reply: &String) -> impl Update<Order> + use<> {
    Order::update().log([reply.clone()])
}

fn late(_: &Order) -> String {
    "nobody came".to_owned()
}

fn close(_: &Order, cx: &Ctx<Outside>) -> Result<impl Update<Order> + use<>, BoxError> {
    Outside::ran(cx, "close")?;
    Ok(Order::update().log(["closed".to_owned()]))
}

graph! {
    pub(crate) graph Orders<Order, Outside>;
    node plan, charge, wire, pack, close;
    #[retry(attempts = 4, backoff = "1ms")]
    node audit;
    pause approve(String);
    #[deadline("1ms", or = late)]
    pause wait(String);

    start -> plan -> (charge, wire, audit) -> approve -> for parts(u32) { pack } -> wait -> close -> end;
}

/// The state at the end of a run that nothing disturbs.
pub(crate) fn done(granted: &str) -> Order {
    let log = ["planned", "wired", "audited", "approved", "packed 0", "packed 1", "nobody came", "closed"];
    Order { log: log.map(str::to_owned).into(), receipt: 7, granted: granted.to_owned() }
}

/// Three people, of whom the second one answers while the first one's answer is at work.
#[derive(GraphState, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Desk {
    #[reduce(append)]
    pub(crate) said: Vec<String>,
}

fn hear(_: &Desk, text: &String) -> impl Update<Desk> + use<> {
    Desk::update().said([text.clone()])
}

fn file(_: &Desk) {}

graph! {
    pub(crate) graph Desks<Desk>;
    pause ada = hear(String);
    pause alan = hear(String);
    pause grace = hear(String);
    node file;

    start -> (ada -> file, alan, grace) -> end;
}
