//! Entries beside a checkpoint.

use super::difference::{Verdict, conflicts, refused};
use super::sample::{GRAPH, SIZES, append, entry, hash, head, record, thread, thread_of};
use super::store::Store;
use super::{Case, promises};
use crate::{CheckpointId, Commit, Head, PutPending, Status};
use futures_util::future::join_all;

pub(super) const CASES: &[Case] = promises![
    entries_read_back_in_the_order_of_their_names,
    entries_of_any_size_read_back,
    names_of_entries_are_told_apart,
    an_entry_put_again_replaces_its_bytes,
    entries_stay_beside_their_checkpoint,
    entries_of_other_threads_are_not_seen,
    many_entries_put_side_by_side_are_all_kept,
    an_entry_on_another_head_is_a_conflict,
    an_entry_on_another_hash_is_a_conflict,
    an_entry_on_a_thread_that_never_ran_is_a_conflict,
    an_entry_changes_the_status,
    an_entry_without_a_status_leaves_the_head,
];

async fn entries_read_back_in_the_order_of_their_names(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=1, 10).await?;
    store.entries_are(&thread, 1, Vec::new()).await?;
    for (own, name) in (1..).zip(["b", "a", "é", "ab", "", "10", "9", "B"]) {
        store.put(entry(&thread, 1, name, own, 30)).await?;
    }
    let wanted = [("", 5), ("10", 6), ("9", 7), ("B", 8), ("a", 2), ("ab", 4), ("b", 1), ("é", 3)];
    let wanted = wanted.map(|(name, own)| (name, record(&thread, own, 30)));
    store.entries_are(&thread, 1, wanted.into()).await
}

async fn entries_of_any_size_read_back(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=1, 10).await?;
    let names: Vec<String> = SIZES.iter().map(|bytes| format!("{bytes:07}")).collect();
    for (name, bytes) in names.iter().zip(SIZES) {
        store.put(entry(&thread, 1, name, 9, bytes)).await?;
    }
    let wanted = names.iter().zip(SIZES).map(|(name, bytes)| (name.as_str(), record(&thread, 9, bytes)));
    store.entries_are(&thread, 1, wanted.collect()).await
}

/// Names hold the paths of tasks and what a user calls an effect.
async fn names_of_entries_are_told_apart(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=1, 10).await?;
    let long = "x".repeat(4000);
    let longer = "x".repeat(4001);
    let mut names = vec!["a", "A", "a ", " a", "a/b", "a%", "a_", "'; --", "\u{1}", "é", "e\u{301}", &long, &longer];
    for name in &names {
        store.put(entry(&thread, 1, name, name.len() as u64, 3)).await?;
    }
    names.sort_unstable();
    let wanted = names.iter().map(|name| (*name, record(&thread, name.len() as u64, 3)));
    store.entries_are(&thread, 1, wanted.collect()).await
}

/// A shorter one leaves nothing of the longer one behind.
async fn an_entry_put_again_replaces_its_bytes(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=1, 10).await?;
    store.put(entry(&thread, 1, "b", 1, 5)).await?;
    for (own, bytes) in (2..).zip([20_000, 5, 0, 9000]) {
        store.put(entry(&thread, 1, "a", own, bytes)).await?;
        let wanted = vec![("a", record(&thread, own, bytes)), ("b", record(&thread, 1, 5))];
        store.entries_are(&thread, 1, wanted).await?;
    }
    Ok(())
}

async fn entries_stay_beside_their_checkpoint(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    for number in 1..=3 {
        store.append(append(&thread, number, 10)).await?;
        store.entries_are(&thread, number, Vec::new()).await?;
        store.put(entry(&thread, number, "a", number, 30)).await?;
    }
    for number in 1..=3 {
        store.entries_are(&thread, number, vec![("a", record(&thread, number, 30))]).await?;
    }
    Ok(())
}

