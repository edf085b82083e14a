//! Threads as they should be stored.

use crate::graph::{Tally, Tallying, TallyingNode};
use graph_runtime::{GraphState, NodeName, Snapshot, Source, Status};
use std::collections::BTreeMap;

pub(crate) type Threads = BTreeMap<usize, Thread>;

#[derive(Clone, Debug)]
pub(crate) struct Thread {
    pub(crate) seen: Seen,
    /// How many attempts at the next step failed.
    pub(crate) attempts: u32,
    /// How often `recover` picked the thread up at this checkpoint.
    pub(crate) pick_ups: u32,
    /// The last checkpoint of each request: its status, its state, and why it was cancelled.
    pub(crate) requests: BTreeMap<u8, (Status, Tally, &'static str)>,
}

/// What a snapshot shows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) checkpoint: u64,
    pub(crate) parent: Option<u64>,
    pub(crate) source: Source,
    pub(crate) status: Status,
    pub(crate) step: u64,
    pub(crate) tally: Tally,
    pub(crate) next: Option<TallyingNode>,
    pub(crate) request: Option<String>,
    pub(crate) tags: Vec<(String, String)>,
    /// The node that failed, its step, and how many attempts did.
    pub(crate) failure: Option<(TallyingNode, u64, u32)>,
}

impl Thread {
    pub(crate) fn new() -> Thread {
        let seen = Seen {
            checkpoint: 0,
            parent: None,
            source: Source::Input,
            status: Status::Finished,
            step: 0,
            tally: Tally::initial(),
            next: None,
            request: None,
            tags: Vec::new(),
            failure: None,
        };
        Thread { seen, attempts: 0, pick_ups: 0, requests: BTreeMap::new() }
    }

    pub(crate) fn unfinished(&self) -> bool {
        !matches!(self.seen.status, Status::Finished | Status::Cancelled)
    }

    pub(crate) fn serves(&self, request: Option<u8>) -> bool {
        request.is_some() && self.seen.request == request.map(|request| request.to_string())
    }

    /// Adds a checkpoint.
    pub(crate) fn commit(&mut self, source: Source, status: Status, note: &'static str) {
        let seen = &mut self.seen;
        seen.parent = (seen.checkpoint > 0).then_some(seen.checkpoint);
        seen.checkpoint += 1;
        (seen.source, seen.status, seen.failure) = (source, status, None);
        (self.attempts, self.pick_ups) = (0, 0);
        if let Some(request) = &seen.request {
            self.requests.insert(request.parse().unwrap(), (status, seen.tally.clone(), note));
        }
    }

    /// Stands still at the newest checkpoint; after a failure, with so many failed attempts.
    pub(crate) fn halt(&mut self, status: Status, attempts: u32) {
        let seen = &mut self.seen;
        (seen.status, self.attempts) = (status, attempts);
        seen.failure = seen.next.filter(|_| attempts > 0).map(|node| (node, seen.step + 1, attempts));
    }
}

impl From<Snapshot<Tallying>> for Seen {
    fn from(snapshot: Snapshot<Tallying>) -> Seen {
        assert!(snapshot.next.len() <= 1, "{snapshot:?}");
        let failure = snapshot.failures.into_iter().next().map(|failure| {
            let node = TallyingNode::from_name(&failure.node).expect("a node of the graph");
            (node, failure.step, failure.attempts)
        });
        Seen {
            checkpoint: snapshot.id.0,
            parent: snapshot.parent.map(|parent| parent.0),
            source: snapshot.source,
            status: snapshot.status,
            step: snapshot.step,
            tally: snapshot.state,
            next: snapshot.next.first().copied(),
            request: snapshot.request,
            tags: snapshot.tags,
            failure,
        }
    }
}
