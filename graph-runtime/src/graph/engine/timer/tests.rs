//! Time here is tokio's paused clock, which goes on when nothing is left to do.

use super::{Elapsed, NoTimer, available, blocking, limit, sleep};
use crate::{Error, NodeCause};
use futures_lite::future::{block_on, pending, poll_once};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_timer_is_found() {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    assert_eq!(runtime.block_on(async { available() }), Ok(()));
}

#[test]
fn no_runtime_is_no_timer() {
    assert_eq!(available(), Err(NoTimer));
}

#[test]
fn a_runtime_without_time_is_no_timer() {
    let runtime = Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(async { available() }), Err(NoTimer));
}

#[test]
fn the_error_names_the_graph_and_the_remedy() {
    let message =
        "graph `Agent` waits or blocks, and no timer of tokio is here; run it inside a tokio runtime with its timer on";
    assert_eq!(Error::NoTimer { graph: "Agent" }.to_string(), message);
}

#[test]
fn a_timeout_names_its_time_and_the_remedy() {
    let message = NodeCause::Timeout { after: 30 * SECOND }.to_string();
    assert_eq!(message, "took longer than 30s; raise its `#[timeout]`, or let it do less at a time");
}

#[tokio::test(start_paused = true)]
async fn a_sleep_takes_its_time() {
    let start = Instant::now();
    sleep(60 * SECOND).await;
    assert_eq!(start.elapsed(), 60 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn work_within_its_time_is_done() {
    let work = async {
        sleep(SECOND).await;
        7
    };
    assert_eq!(limit(2 * SECOND, work).await, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn work_that_is_done_at_once_needs_no_time() {
    assert_eq!(limit(Duration::ZERO, async { 7 }).await, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn the_longest_limit_is_none() {
    assert_eq!(limit(Duration::MAX, sleep(SECOND)).await, Ok(()));
}

/// Tells that it was dropped.
struct Dropped(Arc<AtomicBool>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[tokio::test(start_paused = true)]
async fn work_beyond_its_time_is_dropped() {
    let (start, dropped) = (Instant::now(), Arc::new(AtomicBool::new(false)));
    let guard = Dropped(Arc::clone(&dropped));
    let work = async move {
        let _guard = guard;
        pending::<()>().await;
    };
    assert_eq!(limit(30 * SECOND, work).await, Err(Elapsed));
    assert_eq!(start.elapsed(), 30 * SECOND);
    assert!(dropped.load(Ordering::Relaxed));
}

#[tokio::test]
async fn the_pool_hands_back_what_work_returns() {
    let here = std::thread::current().id();
    let there = blocking(|| std::thread::current().id()).await;
    assert!(matches!(there, Ok(there) if there != here), "{there:?}");
}

#[tokio::test]
async fn a_panic_of_blocking_work_is_a_value() {
    let failed = blocking(|| panic!("no {}", "luck")).await;
    let Err::<(), _>(NodeCause::Panic(message)) = failed else { panic!("{failed:?}") };
    assert_eq!(message, "no luck");
}

#[test]
fn a_pool_that_is_shut_down_is_an_error() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let handle = runtime.handle().clone();
    drop(runtime);
    let _entered = handle.enter();
    let failed = block_on(blocking(|| ()));
    assert!(matches!(failed, Err(NodeCause::NoPool)), "{failed:?}");
}

#[test]
fn no_runtime_is_no_pool() {
    let failed = block_on(blocking(|| ()));
    assert!(matches!(failed, Err(NodeCause::NoPool)), "{failed:?}");
}

#[test]
fn blocking_needs_no_timer() {
    let runtime = Builder::new_current_thread().build().unwrap();
    assert!(matches!(runtime.block_on(blocking(|| 7)), Ok(7)));
}

#[test]
fn work_that_nobody_waits_for_never_begins() {
    let runtime = Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
    let (release, held) = mpsc::channel::<()>();
    let begun = Arc::new(AtomicBool::new(false));
    runtime.block_on(async {
        // The only thread of the pool is taken until the other work was dropped.
        let mut first = pin!(blocking(move || held.recv()));
        assert!(poll_once(&mut first).await.is_none());
        {
            let begun = Arc::clone(&begun);
            let mut second = pin!(blocking(move || begun.store(true, Ordering::Relaxed)));
            assert!(poll_once(&mut second).await.is_none());
        }
        release.send(()).unwrap();
        first.await.unwrap().unwrap();
        // Behind it in the queue, so it would have run by now.
        blocking(|| ()).await.unwrap();
    });
    assert!(!begun.load(Ordering::Relaxed));
}
