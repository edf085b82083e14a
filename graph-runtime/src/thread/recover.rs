//! Picking up what a crash left.

use super::halt::Halt;
use super::invoke;
use super::list::{BoxStream, Threads};
use super::run::Run;
use super::stored::ThreadStore;
use crate::graph::Shared;
use crate::{Definition, Error, Failure, Outcome, Status, ThreadId};
use futures_core::Stream;
use futures_lite::StreamExt;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

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
        let running = Threads::new(&shared).status(Status::Running);
        let recovered = running.then(move |thread| {
            let shared = Arc::clone(&shared);
            async move {
                let id = thread?.id;
                Ok(recover(shared, id.clone()).await.transpose().map(|outcome| (id, outcome)))
            }
        });
        Recover(Box::pin(recovered.filter_map(Result::transpose)))
    }
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

/// Drives one interrupted thread; `None` if it is not interrupted after all.
async fn recover<G: Definition>(shared: Arc<Shared<G>>, id: ThreadId) -> Result<Option<Outcome<G::State>>, Error> {
    let thread = ThreadStore::new(shared, id);
    let Ok(lease) = invoke::lease(&thread) else {
        return Ok(None);
    };
    let Some(stored) = thread.newest().await? else {
        return Ok(None);
    };
    if stored.head.status != Status::Running {
        return Ok(None);
    }
    let times = stored.pick_up().await?;
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
    Run::resume(&thread, lease.signal(), stored).await.map(Some)
}
