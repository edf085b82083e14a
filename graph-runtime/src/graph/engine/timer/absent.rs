//! Stands in where the feature `tokio` is off, and no policy that would need more can be made.

use super::{Elapsed, NoTimer};
use crate::NodeCause;
use futures_util::FutureExt;
use std::future::Future;
use std::time::Duration;

/// Says that there is no timer.
#[allow(clippy::unnecessary_wraps, reason = "with the feature there may be a timer")]
pub(crate) fn available() -> Result<(), NoTimer> {
    Err(NoTimer)
}

/// Does not wait.
pub(crate) async fn sleep(_: Duration) {}

/// Does not limit.
pub(crate) fn limit<F: Future>(_: Duration, work: F) -> impl Future<Output = Result<F::Output, Elapsed>> {
    work.map(Ok)
}

/// Says that there is no pool.
#[allow(clippy::unused_async, reason = "with the feature it waits")]
pub(crate) async fn blocking<T: Send + 'static>(_: impl FnOnce() -> T + Send + 'static) -> Result<T, NodeCause> {
    Err(NodeCause::NoPool)
}
