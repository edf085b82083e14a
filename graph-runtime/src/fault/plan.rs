//! What is to happen at which point, for the whole process: tests that use it run one at a time.

use super::point::Point;
use crate::{Error, StoreError};
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex, MutexGuard, PoisonError};

static WATCHED: AtomicBool = AtomicBool::new(false);
static PLAN: Mutex<Plan> = Mutex::new(Plan { hits: BTreeMap::new(), armed: None });

struct Plan {
    hits: BTreeMap<Point, u64>,
    armed: Option<(Point, u64, Effect)>,
}

/// What happens at a point.
#[derive(Clone, Debug)]
pub enum Effect {
    /// The process ends at once, as it does when it is killed.
    Abort,
    /// The thread panics.
    Panic,
    /// The function that the point stands in returns an error, as of a disk that fails.
    Error,
    /// The thread waits at the barrier twice: to say that it is there, and to be let go.
    Stall(Arc<Barrier>),
}

/// The error that a point makes.
#[derive(Clone, Copy, Debug)]
pub struct Fault(Point);

/// Counts from zero from now on how often each point is reached, and lets nothing happen.
pub fn watch() {
    let mut plan = plan();
    (plan.hits, plan.armed) = (BTreeMap::new(), None);
    WATCHED.store(true, Ordering::Relaxed);
}

/// Counts as [`watch`] does, and lets something happen when a point is reached for the `hit`-th time; once.
pub fn arm(point: Point, hit: u64, effect: Effect) {
    watch();
    plan().armed = Some((point, hit, effect));
}

/// How often the points were reached since then; those that were not are left out.
#[must_use]
pub fn hits() -> BTreeMap<Point, u64> {
    plan().hits.clone()
}

fn plan() -> MutexGuard<'static, Plan> {
    // A map of counts is whole between any two of its operations.
    PLAN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A point is reached.
///
/// # Errors
///
/// What it was told to make.
///
/// # Panics
///
/// If it was told to.
pub fn reach(point: Point) -> Result<(), Fault> {
    if !WATCHED.load(Ordering::Relaxed) {
        return Ok(());
    }
    let mut plan = plan();
    let hits = plan.hits.entry(point).or_default();
    *hits += 1;
    let hit = *hits;
    let armed = plan.armed.take_if(|(armed, wanted, _)| (*armed, *wanted) == (point, hit));
    drop(plan);
    match armed {
        None => Ok(()),
        Some((.., Effect::Abort)) => std::process::abort(),
        Some((.., Effect::Panic)) => panic!("{}", Fault(point)),
        Some((.., Effect::Error)) => Err(Fault(point)),
        Some((.., Effect::Stall(barrier))) => {
            barrier.wait();
            barrier.wait();
            Ok(())
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a fault at `{:?}`", self.0)
    }
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> io::Error {
        io::Error::other(fault.to_string())
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> StoreError {
        StoreError::Failed { reason: fault.to_string() }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        Error::Store(fault.into())
    }
}
