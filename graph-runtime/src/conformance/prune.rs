//! Removing a part of a thread's records.

use super::difference::{Verdict, conflicts, refused};
use super::sample::{append, delivery, entry, hash, head, record, thread, thread_of};
use super::store::Store;
use super::{Case, promises};
use crate::{Append, CheckpointId, Commit, Prune, ThreadKey};
use futures_lite::future::zip;

pub(super) const CASES: &[Case] = promises![
    pruned_records_are_gone_and_the_others_stay,
    a_prune_takes_the_entries_beside_what_it_removes_and_no_others,
    a_prune_puts_entries_beside_what_stays,
    a_prune_leaves_the_head,
    pruning_what_is_not_there_changes_nothing,
    a_prune_on_another_head_is_a_conflict,
    a_prune_leaves_the_neighbours_alone,
    a_request_goes_on_naming_a_pruned_checkpoint,
    a_thread_goes_on_after_a_prune,
    a_prune_takes_what_was_written_just_before,
];

/// Removes numbers from a thread of this head.
pub(super) fn prune(thread: &ThreadKey, number: u64, remove: &[u64]) -> Prune {
    Prune {
        thread: thread.clone(),
        expected: (CheckpointId(number), hash(number)),
        remove: remove.iter().copied().map(CheckpointId).collect(),
        entries: Vec::new(),
        commit: Commit::Synced,
    }
}

async fn pruned_records_are_gone_and_the_others_stay(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=9, 9000).await?;
    store.prune(prune(&thread, 9, &[1, 2, 5, 6, 8])).await?;
    store.head_is(&thread, Some(head(9))).await?;
    for number in 1..=9 {
        let kept = [3, 4, 7, 9].contains(&number);
        store.record_is(&thread, number, kept.then(|| record(&thread, number, 9000))).await?;
    }
    store.numbers_are(&thread, None, usize::MAX, 9000, [9, 7, 4, 3]).await?;
    store.numbers_are(&thread, Some(8), 2, 9000, [7, 4]).await?;
    store.newer_are(&thread, 0, usize::MAX, 9000, [3, 4, 7, 9]).await?;
    store.newer_are(&thread, 4, 1, 9000, [7]).await?;
    store.prune(prune(&thread, 9, &[3, 4, 7])).await?;
    store.numbers_are(&thread, None, usize::MAX, 9000, [9]).await
}

async fn a_prune_takes_the_entries_beside_what_it_removes_and_no_others(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    for number in 1..=4 {
        store.append(append(&thread, number, 10)).await?;
        store.put(entry(&thread, number, "p", number, 9000)).await?;
        store.put(entry(&thread, number, "q", 10 + number, 3)).await?;
    }
    store.prune(prune(&thread, 4, &[1, 3])).await?;
    for number in 1..=4 {
        let both = vec![("p", record(&thread, number, 9000)), ("q", record(&thread, 10 + number, 3))];
        store.entries_are(&thread, number, if number % 2 == 0 { both } else { Vec::new() }).await?;
    }
    Ok(())
}

/// Beside any of them, in place of one of that name.
async fn a_prune_puts_entries_beside_what_stays(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=2, 10).await?;
    store.put(entry(&thread, 2, "p", 1, 20_000)).await?;
    store.append(append(&thread, 3, 10)).await?;
    for (own, bytes) in [(5, 9000), (6, 3)] {
        let put = |id, name: &str| (CheckpointId(id), name.to_owned(), record(&thread, own, bytes));
        let entries = vec![put(2, "gone"), put(3, "gone"), put(2, "p")];
        store.prune(Prune { entries, ..prune(&thread, 3, &[1]) }).await?;
        let put = record(&thread, own, bytes);
        store.entries_are(&thread, 2, vec![("gone", put.clone()), ("p", put.clone())]).await?;
        store.entries_are(&thread, 3, vec![("gone", put)]).await?;
    }
    store.head_is(&thread, Some(head(3))).await
}

async fn a_prune_leaves_the_head(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=2, 10).await?;
    store.put(entry(&thread, 2, "p", 1, 30)).await?;
    store.prune(prune(&thread, 2, &[1, 2])).await?;
    store.head_is(&thread, Some(head(2))).await?;
    store.numbers_are(&thread, None, 9, 10, [2]).await?;
    store.entries_are(&thread, 2, vec![("p", record(&thread, 1, 30))]).await
}