async fn entries_of_other_threads_are_not_seen(store: Store<'_>) -> Verdict {
    let threads = [thread("a"), thread("b"), thread_of("Agents", "a")];
    for thread in &threads {
        store.write(thread, 1..=1, 10).await?;
    }
    for (at, thread) in threads.iter().enumerate() {
        store.put(entry(thread, 1, "a", 1, 30)).await?;
        for later in &threads[at + 1..] {
            store.entries_are(later, 1, Vec::new()).await?;
        }
        store.entries_are(thread, 1, vec![("a", record(thread, 1, 30))]).await?;
    }
    Ok(())
}

async fn many_entries_put_side_by_side_are_all_kept(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=1, 10).await?;
    let names: Vec<String> = (0..400).map(|number| format!("{number:03}")).collect();
    let puts = names.iter().enumerate().map(|(at, name)| {
        let commit = if at % 2 == 0 { Commit::Synced } else { Commit::Written };
        store.saver().put_pending(PutPending { commit, ..entry(&thread, 1, name, at as u64, 40) })
    });
    for answer in join_all(puts).await {
        answer.map_err(|error| refused("one entry of many", &error))?;
    }
    let wanted = names.iter().enumerate().map(|(at, name)| (name.as_str(), record(&thread, at as u64, 40)));
    store.entries_are(&thread, 1, wanted.collect()).await
}

async fn an_entry_on_another_head_is_a_conflict(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=2, 10).await?;
    for number in [1, 3] {
        let late = PutPending { status: Some((Status::Failed, 9)), ..entry(&thread, number, "late", 1, 3) };
        conflicts("an entry on another head", store.saver().put_pending(late).await, Some(2))?;
    }
    for number in 1..=3 {
        store.entries_are(&thread, number, Vec::new()).await?;
    }
    store.head_is(&thread, Some(head(2))).await
}

async fn an_entry_on_another_hash_is_a_conflict(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=1, 10).await?;
    let other = PutPending {
        expected: (CheckpointId(1), hash(2)),
        status: Some((Status::Failed, 9)),
        ..entry(&thread, 1, "late", 1, 3)
    };
    conflicts("an entry on another hash", store.saver().put_pending(other).await, Some(1))?;
    store.entries_are(&thread, 1, Vec::new()).await?;
    store.head_is(&thread, Some(head(1))).await
}

async fn an_entry_on_a_thread_that_never_ran_is_a_conflict(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    let early = PutPending { status: Some((Status::Failed, 9)), ..entry(&thread, 1, "p", 1, 3) };
    conflicts("an entry where nothing is", store.saver().put_pending(early).await, None)?;
    store.is_empty(&thread).await?;
    store.threads_are(GRAPH, None, 9, Vec::new()).await
}

/// The hash stays, so what follows the checkpoint still follows it.
async fn an_entry_changes_the_status(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=1, 10).await?;
    for (status, updated) in [(Status::Failed, 9), (Status::Running, 2000), (Status::Paused, 2001)] {
        for commit in [Commit::Written, Commit::Synced] {
            let status = Some((status, updated));
            store.put(PutPending { status, commit, ..entry(&thread, 1, "a", 1, 3) }).await?;
        }
        let changed = Head { status, updated, ..head(1) };
        store.head_is(&thread, Some(changed)).await?;
        store.threads_are(GRAPH, None, 9, vec![("a", changed)]).await?;
    }
    store.numbers_are(&thread, None, 9, 10, [1]).await?;
    store.append(append(&thread, 2, 10)).await?;
    store.head_is(&thread, Some(head(2))).await
}

async fn an_entry_without_a_status_leaves_the_head(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=1, 10).await?;
    store.put(PutPending { status: Some((Status::Stopped, 77)), ..entry(&thread, 1, "a", 1, 3) }).await?;
    store.put(entry(&thread, 1, "b", 2, 3)).await?;
    store.head_is(&thread, Some(Head { status: Status::Stopped, updated: 77, ..head(1) })).await
}
