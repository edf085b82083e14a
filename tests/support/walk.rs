//! A graph that leaves a trail, so that a step which is missing or was taken twice shows in its state; and a context that
//! tells which nodes ran and lets them fail.

use graph_runtime::{BoxError, Ctx, GraphState, Update, graph};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The state: where the walk is, and how it came there.
#[derive(GraphState, Clone, Debug, PartialEq, Eq)]
pub struct Trail {
    /// How many laps to walk.
    goal: u32,
    /// How many are done.
    laps: u32,
    /// Every step, in order.
    #[reduce(append)]
    steps: Vec<u64>,
    /// What the hints of the middle node came to.
    #[reduce(append)]
    heard: Vec<Option<u32>>,
    /// What the middle node tells the last one.
    #[state(ephemeral)]
    hint: Option<u32>,
    /// The sum of the steps.
    #[reduce(add)]
    sum: u64,
}

/// What the nodes of a walk share.
#[derive(Debug, Default)]
pub struct Probe {
    runs: Mutex<Vec<(u64, &'static str, u32)>>,
    troubles: Mutex<BTreeMap<u64, (Trouble, u32)>>,
}

/// How a node goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It returns an error.
    Error,
    /// It panics.
    Panic,
}

impl Probe {
    /// Lets the node of a step go wrong so many times.
    pub fn trouble(&self, step: u64, trouble: Trouble, times: u32) {
        lock(&self.troubles).insert(step, (trouble, times));
    }

    /// The step, the name and the attempt of every node that ran since it was last asked.
    #[must_use]
    pub fn runs(&self) -> Vec<(u64, &'static str, u32)> {
        std::mem::take(&mut *lock(&self.runs))
    }

    fn enter(cx: &Ctx<Probe>, node: &'static str) -> Result<(), BoxError> {
        let probe = cx.context();
        lock(&probe.runs).push((cx.step(), node, cx.attempt()));
        let trouble = lock(&probe.troubles).get_mut(&cx.step()).and_then(|(trouble, times)| {
            *times = times.checked_sub(1)?;
            Some(*trouble)
        });
        match trouble {
            None => Ok(()),
            Some(Trouble::Error) => Err(format!("a root in step {}", cx.step()).into()),
            Some(Trouble::Panic) => panic!("a hole in step {}", cx.step()),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn rest(times: u32) {
    for _ in 0..times {
        futures_lite::future::yield_now().await;
    }
}

fn leave(_: &Trail, cx: &Ctx<Probe>) -> Result<impl Update<Trail> + use<>, BoxError> {
    Probe::enter(cx, "leave")?;
    Ok(Trail::update().steps([cx.step()]).sum(cx.step()))
}

async fn look(trail: &Trail, cx: &Ctx<Probe>) -> Result<impl Update<Trail> + use<>, BoxError> {
    rest(1).await;
    Probe::enter(cx, "look")?;
    rest(2).await;
    Ok(Trail::update().steps([cx.step()]).sum(cx.step()).hint(Some(trail.laps)))
}

async fn arrive(trail: &Trail, cx: &Ctx<Probe>) -> Result<impl Update<Trail> + use<>, BoxError> {
    Probe::enter(cx, "arrive")?;
    rest(1).await;
    Ok(Trail::update().steps([cx.step()]).sum(cx.step()).heard([trail.hint]).laps(trail.laps + 1))
}

fn there(trail: &Trail) -> bool {
    trail.laps >= trail.goal
}

graph! {
    /// Walks laps of three steps.
    pub graph Walk<Trail, Probe>;

    node leave, look, arrive;

    start -> leave -> look -> arrive -> match there {
        true => end,
        false => leave,
    };
}

/// The nodes of a lap, in order.
pub const NODES: [&str; 3] = ["leave", "look", "arrive"];

/// The node of a step of a walk that was never cancelled or restarted.
#[must_use]
pub fn node_of(step: u64) -> &'static str {
    NODES[usize::try_from((step + 2) % 3).unwrap_or_default()]
}

/// The state after so many laps, undisturbed.
#[must_use]
pub fn walked(laps: u32) -> Trail {
    let steps: Vec<u64> = (1..=u64::from(laps) * 3).collect();
    Trail { goal: laps, laps, sum: steps.iter().sum(), steps, heard: (0..laps).map(Some).collect(), hint: None }
}

impl Trail {
    /// Walk until so many laps are done.
    #[must_use]
    pub fn to(laps: u32) -> impl Update<Trail> + use<> {
        Trail::update().goal(laps)
    }

    /// The steps that were taken.
    #[must_use]
    pub fn steps(&self) -> &[u64] {
        &self.steps
    }

    /// The laps that are done.
    #[must_use]
    pub fn laps(&self) -> u32 {
        self.laps
    }
}
