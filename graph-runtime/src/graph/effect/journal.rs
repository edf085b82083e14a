//! Where effects are remembered, as the nodes see it.

use crate::graph::engine::path::{Part, TaskName};
use crate::saver::BoxFuture;
use crate::{CheckpointId, RecordHash, StoreError, ThreadKey};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};
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

    /// The checkpoint that the step runs from, once it survives a power cut.
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

/// Bytes that the codec takes in one piece, and that no debug output shows: they may hold secrets.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        struct Taken;

        impl Visitor<'_> for Taken {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }

            fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
                Ok(Bytes(bytes))
            }
        }

        deserializer.deserialize_byte_buf(Taken)
    }
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

impl From<StoreError> for JournalError {
    fn from(error: StoreError) -> JournalError {
        match error {
            StoreError::Conflict { .. } => JournalError::Conflict,
            error => JournalError::Store(error),
        }
    }
}
