//! Entries that were delivered to a thread.

use super::difference::{Difference, Verdict, conflicts, refused, same};
use super::sample::{GRAPH, SIZES, append, delivery, entry, hash, head, record, thread, thread_of};
use super::store::Store;
use super::{Case, promises};
use crate::{Append, CheckpointId, Commit, Deliver, Head, PutPending, Status, ThreadKey};
use futures_lite::future::zip;
use futures_util::future::join_all;
use std::collections::BTreeMap;

pub(super) const CASES: &[Case] = promises![
    a_delivery_reads_back_as_it_was_written,
    a_delivery_under_a_name_that_is_there_changes_nothing,
    names_of_deliveries_are_told_apart,
    deliveries_of_other_threads_are_not_seen,
    deliveries_outlast_the_head_they_were_made_on,
    a_delivery_changes_the_status_and_nothing_else_of_the_head,
    a_delivery_without_a_status_leaves_the_head,
    a_thread_that_has_a_reply_does_not_fall_asleep,
    a_thread_that_has_a_reply_goes_on,
    a_delivery_on_another_head_is_a_conflict,
    a_delivery_on_another_hash_is_a_conflict,
    a_delivery_on_a_thread_that_never_ran_is_a_conflict,
    a_delivery_is_compared_with_the_head_before_its_name,
    of_deliveries_of_one_name_side_by_side_the_first_is_kept,
    deliveries_and_appends_are_ordered_as_they_were_called,
    deliveries_are_listed_page_by_page,
    a_deleted_thread_gives_its_names_free,
    only_an_append_changes_when_a_thread_is_due,
];

async fn a_delivery_reads_back_as_it_was_written(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=1, 10).await?;
    store.delivered_is(&thread, "r", None).await?;
    let names: Vec<String> = SIZES.iter().map(|bytes| format!("r{bytes}")).collect();
    for (name, bytes) in names.iter().zip(SIZES) {
        store.deliver(delivery(&thread, 1, name, 9, bytes), true).await?;
        store.delivered_is(&thread, name, Some(record(&thread, 9, bytes))).await?;
    }
    for (name, bytes) in names.iter().zip(SIZES) {
        store.delivered_is(&thread, name, Some(record(&thread, 9, bytes))).await?;
    }
    Ok(())
}

/// Whoever answers second is told so, and the answer that was taken stays.
async fn a_delivery_under_a_name_that_is_there_changes_nothing(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=1, 10).await?;
    store.deliver(delivery(&thread, 1, "r", 1, 9000), true).await?;
    for (own, bytes) in [(2, 3), (3, 20_000), (1, 9000)] {
        let again = Deliver { status: Some((Status::Running, 77)), ..delivery(&thread, 1, "r", own, bytes) };
        store.deliver(again, false).await?;
        store.delivered_is(&thread, "r", Some(record(&thread, 1, 9000))).await?;
        store.head_is(&thread, Some(head(1))).await?;
        store.deliveries_are(&thread, vec![("r", record(&thread, 1, 9000))]).await?;
    }
    Ok(())
}

async fn names_of_deliveries_are_told_apart(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=1, 10).await?;
    let (long, longer) = ("x".repeat(4000), "x".repeat(4001));
    let names = ["a", "A", "a ", " a", "", "a/b", "a%", "a_", "'; --", "\u{1}", "é", "e\u{301}", &long, &longer];
    for (own, name) in (1..).zip(names) {
        store.deliver(delivery(&thread, 1, name, own, 30), true).await?;
    }
    for (own, name) in (1..).zip(names) {
        store.delivered_is(&thread, name, Some(record(&thread, own, 30))).await?;
    }
    let wanted = (1..).zip(names).map(|(own, name)| (name, record(&thread, own, 30)));
    store.deliveries_are(&thread, wanted.collect()).await
}

