//! The graph whose threads live: a chain, routes, a pause that stands alone, and a group in which two kinds of pauses wait
//! beside a branch that runs.

#![expect(clippy::trivially_copy_pass_by_ref, reason = "nodes get items and replies by reference")]

use crate::number;
use futures_lite::future::yield_now;
use graph_runtime::{BoxError, Ctx, GraphState, Update, graph};
use std::mem::take;
use std::sync::{LazyLock, Mutex};

#[derive(GraphState, Clone, Debug, PartialEq)]
pub(crate) struct Life {
    /// Where the routes lead, one after the other.
    pub(crate) table: Vec<u8>,
    /// How many nodes ran that are no pauses of the group.
    #[reduce(add)]
    pub(crate) count: usize,
    /// What ran, and what it saw.
    #[reduce(append)]
    pub(crate) log: Vec<u8>,
    /// Soon larger than anything else.
    #[reduce(append)]
    pub(crate) text: String,
    /// What was replied last.
    pub(crate) verdict: Option<bool>,
    /// The node before, if it stood alone.
    #[state(ephemeral)]
    pub(crate) hint: Option<u8>,
}

/// What runs in the calls, and which of it fails.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    ran: Mutex<Vec<LivingNode>>,
    /// The so-manieth node of the call fails; none, if it is zero.
    fails: Mutex<u8>,
}

impl Plan {
    pub(crate) fn begin(&self, fails: u8) {
        *self.fails.lock().unwrap() = fails;
        self.ran.lock().unwrap().clear();
    }

    /// What ran since the call began.
    pub(crate) fn ran(&self) -> Vec<LivingNode> {
        take(&mut *self.ran.lock().unwrap())
    }

    fn enter(cx: &Ctx<Plan>, node: LivingNode) -> Result<(), BoxError> {
        cx.context().ran.lock().unwrap().push(node);
        let mut fails = cx.context().fails.lock().unwrap();
        let now = *fails == 1;
        *fails = fails.saturating_sub(1);
        if now { Err("planned".into()) } else { Ok(()) }
    }
}

/// What a node writes into the log: its number, and whom it came from.
pub(crate) fn entry(number: u8, hint: Option<u8>) -> u8 {
    number * 10 + hint.unwrap_or(9)
}

/// The text that a run begins anew with.
pub(crate) fn cover() -> String {
    static BYTES: LazyLock<usize> = LazyLock::new(|| number("GRAPH_TESTS_COVER", 0) as usize);
    "x".repeat(*BYTES)
}

/// What `refine` adds to the text.
pub(crate) fn page(count: usize) -> String {
    ["a", "b", "c"][count % 3].repeat(700)
}

macro_rules! alone {
    ($($name:ident $node:ident $number:literal)*) => { $(
        fn $name(life: &Life, cx: &Ctx<Plan>) -> Result<impl Update<Life> + use<>, BoxError> {
            Plan::enter(cx, LivingNode::$node)?;
            Ok(Life::update().count(1).log([entry($number, life.hint)]).hint(Some($number)))
        }
    )* };
}

alone! { draft Draft 1 publish Publish 3 gather Gather 5 }

async fn refine(life: &Life, cx: &Ctx<Plan>) -> Result<impl Update<Life> + use<>, BoxError> {
    Plan::enter(cx, LivingNode::Refine)?;
    yield_now().await;
    Ok(Life::update().count(1).log([entry(2, life.hint)]).text(page(life.count)).hint(Some(2)))
}

fn approve(life: &Life, granted: &bool, cx: &Ctx<Plan>) -> Result<impl Update<Life> + use<>, BoxError> {
    Plan::enter(cx, LivingNode::Approve)?;
    let log = [entry(4, life.hint), u8::from(*granted)];
    Ok(Life::update().count(1).log(log).verdict(Some(*granted)).hint(Some(4)))
}

fn sign(life: &Life, signed: &bool, cx: &Ctx<Plan>) -> Result<impl Update<Life> + use<>, BoxError> {
    Plan::enter(cx, LivingNode::Sign)?;
    Ok(Life::update().log([entry(6, life.hint), u8::from(*signed)]).verdict(Some(*signed)))
}

fn read(life: &Life, page: &u8, mark: &u8, cx: &Ctx<Plan>) -> Result<impl Update<Life> + use<>, BoxError> {
    Plan::enter(cx, LivingNode::Read)?;
    Ok(Life::update().log([entry(7, life.hint), *page, *mark]))
}

async fn tick(life: &Life, cx: &Ctx<Plan>) -> Result<impl Update<Life> + use<>, BoxError> {
    Plan::enter(cx, LivingNode::Tick)?;
    yield_now().await;
    Ok(Life::update().count(1).log([entry(8, life.hint)]))
}

fn card(life: &Life) -> usize {
    life.count
}

fn page_card(life: &Life, page: &u8) -> (usize, u8) {
    (life.count, *page)
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Way {
    Draft,
    Refine,
    Approve,
    Desk,
    End,
}

pub(crate) fn way(life: &Life) -> Way {
    if life.table.is_empty() {
        return Way::End;
    }
    [Way::Draft, Way::Refine, Way::Approve, Way::Desk, Way::End][usize::from(life.table[life.count % life.table.len()])]
}

/// Where a run begins.
pub(crate) fn first(life: &Life) -> Way {
    if life.table.len().is_multiple_of(2) { Way::Draft } else { way(life) }
}

pub(crate) fn signs(life: &Life) -> bool {
    life.count.is_multiple_of(2)
}

pub(crate) fn pages(life: &Life) -> Vec<u8> {
    [100, 101].into_iter().take(life.count % 3).collect()
}

pub(crate) fn again(life: &Life) -> bool {
    !life.count.is_multiple_of(3)
}

graph! {
    pub(crate) graph Living<Life, Plan>;
    node draft, refine, publish, gather, tick;
    pause approve(bool) asks card;
    pause sign(bool) asks card;
    pause read(u8) asks page_card;
    start -> match first {
        Way::Draft => draft, Way::Refine => refine, Way::Approve => approve, Way::Desk => 'desk, Way::End => end,
    };
    draft -> match way {
        Way::Draft => draft, Way::Refine => refine, Way::Approve => approve, Way::Desk => 'desk, Way::End => end,
    };
    refine -> publish -> match way {
        Way::Draft => draft, Way::Refine => refine, Way::Approve => approve, Way::Desk => 'desk, Way::End => end,
    };
    approve -> match way {
        Way::Draft => draft, Way::Refine => refine, Way::Approve => approve, Way::Desk => 'desk, Way::End => end,
    };
    'desk: (
        sign if signs,
        for pages(u8) { read },
        tick -> match again { true => tick, false => join },
    ) -> gather -> match way {
        Way::Draft => draft, Way::Refine => refine, Way::Approve => approve, Way::Desk => 'desk, Way::End => end,
    };
}
