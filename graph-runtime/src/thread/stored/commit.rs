//! The next checkpoint of a thread, ready to be appended.

use crate::clock;
use crate::record::carried::CarriedRecord;
use crate::record::checkpoint::{self, Meta, ReplyRecord};
use crate::record::position::{KeptRecord, PositionRecord};
use crate::thread::stored::ThreadStore;
use crate::thread::stored::extent::{Extent, Written};
use crate::{Append, CheckpointId, Commit, Definition, Error, Head, Source, Status};
use std::sync::Arc;
use std::time::Duration;

/// What a checkpoint says beside the state.
pub(in crate::thread) struct Caption<'a> {
    /// The supersteps that the state is made of.
    pub(in crate::thread) steps: u64,
    pub(in crate::thread) source: Source,
    pub(in crate::thread) status: Status,
    /// How long its superstep took.
    pub(in crate::thread) duration: Duration,
    /// What runs next.
    pub(in crate::thread) position: PositionRecord,
    /// What subgraphs keep between their runs.
    pub(in crate::thread) memory: Vec<KeptRecord>,
    pub(in crate::thread) request: Option<Arc<str>>,
    pub(in crate::thread) tags: &'a [(String, String)],
    /// The reason of a cancellation.
    pub(in crate::thread) note: Option<&'a str>,
    /// The replies that the step used.
    pub(in crate::thread) replies: &'a [ReplyRecord],
    /// When the first of the pauses' deadlines is over.
    pub(in crate::thread) due: Option<u64>,
    /// The checkpoint that the state comes from, if it is not the head.
    pub(in crate::thread) branch: Option<CheckpointId>,
    /// What it takes over from that checkpoint.
    pub(in crate::thread) carried: Option<&'a CarriedRecord>,
}

impl<'a> Caption<'a> {
    /// That of a cancellation: nothing runs next, and the state stays as it is.
    pub(in crate::thread) fn cancelled(
        steps: u64,
        request: Option<Arc<str>>,
        tags: &'a [(String, String)],
        memory: Vec<KeptRecord>,
        reason: &'a str,
    ) -> Caption<'a> {
        let (source, status, duration) = (Source::Cancel, Status::Cancelled, Duration::ZERO);
        let (position, note) = (PositionRecord::default(), Some(reason));
        let (replies, due, branch, carried): (&[_], _, _, _) = (&[], None, None, None);
        Caption {
            steps,
            source,
            status,
            duration,
            position,
            memory,
            request,
            tags,
            note,
            replies,
            due,
            branch,
            carried,
        }
    }
}

/// A checkpoint to append, and the records that it is read from once it is.
pub(in crate::thread) struct Next {
    pub(in crate::thread) append: Append,
    pub(in crate::thread) extent: Extent,
}

impl<G: Definition> ThreadStore<G> {
    /// The checkpoint that follows `head`, encoded into a buffer of this capacity.
    pub(in crate::thread) fn after(
        &self,
        head: Option<Head>,
        caption: Caption<'_>,
        (written, state): (Written, &G::State),
        commit: Commit,
        capacity: usize,
    ) -> Result<Next, Error> {
        let Caption {
            steps,
            source,
            status,
            duration,
            position,
            memory,
            request,
            tags,
            note,
            replies,
            due,
            branch,
            carried,
        } = caption;
        let expected = head.map(|head| (head.checkpoint, head.hash));
        let before = expected.map(|(checkpoint, _)| checkpoint);
        let checkpoint = CheckpointId::after(before);
        let meta = Meta {
            graph: &self.key.graph,
            thread: self.key.thread.as_str(),
            checkpoint: checkpoint.0,
            parent: branch.or(before).map(|parent| parent.0),
            base: written.base().map(|base| base.0),
            step: steps,
            source,
            time: clock::now(),
            duration: clock::micros(duration),
            status,
            position: &position,
            memory: &memory,
            request: request.as_deref(),
            tags,
            note,
            replies,
            carried,
        };
        let mut record = Vec::with_capacity(capacity);
        let chained = expected.map(|(_, hash)| hash).unwrap_or_default();
        let hash = checkpoint::encode(&meta, chained, &written.content(state), &mut record)
            .map_err(|source| Error::NotStorable { thread: self.key.thread.clone(), source })?;
        let head = Head { checkpoint, hash, status, updated: meta.time, due };
        let extent = written.extent((checkpoint, hash), record.len());
        let append = Append { thread: self.key.clone(), expected, head, record, request, commit };
        Ok(Next { append, extent })
    }
}
