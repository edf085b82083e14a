//! A context that lets nodes fail as a test wrote it down, and tells which ran, when, and at which attempt.

use graph_runtime::Ctx;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

/// What the nodes of a test do and did.
#[derive(Debug)]
pub struct Script {
    began: Instant,
    faults: Mutex<BTreeMap<&'static str, VecDeque<Fault>>>,
    calls: Mutex<Vec<Call>>,
}

/// How a node goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It returns an error.
    Error,
    /// It panics.
    Panic,
    /// It never ends, if it can.
    Stuck,
}

/// That a node was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The node, or what else a test wants to tell apart.
    pub node: String,
    /// The attempt, from 1.
    pub attempt: u32,
    /// The milliseconds since the script was written.
    pub at: u128,
}

impl Default for Script {
    fn default() -> Self {
        Script { began: Instant::now(), faults: Mutex::default(), calls: Mutex::default() }
    }
}

impl Script {
    /// A script in which the next calls of a node go wrong like this; later ones, and other nodes, do not.
    #[must_use]
    pub fn fault(self, node: &'static str, faults: impl IntoIterator<Item = Fault>) -> Script {
        lock(&self.faults).entry(node).or_default().extend(faults);
        self
    }

    /// The calls so far, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.calls).clone()
    }

    /// The calls so far, as nodes and attempts.
    #[must_use]
    pub fn attempts(&self) -> Vec<(String, u32)> {
        self.calls().into_iter().map(|call| (call.node, call.attempt)).collect()
    }

    /// The times of the calls so far, in milliseconds.
    #[must_use]
    pub fn times(&self) -> Vec<u128> {
        self.calls().into_iter().map(|call| call.at).collect()
    }

    /// Notes a call, and says how it goes wrong.
    #[must_use]
    pub fn enter(cx: &Ctx<Script>, node: &str) -> Option<Fault> {
        let script = cx.context();
        let at = script.began.elapsed().as_millis();
        lock(&script.calls).push(Call { node: node.to_owned(), attempt: cx.attempt(), at });
        lock(&script.faults).get_mut(node)?.pop_front()
    }

    /// A call of a node that is no `async fn`.
    ///
    /// # Errors
    ///
    /// If the script says so.
    ///
    /// # Panics
    ///
    /// If the script says so.
    pub fn call(cx: &Ctx<Script>, node: &str) -> Result<(), String> {
        match Script::enter(cx, node) {
            Some(Fault::Error) => Err(format!("no luck with {node}")),
            Some(Fault::Panic) => panic!("no luck with {node}"),
            Some(Fault::Stuck) | None => Ok(()),
        }
    }

    /// A call of an `async` node.
    ///
    /// # Errors
    ///
    /// If the script says so.
    ///
    /// # Panics
    ///
    /// If the script says so.
    pub async fn wait(cx: &Ctx<Script>, node: &str) -> Result<(), String> {
        match Script::enter(cx, node) {
            Some(Fault::Error) => Err(format!("no luck with {node}")),
            Some(Fault::Panic) => panic!("no luck with {node}"),
            Some(Fault::Stuck) => std::future::pending().await,
            None => Ok(()),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
