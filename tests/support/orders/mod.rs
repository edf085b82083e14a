//! Orders that are packed, charged, shipped and approved side by side: a graph with everything that a crash can hurt, for the
//! tests that kill it, cut its power and take its disk away.
//!
//! Its state follows from how far it is, so that whoever reads it can tell what is missing or there twice. What its nodes and
//! effects do outside is a line in a file, which outlives the process.

mod customer;
mod ledger;
mod outside;
mod parcel;

pub use customer::{Customer, durability, role};
pub use ledger::Ledger;
pub use outside::Outside;

use graph_runtime::{BoxError, Ctx, GraphState, NodeError, Update, graph};
use parcel::{Parcel, Shipping};
use std::collections::BTreeMap;

/// The parts of an order, and how often it is packed.
pub const PARTS: u32 = 3;
const ROUNDS: u32 = 2;

/// The executions of an order that may happen at once, attempts included.
pub const WIDTH: u64 = PARTS as u64 + 6;

/// An order.
#[derive(GraphState, Debug, PartialEq)]
pub struct Order {
    /// How often it is packed.
    pub round: u32,
    /// What was done, in an order that the text of the graph decides.
    #[reduce(append)]
    pub log: Vec<String>,
    /// What was replied, and what came of it.
    #[reduce(append)]
    pub said: Vec<String>,
    /// What each part has cost.
    #[reduce(merge)]
    stock: BTreeMap<u32, u32>,
    #[reduce(add)]
    total: u64,
    /// A new one in every round, of as many bytes as the context says.
    page: Vec<u8>,
}

/// A reply to a question of an order: different each time.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Answer(pub String);

fn page(round: u32, bytes: usize) -> Vec<u8> {
    (0..bytes).map(|place| (place.wrapping_mul(31) ^ (place >> 8) ^ round as usize).to_le_bytes()[0]).collect()
}

impl Order {
    /// Says what is wrong with a state that no run of the graph can reach by whole steps.
    ///
    /// # Errors
    ///
    /// What it is.
    pub fn check(&self, bytes: usize) -> Result<(), String> {
        let rounds = self.round as usize;
        let log: Vec<_> = (0..=self.round).flat_map(log).collect();
        // `audit`, `pack` and `label` are one superstep, `charge` and `send` the next.
        let (all, first) = (rounds * log.len() / (rounds + 1), PARTS as usize + 1);
        let reached = [all, all + first, all + first + PARTS as usize + 1].contains(&self.log.len());
        if !reached || self.log != log[..self.log.len()] {
            return Err(format!("round {rounds}: the log is {:?}", self.log));
        }
        let charged = (self.log.len() - all > first).then_some(self.round);
        let total: u64 = (0..self.round).chain(charged).map(|_| u64::from(PARTS * (PARTS + 1) / 2 * 10)).sum();
        if self.total != total || self.stock.len() != if total > 0 { PARTS as usize } else { 0 } {
            return Err(format!("round {rounds}: the total is {} of {:?}", self.total, self.stock));
        }
        let mut said: Vec<_> =
            self.said.iter().map(|said| said.rsplit_once('/').map_or(&**said, |(what, _)| what)).collect();
        said.sort_unstable();
        let whole = (0..self.round)
            .map(|round| [format!("approve/{round}"), format!("confirm/{round}"), format!("wired {round}")]);
        let mut part: Vec<_> = whole.flatten().collect();
        let open = [format!("approve/{rounds}"), format!("wired {rounds}"), format!("confirm/{rounds}")];
        let of_open: Vec<_> = open.iter().filter(|what| said.contains(&what.as_str())).cloned().collect();
        if of_open.contains(&open[1]) && !of_open.contains(&open[0]) {
            return Err(format!("round {rounds}: wired without approval: {:?}", self.said));
        }
        part.extend(of_open);
        part.sort_unstable();
        if said != part {
            return Err(format!("round {rounds}: what was said is {:?}", self.said));
        }
        let expected = if self.round == 0 { Vec::new() } else { page(self.round, bytes) };
        if self.page == expected { Ok(()) } else { Err(format!("round {rounds}: the page is another")) }
    }

    /// Whether it is at its end.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.round == ROUNDS
    }
}

