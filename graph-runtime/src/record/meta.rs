//! What a checkpoint says beside the state.

use super::carried::CarriedRecord;
use super::checkpoint::Source;
use super::number::{self, split_framed};
use super::position::{KeptRecord, PositionRecord};
use crate::Status;
use serde::{Deserialize, Serialize, Serializer};

/// What a checkpoint says beside the state, borrowed for writing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meta<'a> {
    pub(crate) graph: &'a str,
    pub(crate) thread: &'a str,
    pub(crate) checkpoint: u64,
    /// The checkpoint that the state comes from.
    pub(crate) parent: Option<u64>,
    /// The checkpoint that this one is read with, if it holds changes only: all records from there on, or none between, if it has a
    /// leap.
    pub(crate) base: Option<u64>,
    /// Supersteps over the life of the thread.
    pub(crate) step: u64,
    pub(crate) source: Source,
    /// Milliseconds since the Unix epoch.
    pub(crate) time: u64,
    /// Microseconds that the step took.
    pub(crate) duration: u64,
    pub(crate) status: Status,
    /// What runs next.
    pub(crate) position: &'a PositionRecord,
    /// What subgraphs keep between their runs.
    pub(crate) memory: &'a [KeptRecord],
    pub(crate) request: Option<&'a str>,
    pub(crate) tags: &'a [(String, String)],
    /// The reason of a cancellation.
    pub(crate) note: Option<&'a str>,
    /// The replies that its step used.
    pub(crate) replies: &'a [ReplyRecord],
    /// What lies beside the checkpoint that this one was made of, and counts beside this one, too.
    pub(crate) carried: Option<&'a CarriedRecord>,
}

/// A reply that a step used, without what it said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReplyRecord {
    /// The id of the pause.
    pub(crate) id: String,
    /// When it came, in milliseconds since the Unix epoch.
    pub(crate) time: u64,
    pub(crate) by: Option<String>,
    pub(crate) because: Option<String>,
}

/// [`Meta`] as it is read, behind the names of graph and thread.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Stored<PositionRecord, OwnedRest>")]
pub(crate) struct OwnedMeta {
    pub(crate) checkpoint: u64,
    pub(crate) parent: Option<u64>,
    pub(crate) base: Option<u64>,
    pub(crate) step: u64,
    pub(crate) source: Source,
    pub(crate) time: u64,
    pub(crate) duration: u64,
    pub(crate) status: Status,
    pub(crate) position: PositionRecord,
    pub(crate) memory: Vec<KeptRecord>,
    pub(crate) request: Option<String>,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) note: Option<String>,
    pub(crate) replies: Vec<ReplyRecord>,
    pub(crate) carried: Option<CarriedRecord>,
}

/// The names and the rest of [`Meta`], in the order of its bytes: names are compared where they lie.
#[derive(Serialize, Deserialize)]
pub(super) struct Named<'a, M> {
    pub(super) graph: &'a str,
    pub(super) thread: &'a str,
    pub(super) meta: M,
}

/// The place that a meta begins with: graph, thread and checkpoint; `None` if it is none.
pub(super) fn place(mut meta: &[u8]) -> Option<(&str, &str, u64)> {
    let [graph, thread] = [split_framed(&mut meta)?, split_framed(&mut meta)?];
    Some((str::from_utf8(graph).ok()?, str::from_utf8(thread).ok()?, number::split(&mut meta)?))
}

/// The bytes of a meta. What most checkpoints lack takes one byte, and what is close to the number of the checkpoint is
/// told by the distance.
#[derive(Serialize, Deserialize)]
struct Stored<P, R> {
    checkpoint: u64,
    /// How many checkpoints back; 0 if there is none.
    parent: u64,
    base: u64,
    /// How many more checkpoints than supersteps there were.
    inputs: i64,
    source: Source,
    /// Up to the year 10889.
    time: [u8; 6],
    duration: u64,
    status: Status,
    position: P,
    rest: Option<R>,
}

/// What most checkpoints lack, for writing.
#[derive(Serialize)]
struct Rest<'a> {
    memory: &'a [KeptRecord],
    request: Option<&'a str>,
    tags: &'a [(String, String)],
    note: Option<&'a str>,
    replies: &'a [ReplyRecord],
    carried: Option<&'a CarriedRecord>,
}

/// [`Rest`] as it is read.
#[derive(Default, Deserialize)]
struct OwnedRest {
    memory: Vec<KeptRecord>,
    request: Option<String>,
    tags: Vec<(String, String)>,
    note: Option<String>,
    replies: Vec<ReplyRecord>,
    carried: Option<CarriedRecord>,
}

impl Rest<'_> {
    fn is_empty(&self) -> bool {
        let Rest { memory, request, tags, note, replies, carried } = self;
        let lists = memory.is_empty() && tags.is_empty() && replies.is_empty();
        lists && request.is_none() && note.is_none() && carried.is_none()
    }
}

impl Serialize for Meta<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Meta { checkpoint, memory, request, tags, note, replies, carried, .. } = *self;
        let back = |place: Option<u64>| place.map_or(0, |place| checkpoint.wrapping_sub(place));
        let rest = Rest { memory, request, tags, note, replies, carried };
        let [_, _, time @ ..] = self.time.min(MOST_TIME).to_be_bytes();
        let meta = Stored {
            checkpoint,
            parent: back(self.parent),
            base: back(self.base),
            inputs: checkpoint.wrapping_sub(self.step).cast_signed(),
            source: self.source,
            time,
            duration: self.duration,
            status: self.status,
            position: self.position,
            rest: (!rest.is_empty()).then_some(rest),
        };
        Named { graph: self.graph, thread: self.thread, meta }.serialize(serializer)
    }
}

/// The last millisecond that six bytes hold.
const MOST_TIME: u64 = (1 << 48) - 1;

impl From<Stored<PositionRecord, OwnedRest>> for OwnedMeta {
    fn from(stored: Stored<PositionRecord, OwnedRest>) -> OwnedMeta {
        let Stored { checkpoint, parent, base, inputs, source, time, duration, status, position, rest } = stored;
        let OwnedRest { memory, request, tags, note, replies, carried } = rest.unwrap_or_default();
        let at = |back: u64| (back > 0).then(|| checkpoint.wrapping_sub(back));
        OwnedMeta {
            checkpoint,
            parent: at(parent),
            base: at(base),
            step: checkpoint.wrapping_sub(inputs.cast_unsigned()),
            source,
            time: time.into_iter().fold(0, |sum, byte| sum << 8 | u64::from(byte)),
            duration,
            status,
            position,
            memory,
            request,
            tags,
            note,
            replies,
            carried,
        }
    }
}

impl OwnedMeta {
    /// As that of a checkpoint of this thread.
    pub(super) fn of<'a>(&'a self, graph: &'a str, thread: &'a str) -> Meta<'a> {
        Meta {
            graph,
            thread,
            checkpoint: self.checkpoint,
            parent: self.parent,
            base: self.base,
            step: self.step,
            source: self.source,
            time: self.time,
            duration: self.duration,
            status: self.status,
            position: &self.position,
            memory: &self.memory,
            request: self.request.as_deref(),
            tags: &self.tags,
            note: self.note.as_deref(),
            replies: &self.replies,
            carried: self.carried.as_ref(),
        }
    }
}
