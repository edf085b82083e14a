//! The graph that is run: a loop of three kinds of nodes, whose state tells which steps it is made of.

use crate::call::{Guest, Trouble};
use futures_lite::future::yield_now;
use graph_runtime::{BoxError, Command, Ctx, GraphState, Update, graph};
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(GraphState, Clone, Debug, PartialEq)]
pub(crate) struct Tally {
    pub(crate) goal: u64,
    pub(crate) count: u64,
    /// Every number that was counted.
    #[reduce(append)]
    pub(crate) log: Vec<u64>,
}

/// How many supersteps a run may take.
pub(crate) const STEP_LIMIT: u64 = 8;

/// A node that ran, and what it was told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ran {
    pub(crate) thread: usize,
    pub(crate) node: TallyingNode,
    pub(crate) step: u64,
    pub(crate) attempt: u32,
    pub(crate) remaining: u64,
}

/// What the nodes of a call are to do, and did.
#[derive(Debug, Default)]
pub(crate) struct Plan(Mutex<Progress>);

#[derive(Debug, Default)]
struct Progress {
    /// The so-manieth node fails; zero for none.
    fails: u64,
    panics: bool,
    /// The so-manieth rest is reported; zero for none.
    rests: u64,
    rested: bool,
    ran: Vec<Ran>,
}

impl Plan {
    /// Begins a call.
    pub(crate) fn begin(&self, trouble: Trouble) {
        let Trouble { fails, panics, interruption } = trouble;
        let at_rest = interruption.filter(|interruption| interruption.by != Guest::DropPolled);
        let rests = at_rest.map_or(0, |interruption| interruption.time);
        *self.progress() = Progress { fails, panics, rests, ..Progress::default() };
    }

    /// Whether the rest that was asked for has been reached since this was last asked.
    pub(crate) fn rested(&self) -> bool {
        mem::take(&mut self.progress().rested)
    }

    /// The nodes that ran in the call.
    pub(crate) fn ran(&self) -> Vec<Ran> {
        self.progress().ran.clone()
    }

    fn run(cx: &Ctx<Plan>, node: TallyingNode) -> Result<(), BoxError> {
        let mut progress = cx.context().progress();
        let thread = cx.thread_id().ok_or("a thread")?.as_str().parse()?;
        let (step, attempt, remaining) = (cx.step(), cx.attempt(), cx.remaining_steps());
        progress.ran.push(Ran { thread, node, step, attempt, remaining });
        if !ends(&mut progress.fails) {
            return Ok(());
        }
        assert!(!progress.panics, "planned");
        Err("planned".into())
    }

    async fn rest(&self) {
        {
            let mut progress = self.progress();
            progress.rested = ends(&mut progress.rests);
        }
        yield_now().await;
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts down, and tells the moment at which the count ends; a count of zero never does.
pub(crate) fn ends(count: &mut u64) -> bool {
    let counting = *count > 0;
    *count = count.saturating_sub(1);
    counting && *count == 0
}

enum After {
    Again,
    Enough,
}

fn add(tally: &Tally, cx: &Ctx<Plan>) -> Result<impl Update<Tally> + use<>, BoxError> {
    Plan::run(cx, TallyingNode::Add)?;
    Ok(Tally::update().count(tally.count + 1).log([tally.count + 1]))
}

async fn wait(_: &Tally, cx: &Ctx<Plan>) -> Result<(), BoxError> {
    cx.context().rest().await;
    Plan::run(cx, TallyingNode::Wait)?;
    cx.context().rest().await;
    Ok(())
}

fn judge(tally: &Tally, cx: &Ctx<Plan>) -> Result<Command<After>, BoxError> {
    Plan::run(cx, TallyingNode::Judge)?;
    Ok(Command::to(if tally.count < tally.goal { After::Again } else { After::Enough }))
}

graph! {
    /// Counts to its goal.
    pub(crate) graph Tallying<Tally, Plan>;

    node add, wait, judge;

    start -> add -> wait -> judge -> match {
        After::Again => add,
        After::Enough => end,
    };
}