/// The log of a round.
fn log(round: u32) -> Vec<String> {
    let mut log = vec![format!("audited in round {round}")];
    log.extend((0..PARTS).map(|part| format!("packed {part} in round {round}")));
    log.extend((0..PARTS).map(|part| format!("charged {} in round {round}", (part + 1) * 10)));
    log.push(format!("sent parcel {0} for {0}0", round + 7));
    log
}

fn parts(_: &Order) -> impl Iterator<Item = u32> + use<> {
    0..PARTS
}

async fn pack(order: &Order, part: &u32, cx: &Ctx<Outside>) -> Result<impl Update<Order> + use<>, BoxError> {
    Outside::run(cx, order.round, &format!("pack[{part}]"))?;
    futures_lite::future::yield_now().await;
    Ok(Order::update().log([format!("packed {part} in round {}", order.round)]))
}

async fn charge(order: &Order, part: &u32, cx: &Ctx<Outside>) -> Result<impl Update<Order> + use<>, BoxError> {
    Outside::run(cx, order.round, &format!("charge[{part}]"))?;
    let charged = Outside::charge(cx, part + 1).await?;
    let log = [format!("charged {charged} in round {}", order.round)];
    Ok(Order::update().log(log).stock([(*part, charged)]).total(u64::from(charged)))
}

/// Fails twice before it works, whatever process it is in: its attempts survive kills.
async fn audit(order: &Order, cx: &Ctx<Outside>) -> Result<impl Update<Order> + use<>, BoxError> {
    Outside::run(cx, order.round, "audit")?;
    if cx.attempt() < 3 {
        return Err(format!("attempt {}", cx.attempt()).into());
    }
    Ok(Order::update().log([format!("audited in round {}", order.round)]))
}

/// Reached only if the attempts are forgotten and spent again.
fn unaudited(order: &Order, _: &NodeError) -> impl Update<Order> + use<> {
    Order::update().log([format!("not audited in round {}", order.round)])
}

fn turn(order: &Order) -> u32 {
    order.round
}

async fn approve(
    order: &Order,
    Answer(reply): &Answer,
    cx: &Ctx<Outside>,
) -> Result<impl Update<Order> + use<>, BoxError> {
    Outside::run(cx, order.round, "approve")?;
    Outside::note(cx, format_args!("used {reply}"))?;
    futures_lite::future::yield_now().await;
    Ok(Order::update().said([reply.clone()]))
}

/// The money leaves at most once; what became of it after a crash is for the bank to say.
async fn wire(order: &Order, cx: &Ctx<Outside>) -> Result<impl Update<Order> + use<>, BoxError> {
    Outside::run(cx, order.round, "wire")?;
    Outside::wire(cx, order.round).await?;
    Ok(Order::update().said([format!("wired {}", order.round)]))
}

fn confirm(order: &Order, Answer(reply): &Answer, cx: &Ctx<Outside>) -> Result<impl Update<Order> + use<>, BoxError> {
    Outside::run(cx, order.round, "confirm")?;
    Outside::note(cx, format_args!("used {reply}"))?;
    Ok(Order::update().said([reply.clone()]))
}

fn tally(order: &Order, cx: &Ctx<Outside>) -> Result<impl Update<Order> + use<>, BoxError> {
    Outside::run(cx, order.round, "tally")?;
    let round = order.round + 1;
    Ok(Order::update().round(round).page(page(round, cx.context().bytes)))
}

fn enter(order: &Order) -> impl Update<Parcel> + use<> {
    Parcel::update().round(order.round + 7)
}

fn leave(_: &Order, parcel: &Parcel) -> impl Update<Order> + use<> {
    Order::update().log([parcel.sent()])
}

graph! {
    /// Packs, charges, ships and asks side by side, twice.
    pub graph Orders<Order, Outside>;

    node pack, charge, wire, tally;
    #[retry(attempts = 4, backoff = "1ms")]
    #[on_error(unaudited)]
    node audit;
    pause approve(Answer) asks turn;
    pause confirm(Answer) asks turn;
    subgraph ship = Shipping(enter, leave);

    start -> 'again: (audit, for parts(u32) { pack -> charge }, ship, approve -> wire, confirm) -> tally
        -> match Order::is_complete {
            true => end,
            false => 'again,
        };
}
