//! Listings of threads.

use super::difference::Verdict;
use super::sample::{GRAPH, IDS, append, head, thread, thread_of};
use super::store::Store;
use super::{Case, promises};
use crate::{Append, Commit, Head, Status, ThreadId};

pub(super) const CASES: &[Case] = promises![
    threads_are_listed_in_the_order_of_their_ids,
    a_listing_pages_without_gaps,
    a_listing_begins_after_an_id_that_no_thread_has,
    a_listing_is_limited,
    a_listing_shows_the_head_of_each_thread,
    a_listing_shows_the_threads_of_one_graph,
    a_listing_leaves_out_what_was_deleted,
];

/// Stores a thread for each id; the ids in their order.
async fn listed<'a>(store: &Store<'_>, mut ids: Vec<&'a str>) -> Result<Vec<&'a str>, super::difference::Difference> {
    for id in &ids {
        store.append(Append { commit: Commit::Written, ..append(&thread(id), 1, 10) }).await?;
    }
    ids.sort_unstable();
    Ok(ids)
}

fn at_first(ids: &[&'static str]) -> Vec<(&'static str, Head)> {
    ids.iter().map(|id| (*id, head(1))).collect()
}

async fn threads_are_listed_in_the_order_of_their_ids(store: Store<'_>) -> Verdict {
    store.threads_are(GRAPH, None, usize::MAX, Vec::new()).await?;
    let longest = "x".repeat(ThreadId::MAX_BYTES);
    let ids = listed(&store, IDS.into_iter().chain([&*longest]).collect()).await?;
    let wanted = ids.into_iter().map(|id| (id, head(1))).collect();
    store.threads_are(GRAPH, None, usize::MAX, wanted).await
}

async fn a_listing_pages_without_gaps(store: Store<'_>) -> Verdict {
    let ids = listed(&store, IDS.into()).await?;
    let mut after = None;
    for page in ids.chunks(3) {
        store.threads_are(GRAPH, after, 3, at_first(page)).await?;
        after = page.last().copied();
    }
    store.threads_are(GRAPH, after, 3, Vec::new()).await
}

async fn a_listing_begins_after_an_id_that_no_thread_has(store: Store<'_>) -> Verdict {
    listed(&store, vec!["b", "bb", "d"]).await?;
    store.threads_are(GRAPH, Some("a"), 1, at_first(&["b"])).await?;
    store.threads_are(GRAPH, Some("ba"), 9, at_first(&["bb", "d"])).await?;
    store.threads_are(GRAPH, Some("c"), 9, at_first(&["d"])).await?;
    store.threads_are(GRAPH, Some("e"), 9, Vec::new()).await
}

async fn a_listing_is_limited(store: Store<'_>) -> Verdict {
    listed(&store, vec!["a", "b", "c"]).await?;
    store.threads_are(GRAPH, None, 0, Vec::new()).await?;
    store.threads_are(GRAPH, None, 1, at_first(&["a"])).await?;
    store.threads_are(GRAPH, None, 3, at_first(&["a", "b", "c"])).await?;
    store.threads_are(GRAPH, None, 4, at_first(&["a", "b", "c"])).await
}

async fn a_listing_shows_the_head_of_each_thread(store: Store<'_>) -> Verdict {
    store.write(&thread("a"), 1..=3, 10).await?;
    store.write_whole(&thread("b")).await?;
    let finished = Head { status: Status::Finished, updated: 5, ..head(1) };
    store.append(Append { head: finished, ..append(&thread("c"), 1, 10) }).await?;
    store.threads_are(GRAPH, None, 9, vec![("a", head(3)), ("b", head(2)), ("c", finished)]).await
}

async fn a_listing_shows_the_threads_of_one_graph(store: Store<'_>) -> Verdict {
    for (graph, id) in [("Agent", "a"), ("Agents", "b"), ("Agen", "c"), ("agent", "d")] {
        store.append(append(&thread_of(graph, id), 1, 10)).await?;
    }
    for (graph, id) in [("Agent", "a"), ("Agents", "b"), ("Agen", "c"), ("agent", "d")] {
        store.threads_are(graph, None, 9, at_first(&[id])).await?;
    }
    store.threads_are("Age", None, 9, Vec::new()).await
}

async fn a_listing_leaves_out_what_was_deleted(store: Store<'_>) -> Verdict {
    listed(&store, vec!["a", "b", "c"]).await?;
    store.delete(&thread("b")).await?;
    store.threads_are(GRAPH, None, 9, at_first(&["a", "c"])).await?;
    store.threads_are(GRAPH, Some("b"), 9, at_first(&["c"])).await
}
