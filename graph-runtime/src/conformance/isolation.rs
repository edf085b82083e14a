//! Threads, graphs and stores that do not see each other.

use super::difference::{Verdict, same};
use super::sample::{IDS, append, thread, thread_of};
use super::store::Store;
use super::{Case, promises};
use crate::{ThreadId, ThreadKey};

pub(super) const CASES: &[Case] = promises![
    threads_do_not_see_each_other,
    threads_with_hostile_ids_do_not_see_each_other,
    the_longest_ids_are_told_apart,
    graphs_do_not_see_each_other,
    names_of_graph_and_thread_do_not_run_together,
    stores_do_not_see_each_other,
    a_store_has_one_id_and_no_other_has_it,
];

/// Writes each thread between readings of the others: it has nothing before it is written, and all of it after.
async fn apart(store: &Store<'_>, threads: &[ThreadKey]) -> Verdict {
    for (at, thread) in threads.iter().enumerate() {
        store.is_empty(thread).await?;
        store.write_whole(thread).await?;
        for written in &threads[..=at] {
            store.is_whole(written).await?;
        }
    }
    Ok(())
}

async fn threads_do_not_see_each_other(store: Store<'_>) -> Verdict {
    apart(&store, &["one", "two", "three"].map(thread)).await
}

async fn threads_with_hostile_ids_do_not_see_each_other(store: Store<'_>) -> Verdict {
    apart(&store, &IDS.map(thread)).await
}

async fn the_longest_ids_are_told_apart(store: Store<'_>) -> Verdict {
    let longest = "x".repeat(ThreadId::MAX_BYTES);
    let shorter = &longest[1..];
    let ids = [longest.clone(), format!("{shorter}y"), shorter.to_owned(), format!("y{shorter}")];
    apart(&store, &ids.map(|id| thread(&id))).await
}

async fn graphs_do_not_see_each_other(store: Store<'_>) -> Verdict {
    apart(
        &store,
        &["Agent", "Agents", "Agen", "agent", "A", "Agent_", "crate::Agent"].map(|graph| thread_of(graph, "a")),
    )
    .await
}

async fn names_of_graph_and_thread_do_not_run_together(store: Store<'_>) -> Verdict {
    let pairs = [("A", "bc"), ("Ab", "c"), ("A", "b"), ("A", "b/c"), ("A/b", "c"), ("A", "\u{1}c"), ("A\u{1}", "c")];
    apart(&store, &pairs.map(|(graph, id)| thread_of(graph, id))).await
}

async fn stores_do_not_see_each_other(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    let other = store.other().await?;
    store.write_whole(&thread).await?;
    other.is_empty(&thread).await?;
    other.append(append(&thread, 1, 10)).await?;
    store.is_whole(&thread).await?;
    other.delete(&thread).await?;
    store.is_whole(&thread).await
}

/// Runs are told to be busy by the id of their store.
async fn a_store_has_one_id_and_no_other_has_it(store: Store<'_>) -> Verdict {
    let (first, second) = (store.id(), store.id());
    same("the store's id, asked twice", &second, &first)?;
    let other = store.other().await?;
    same("whether two stores share an id", &(other.id() == first), &false)
}
