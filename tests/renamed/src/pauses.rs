//! Graphs that wait, of every visibility, with names that the expansion uses itself.

use crate::prelude::graphs::{Command, Ctx, Durable, Graph, GraphState, MemorySaver, NodeError, Update, graph, serde};

/// Some orders.
#[derive(Debug, GraphState)]
#[state(crate = crate::prelude::graphs)]
pub struct Orders {
    /// Their names.
    pub names: Vec<String>,
    /// Those that were granted.
    #[reduce(append)]
    pub granted: Vec<String>,
}

/// What a person says.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
#[serde(crate = "crate::prelude::graphs::serde")]
pub struct Reply {
    /// Yes or no.
    pub granted: bool,
}

/// Known to this module alone.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
#[serde(crate = "crate::prelude::graphs::serde")]
struct Secret {
    word: String,
}

/// Where to go.
#[derive(Debug)]
pub enum Question {
    /// On.
    Asked,
    /// Back.
    Json,
}

fn names(orders: &Orders) -> Vec<String> {
    orders.names.clone()
}

fn reply(_: &Orders, name: &String, reply: &Reply) -> impl Update<Orders> + use<> {
    Orders::update().granted(reply.granted.then(|| name.to_owned()))
}

async fn path<C: Sync>(_: &Orders, again: &bool, _: &Ctx<C>) -> Result<Command<Question>, String> {
    std::future::ready(Ok(Command::to(if *again { Question::Json } else { Question::Asked }))).await
}

const fn fields(_: &Orders, secret: &Secret) -> impl Update<Orders> + use<> {
    let _ = secret.word.is_empty();
}

const fn never(_: &Orders) -> Reply {
    Reply { granted: false }
}

fn go_on(_: &Orders, _: &NodeError) -> Command<Question> {
    Command::to(Question::Asked)
}

const fn enter(_: &Orders) -> impl Update<Orders> + use<> {}

const fn leave(_: &Orders, _: &Orders) -> impl Update<Orders> + use<> {}

graph! {
    /// Waits for an answer to each order.
    #[graph(crate = crate::prelude::graphs)]
    pub graph Waiting<Orders>;

    /// One order.
    #[deadline("24h", or = never)]
    pause reply(Reply);
    #[on_error(go_on)]
    pause path(bool);

    start -> for names(String) { reply } -> path -> match {
        Question::Asked => end,
        Question::Json => path,
    };
}

graph! {
    /// Waits inside.
    #[graph(crate = crate::prelude::graphs)]
    pub graph Around<Orders, u8>;

    subgraph waiting = Waiting(enter, leave);
    start -> waiting -> end;
}

graph! {
    #[graph(crate = crate::prelude::graphs)]
    graph Private<Orders>;

    pause fields(Secret);
    subgraph around = Waiting(enter, leave);
    start -> fields -> around -> end;
}

/// A graph that is seen less far.
pub mod inner {
    use super::{Orders, Reply};
    use crate::prelude::graphs::{Update, graph};

    const fn ask(_: &Orders, _: &Reply) -> impl Update<Orders> + use<> {}

    graph! {
        #[graph(crate = crate::prelude::graphs)]
        pub(crate) graph InCrate<Orders>;
        pause ask(super::Reply);
        start -> ask -> end;
    }
}

/// Graphs that have a store, and replies to them.
#[must_use]
pub fn waiting() -> (Graph<Waiting, Durable>, Graph<Around, Durable>, AroundReply) {
    let _ = Private::builder().checkpointer(MemorySaver::new()).build();
    let _ = inner::InCrate::builder().checkpointer(MemorySaver::new()).build();
    let _ = (PrivateReply::Fields(Secret { word: String::new() }), inner::InCrateReply::Ask(Reply { granted: true }));
    let around = Around::builder().context(3).checkpointer(MemorySaver::new()).build();
    let reply = AroundReply::Waiting(WaitingReply::Path(true));
    (Waiting::builder().checkpointer(MemorySaver::new()).build(), around, reply)
}
