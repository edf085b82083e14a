//! What a call gives back, and how it is driven there.

use crate::end::End;
use crate::graph::{Life, Living};
use crate::names::Names;
use futures_lite::future::block_on;
use graph_runtime::{BoxFuture, Error, Outcome, Snapshot};
use std::future::{Future, poll_fn};
use std::task::Poll;

pub(crate) enum Given {
    Outcome(Result<Outcome<Life>, Error>),
    Edit(Box<Result<Snapshot<Living>, Error>>),
    Pruned(Result<u64, Error>),
    Done(Result<(), Error>),
}

impl Given {
    pub(crate) fn outcome(
        run: impl Future<Output = Result<Outcome<Life>, Error>> + Send + 'static,
    ) -> BoxFuture<'static, Given> {
        Box::pin(async { Given::Outcome(run.await) })
    }

    pub(crate) fn edit(
        edit: impl Future<Output = Result<Snapshot<Living>, Error>> + Send + 'static,
    ) -> BoxFuture<'static, Given> {
        Box::pin(async { Given::Edit(Box::new(edit.await)) })
    }

    pub(crate) fn pruned(
        prune: impl Future<Output = Result<u64, Error>> + Send + 'static,
    ) -> BoxFuture<'static, Given> {
        Box::pin(async { Given::Pruned(prune.await) })
    }

    pub(crate) fn done(call: impl Future<Output = Result<(), Error>> + Send + 'static) -> BoxFuture<'static, Given> {
        Box::pin(async { Given::Done(call.await) })
    }

    pub(crate) fn into_end(self, wanted: &End, names: &mut Names) -> End {
        match self {
            Given::Outcome(outcome) => End::of_outcome(outcome, wanted, names),
            Given::Edit(edit) => End::of_edit(*edit, wanted, names),
            Given::Pruned(pruned) => pruned.map_or_else(|error| End::of_error(error, names), End::Pruned),
            Given::Done(done) => done.map_or_else(|error| End::of_error(error, names), |()| End::Done),
        }
    }
}

/// Drives a call to its end, or drops it after so many polls.
pub(crate) fn drive(mut work: BoxFuture<'static, Given>, polls: Option<usize>) -> Option<Given> {
    let mut polled = 0;
    block_on(poll_fn(|cx| {
        if polls == Some(polled) {
            return Poll::Ready(None);
        }
        polled += 1;
        work.as_mut().poll(cx).map(Some)
    }))
}