async fn deliveries_of_other_threads_are_not_seen(store: Store<'_>) -> Verdict {
    let threads = [thread("a"), thread("ab"), thread("a\u{1}"), thread("A"), thread_of("Agents", "a")];
    for thread in &threads {
        store.write(thread, 1..=1, 10).await?;
    }
    for (at, thread) in threads.iter().enumerate() {
        store.deliver(delivery(thread, 1, "r", 1, 30), true).await?;
        for later in &threads[at + 1..] {
            store.delivered_is(later, "r", None).await?;
            store.deliveries_are(later, Vec::new()).await?;
        }
    }
    for thread in &threads {
        store.delivered_is(thread, "r", Some(record(thread, 1, 30))).await?;
    }
    Ok(())
}

/// They belong to the thread: no checkpoint has them beside it, and a name is taken for good.
async fn deliveries_outlast_the_head_they_were_made_on(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=1, 10).await?;
    store.deliver(delivery(&thread, 1, "r", 1, 30), true).await?;
    for number in 2..=4 {
        let commit = if number == 3 { Commit::Synced } else { Commit::Written };
        store.append(Append { commit, ..append(&thread, number, 10) }).await?;
        store.delivered_is(&thread, "r", Some(record(&thread, 1, 30))).await?;
        store.deliver(delivery(&thread, number, "r", number, 3), false).await?;
        store.deliver(delivery(&thread, number, &format!("r{number}"), number, 3), true).await?;
    }
    for number in 1..=4 {
        store.entries_are(&thread, number, Vec::new()).await?;
    }
    store.delivered_is(&thread, "r", Some(record(&thread, 1, 30))).await
}

async fn a_delivery_changes_the_status_and_nothing_else_of_the_head(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=1, 10).await?;
    for (name, status) in [("r", (Status::Running, 9)), ("s", (Status::Paused, 2000))] {
        store.deliver(Deliver { status: Some(status), ..delivery(&thread, 1, name, 1, 3) }, true).await?;
        let changed = Head { status: status.0, updated: status.1, ..head(1) };
        store.head_is(&thread, Some(changed)).await?;
        store.threads_are(GRAPH, None, 9, vec![("a", changed)]).await?;
    }
    store.numbers_are(&thread, None, 9, 10, [1]).await?;
    store.append(append(&thread, 2, 10)).await?;
    store.head_is(&thread, Some(head(2))).await
}

async fn a_delivery_without_a_status_leaves_the_head(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=1, 10).await?;
    store.deliver(Deliver { status: Some((Status::Paused, 77)), ..delivery(&thread, 1, "r", 1, 3) }, true).await?;
    store.deliver(delivery(&thread, 1, "s", 2, 3), true).await?;
    store.head_is(&thread, Some(Head { status: Status::Paused, updated: 77, ..head(1) })).await
}

/// Whoever says that it pauses has not seen the reply.
async fn a_thread_that_has_a_reply_does_not_fall_asleep(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=1, 10).await?;
    let reply = |number| Deliver {
        status: Some((Status::Replied, 70 + number)),
        ..delivery(&thread, number, &format!("r{number}"), 1, 3)
    };
    let asleep =
        |number| Append { head: Head { status: Status::Paused, ..head(number) }, ..append(&thread, number, 10) };
    for (number, commit) in [(1, Commit::Written), (2, Commit::Synced)] {
        store.deliver(reply(number), true).await?;
        let status = Some((Status::Paused, 90 + number));
        store.put(PutPending { status, commit, ..entry(&thread, number, "p", 1, 3) }).await?;
        let awake = Head { status: Status::Replied, updated: 90 + number, ..head(number) };
        store.head_is(&thread, Some(awake)).await?;
        store.append(Append { commit, ..asleep(number + 1) }).await?;
        let awake = Head { status: Status::Replied, ..head(number + 1) };
        store.head_is(&thread, Some(awake)).await?;
        store.threads_are(GRAPH, None, 9, vec![("a", awake)]).await?;
    }
    Ok(())
}

