//! The walk along the checkpoints that a history is asked for.

use crate::record::checkpoint::{self, OwnedMeta};
use crate::thread::Snapshot;
use crate::thread::Thread;
use crate::thread::stored::chain::{Chain, PAGE};
use crate::thread::stored::series::Segment;
use crate::thread::view::line::Line;
use crate::thread::view::outline::Outline;
use crate::{CheckpointId, Definition, Error, RecordHash, Source};
use futures_core::Stream;
use futures_lite::stream;
use std::future::Future;

/// What a history is asked for.
pub(super) struct Asked<G: Definition> {
    pub(super) thread: Thread<G>,
    pub(super) before: Option<CheckpointId>,
    pub(super) line: Line,
    pub(super) filter: Filter,
    /// How many snapshots are still wanted.
    pub(super) left: usize,
    /// The records that the last one was read from, and so the next one may be.
    pub(super) segment: Segment,
}

#[derive(Default)]
pub(super) struct Filter {
    pub(super) source: Option<Source>,
    pub(super) tags: Vec<(String, String)>,
}

impl Filter {
    fn admits(&self, meta: &OwnedMeta) -> bool {
        self.source.is_none_or(|source| source == meta.source) && self.tags.iter().all(|tag| meta.tags.contains(tag))
    }

    fn is_open(&self) -> bool {
        self.source.is_none() && self.tags.is_empty()
    }
}

/// A record of those that are asked for.
pub(super) struct Seen {
    id: CheckpointId,
    bytes: Vec<u8>,
    meta: OwnedMeta,
    hash: RecordHash,
}

/// What is shown of a checkpoint.
pub(super) trait View<G: Definition>: Sized {
    /// `None` if it was pruned since its record was read.
    fn of(
        seen: Seen,
        chain: &Chain<G>,
        segment: &mut Segment,
    ) -> impl Future<Output = Result<Option<Self>, Error>> + Send;
}

impl<G: Definition> View<G> for Snapshot<G> {
    async fn of(seen: Seen, chain: &Chain<G>, segment: &mut Segment) -> Result<Option<Self>, Error> {
        match chain.thread.whole(seen.id, &seen.bytes, segment).await {
            Err(Error::UnknownCheckpoint { .. }) => Ok(None),
            whole => chain.thread.pictured(chain.head, whole?).await.map(Some),
        }
    }
}

impl<G: Definition> View<G> for Outline {
    async fn of(seen: Seen, chain: &Chain<G>, _: &mut Segment) -> Result<Option<Self>, Error> {
        Ok(Some(Outline::new(seen.meta, seen.hash, chain.head)))
    }
}

pub(super) fn walk<G: Definition, V: View<G>>(asked: Asked<G>) -> impl Stream<Item = Result<V, Error>> + Send {
    stream::unfold((asked, None), async |(mut asked, mut chain)| {
        let item = asked.next(&mut chain).await.transpose()?;
        if item.as_ref().is_err_and(|error| !matches!(error, Error::Corrupt { .. } | Error::Incompatible { .. })) {
            asked.left = 0;
        }
        Some((item, (asked, chain)))
    })
}

impl<G: Definition> Asked<G> {
    async fn next<V: View<G>>(&mut self, chain: &mut Option<Chain<G>>) -> Result<Option<V>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        let chain = match chain {
            Some(chain) => chain,
            None => chain.insert(self.begin().await?),
        };
        while let Some(seen) = self.seek(chain).await? {
            if let Some(view) = V::of(seen, chain, &mut self.segment).await? {
                self.left -= 1;
                return Ok(Some(view));
            }
        }
        Ok(None)
    }

    /// The next record of those that are asked for.
    async fn seek(&mut self, chain: &mut Chain<G>) -> Result<Option<Seen>, Error> {
        let all = self.filter.is_open() && matches!(self.line, Line::All);
        let (filter, line, wanted) = (&self.filter, &mut self.line, if all { self.left } else { PAGE });
        loop {
            if let Line::Through(None) = line {
                return Ok(None);
            }
            let admitted = chain.next(wanted, |opened, gap| {
                line.cross(gap);
                let admitted = line.passes(&opened.meta) && filter.admits(&opened.meta);
                Ok(admitted.then_some((opened.meta, opened.hash)))
            });
            match admitted.await? {
                None => return Ok(None),
                Some((_, _, None)) => {}
                Some((id, bytes, Some((meta, hash)))) => return Ok(Some(Seen { id, bytes, meta, hash })),
            }
        }
    }

    async fn begin(&mut self) -> Result<Chain<G>, Error> {
        let chain = Chain::begin(self.thread.stored().await?, self.before).await?;
        if let Line::One = self.line {
            // If its tip cannot be read, there is no line to follow.
            let left = std::mem::take(&mut self.left);
            (self.line, self.left) = (Line::Through(self.tip(&chain).await?), left);
        }
        Ok(chain)
    }

    /// The newest checkpoint of the branch, as far as it is shown.
    async fn tip(&self, chain: &Chain<G>) -> Result<Option<u64>, Error> {
        let Some(id) = self.before else {
            return Ok(chain.head.map(|head| head.checkpoint.0));
        };
        let (_, bytes) = chain.thread.past(id).await?;
        let opened = checkpoint::open(&chain.thread.key, id, &bytes);
        Ok(opened.map_err(|error| chain.thread.unreadable(id, error))?.meta.parent)
    }
}
