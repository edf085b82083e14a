//! Graphs that handle a secret in every way that there is.

#![allow(clippy::ptr_arg, reason = "pauses take replies by reference, whatever they are")]

use futures_lite::future::block_on;
use graph_runtime::{BoxError, Checkpointer, Ctx, Graph, GraphState, NodeError, Thread, Update, graph};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

/// In fields that are secret, and in what is never shown: replies, items, effects, and what nodes emit.
pub(crate) const SECRET: &str = "canary-of-the-state";

/// In the context.
pub(crate) const KEY: &str = "canary-of-the-context";

#[derive(Debug)]
pub(crate) struct Keys {
    key: String,
    attempts: AtomicU32,
}

impl Keys {
    pub(crate) fn of() -> Keys {
        Keys { key: KEY.to_owned(), attempts: AtomicU32::new(0) }
    }
}

#[derive(GraphState)]
pub(crate) struct Vault {
    #[state(secret)]
    pub(crate) token: String,
    #[reduce(append)]
    #[state(secret)]
    pub(crate) log: Vec<String>,
    #[state(json, secret)]
    pub(crate) raw: serde_json::Value,
    #[state(skip, secret)]
    cache: String,
    #[state(secret, default = "canary-of-the-state".to_owned())]
    set: String,
    #[state(secret)]
    pub(crate) stubborn: Stubborn,
    #[reduce(append)]
    #[state(secret)]
    pub(crate) stubborn_ones: Vec<Stubborn>,
    #[reduce(add)]
    rounds: u32,
}

/// Its program shows what may be shown.
impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("rounds", &self.rounds).finish_non_exhaustive()
    }
}

/// A value whose code tells in errors and panics what it is.
#[derive(Clone, Debug, Default)]
pub(crate) enum Stubborn {
    #[default]
    Quiet,
    Refuses(String),
    Panics(String),
}

impl Serialize for Stubborn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Stubborn::Quiet => serializer.serialize_unit(),
            Stubborn::Refuses(value) => Err(ser::Error::custom(format!("`{value}` is not for you"))),
            Stubborn::Panics(value) => panic!("`{value}` is too much"),
        }
    }
}

impl<'de> Deserialize<'de> for Stubborn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Stubborn, D::Error> {
        <()>::deserialize(deserializer).map(|()| Stubborn::Quiet)
    }
}

fn open(vault: &Vault, cx: &Ctx<Keys>) -> Result<impl Update<Vault> + use<>, BoxError> {
    tracing::info!(?cx, ?vault, "opening");
    cx.emit(vault.token.clone());
    if cx.context().attempts.fetch_add(1, Ordering::Relaxed) == 0 {
        return Err("the lock is stuck".into());
    }
    assert_eq!(cx.context().key, KEY);
    Ok(Vault::update().cache(SECRET).raw(serde_json::json!({ "deep": [SECRET] })).rounds(1))
}

async fn pay(vault: &Vault, cx: &Ctx<Keys>) -> Result<impl Update<Vault> + use<>, BoxError> {
    let charge = async |key| {
        tracing::trace!(?key, "charging");
        Ok::<_, BoxError>(SECRET.to_owned())
    };
    let paid: String = cx.once("charge", &vault.token, charge).await?;
    let post = async |_| Err::<String, _>("the letter is lost");
    let ask = async |_| Ok::<_, BoxError>(SECRET.to_owned());
    let _ = cx.at_most_once("post", &cx.context().key, post, ask).await;
    Ok(Vault::update().log([paid]))
}

fn doors(_: &Vault) -> Vec<String> {
    vec![SECRET.to_owned(), format!("{SECRET} again")]
}

fn try_door(_: &Vault, door: &String) -> Result<impl Update<Vault> + use<>, String> {
    if door.ends_with("again") { Err("it is jammed".to_owned()) } else { Ok(Vault::update().log([door.clone()])) }
}

fn leave_it(_: &Vault, _: &NodeError) -> impl Update<Vault> + use<> {
    Vault::update().log([SECRET.to_owned()])
}

fn confirm(_: &Vault, reply: &String) -> impl Update<Vault> + use<> {
    Vault::update().token(reply.clone()).log([reply.clone()])
}

fn card(vault: &Vault) -> String {
    vault.token.clone()
}

fn enter(vault: &Vault) -> impl Update<Vault> + use<> {
    Vault::update().token(vault.token.clone())
}

fn leave(_: &Vault, inner: &Vault) -> impl Update<Vault> + use<> {
    Vault::update().log(inner.log.clone())
}

graph! {
    pub(crate) graph Inner<Vault, Keys>;
    #[on_error(leave_it)]
    node try_door;
    start -> for doors(String) { try_door } -> end;
}

graph! {
    pub(crate) graph Vaults<Vault, Keys>;
    node open, pay;
    subgraph inner = Inner(enter, leave);
    pause confirm(String) asks card;
    start -> open -> (pay, inner) -> confirm -> end;
}

pub(crate) fn vaults(saver: impl Checkpointer) -> Graph<Vaults> {
    Vaults::builder().context(Keys::of()).checkpointer(saver).build()
}

pub(crate) fn token() -> impl Update<Vault> {
    // Above a kibibyte, so that records hold changes.
    Vault::update().token(SECRET).log((0..60).map(|line| format!("{line} {SECRET}")))
}

/// A thread that failed once, waits, and has been replied to.
pub(crate) fn lived(graph: &Graph<Vaults>) -> Thread<Vaults> {
    let thread = graph.thread("a");
    block_on(thread.invoke(token())).unwrap_err();
    let _ = block_on(thread.resume()).unwrap();
    block_on(thread.reply(VaultsReply::Confirm(SECRET.to_owned())).deliver()).unwrap();
    thread
}

/// The program of another day, in which a field has become something else.
pub(crate) mod later {
    use super::{Ctx, GraphState, Keys, Update, graph};

    #[derive(GraphState)]
    pub(crate) struct Vault {
        #[state(json, secret)]
        raw: u32,
    }

    fn open(_: &Vault, _: &Ctx<Keys>) -> impl Update<Vault> + use<> {
        Vault::update().raw(1_u32)
    }

    graph! {
        pub(crate) graph Vaults<Vault, Keys>;
        node open;
        start -> open -> end;
    }

    pub(crate) fn vaults(saver: impl super::Checkpointer) -> super::Graph<Vaults> {
        Vaults::builder().context(Keys::of()).checkpointer(saver).build()
    }
}

/// The program of a day after, which knows what the field was, and says so.
pub(crate) mod migrated {
    use super::{Ctx, GraphState, Keys, Update, graph};

    #[derive(GraphState)]
    pub(crate) struct Vault {
        #[state(json, secret, migrate(from = serde_json::Value, with = number))]
        raw: u32,
    }

    #[expect(clippy::needless_pass_by_value, reason = "a migration is given the old value")]
    fn number(raw: serde_json::Value) -> u32 {
        panic!("{raw} is no number")
    }

    fn open(_: &Vault, _: &Ctx<Keys>) -> impl Update<Vault> + use<> {
        Vault::update().raw(1_u32)
    }

    graph! {
        pub(crate) graph Vaults<Vault, Keys>;
        node open;
        start -> open -> end;
    }

    pub(crate) fn vaults(saver: impl super::Checkpointer) -> super::Graph<Vaults> {
        Vaults::builder().context(Keys::of()).checkpointer(saver).build()
    }
}