async fn a_thread_that_has_a_reply_goes_on(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=1, 10).await?;
    let reply = Deliver { status: Some((Status::Replied, 70)), ..delivery(&thread, 1, "r", 1, 3) };
    store.deliver(reply, true).await?;
    for status in [Status::Running, Status::Paused, Status::Replied, Status::Failed] {
        store.put(PutPending { status: Some((status, 71)), ..entry(&thread, 1, "p", 1, 3) }).await?;
        store.head_is(&thread, Some(Head { status, updated: 71, ..head(1) })).await?;
    }
    let reply = Deliver { status: Some((Status::Replied, 72)), ..delivery(&thread, 1, "s", 1, 3) };
    store.deliver(reply, true).await?;
    store.append(append(&thread, 2, 10)).await?;
    store.head_is(&thread, Some(head(2))).await
}

/// Makes a delivery that has to conflict.
async fn late(store: &Store<'_>, thread: &ThreadKey, late: Deliver, newest: Option<u64>) -> Verdict {
    let late = Deliver { status: Some((Status::Failed, 9)), ..late };
    let name = late.name.clone();
    let answer = store.saver().deliver(late).await.map(drop);
    conflicts(format_args!("a delivery of {name:?} on another head"), answer, newest)?;
    store.head_is(thread, newest.map(head)).await
}

async fn a_delivery_on_another_head_is_a_conflict(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=2, 10).await?;
    for number in [1, 3] {
        late(&store, &thread, delivery(&thread, number, "r", 1, 3), Some(2)).await?;
        store.delivered_is(&thread, "r", None).await?;
    }
    store.deliver(delivery(&thread, 2, "r", 1, 3), true).await
}

async fn a_delivery_on_another_hash_is_a_conflict(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=1, 10).await?;
    let other = Deliver { expected: (CheckpointId(1), hash(2)), ..delivery(&thread, 1, "r", 1, 3) };
    late(&store, &thread, other, Some(1)).await?;
    store.delivered_is(&thread, "r", None).await
}

async fn a_delivery_on_a_thread_that_never_ran_is_a_conflict(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    late(&store, &thread, delivery(&thread, 1, "r", 1, 3), None).await?;
    store.is_empty(&thread).await?;
    store.delivered_is(&thread, "r", None).await?;
    store.threads_are(GRAPH, None, 9, Vec::new()).await
}

/// Who saw another head saw other names.
async fn a_delivery_is_compared_with_the_head_before_its_name(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=1, 10).await?;
    store.deliver(delivery(&thread, 1, "r", 1, 3), true).await?;
    store.append(append(&thread, 2, 10)).await?;
    late(&store, &thread, delivery(&thread, 1, "r", 2, 3), Some(2)).await?;
    store.delivered_is(&thread, "r", Some(record(&thread, 1, 3))).await
}

async fn of_deliveries_of_one_name_side_by_side_the_first_is_kept(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=1, 10).await?;
    for round in 0..3 {
        let name = format!("r{round}");
        let calls = (0..8).map(|own| store.saver().deliver(delivery(&thread, 1, &name, own, 9000)));
        let answers = join_all(calls).await.into_iter().collect::<Result<Vec<_>, _>>();
        let answers = answers.map_err(|error| refused("one of eight deliveries of a name", &error))?;
        let taken: Vec<_> = (0..8).zip(&answers).filter(|(_, new)| **new).map(|(own, _)| own).collect();
        same("how many of eight deliveries of a name were new", &taken.len(), &1)?;
        store.delivered_is(&thread, &name, taken.first().map(|own| record(&thread, *own, 9000))).await?;
    }
    Ok(())
}

