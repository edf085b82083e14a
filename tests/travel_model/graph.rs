//! A graph that goes wherever the table in its state says.

use graph_runtime::{BoxError, Ctx, GraphState, Update, graph};
use std::sync::Mutex;

#[derive(GraphState, Clone, Debug, PartialEq)]
pub(crate) struct Wander {
    pub(crate) table: Vec<u8>,
    #[reduce(append)]
    pub(crate) log: Vec<u8>,
    /// The node before, if it stood alone.
    #[state(ephemeral)]
    pub(crate) hint: Option<u8>,
}

/// What ran, and when something is to fail.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    ran: Mutex<Vec<u8>>,
    /// The so-manieth node of the call fails; none, if it is zero.
    fails: Mutex<u8>,
}

impl Plan {
    pub(crate) fn fail(&self, fails: u8) {
        *self.fails.lock().unwrap() = fails;
    }

    /// What ran since this was last asked, in an order that does not depend on who of a group was first.
    pub(crate) fn ran(&self) -> Vec<u8> {
        let mut ran = std::mem::take(&mut *self.ran.lock().unwrap());
        ran.sort_unstable();
        ran
    }

    fn enter(cx: &Ctx<Plan>, node: u8) -> Result<(), BoxError> {
        cx.context().ran.lock().unwrap().push(node);
        let mut fails = cx.context().fails.lock().unwrap();
        let now = *fails == 1;
        *fails = fails.saturating_sub(1);
        if now { Err("planned".into()) } else { Ok(()) }
    }
}

/// What a node leaves: itself, and whom it came from.
pub(crate) fn entry(node: u8, hint: Option<u8>) -> u8 {
    node * 10 + hint.unwrap_or(9)
}

macro_rules! nodes {
    ($($name:ident $number:literal)*) => { $(
        fn $name(wander: &Wander, cx: &Ctx<Plan>) -> Result<impl Update<Wander> + use<>, BoxError> {
            Plan::enter(cx, $number)?;
            Ok(Wander::update().log([entry($number, wander.hint)]).hint(Some($number)))
        }
    )* };
}

macro_rules! branches {
    ($($name:ident $number:literal)*) => { $(
        fn $name(wander: &Wander, cx: &Ctx<Plan>) -> Result<impl Update<Wander> + use<>, BoxError> {
            Plan::enter(cx, $number)?;
            Ok(Wander::update().log([entry($number, wander.hint)]))
        }
    )* };
}

nodes! { one 1 two 2 three 3 }
branches! { left 4 right 5 }

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Way {
    One,
    Two,
    Three,
    Both,
    End,
}

pub(crate) fn way(wander: &Wander) -> Way {
    if wander.table.is_empty() {
        return Way::End;
    }
    [Way::One, Way::Two, Way::Three, Way::Both, Way::End]
        [usize::from(wander.table[wander.log.len() % wander.table.len()])]
}

graph! {
    pub(crate) graph Wandering<Wander, Plan>;
    node one, two, three, left, right;
    start -> one -> match way {
        Way::One => one, Way::Two => two, Way::Three => three, Way::Both => 'both, Way::End => end,
    };
    two -> match way {
        Way::One => one, Way::Two => two, Way::Three => three, Way::Both => 'both, Way::End => end,
    };
    three -> match way {
        Way::One => one, Way::Two => two, Way::Three => three, Way::Both => 'both, Way::End => end,
    };
    'both: (left, right) -> two;
}
