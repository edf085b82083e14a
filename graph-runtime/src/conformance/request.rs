//! Checkpoints by the request that they answer.

use super::difference::Verdict;
use super::sample::{append, thread, thread_of};
use super::store::Store;
use super::{Case, promises};
use crate::{Append, ThreadKey};

pub(super) const CASES: &[Case] = promises![
    a_request_finds_the_checkpoint_that_answers_it,
    a_request_given_again_finds_the_last_checkpoint,
    requests_of_other_threads_are_not_found,
    requests_are_told_apart,
];

fn answering(thread: &ThreadKey, number: u64, request: &str) -> Append {
    Append { request: Some(request.into()), ..append(thread, number, 10) }
}

async fn a_request_finds_the_checkpoint_that_answers_it(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.append(append(&thread, 1, 10)).await?;
    store.append(answering(&thread, 2, "r")).await?;
    store.append(append(&thread, 3, 10)).await?;
    store.append(answering(&thread, 4, "s")).await?;
    store.request_is(&thread, "r", Some(2)).await?;
    store.request_is(&thread, "s", Some(4)).await?;
    store.request_is(&thread, "t", None).await
}

async fn a_request_given_again_finds_the_last_checkpoint(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    for (number, request) in (1..).zip(["r", "s", "r", "s", "s"]) {
        store.append(answering(&thread, number, request)).await?;
    }
    store.request_is(&thread, "r", Some(3)).await?;
    store.request_is(&thread, "s", Some(5)).await
}

async fn requests_of_other_threads_are_not_found(store: Store<'_>) -> Verdict {
    let (one, two, elsewhere) = (thread("a"), thread("b"), thread_of("Agents", "a"));
    store.append(answering(&one, 1, "r")).await?;
    store.append(append(&two, 1, 10)).await?;
    store.append(append(&elsewhere, 1, 10)).await?;
    store.request_is(&two, "r", None).await?;
    store.request_is(&elsewhere, "r", None).await?;
    store.append(answering(&two, 2, "r")).await?;
    store.request_is(&one, "r", Some(1)).await?;
    store.request_is(&two, "r", Some(2)).await
}

/// A request id is a string of the user's.
async fn requests_are_told_apart(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    let (long, longer) = ("x".repeat(4000), "x".repeat(4001));
    let requests = ["r", "R", "r ", " r", "", "r\u{1}", "%", "r_", "'; --", "é", "e\u{301}", &long, &longer];
    for (number, request) in (1..).zip(requests) {
        store.append(answering(&thread, number, request)).await?;
    }
    for (number, request) in (1..).zip(requests) {
        store.request_is(&thread, request, Some(number)).await?;
    }
    Ok(())
}
