//! Picking up what a crash left.

use super::halt::Halt;
use super::invoke;
use super::list::{BoxStream, Threads};
use super::run::Run;
use super::stored::ThreadStore;
use crate::clock;
use crate::graph::{Shared, timed};
use crate::{Definition, Error, Failure, Outcome, Status, ThreadId};
use futures_core::Stream;
use futures_lite::StreamExt;
use futures_lite::stream::{self, Fuse};
use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::SystemTime;

/// How often `recover` picks a thread up at the same checkpoint before it gives up: a node that kills its process must
/// not do so for ever.
const PICK_UPS: u32 = 5;

/// What [`Graph::recover`](crate::Graph::recover) yields: a thread, and how its run ended.
pub type Recovered<S> = (ThreadId, Result<Outcome<S>, Error>);

/// The unfinished threads of a graph, each driven on when the stream is polled; made by
/// [`Graph::recover`](crate::Graph::recover).
#[must_use = "a stream does nothing unless it is polled"]
pub struct Recover<G: Definition>(BoxStream<Recovered<G::State>>);

impl<G: Definition> Recover<G> {
    pub(crate) fn new(shared: Arc<Shared<G>>) -> Self {
        let threads = Threads::new(&shared).fuse();
        let round = Round { shared, threads, later: VecDeque::new() };
        let next = |mut round: Round<G>| async move { round.next().await.map(|recovered| (recovered, round)) };
        Recover(Box::pin(stream::unfold(round, next).fuse()))
    }
}

/// One pass over the threads. Those that wait for their next attempt come last, so that they hold up no other.
struct Round<G: Definition> {
    shared: Arc<Shared<G>>,
    threads: Fuse<Threads>,
    later: VecDeque<ThreadId>,
}

impl<G: Definition> Round<G> {
    async fn next(&mut self) -> Option<Result<Recovered<G::State>, Error>> {
        loop {
            let (id, time) = match self.threads.next().await {
                Some(Ok(thread)) if has_work(thread.status, thread.due) => (thread.id, false),
                Some(Ok(_)) => continue,
                Some(Err(error)) => return Some(Err(error)),
                None => (self.later.pop_front()?, true),
            };
            match recover(Arc::clone(&self.shared), id.clone(), time).await {
                Ok(Found::Idle) => {}
                Ok(Found::Waits) => self.later.push_back(id),
                Ok(Found::Driven(outcome)) => return Some(Ok((id, Ok(outcome)))),
                Err(error) => return Some(Ok((id, Err(error)))),
            }
        }
    }
}

/// What [`recover`] finds a thread to be.
enum Found<S> {
    /// Not interrupted after all.
    Idle,
    /// Between two attempts.
    Waits,
    Driven(Outcome<S>),
}

impl<G: Definition> Stream for Recover<G> {
    type Item = Result<Recovered<G::State>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(cx)
    }
}

impl<G: Definition> fmt::Debug for Recover<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recover").finish_non_exhaustive()
    }
}

/// Whether a thread can be driven on: it was interrupted, or a deadline of what it waits for is over.
fn has_work(status: Status, due: Option<SystemTime>) -> bool {
    match status {
        Status::Running => true,
        Status::Paused => due.is_some_and(|due| due <= SystemTime::now()),
        _ => false,
    }
}

/// Drives one interrupted thread; one that waits for its next attempt only if there is `time` for that.
async fn recover<G: Definition>(shared: Arc<Shared<G>>, id: ThreadId, time: bool) -> Result<Found<G::State>, Error> {
    let thread = ThreadStore::new(shared, id);
    let Ok(lease) = invoke::lease(&thread) else {
        return Ok(Found::Idle);
    };
    let Some(stored) = thread.newest().await? else {
        return Ok(Found::Idle);
    };
    if !has_work(stored.head.status, stored.head.due.map(clock::instant)) {
        return Ok(Found::Idle);
    }
    // Without a timer the thread cannot run, which is no fault of its nodes.
    timed::<G>()?;
    let entries = stored.entries().await?;
    let waits = stored.waits(&entries)?;
    if waits && !time {
        return Ok(Found::Waits);
    }
    // While it waits, no node runs that could be to blame; and one that only waited has run none yet.
    let blameless = waits || stored.head.status == Status::Paused;
    let times = if blameless { 0 } else { stored.pick_up(&entries).await? };
    if times >= PICK_UPS {
        let node = stored.waiting_node();
        let error = Error::NoProgress { thread: thread.key.thread.clone(), node: node.clone(), times };
        let failure = Failure {
            task: node.clone(),
            node,
            step: stored.meta.step + 1,
            message: error.to_string(),
            attempts: times,
        };
        let halted = thread.halt(stored.head, Status::Failed, &Halt::Failed(vec![failure])).await;
        halted.map_err(|error| thread.failed(error))?;
        return Err(error);
    }
    Run::resume(&thread, lease.signal(), stored).await.map(Found::Driven)
}
