//! The graph: write, check, ask, order.

use clap::ValueEnum;
use graph_runtime::{BoxError, Ctx, GraphState, IdempotencyKey, Update, graph};
use serde::{Deserialize, Serialize};

/// What is known of a purchase. `Serialize` is for the history, which compares two states.
#[derive(GraphState, Serialize, Debug)]
pub(crate) struct Purchase {
    pub(crate) item: String,
    pub(crate) cents: u64,
    /// What the seller gets to read.
    pub(crate) letter: String,
    /// What speaks against it.
    #[reduce(append)]
    pub(crate) concerns: Vec<String>,
    /// Up to how many cents somebody has granted.
    pub(crate) granted: u64,
    /// The number of the order.
    pub(crate) order: Option<String>,
}

/// What a person decides on.
#[derive(Serialize, Deserialize)]
pub(crate) struct Card {
    pub(crate) text: String,
    pub(crate) concerns: Vec<String>,
}

/// What a person decides.
#[derive(Clone, ValueEnum, Serialize, Deserialize)]
pub(crate) enum Answer {
    Grant,
    Refuse,
}

graph! {
    /// Writes a request, checks it on two sides at once, asks a person, and orders what was granted.
    pub(crate) graph Buying<Purchase>;

    node write, budget, compare, order;
    #[deadline("7d", or = nobody)]
    pause approve(Answer) asks card;

    start -> write -> (budget, compare) -> approve -> match granted {
        true => order -> end,
        false => end,
    };
}

fn write(purchase: &Purchase) -> impl Update<Purchase> + use<> {
    Purchase::update().letter(format!("Please send us 1 {} for {}.", purchase.item, money(purchase.cents)))
}

fn budget(purchase: &Purchase) -> impl Update<Purchase> + use<> {
    const MONTH: u64 = 50_000;
    let above = purchase.cents.checked_sub(MONTH).filter(|above| *above > 0);
    Purchase::update().concerns(above.map(|above| format!("{} above the budget of the month", money(above))))
}

fn compare(purchase: &Purchase) -> impl Update<Purchase> + use<> {
    const USUAL: [(&str, u64); 3] = [("chair", 18_000), ("desk", 45_000), ("lamp", 4_000)];
    let usual = USUAL.iter().find(|(item, _)| purchase.item.ends_with(item));
    let dear = usual.filter(|(_, cents)| purchase.cents > *cents);
    Purchase::update().concerns(dear.map(|(item, cents)| format!("a {item} is {} as a rule", money(*cents))))
}

fn card(purchase: &Purchase) -> Card {
    let text = format!("{} for {}?", purchase.item, money(purchase.cents));
    Card { text, concerns: purchase.concerns.clone() }
}

/// What is decided when nobody decides.
fn nobody(_: &Purchase) -> Answer {
    Answer::Refuse
}

fn approve(purchase: &Purchase, answer: &Answer) -> impl Update<Purchase> + use<> {
    Purchase::update().granted(match answer {
        Answer::Grant => purchase.cents,
        Answer::Refuse => 0,
    })
}

fn granted(purchase: &Purchase) -> bool {
    purchase.cents <= purchase.granted
}

async fn order(purchase: &Purchase, cx: &Ctx) -> Result<impl Update<Purchase> + use<>, BoxError> {
    // A fork may have changed the amount behind the decision.
    if !granted(purchase) {
        return Err(
            format!("nobody has granted {}; fork a checkpoint before the decision", money(purchase.cents)).into()
        );
    }
    // Placed once, also if the process dies before the step is stored and the node runs again.
    let number = cx.once("order", &purchase.letter, place).await?;
    Ok(Purchase::update().order(Some(number)))
}

/// Sends the order. A seller who is given the key knows a repeated request from a new one.
async fn place(key: IdempotencyKey) -> Result<String, BoxError> {
    Ok(format!("order {key:.8}"))
}

/// Cents as people write them.
pub(crate) fn money(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
