//! The checkpoints of a thread without their states.

use crate::clock;
use crate::record::checkpoint::OwnedMeta;
use crate::thread::life::list::BoxStream;
use crate::{CheckpointId, Error, Head, RecordHash, Source, Status};
use futures_core::Stream;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

/// When and how a checkpoint came to be, and what runs next there, without its state; made by
/// [`History::outlines`](crate::History::outlines).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outline {
    /// The id of the checkpoint.
    pub id: CheckpointId,
    /// The checkpoint that it was made of; `None` for the thread's first.
    pub parent: Option<CheckpointId>,
    /// How many supersteps the thread had taken over its life.
    pub step: u64,
    /// What made the checkpoint.
    pub source: Source,
    /// What the thread was doing there when the checkpoint was made; of the newest one, what it is doing.
    pub status: Status,
    /// When the checkpoint was made.
    pub time: SystemTime,
    /// How long its superstep took.
    pub duration: Duration,
    /// The request that the run answers.
    pub request: Option<String>,
    /// The tags of the run, in the order in which they were given.
    pub tags: Vec<(String, String)>,
    /// The tasks that were to run next, by their full names: `fetch[3]`, `research/search`. Names are those of the program that
    /// made the checkpoint.
    pub tasks: Vec<String>,
}

impl Outline {
    pub(in crate::thread) fn new(meta: OwnedMeta, hash: RecordHash, head: Option<Head>) -> Outline {
        let newest = head.filter(|head| (head.checkpoint.0, head.hash) == (meta.checkpoint, hash));
        Outline {
            id: CheckpointId(meta.checkpoint),
            parent: meta.parent.map(CheckpointId),
            step: meta.step,
            source: meta.source,
            status: newest.map_or(meta.status, |head| head.status),
            time: clock::instant(meta.time),
            duration: Duration::from_micros(meta.duration),
            request: meta.request,
            tags: meta.tags,
            tasks: meta.position.names(),
        }
    }
}

/// The checkpoints of a thread without their states, a stream with the newest first; made by
/// [`History::outlines`](crate::History::outlines).
#[must_use = "a stream does nothing unless it is polled"]
pub struct Outlines(pub(in crate::thread) BoxStream<Outline>);

impl Stream for Outlines {
    type Item = Result<Outline, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(cx)
    }
}

impl fmt::Debug for Outlines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outlines").finish_non_exhaustive()
    }
}
