//! Where a thread is, as its checkpoints hold it.

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// The position of a thread, or of one of its subgraphs: what runs next, and the items of the `for`s around it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PositionRecord {
    pub(crate) tasks: Vec<TaskRecord>,
    pub(crate) loops: Vec<LoopRecord>,
}

impl PositionRecord {
    /// How many nodes run next, those in subgraphs included.
    pub(crate) fn width(&self) -> usize {
        let width = |task: &TaskRecord| task.child.as_ref().map_or(1, |child| child.position.width());
        self.tasks.iter().map(width).sum()
    }
}

/// One node to run. The groups around it are those that the graph text puts it in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TaskRecord {
    /// The node's name in the graph text.
    pub(crate) node: Cow<'static, str>,
    /// Its items in the `for`s around it, the outermost first.
    pub(crate) items: Vec<u32>,
    /// The run of the subgraph, if the node is one.
    pub(crate) child: Option<Box<ChildRecord>>,
}

/// The items of one `for`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LoopRecord {
    /// The name of the `for`.
    pub(crate) region: Cow<'static, str>,
    /// The items of the `for`s around it.
    pub(crate) items: Vec<u32>,
    pub(crate) list: Fields,
}

/// The run of a subgraph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildRecord {
    pub(crate) position: PositionRecord,
    /// The subgraph's state.
    pub(crate) fields: Fields,
    /// What the subgraphs inside of it keep.
    pub(crate) memory: Vec<KeptRecord>,
}

/// The state that a subgraph keeps between its runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptRecord {
    /// The subgraph: `research`, or `research/search` for one inside another.
    pub(crate) path: String,
    pub(crate) fields: Fields,
}

/// The bytes of framed fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields(pub(crate) Vec<u8>);

// As one run of bytes: serde would take a `Vec<u8>` for a sequence of numbers.
impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Fields, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Fields, E> {
                Ok(Fields(bytes.to_vec()))
            }

            fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Fields, E> {
                Ok(Fields(bytes))
            }
        }

        deserializer.deserialize_byte_buf(Bytes)
    }
}
