//! A graph with everything that is told of: retries, failures, effects, subgraphs, nodes side by side.

use futures_lite::future::yield_now;
use graph_runtime::{BoxError, Ctx, GraphState, NodeError, Update, graph};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

/// What must not be seen anywhere.
pub(crate) const SECRET: &str = "hunter2";

#[derive(GraphState, Debug, Default)]
pub(crate) struct Order {
    #[state(secret)]
    pub(crate) card: String,
    pub(crate) note: String,
    #[reduce(append)]
    pub(crate) lines: Vec<String>,
}

/// The context, which holds a secret as well.
#[derive(Default)]
pub(crate) struct Bank {
    pub(crate) password: String,
    pub(crate) calls: AtomicU32,
    /// In which call of `pay` it fails after the effect; 0 for never.
    pub(crate) broken: AtomicU32,
}

impl Bank {
    pub(crate) fn new(broken: u32) -> Bank {
        Bank { password: SECRET.to_owned(), calls: AtomicU32::new(0), broken: broken.into() }
    }
}

pub(crate) fn check(order: &Order, cx: &Ctx<Bank>) -> Result<impl Update<Order> + use<>, String> {
    cx.emit(order.card.clone());
    if cx.attempt() == 1 {
        return Err("the line is busy".to_owned());
    }
    Ok(Order::update().note(cx.context().password.clone()))
}

pub(crate) async fn pay(order: &Order, cx: &Ctx<Bank>) -> Result<impl Update<Order> + use<>, BoxError> {
    let charge = |_| async {
        tracing::info!("charging");
        yield_now().await;
        Ok::<_, BoxError>(order.card.len())
    };
    cx.once("charge", &order.card, charge).await?;
    if cx.context().calls.fetch_add(1, SeqCst) + 1 == cx.context().broken.load(SeqCst) {
        return Err("no receipt".into());
    }
    let post = |_| async { Err::<String, _>("the letter is lost") };
    let ask = |_| async { Ok::<_, BoxError>(SECRET.to_owned()) };
    let posted = cx.at_most_once("post", &order.note, post, ask).await;
    Ok(Order::update().lines([format!("{SECRET} {}", posted.is_ok())]))
}

pub(crate) async fn pack(_: &Order) -> impl Update<Order> + use<> {
    tracing::info!("packing");
    yield_now().await;
    Order::update().lines([SECRET.to_owned()])
}

pub(crate) fn weigh(_: &Order) -> Result<(), String> {
    Err("the scales are broken".to_owned())
}

pub(crate) fn guess(_: &Order, _: &NodeError) -> impl Update<Order> + use<> {
    Order::update().lines(["about a pound".to_owned()])
}

fn enter(order: &Order) -> impl Update<Order> + use<> {
    Order::update().card(order.card.clone())
}

fn leave(_: &Order, inner: &Order) -> impl Update<Order> + use<> {
    Order::update().lines(inner.lines.clone())
}

graph! {
    pub(crate) graph Parcel<Order, Bank>;
    node pack;
    #[on_error(guess)]
    node weigh;
    start -> (pack, weigh) -> end;
}

graph! {
    pub(crate) graph Shop<Order, Bank>;
    #[retry(attempts = 2, backoff = "1s")]
    node check;
    node pay;
    subgraph parcel = Parcel(enter, leave);
    start -> check -> pay -> parcel -> end;
}

pub(crate) fn order() -> impl Update<Order> {
    Order::update().card(SECRET)
}
