//! Requests: the same call twice is one run.

use crate::walk;
use futures_lite::future::block_on;
use graph_runtime::{Error, MemorySaver, Status};
use graph_tests::walk::{Trail, Trouble, walked};

#[test]
fn a_request_is_served_once() {
    let saver = MemorySaver::new();
    let (graph, probe) = walk(&saver);
    let thread = graph.thread("a");
    for _ in 0..3 {
        let trail = block_on(thread.invoke(Trail::to(1)).request_id("r-1")).unwrap().finished().unwrap();
        assert_eq!(trail, walked(1));
    }
    assert_eq!(probe.runs().len(), 3);
    let second = block_on(thread.resume_or_invoke(Trail::to(2)).request_id("r-2")).unwrap().finished().unwrap();
    assert_eq!(second, walked(2));
    let first = block_on(thread.invoke(Trail::to(9)).request_id("r-1")).unwrap().finished().unwrap();
    assert_eq!(first, walked(1), "an older request gets the outcome that it had");
    assert_eq!(probe.runs().len(), 3);
}

#[test]
fn a_request_that_did_not_finish_goes_on() {
    for trouble in [Trouble::Error, Trouble::Panic] {
        let (graph, probe) = walk(&MemorySaver::new());
        let thread = graph.thread("a");
        probe.trouble(2, trouble, 1);
        block_on(thread.invoke(Trail::to(1)).request_id("r")).unwrap_err();
        let error = block_on(thread.invoke(Trail::to(1)).request_id("s")).unwrap_err();
        assert!(matches!(error, Error::Unfinished { status: Status::Failed, .. }), "{error}");
        let trail = block_on(thread.invoke(Trail::to(1)).request_id("r")).unwrap().finished().unwrap();
        assert_eq!(trail, walked(1));
    }
}

#[test]
fn a_request_is_not_lost_behind_another_ones_work() {
    let (graph, probe) = walk(&MemorySaver::new());
    let thread = graph.thread("a");
    probe.trouble(2, Trouble::Error, 1);
    block_on(thread.invoke(Trail::to(1)).request_id("r")).unwrap_err();
    let trail = block_on(thread.resume_or_invoke(Trail::to(2)).request_id("s")).unwrap().finished().unwrap();
    assert_eq!(trail, walked(2), "what was left is finished, then the new request is served");
    let first = block_on(thread.invoke(()).request_id("r")).unwrap().finished().unwrap();
    assert_eq!(first, walked(1));
}

#[test]
fn a_request_that_a_restart_dropped_is_told_so() {
    let (graph, probe) = walk(&MemorySaver::new());
    let thread = graph.thread("a");
    probe.trouble(2, Trouble::Error, 1);
    block_on(thread.invoke(Trail::to(1)).request_id("r")).unwrap_err();
    block_on(thread.invoke(Trail::to(1)).request_id("s").restart()).unwrap().finished().unwrap();
    let error = block_on(thread.invoke(Trail::to(1)).request_id("r")).unwrap_err();
    assert!(matches!(&error, Error::RequestDropped { request, .. } if request == "r"), "{error}");
}
