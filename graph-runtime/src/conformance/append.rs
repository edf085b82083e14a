//! Appends: what they store, and what they are refused for.

use super::difference::{Difference, Verdict, conflicts, same};
use super::sample::{SIZES, append, hash, head, record, thread};
use super::store::Store;
use super::{Case, promises};
use crate::{Append, CheckpointId, Commit, Head, RecordHash, Status, StoreError};

pub(super) const CASES: &[Case] = promises![
    an_appended_record_becomes_the_head,
    a_record_reads_back_as_it_was_written,
    a_head_reads_back_as_it_was_written,
    an_append_on_an_older_head_is_a_conflict,
    an_append_on_a_head_to_come_is_a_conflict,
    an_append_on_another_hash_is_a_conflict,
    a_first_append_on_a_thread_that_has_run_is_a_conflict,
    an_append_on_a_thread_that_never_ran_is_a_conflict,
    a_conflict_changes_nothing,
    a_written_conflict_is_told_by_the_next_synced_append,
];

async fn an_appended_record_becomes_the_head(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.head_is(&thread, None).await?;
    for number in 1..=3 {
        store.append(append(&thread, number, 10)).await?;
        store.head_is(&thread, Some(head(number))).await?;
    }
    Ok(())
}

/// Checked at the end too: a later record may not change an earlier one.
async fn a_record_reads_back_as_it_was_written(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    let every_byte = (0..=u8::MAX).collect();
    let records = SIZES.map(|bytes| record(&thread, bytes as u64, bytes)).into_iter();
    let records: Vec<Vec<u8>> = records.chain([every_byte, vec![0; 9000], b"\\x00'\"\r\n\0".to_vec()]).collect();
    for (number, bytes) in (1..).zip(&records) {
        store.append(Append { record: bytes.clone(), ..append(&thread, number, 0) }).await?;
        store.record_is(&thread, number, Some(bytes.clone())).await?;
    }
    for (number, bytes) in (1..).zip(records) {
        store.record_is(&thread, number, Some(bytes)).await?;
    }
    Ok(())
}

async fn a_head_reads_back_as_it_was_written(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    let statuses = [
        Status::Running,
        Status::Paused,
        Status::Failed,
        Status::Stopped,
        Status::Finished,
        Status::Cancelled,
        Status::Copying,
        Status::Replied,
    ];
    let hashes = [[0; 16], [0xFF; 16], *b"\0\x01\x7F\x80 '\"\\\r\n\t\xC3\x28zzz"];
    let times = [0, 1, u64::from(u32::MAX) + 1, 253_402_300_799_999];
    let mut expected = None;
    for (number, status) in (1..).zip(statuses) {
        let at = usize::try_from(number).unwrap_or_default();
        let wanted = Head {
            checkpoint: CheckpointId(number),
            hash: RecordHash(hashes[at % hashes.len()]),
            status,
            updated: times[at % times.len()],
            due: (number % 2 == 0).then_some(times[(at + 1) % times.len()]),
        };
        store.append(Append { expected, head: wanted, ..append(&thread, number, 10) }).await?;
        store.head_is(&thread, Some(wanted)).await?;
        expected = Some((wanted.checkpoint, wanted.hash));
    }
    Ok(())
}

async fn an_append_on_an_older_head_is_a_conflict(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=3, 10).await?;
    let answer = store.saver().append(append(&thread, 2, 20)).await;
    conflicts("an append on 1 where 3 is the head", answer, Some(3))
}

async fn an_append_on_a_head_to_come_is_a_conflict(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=3, 10).await?;
    let answer = store.saver().append(append(&thread, 5, 20)).await;
    conflicts("an append on 4 where 3 is the head", answer, Some(3))
}

/// Two forks of a thread have heads of one number and different hashes.
async fn an_append_on_another_hash_is_a_conflict(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=1, 10).await?;
    let mut other = hash(1);
    other.0[15] ^= 1;
    let other = Append { expected: Some((CheckpointId(1), other)), ..append(&thread, 2, 10) };
    conflicts("an append on the head's number with another hash", store.saver().append(other).await, Some(1))?;
    store.append(append(&thread, 2, 10)).await
}

async fn a_first_append_on_a_thread_that_has_run_is_a_conflict(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=2, 10).await?;
    let first = Append { expected: None, ..append(&thread, 3, 20) };
    conflicts("an append on nothing where 2 is the head", store.saver().append(first).await, Some(2))
}

async fn an_append_on_a_thread_that_never_ran_is_a_conflict(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    conflicts("an append on 1 where nothing is", store.saver().append(append(&thread, 2, 10)).await, None)?;
    store.is_empty(&thread).await?;
    store.threads_are(&thread.graph, None, 9, Vec::new()).await
}

async fn a_conflict_changes_nothing(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write_whole(&thread).await?;
    let stale = Append { request: Some("r".into()), ..append(&thread, 2, 77) };
    let early = Append { request: Some("s".into()), ..append(&thread, 4, 77) };
    let first = Append { expected: None, request: Some("t".into()), ..append(&thread, 3, 77) };
    for refused in [stale, early, first] {
        conflicts("an append on another head", store.saver().append(refused).await, Some(2))?;
        store.is_whole(&thread).await?;
    }
    for number in [3, 4] {
        store.record_is(&thread, number, None).await?;
    }
    for request in ["s", "t"] {
        store.request_is(&thread, request, None).await?;
    }
    store.append(append(&thread, 3, 10)).await
}

/// A written append may be acknowledged before the store has compared the head; whoever builds on it must learn it.
async fn a_written_conflict_is_told_by_the_next_synced_append(store: Store<'_>) -> Verdict {
    let thread = thread("a");
    store.write(&thread, 1..=1, 10).await?;
    let written = store.saver().append(Append { commit: Commit::Written, ..append(&thread, 9, 10) }).await;
    if !matches!(written, Ok(()) | Err(StoreError::Conflict { .. })) {
        return Err(Difference(format!("a written append on another head answered {written:?}")));
    }
    let next = store.saver().append(append(&thread, 10, 10)).await;
    same("whether the next append conflicts", &matches!(next, Err(StoreError::Conflict { .. })), &true)?;
    store.head_is(&thread, Some(head(1))).await?;
    store.numbers_are(&thread, None, 9, 10, [1]).await
}
