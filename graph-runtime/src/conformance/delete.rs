//! Deleted threads.

use super::difference::{Verdict, conflicts, refused};
use super::sample::{append, head, thread, thread_of};
use super::store::Store;
use super::{Case, promises};
use crate::{Append, Commit};
use futures_util::future::join_all;

pub(super) const CASES: &[Case] = promises![
    a_deleted_thread_leaves_nothing,
    a_delete_leaves_the_neighbours_alone,
    deleting_an_unknown_thread_is_no_error,
    a_thread_begun_again_has_nothing_of_the_deleted_one,
    an_append_on_a_deleted_head_is_a_conflict,
    a_delete_takes_what_was_written_just_before,
];

async fn a_deleted_thread_leaves_nothing(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write_whole(&thread).await?;
    store.delete(&thread).await?;
    store.is_empty(&thread).await
}

async fn a_delete_leaves_the_neighbours_alone(store: Store<'_>) -> Verdict {
    let gone = thread("a");
    let neighbours = [
        thread("A"),
        thread("a\u{1}"),
        thread("ab"),
        thread("a%"),
        thread("\u{1}"),
        thread_of("Agents", "a"),
        thread_of("Agen", "a"),
        thread_of("agent", "a"),
    ];
    for thread in neighbours.iter().chain([&gone]) {
        store.write_whole(thread).await?;
    }
    store.delete(&gone).await?;
    for thread in &neighbours {
        store.is_whole(thread).await?;
    }
    Ok(())
}

async fn deleting_an_unknown_thread_is_no_error(store: Store<'_>) -> Verdict {
    store.delete(&thread("a")).await?;
    store.write_whole(&thread("b")).await?;
    store.delete(&thread("a")).await?;
    store.delete(&thread("b")).await?;
    store.delete(&thread("b")).await?;
    store.is_empty(&thread("b")).await
}

async fn a_thread_begun_again_has_nothing_of_the_deleted_one(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write_whole(&thread).await?;
    store.delete(&thread).await?;
    for number in [1, 2] {
        store.append(append(&thread, number, 10)).await?;
        store.head_is(&thread, Some(head(number))).await?;
        store.entries_are(&thread, number, Vec::new()).await?;
    }
    store.numbers_are(&thread, None, usize::MAX, 10, [2, 1]).await?;
    store.request_is(&thread, "r", None).await
}

/// A runner that goes on must not bring the thread back.
async fn an_append_on_a_deleted_head_is_a_conflict(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write_whole(&thread).await?;
    store.delete(&thread).await?;
    conflicts("an append on a deleted head", store.saver().append(append(&thread, 3, 10)).await, None)?;
    store.is_empty(&thread).await
}

async fn a_delete_takes_what_was_written_just_before(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    for _ in 0..3 {
        let written = [1, 2].map(|number| Append { commit: Commit::Written, ..append(&thread, number, 9000) });
        let mut calls: Vec<_> = written.map(|append| store.saver().append(append)).into();
        calls.push(store.saver().delete(&thread));
        for answer in join_all(calls).await {
            answer.map_err(|error| refused("two appends, or the delete called after them,", &error))?;
        }
        store.is_empty(&thread).await?;
    }
    Ok(())
}