async fn pruning_what_is_not_there_changes_nothing(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write_whole(&thread).await?;
    store.prune(prune(&thread, 2, &[])).await?;
    store.prune(prune(&thread, 2, &[0, 3, 77, u64::MAX])).await?;
    store.is_whole(&thread).await?;
    store.write(&thread, 3..=3, 10).await?;
    store.prune(prune(&thread, 3, &[2])).await?;
    store.prune(prune(&thread, 3, &[2])).await?;
    store.head_is(&thread, Some(head(3))).await?;
    store.newer_are(&thread, 1, 9, 10, [3]).await
}

async fn a_prune_on_another_head_is_a_conflict(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    let late = |prune: Prune| Prune { entries: vec![(CheckpointId(2), "late".to_owned(), vec![1])], ..prune };
    conflicts("a prune where nothing is", store.saver().prune(late(prune(&thread, 2, &[1]))).await, None)?;
    store.is_empty(&thread).await?;
    store.write_whole(&thread).await?;
    let other = Prune { expected: (CheckpointId(2), hash(3)), ..prune(&thread, 2, &[1]) };
    for refused in [prune(&thread, 1, &[1]), prune(&thread, 3, &[1, 2]), other] {
        conflicts("a prune on another head", store.saver().prune(late(refused)).await, Some(2))?;
        store.is_whole(&thread).await?;
    }
    Ok(())
}

async fn a_prune_leaves_the_neighbours_alone(store: Store<'_>) -> Verdict {
    let pruned = thread("a");
    let neighbours = [thread("A"), thread("a\u{1}"), thread("ab"), thread("\u{1}"), thread_of("Agents", "a")];
    for thread in neighbours.iter().chain([&pruned]) {
        store.write_whole(thread).await?;
    }
    store.prune(prune(&pruned, 2, &[1])).await?;
    for thread in &neighbours {
        store.is_whole(thread).await?;
    }
    store.numbers_are(&pruned, None, 9, 10, [2]).await
}

/// The answer is gone, and whoever asks again has to be told so. What was delivered stays, too.
async fn a_request_goes_on_naming_a_pruned_checkpoint(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.append(Append { request: Some("r".into()), ..append(&thread, 1, 10) }).await?;
    store.deliver(delivery(&thread, 1, "d", 7, 9000), true).await?;
    store.append(append(&thread, 2, 10)).await?;
    store.prune(prune(&thread, 2, &[1])).await?;
    store.record_is(&thread, 1, None).await?;
    store.request_is(&thread, "r", Some(1)).await?;
    store.delivered_is(&thread, "d", Some(record(&thread, 7, 9000))).await
}

async fn a_thread_goes_on_after_a_prune(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=3, 10).await?;
    store.prune(prune(&thread, 3, &[1, 2])).await?;
    store.put(entry(&thread, 3, "p", 1, 30)).await?;
    store.append(append(&thread, 4, 10)).await?;
    store.numbers_are(&thread, None, 9, 10, [4, 3]).await?;
    store.entries_are(&thread, 3, vec![("p", record(&thread, 1, 30))]).await?;
    store.delete(&thread).await?;
    store.is_empty(&thread).await
}

/// Nobody waits for the appends.
async fn a_prune_takes_what_was_written_just_before(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    let saver = store.saver();
    for number in (1..=9).step_by(3) {
        let written = |number| Append { commit: Commit::Written, ..append(&thread, number, 9000) };
        let appends = zip(saver.append(written(number)), saver.append(written(number + 1)));
        let behind = zip(saver.prune(prune(&thread, number + 1, &[number])), saver.append(written(number + 2)));
        let ((first, second), (pruned, third)) = zip(appends, behind).await;
        for answer in [first, second, third] {
            answer.map_err(|error| refused("an append beside a prune", &error))?;
        }
        pruned.map_err(|error| refused("a prune behind two appends", &error))?;
        store.record_is(&thread, number, None).await?;
        store.numbers_are(&thread, None, 2, 9000, [number + 2, number + 1]).await?;
    }
    Ok(())
}
