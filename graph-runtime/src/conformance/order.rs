//! Calls side by side: what is ordered, what is atomic, what is lost when a call is dropped.

use super::difference::{Difference, Verdict, refused, same};
use super::sample::{append, hash, head, record, thread};
use super::store::Store;
use super::{Case, promises};
use crate::{Append, CheckpointId, Commit, Head, StoreError};
use futures_lite::future::{poll_once, yield_now, zip};
use futures_util::future::join_all;

pub(super) const CASES: &[Case] = promises![
    a_read_sees_the_appends_called_before_it,
    written_appends_follow_each_other_without_waiting,
    a_dropped_append_is_stored_wholly_or_not_at_all,
    of_many_runners_on_one_thread_one_wins_each_checkpoint,
    threads_written_side_by_side_lose_nothing,
    a_flush_changes_nothing,
];

/// Each pair of futures is polled in the order of the calls.
async fn a_read_sees_the_appends_called_before_it(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    let saver = store.saver();
    for (number, commit) in (1..=20).zip([Commit::Written, Commit::Synced].into_iter().cycle()) {
        let written = saver.append(Append { commit, ..append(&thread, number, 300) });
        let (written, found) = match number % 3 {
            0 => {
                let (written, found) = zip(written, saver.head(&thread)).await;
                (written, found.map(|head| head.is_some_and(|head| head.checkpoint.0 == number)))
            }
            1 => {
                let (written, found) = zip(written, saver.get(&thread, CheckpointId(number))).await;
                (written, found.map(|record| record.is_some()))
            }
            _ => {
                let (written, found) = zip(written, saver.range(&thread, None, 1)).await;
                (written, found.map(|records| records.iter().any(|(id, _)| id.0 == number)))
            }
        };
        written.map_err(|error| refused(format_args!("the append of {number}"), &error))?;
        let found = found.map_err(|error| refused("a read", &error))?;
        same(format_args!("whether a read called after the append of {number} sees it"), &found, &true)?;
    }
    Ok(())
}

async fn written_appends_follow_each_other_without_waiting(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    let appends = (1..=20).map(|number| Append { commit: Commit::Written, ..append(&thread, number, 300) });
    for answer in join_all(appends.map(|append| store.saver().append(append))).await {
        answer.map_err(|error| refused("a written append behind another one", &error))?;
    }
    store.numbers_are(&thread, None, usize::MAX, 300, (1..=20).rev()).await
}

/// A run can be dropped at any await. Whatever the next read of the head says stays true.
async fn a_dropped_append_is_stored_wholly_or_not_at_all(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    let mut newest = 0;
    for commit in [Commit::Written, Commit::Synced].into_iter().cycle().take(10) {
        let request = Some("r".into());
        let next = Append { request, commit, ..append(&thread, newest + 1, 300) };
        let _ = poll_once(store.saver().append(next)).await;
        let found = store.saver().head(&thread).await.map_err(|error| refused("head", &error))?;
        if found == Some(head(newest + 1)) {
            newest += 1;
        }
        store.head_is(&thread, (newest > 0).then(|| head(newest))).await?;
        store.numbers_are(&thread, None, usize::MAX, 300, (1..=newest).rev()).await?;
        store.request_is(&thread, "r", (newest > 0).then_some(newest)).await?;
    }
    store.append(append(&thread, newest + 1, 10)).await
}

/// The runners share a task; a saver whose calls wait between reading the head and writing lets two of them win.
async fn of_many_runners_on_one_thread_one_wins_each_checkpoint(store: Store<'_>) -> Verdict {
    let thread = &thread("a");
    let saver = store.saver();
    let runner = async |runner: u64| {
        let mut wins = Vec::new();
        for _ in 0..10 {
            let at = saver.head(thread).await.map_err(|error| refused("head", &error))?;
            yield_now().await;
            let number = at.map_or(0, |head| head.checkpoint.0) + 1;
            let own = number * 100 + runner;
            let mine = Append {
                expected: at.map(|head| (head.checkpoint, head.hash)),
                head: Head { hash: hash(own), ..head(number) },
                record: record(thread, own, 600),
                commit: if number % 2 == 0 { Commit::Synced } else { Commit::Written },
                ..append(thread, number, 0)
            };
            match saver.append(mine).await {
                Ok(()) => wins.push((number, record(thread, own, 600))),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(refused("an append that may conflict", &error)),
            }
        }
        Ok::<_, Difference>(wins)
    };
    let mut wins = Vec::new();
    for won in join_all((0..16).map(runner)).await {
        wins.extend(won?);
    }
    wins.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    store.range_is(thread, None, usize::MAX, wins).await
}

async fn threads_written_side_by_side_lose_nothing(store: Store<'_>) -> Verdict {
    let threads: Vec<_> = (0..64).map(|id| thread(&format!("t{id}"))).collect();
    for number in 1..=10 {
        let appends = threads.iter().map(|thread| store.saver().append(append(thread, number, 300)));
        for answer in join_all(appends).await {
            answer.map_err(|error| refused(format_args!("the append of {number} in one of 64 threads"), &error))?;
        }
    }
    for thread in &threads {
        store.head_is(thread, Some(head(10))).await?;
        store.numbers_are(thread, None, usize::MAX, 300, (1..=10).rev()).await?;
    }
    Ok(())
}

async fn a_flush_changes_nothing(store: Store<'_>) -> Verdict {
    store.flush().await?;
    store.write_whole(&thread("a")).await?;
    store.flush().await?;
    store.flush().await?;
    store.is_whole(&thread("a")).await
}
