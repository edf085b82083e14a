//! Reports as clients see them.

use crate::report::Reports;
use graph_runtime::{Error, NodeName, Snapshot, Status, ThreadSummary, Waiting};
use serde::Serialize;
use serde_json::Value;
use std::time::{SystemTime, UNIX_EPOCH};

/// How a report stands.
#[derive(Serialize)]
pub(crate) struct View {
    status: Status,
    step: u64,
    /// The nodes that run next.
    next: Vec<&'static str>,
    topic: String,
    chapters: Vec<String>,
    published: bool,
    waiting: Vec<Question>,
    failures: Vec<String>,
}

/// What a report waits for.
#[derive(Serialize)]
struct Question {
    id: String,
    node: String,
    asks: Value,
    since: u64,
}

/// A report in a list.
#[derive(Serialize)]
pub(crate) struct Row {
    id: String,
    status: Status,
    updated: u64,
}

impl View {
    pub(crate) fn of(snapshot: &Snapshot<Reports>) -> Result<View, Error> {
        let question = |waiting: &Waiting| {
            let (id, node) = (waiting.id().to_string(), waiting.node().to_owned());
            Ok::<_, Error>(Question { id, node, asks: waiting.question()?, since: seconds(waiting.since()) })
        };
        Ok(View {
            status: snapshot.status,
            step: snapshot.step,
            next: snapshot.next.iter().map(|node| node.name()).collect(),
            topic: snapshot.state.topic.clone(),
            chapters: snapshot.state.chapters.clone(),
            published: snapshot.state.published,
            waiting: snapshot.waiting.iter().map(question).collect::<Result<_, _>>()?,
            failures: snapshot.failures.iter().map(|failure| failure.message.clone()).collect(),
        })
    }

    /// Nothing more will happen to it.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.status, Status::Finished | Status::Cancelled)
    }
}

impl Row {
    pub(crate) fn of(thread: &ThreadSummary) -> Row {
        Row { id: thread.id.to_string(), status: thread.status, updated: seconds(thread.updated) }
    }
}

/// Since the Unix epoch.
fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
