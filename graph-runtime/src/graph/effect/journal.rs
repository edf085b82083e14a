//! Where effects are remembered, as the nodes see it.

use crate::graph::engine::path::{Part, TaskName};
use crate::record::bytes::Bytes;
use crate::saver::BoxFuture;
use crate::{CheckpointId, RecordHash, StoreError, ThreadKey};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A task as the names of its entries and keys spell it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TaskLabel {
    /// The items and subgraphs on the way to it: `3/research`; empty for a node of the graph itself.
    pub(crate) path: String,
    /// The node's name in the graph text.
    pub(crate) node: &'static str,
}

impl From<&TaskName> for TaskLabel {
    fn from(task: &TaskName) -> TaskLabel {
        let parts = task.path.iter().map(|part| match part {
            Part::Inside(graph) => (*graph).to_owned(),
            Part::Item(item) => item.to_string(),
        });
        TaskLabel { path: parts.collect::<Vec<_>>().join("/"), node: task.node }
    }
}

/// What remembers the effects of the steps of one run.
pub(crate) trait Journal: Send + Sync + fmt::Debug {
    /// The thread that runs.
    fn thread(&self) -> &ThreadKey;

    /// The checkpoint that the keys come from, once the one that the step runs from survives a power cut.
    fn place(&self) -> BoxFuture<'_, Result<(CheckpointId, RecordHash), JournalError>>;

    /// What was journaled under this name of this task, in this process or before a restart.
    fn get<'a>(&'a self, task: &'a TaskLabel, effect: &'a str) -> BoxFuture<'a, Result<Option<Entry>, JournalError>>;

    /// Journals an entry in place of what was there; returns when it survives a power cut.
    fn put<'a>(
        &'a self,
        task: &'a TaskLabel,
        effect: &'a str,
        entry: &'a Entry,
    ) -> BoxFuture<'a, Result<(), JournalError>>;
}

/// What is journaled of one effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) mode: Mode,
    /// A hash of the input.
    pub(crate) input: [u8; 16],
    /// Nothing while only the intent is known.
    pub(crate) value: Option<Value>,
}

/// Which call journaled the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Mode {
    Once,
    AtMostOnce,
}

/// What an effect returned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Value {
    /// The structure of its type.
    pub(crate) fingerprint: u64,
    pub(crate) bytes: Bytes,
}

/// Why the journal does not answer.
#[derive(Debug)]
pub(crate) enum JournalError {
    /// Another runner moved the thread on.
    Conflict,
    /// The step's checkpoint could not be stored.
    Unplaced(String),
    /// The entry is too much for the codec.
    NotStorable(String),
    /// The entry is damaged, or of another version.
    Unreadable(String),
    Store(StoreError),
}

#[cfg(feature = "faults")]
impl From<crate::fault::Fault> for JournalError {
    fn from(fault: crate::fault::Fault) -> JournalError {
        JournalError::Store(fault.into())
    }
}

impl From<StoreError> for JournalError {
    fn from(error: StoreError) -> JournalError {
        match error {
            StoreError::Conflict { .. } => JournalError::Conflict,
            error => JournalError::Store(error),
        }
    }
}