/// Nobody waits for an answer before the next call.
async fn deliveries_and_appends_are_ordered_as_they_were_called(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=1, 10).await?;
    let saver = store.saver();
    for number in 1..=10 {
        let name = format!("r{number}");
        let delivered = saver.deliver(delivery(&thread, number, &name, number, 300));
        let written = saver.append(Append { commit: Commit::Written, ..append(&thread, number + 1, 300) });
        let ((delivered, written), found) = zip(zip(delivered, written), saver.delivered(&thread, &name)).await;
        let delivered = delivered.map_err(|error| refused("a delivery before an append", &error))?;
        written.map_err(|error| refused("an append behind a delivery", &error))?;
        let found = found.map_err(|error| refused("delivered", &error))?;
        same("whether the delivery is new, and seen", &(delivered, found.is_some()), &(true, true))?;
    }
    store.head_is(&thread, Some(head(11))).await
}

async fn deliveries_are_listed_page_by_page(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=1, 10).await?;
    let names: Vec<String> = (0..10).map(|name| format!("r{name}")).collect();
    for (own, name) in (0..).zip(&names) {
        store.deliver(delivery(&thread, 1, name, own, 5000), true).await?;
    }
    let (mut listed, mut after) = (BTreeMap::new(), None::<String>);
    for size in [1, 3, 4, 9] {
        let page = store.saver().deliveries(&thread, after.as_deref(), size).await;
        let page = page.map_err(|error| refused("deliveries", &error))?;
        let left = names.len() - listed.len();
        same(format_args!("how many are on a page of {size}"), &page.len(), &size.min(left))?;
        after = page.last().map(|(name, _)| name.clone());
        for (name, bytes) in page {
            if listed.insert(name.clone(), bytes).is_some() {
                return Err(Difference(format!("{name:?} is listed twice")));
            }
        }
    }
    let wanted = (0..).zip(names).map(|(own, name)| (name, record(&thread, own, 5000)));
    same("whether all pages together hold what was delivered", &(listed == wanted.collect()), &true)?;
    let none = store.saver().deliveries(&thread, None, 0).await.map_err(|error| refused("deliveries", &error))?;
    same("how many are on a page of 0", &none.len(), &0)
}

/// Nobody waits for the delete, nor for the first append of the thread that follows.
async fn a_deleted_thread_gives_its_names_free(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    for round in 1..=3 {
        store.write(&thread, 1..=1, 10).await?;
        store.deliver(delivery(&thread, 1, "r", round, 9000), true).await?;
        let deleted = store.saver().delete(&thread);
        let written = store.saver().append(Append { commit: Commit::Written, ..append(&thread, 1, 10) });
        let delivered = store.saver().deliver(delivery(&thread, 1, "r", 10 + round, 3));
        let ((deleted, written), delivered) = zip(zip(deleted, written), delivered).await;
        deleted.map_err(|error| refused("the delete", &error))?;
        written.map_err(|error| refused("the append behind the delete", &error))?;
        let delivered = delivered.map_err(|error| refused("the delivery to the new thread", &error))?;
        same("whether the name is free in the new thread", &delivered, &true)?;
        store.delivered_is(&thread, "r", Some(record(&thread, 10 + round, 3))).await?;
        store.delete(&thread).await?;
        store.delivered_is(&thread, "r", None).await?;
    }
    Ok(())
}

async fn only_an_append_changes_when_a_thread_is_due(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    for (number, due) in (1..).zip([None, Some(0), Some(1), Some(u64::MAX), None, Some(1 << 40)]) {
        let next = Head { due, ..head(number) };
        store.append(Append { head: next, ..append(&thread, number, 10) }).await?;
        store.head_is(&thread, Some(next)).await?;
        let put = super::sample::entry(&thread, number, "p", 1, 3);
        store.put(crate::PutPending { status: Some((Status::Paused, 5)), ..put }).await?;
        store.head_is(&thread, Some(Head { status: Status::Paused, updated: 5, ..next })).await?;
        let name = format!("r{number}");
        let reply = Deliver { status: Some((Status::Running, 6)), ..delivery(&thread, number, &name, 1, 3) };
        store.deliver(reply, true).await?;
        let changed = Head { status: Status::Running, updated: 6, ..next };
        store.head_is(&thread, Some(changed)).await?;
        store.threads_are(GRAPH, None, 9, vec![("a", changed)]).await?;
    }
    Ok(())
}
