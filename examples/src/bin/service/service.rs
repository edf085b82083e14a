//! The runs of this process: each in a task of its own, told to whoever listens, ended in good order.

use crate::news::News;
use crate::report::Reports;
use futures_lite::{Stream, StreamExt, stream};
use graph_runtime::{Error, Event, Events, Graph, StoreError};
use std::time::Duration;
use tokio::sync::{broadcast, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How much news a listener may lag behind. One that lags more is sent away, and comes again to a new snapshot.
const BACKLOG: usize = 1024;

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) reports: Graph<Reports>,
    news: broadcast::Sender<News>,
    tasks: TaskTracker,
    closing: CancellationToken,
}

impl Service {
    /// `closing` is cancelled when the service is asked to stop.
    pub(crate) fn new(reports: Graph<Reports>, closing: CancellationToken) -> Service {
        Service { reports, news: broadcast::Sender::new(BACKLOG), tasks: TaskTracker::new(), closing }
    }

    /// Drives a run in a task of its own, which goes on if the client hangs up. Returns as soon as what was asked for is in
    /// the store: from then on, it can be promised.
    pub(crate) async fn drive(&self, id: &str, mut events: Events<Reports>) -> Result<(), Error> {
        let (service, id) = (self.clone(), id.to_owned());
        let (promise, promised) = oneshot::channel();
        self.tasks.spawn(async move {
            let mut promise = Some(promise);
            while let Some(event) = events.next().await {
                service.tell(News::of(&id, &event));
                match event {
                    // The input is not stored yet.
                    Ok(Event::RunStarted { input: Some(_), .. }) => {}
                    event => {
                        let result = event.map(drop);
                        match promise.take() {
                            // Whoever asked may have hung up.
                            Some(promise) => drop(promise.send(result)),
                            None => result.unwrap_or_else(|error| eprintln!("Report {id}: {error}")),
                        }
                    }
                }
            }
        });
        // A task is lost only with the runtime, and the store is closed then.
        promised.await.unwrap_or(Err(StoreError::Closed.into()))
    }

    /// Goes on with every report that a crash or a stop left in the middle, all side by side.
    pub(crate) async fn recover(&self) -> Result<(), Error> {
        let mut threads = self.reports.threads();
        while let Some(thread) = threads.next().await {
            let thread = thread?;
            let id = thread.id.as_str();
            if thread.recoverable()
                && let Err(error) = self.drive(id, self.reports.thread(id).recover().stream()).await
            {
                eprintln!("Report {id}: {error}");
            }
        }
        Ok(())
    }

    fn tell(&self, news: Option<News>) {
        // An error says that nobody listens.
        let _ = news.map(|news| self.news.send(news));
    }

    /// The news of a report from now on, until it needs no more telling or the service stops.
    pub(crate) fn listen(&self, id: &str) -> impl Stream<Item = News> + use<> {
        let start = (self.news.subscribe(), self.closing.clone(), id.to_owned());
        stream::unfold(Some(start), async |listening| {
            let (mut news, closing, id) = listening?;
            loop {
                let next = closing.run_until_cancelled(news.recv()).await?.ok()?;
                if next.id == id {
                    let more = (!next.last).then_some((news, closing, id));
                    return Some((next, more));
                }
            }
        })
    }

    /// Waits until every run has ended at its next step; their threads go on when the service is started again.
    pub(crate) async fn drain(&self) {
        self.tasks.close();
        while !self.tasks.is_empty() {
            // Asked again and again, for a run may have begun just after it was asked.
            self.reports.drain("the service stops");
            let _ = tokio::time::timeout(Duration::from_millis(50), self.tasks.wait()).await;
        }
    }
}
