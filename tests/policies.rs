//! Policies: retries, timeouts, `on_error`, blocking nodes.

use graph_runtime::{Ctx, Error, GraphState, NodeCause, NodeError, Update, graph};
use std::sync::atomic::{AtomicU32, Ordering};

#[derive(GraphState, Debug, PartialEq)]
struct Log {
    #[reduce(append)]
    lines: Vec<String>,
}

async fn flaky(_: &Log, cx: &Ctx<AtomicU32>) -> Result<impl Update<Log> + use<>, String> {
    match cx.context().fetch_add(1, Ordering::SeqCst) {
        0 | 1 => Err("not yet".to_owned()),
        _ => Ok(Log::update().lines([format!("attempt {}", cx.attempt())])),
    }
}

async fn stuck(_: &Log) {
    std::future::pending::<()>().await;
}

fn crunch(_: &Log) -> impl Update<Log> + use<> {
    Log::update().lines([format!("{:?}", std::thread::current().name().is_some())])
}

fn fallback(_: &Log, error: &NodeError) -> impl Update<Log> + use<> {
    Log::update().lines([format!("{}: {}", error.node, error.cause)])
}

fn worth(error: &NodeError) -> bool {
    matches!(error.cause, NodeCause::Error(_))
}

graph! {
    graph Careful<Log, AtomicU32>;
    #[retry(attempts = 3, backoff = "1s", if = worth)]
    node flaky;
    #[timeout("30s")]
    #[on_error(fallback)]
    node stuck;
    #[blocking]
    node crunch;
    start -> flaky -> (stuck, crunch) -> end;
}

#[tokio::test(start_paused = true)]
async fn a_failed_node_is_tried_again_and_a_stuck_one_is_given_up() -> Result<(), Error> {
    let log = Careful::new(AtomicU32::new(0)).run(()).await?;
    assert_eq!(log.lines[0], "attempt 3");
    assert!(log.lines[1].starts_with("stuck: took longer than 30s"), "{log:?}");
    Ok(())
}
