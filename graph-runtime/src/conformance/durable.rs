//! What is there when the store is opened again.

use super::difference::{Verdict, conflicts};
use super::prune::prune;
use super::sample::{GRAPH, IDS, append, delivery, entry, head, record, thread, thread_of};
use super::store::Store;
use super::{Case, promises};
use crate::{Append, CheckpointId, Commit, Deliver, Head, Prune, PutPending, Status};

pub(super) const CASES: &[Case] = promises![reopens: true;
    an_empty_store_opens_again,
    a_synced_append_is_there_after_a_reopen,
    what_was_written_before_a_synced_append_is_there_after_a_reopen,
    a_synced_entry_and_its_status_are_there_after_a_reopen,
    a_delivery_and_its_status_are_there_after_a_reopen,
    what_was_flushed_is_there_after_a_reopen,
    everything_of_a_thread_is_there_after_a_reopen,
    a_deleted_thread_is_gone_after_a_reopen,
    what_was_pruned_is_gone_after_a_reopen,
    a_thread_goes_on_after_a_reopen,
];

async fn an_empty_store_opens_again(store: Store<'_>) -> Verdict {
    let store = store.reopen().await?;
    store.is_empty(&thread("a")).await?;
    store.write_whole(&thread("a")).await?;
    store.is_whole(&thread("a")).await
}

async fn a_synced_append_is_there_after_a_reopen(mut store: Store<'_>) -> Verdict {
    let thread = thread("a");
    for number in 1..=3 {
        store.append(append(&thread, number, 9000)).await?;
        store = store.reopen().await?;
        store.head_is(&thread, Some(head(number))).await?;
        store.numbers_are(&thread, None, usize::MAX, 9000, (1..=number).rev()).await?;
    }
    Ok(())
}

/// Also what was written to other threads: one sync covers everything before it.
async fn what_was_written_before_a_synced_append_is_there_after_a_reopen(store: Store<'_>) -> Verdict {
    let (one, two) = (thread("a"), thread("b"));
    for number in 1..=20 {
        store.append(Append { commit: Commit::Written, ..append(&one, number, 300) }).await?;
    }
    store.put(PutPending { commit: Commit::Written, ..entry(&one, 20, "p", 1, 300) }).await?;
    store.append(append(&two, 1, 10)).await?;
    let store = store.reopen().await?;
    store.head_is(&one, Some(head(20))).await?;
    store.numbers_are(&one, None, usize::MAX, 300, (1..=20).rev()).await?;
    store.entries_are(&one, 20, vec![("p", record(&one, 1, 300))]).await?;
    store.head_is(&two, Some(head(1))).await
}

async fn a_synced_entry_and_its_status_are_there_after_a_reopen(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=1, 10).await?;
    store.put(PutPending { status: Some((Status::Failed, 77)), ..entry(&thread, 1, "p", 1, 9000) }).await?;
    let store = store.reopen().await?;
    store.entries_are(&thread, 1, vec![("p", record(&thread, 1, 9000))]).await?;
    store.head_is(&thread, Some(Head { status: Status::Failed, updated: 77, ..head(1) })).await
}

async fn a_delivery_and_its_status_are_there_after_a_reopen(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    let due = Head { due: Some(99), ..head(1) };
    store.append(Append { head: due, ..append(&thread, 1, 10) }).await?;
    let reply = Deliver { status: Some((Status::Running, 77)), ..delivery(&thread, 1, "r", 1, 9000) };
    store.deliver(reply, true).await?;
    let store = store.reopen().await?;
    store.delivered_is(&thread, "r", Some(record(&thread, 1, 9000))).await?;
    store.head_is(&thread, Some(Head { status: Status::Running, updated: 77, ..due })).await?;
    store.deliver(delivery(&thread, 1, "r", 2, 3), false).await?;
    store.delivered_is(&thread, "r", Some(record(&thread, 1, 9000))).await
}

async fn what_was_flushed_is_there_after_a_reopen(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    for number in 1..=5 {
        store.append(Append { commit: Commit::Written, ..append(&thread, number, 300) }).await?;
    }
    store.put(PutPending { commit: Commit::Written, ..entry(&thread, 5, "p", 1, 30) }).await?;
    store.flush().await?;
    let store = store.reopen().await?;
    store.numbers_are(&thread, None, usize::MAX, 300, (1..=5).rev()).await?;
    store.entries_are(&thread, 5, vec![("p", record(&thread, 1, 30))]).await
}

async fn everything_of_a_thread_is_there_after_a_reopen(store: Store<'_>) -> Verdict {
    let threads: Vec<_> =
        IDS.map(thread).into_iter().chain(["Agents", "agent"].map(|graph| thread_of(graph, "a"))).collect();
    for thread in &threads {
        store.write_whole(thread).await?;
    }
    let store = store.reopen().await?;
    for thread in &threads {
        store.is_whole(thread).await?;
    }
    let mut ids = IDS;
    ids.sort_unstable();
    store.threads_are(GRAPH, None, usize::MAX, ids.into_iter().map(|id| (id, head(2))).collect()).await
}

async fn a_deleted_thread_is_gone_after_a_reopen(store: Store<'_>) -> Verdict {
    let (gone, kept) = (thread("a"), thread("ab"));
    store.write_whole(&gone).await?;
    store.write_whole(&kept).await?;
    store.delete(&gone).await?;
    let store = store.reopen().await?;
    store.is_empty(&gone).await?;
    store.is_whole(&kept).await?;
    store.threads_are(GRAPH, None, 9, vec![("ab", head(2))]).await
}

async fn a_thread_goes_on_after_a_reopen(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write_whole(&thread).await?;
    let store = store.reopen().await?;
    conflicts("an append on an older head", store.saver().append(append(&thread, 2, 20)).await, Some(2))?;
    store.append(append(&thread, 3, 10)).await?;
    store.head_is(&thread, Some(head(3))).await?;
    store.request_is(&thread, "r", Some(1)).await
}

async fn what_was_pruned_is_gone_after_a_reopen(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=5, 9000).await?;
    let entries = vec![(CheckpointId(4), "gone".to_owned(), record(&thread, 9, 9000))];
    store.prune(Prune { entries, ..prune(&thread, 5, &[1, 3]) }).await?;
    let store = store.reopen().await?;
    store.numbers_are(&thread, None, usize::MAX, 9000, [5, 4, 2]).await?;
    store.newer_are(&thread, 0, usize::MAX, 9000, [2, 4, 5]).await?;
    store.entries_are(&thread, 4, vec![("gone", record(&thread, 9, 9000))]).await?;
    store.prune(prune(&thread, 5, &[2])).await?;
    let store = store.reopen().await?;
    store.numbers_are(&thread, None, usize::MAX, 9000, [5, 4]).await?;
    store.append(append(&thread, 6, 10)).await
}
