//! Reading records: one, and many.

use super::difference::Verdict;
use super::sample::{append, head, record, thread};
use super::store::Store;
use super::{Case, promises};
use crate::{Append, Commit};

pub(super) const CASES: &[Case] = promises![
    an_unknown_thread_has_nothing,
    an_unknown_checkpoint_has_no_record,
    every_record_is_found_by_its_number,
    a_range_is_newest_first,
    a_range_ends_before_the_given_checkpoint,
    a_range_is_limited,
    a_range_pages_through_a_long_history,
    large_numbers_keep_their_order,
    newer_records_are_oldest_first,
    newer_records_begin_behind_the_given_checkpoint,
    newer_records_are_limited,
];

async fn an_unknown_thread_has_nothing(store: Store<'_>) -> Verdict {
    store.is_empty(&thread("a")).await?;
    store.write_whole(&thread("b")).await?;
    store.is_empty(&thread("a")).await
}

async fn an_unknown_checkpoint_has_no_record(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=2, 10).await?;
    for number in [0, 3, u64::from(u32::MAX), 1 << 40] {
        store.record_is(&thread, number, None).await?;
        store.entries_are(&thread, number, Vec::new()).await?;
    }
    Ok(())
}

async fn every_record_is_found_by_its_number(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=20, 300).await?;
    for number in 1..=20 {
        store.record_is(&thread, number, Some(record(&thread, number, 300))).await?;
    }
    Ok(())
}

/// Twelve records: as text, 10 sorts before 9.
async fn a_range_is_newest_first(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=12, 300).await?;
    store.numbers_are(&thread, None, usize::MAX, 300, (1..=12).rev()).await
}

async fn a_range_ends_before_the_given_checkpoint(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=12, 10).await?;
    store.numbers_are(&thread, Some(11), usize::MAX, 10, (1..=10).rev()).await?;
    store.numbers_are(&thread, Some(2), usize::MAX, 10, [1]).await?;
    store.numbers_are(&thread, Some(1), usize::MAX, 10, []).await?;
    store.numbers_are(&thread, Some(0), usize::MAX, 10, []).await?;
    store.numbers_are(&thread, Some(1000), usize::MAX, 10, (1..=12).rev()).await
}

async fn a_range_is_limited(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=5, 9000).await?;
    store.numbers_are(&thread, None, 0, 9000, []).await?;
    store.numbers_are(&thread, None, 1, 9000, [5]).await?;
    store.numbers_are(&thread, None, 3, 9000, [5, 4, 3]).await?;
    store.numbers_are(&thread, None, 5, 9000, (1..=5).rev()).await?;
    store.numbers_are(&thread, None, 6, 9000, (1..=5).rev()).await?;
    store.numbers_are(&thread, Some(4), 2, 9000, [3, 2]).await
}

async fn a_range_pages_through_a_long_history(store: Store<'_>) -> Verdict {
    const NEWEST: u64 = 10_000;
    let thread = thread("a");
    store.write(&thread, 1..=NEWEST, 20).await?;
    store.head_is(&thread, Some(head(NEWEST))).await?;
    let mut newest = NEWEST;
    while newest > 0 {
        let before = (newest < NEWEST).then_some(newest + 1);
        let older = newest.saturating_sub(999);
        store.numbers_are(&thread, before, 999, 20, (older + 1..=newest).rev()).await?;
        newest = older;
    }
    Ok(())
}

/// A thread may skip numbers, and runs for years.
async fn large_numbers_keep_their_order(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    let numbers = [1, 255, 256, 65_536, 1 << 31, 1 << 32, (1 << 32) + 1, 1 << 53, (1 << 53) + 1];
    let mut expected = None;
    for number in numbers {
        let head = head(number);
        store.append(Append { expected, head, commit: Commit::Written, ..append(&thread, number, 10) }).await?;
        expected = Some((head.checkpoint, head.hash));
    }
    store.numbers_are(&thread, None, usize::MAX, 10, numbers.into_iter().rev()).await?;
    store.numbers_are(&thread, Some(1 << 32), 2, 10, [1 << 31, 65_536]).await?;
    store.head_is(&thread, Some(head((1 << 53) + 1))).await
}

async fn newer_records_are_oldest_first(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.newer_are(&thread, 0, usize::MAX, 300, []).await?;
    store.write(&thread, 1..=12, 300).await?;
    store.newer_are(&thread, 0, usize::MAX, 300, 1..=12).await
}

async fn newer_records_begin_behind_the_given_checkpoint(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=5, 9000).await?;
    for after in [1, 3, 4, 5, 6, 1 << 40, u64::MAX] {
        store.newer_are(&thread, after, usize::MAX, 9000, after.saturating_add(1)..=5).await?;
    }
    Ok(())
}

async fn newer_records_are_limited(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=5, 9000).await?;
    store.newer_are(&thread, 0, 0, 9000, []).await?;
    store.newer_are(&thread, 0, 2, 9000, [1, 2]).await?;
    store.newer_are(&thread, 3, 2, 9000, [4, 5]).await?;
    store.newer_are(&thread, 3, 9, 9000, [4, 5]).await
}
