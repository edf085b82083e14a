//! What every saver promises.

use futures_lite::future::block_on;
use graph_runtime::{
    Append, CheckpointId, Checkpointer, Commit, Head, MemorySaver, SledSaver, Status, StoreError, ThreadId,
};
use graph_tests::{append, expected, hash, head, pending, record, thread, thread_of};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

type Saver = Arc<dyn Checkpointer>;

/// Runs a check on each saver, empty.
fn each_saver(check: impl Fn(Saver)) {
    let directory = tempfile::tempdir().unwrap();
    check(Arc::new(SledSaver::open(directory.path().join("store")).unwrap()));
    check(Arc::new(MemorySaver::default()));
}

const SIZES: [usize; 9] = [0, 1, 300, 4087, 4088, 4089, 8184, 20_000, 300_000];

#[test]
fn an_appended_record_is_the_head_and_reads_back() {
    each_saver(|saver| {
        block_on(async {
            let thread = thread("one");
            assert_eq!(saver.head(&thread).await.unwrap(), None);
            assert_eq!(saver.get(&thread, CheckpointId(1)).await.unwrap(), None);
            for (number, bytes) in (1..).zip(SIZES) {
                saver.append(append(&thread, number, bytes, Commit::Synced)).await.unwrap();
                assert_eq!(saver.head(&thread).await.unwrap(), Some(head(number)));
            }
            for (number, bytes) in (1..).zip(SIZES) {
                let found = saver.get(&thread, CheckpointId(number)).await.unwrap();
                assert_eq!(found, Some(record(&thread, number, bytes)), "{bytes} bytes");
            }
        });
    });
}

#[test]
fn an_append_on_another_head_is_a_conflict_and_changes_nothing() {
    each_saver(|saver| {
        block_on(async {
            let thread = thread("one");
            let on_nothing = saver.append(append(&thread, 5, 10, Commit::Synced)).await;
            assert!(matches!(on_nothing, Err(StoreError::Conflict { head: None })), "{on_nothing:?}");
            saver.append(append(&thread, 1, 10, Commit::Synced)).await.unwrap();
            let other_hash =
                Append { expected: Some((CheckpointId(1), hash(7))), ..append(&thread, 2, 10, Commit::Synced) };
            for stale in [append(&thread, 1, 20, Commit::Synced), append(&thread, 3, 20, Commit::Synced), other_hash] {
                let answer = saver.append(stale).await;
                assert!(matches!(answer, Err(StoreError::Conflict { head: Some(CheckpointId(1)) })), "{answer:?}");
            }
            assert_eq!(saver.head(&thread).await.unwrap(), Some(head(1)));
            assert_eq!(saver.get(&thread, CheckpointId(1)).await.unwrap(), Some(record(&thread, 1, 10)));
            assert_eq!(saver.get(&thread, CheckpointId(3)).await.unwrap(), None);
        });
    });
}

#[test]
fn a_range_is_newest_first_and_ends_before_the_given_checkpoint() {
    each_saver(|saver| {
        block_on(async {
            let thread = thread("one");
            for (number, bytes) in (1..).zip(SIZES) {
                saver.append(append(&thread, number, bytes, Commit::Written)).await.unwrap();
            }
            let newest = SIZES.len() as u64;
            let all = saver.range(&thread, None, usize::MAX).await.unwrap();
            let wanted: Vec<_> = (1..=newest)
                .rev()
                .map(|number| {
                    let bytes = SIZES[usize::try_from(number).unwrap() - 1];
                    (CheckpointId(number), record(&thread, number, bytes))
                })
                .collect();
            assert_eq!(all, wanted);
            assert_eq!(saver.range(&thread, None, 2).await.unwrap(), wanted[..2]);
            assert_eq!(saver.range(&thread, Some(CheckpointId(newest)), 3).await.unwrap(), wanted[1..4]);
            assert_eq!(saver.range(&thread, Some(CheckpointId(1)), 3).await.unwrap(), []);
            assert_eq!(saver.range(&thread, None, 0).await.unwrap(), []);
        });
    });
}

#[test]
fn pending_entries_lie_beside_their_head_in_the_order_of_their_names() {
    each_saver(|saver| {
        block_on(async {
            let thread = thread("one");
            saver.append(append(&thread, 1, 10, Commit::Synced)).await.unwrap();
            for (name, bytes) in [("b", 5000), ("a", 0), ("c", 9000), ("b", 20), ("", 3)] {
                saver.put_pending(pending(&thread, 1, name, record(&thread, 77, bytes))).await.unwrap();
            }
            let wanted: Vec<(String, Vec<u8>)> = [("", 3), ("a", 0), ("b", 20), ("c", 9000)]
                .map(|(name, bytes)| (name.to_owned(), record(&thread, 77, bytes)))
                .into();
            assert_eq!(saver.pending(&thread, CheckpointId(1)).await.unwrap(), wanted);
            assert_eq!(saver.pending(&thread, CheckpointId(2)).await.unwrap(), []);

            saver.append(append(&thread, 2, 10, Commit::Synced)).await.unwrap();
            let late = saver.put_pending(pending(&thread, 1, "late", Vec::new())).await;
            assert!(matches!(late, Err(StoreError::Conflict { head: Some(CheckpointId(2)) })), "{late:?}");
            assert_eq!(saver.pending(&thread, CheckpointId(2)).await.unwrap(), []);
        });
    });
}

#[test]
fn a_pending_entry_can_change_the_status() {
    each_saver(|saver| {
        block_on(async {
            let thread = thread("one");
            saver.append(append(&thread, 1, 10, Commit::Synced)).await.unwrap();
            let mut entry = pending(&thread, 1, "a", vec![1]);
            entry.status = Some((Status::Failed, 9));
            entry.commit = Commit::Written;
            saver.put_pending(entry).await.unwrap();
            let failed = Head { status: Status::Failed, updated: 9, ..head(1) };
            assert_eq!(saver.head(&thread).await.unwrap(), Some(failed));
            assert_eq!(saver.threads("Agent", None, 9).await.unwrap(), [(thread.thread.clone(), failed)]);
            saver.append(append(&thread, 2, 10, Commit::Synced)).await.unwrap();
            assert_eq!(saver.head(&thread).await.unwrap(), Some(head(2)));
        });
    });
}

#[test]
fn a_request_finds_the_last_checkpoint_that_answers_it() {
    each_saver(|saver| {
        block_on(async {
            let (one, two) = (thread("one"), thread("two"));
            for (number, request) in (1..).zip(["r", "s", "r"]) {
                let append = Append { request: Some(request.into()), ..append(&one, number, 10, Commit::Synced) };
                saver.append(append).await.unwrap();
            }
            assert_eq!(saver.request(&one, "r").await.unwrap(), Some(CheckpointId(3)));
            assert_eq!(saver.request(&one, "s").await.unwrap(), Some(CheckpointId(2)));
            assert_eq!(saver.request(&one, "t").await.unwrap(), None);
            assert_eq!(saver.request(&two, "r").await.unwrap(), None);
        });
    });
}

#[test]
fn a_deleted_thread_leaves_nothing_and_its_neighbours_alone() {
    each_saver(|saver| {
        block_on(async {
            let neighbours =
                [thread("a"), thread("a\u{1}"), thread("ab"), thread_of("Agents", "a"), thread_of("Agen", "a")];
            let gone = &neighbours[0];
            for thread in &neighbours {
                let first = Append { request: Some("r".into()), ..append(thread, 1, 9000, Commit::Written) };
                saver.append(first).await.unwrap();
                saver.append(append(thread, 2, 10, Commit::Written)).await.unwrap();
                saver.put_pending(pending(thread, 2, "p", vec![0; 9000])).await.unwrap();
            }
            saver.delete(gone).await.unwrap();
            saver.delete(gone).await.unwrap();
            assert_eq!(saver.head(gone).await.unwrap(), None);
            assert_eq!(saver.range(gone, None, 9).await.unwrap(), []);
            assert_eq!(saver.pending(gone, CheckpointId(2)).await.unwrap(), []);
            assert_eq!(saver.request(gone, "r").await.unwrap(), None);
            for thread in &neighbours[1..] {
                assert_eq!(saver.head(thread).await.unwrap(), Some(head(2)));
                assert_eq!(saver.range(thread, None, 9).await.unwrap().len(), 2);
                assert_eq!(saver.pending(thread, CheckpointId(2)).await.unwrap().len(), 1);
                assert_eq!(saver.request(thread, "r").await.unwrap(), Some(CheckpointId(1)));
            }
            saver.append(append(gone, 1, 10, Commit::Synced)).await.unwrap();
            assert_eq!(saver.range(gone, None, 9).await.unwrap(), [(CheckpointId(1), record(gone, 1, 10))]);
        });
    });
}

#[test]
fn a_delete_takes_what_was_written_just_before_with_it() {
    each_saver(|saver| {
        block_on(async {
            let thread = thread("one");
            for _ in 0..3 {
                let written = [append(&thread, 1, 9000, Commit::Written), append(&thread, 2, 10, Commit::Written)];
                let written = written.map(|append| saver.append(append));
                let deleted = saver.delete(&thread);
                for write in written {
                    write.await.unwrap();
                }
                deleted.await.unwrap();
                assert_eq!(saver.range(&thread, None, 9).await.unwrap(), []);
                assert_eq!(saver.head(&thread).await.unwrap(), None);
            }
        });
    });
}

#[test]
fn threads_are_listed_in_the_order_of_their_ids_page_by_page() {
    each_saver(|saver| {
        block_on(async {
            let mut ids = vec!["a", "a\u{1}", "aa", "ab", "b", "é", "\u{1}", "\u{10FFFF}", "z z"];
            let longest = "x".repeat(ThreadId::MAX_BYTES);
            ids.push(&longest);
            for id in &ids {
                saver.append(append(&thread(id), 1, 10, Commit::Written)).await.unwrap();
                saver.append(append(&thread_of("Other", id), 1, 10, Commit::Written)).await.unwrap();
            }
            ids.sort_unstable();
            let mut found: Vec<ThreadId> = Vec::new();
            loop {
                let page = saver.threads("Agent", found.last(), 3).await.unwrap();
                assert!(page.len() <= 3);
                if page.is_empty() {
                    break;
                }
                assert!(page.iter().all(|(_, at)| *at == head(1)));
                found.extend(page.into_iter().map(|(id, _)| id));
            }
            assert_eq!(found.iter().map(ThreadId::as_str).collect::<Vec<_>>(), ids);
            let between = ThreadId::new("ac").unwrap();
            assert_eq!(saver.threads("Agent", Some(&between), 1).await.unwrap()[0].0.as_str(), "b");
            assert_eq!(saver.threads("Nobody", None, 3).await.unwrap(), []);
        });
    });
}

#[test]
fn written_appends_are_ready_at_once_and_seen_by_the_next_read() {
    each_saver(|saver| {
        block_on(async {
            let thread = thread("one");
            for number in 1..=500 {
                let mut written = pin!(saver.append(append(&thread, number, 300, Commit::Written)));
                let poll = written.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                assert!(matches!(poll, Poll::Ready(Ok(()))), "{poll:?}");
            }
            assert_eq!(saver.head(&thread).await.unwrap(), Some(head(500)));
            assert_eq!(saver.get(&thread, CheckpointId(500)).await.unwrap(), Some(record(&thread, 500, 300)));
            assert_eq!(saver.range(&thread, None, usize::MAX).await.unwrap().len(), 500);
            saver.flush().await.unwrap();
            saver.flush().await.unwrap();
        });
    });
}

#[test]
fn a_written_conflict_is_told_by_the_next_synced_call_at_the_latest() {
    each_saver(|saver| {
        block_on(async {
            let thread = thread("one");
            saver.append(append(&thread, 1, 10, Commit::Synced)).await.unwrap();
            let written = saver.append(append(&thread, 9, 10, Commit::Written)).await;
            let next = saver.append(append(&thread, 10, 10, Commit::Synced)).await;
            assert!(matches!(written, Ok(()) | Err(StoreError::Conflict { .. })), "{written:?}");
            assert!(matches!(next, Err(StoreError::Conflict { .. })), "{next:?}");
            assert_eq!(saver.head(&thread).await.unwrap(), Some(head(1)));
        });
    });
}

#[test]
fn of_sixteen_runners_on_one_thread_one_wins_each_checkpoint() {
    each_saver(|saver| {
        let key = thread("one");
        let wins = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for runner in 0..16_u64 {
                let (saver, key, wins) = (&saver, &key, &wins);
                scope.spawn(move || {
                    block_on(async {
                        for _ in 0..20 {
                            let at = saver.head(key).await.unwrap();
                            let number = at.map_or(0, |head| head.checkpoint.0) + 1;
                            let mine = Append {
                                expected: at.map(|head| (head.checkpoint, head.hash)),
                                head: Head { hash: hash(number * 100 + runner), ..head(number) },
                                record: record(key, number * 100 + runner, 600),
                                commit: if number % 2 == 0 { Commit::Synced } else { Commit::Written },
                                ..append(key, number, 0, Commit::Synced)
                            };
                            match saver.append(mine).await {
                                Ok(()) => wins.fetch_add(1, Ordering::Relaxed),
                                Err(StoreError::Conflict { .. }) => 0,
                                Err(error) => panic!("{error}"),
                            };
                        }
                    });
                });
            }
        });
        block_on(async {
            let wins = wins.into_inner();
            assert_eq!(saver.head(&key).await.unwrap().map(|head| head.checkpoint), Some(CheckpointId(wins)));
            let all = saver.range(&key, None, usize::MAX).await.unwrap();
            assert_eq!(all.len() as u64, wins);
            for (id, found) in all {
                assert!((0..16).any(|runner| found == record(&key, id.0 * 100 + runner, 600)), "{id}");
            }
        });
    });
}

#[test]
fn many_appends_wait_side_by_side_on_one_executor_thread() {
    each_saver(|saver| {
        block_on(async {
            for number in 1..=20 {
                let keys: Vec<_> = (0..64).map(|id| thread(&format!("t{id}"))).collect();
                let writes: Vec<_> =
                    keys.iter().map(|key| saver.append(append(key, number, 300, Commit::Synced))).collect();
                for write in writes {
                    write.await.unwrap();
                }
            }
            for id in 0..64 {
                assert_eq!(saver.head(&thread(&format!("t{id}"))).await.unwrap(), Some(head(20)));
            }
        });
    });
}

#[test]
fn handles_of_one_store_have_one_id() {
    each_saver(|first| each_saver(|second| assert_ne!(first.store_id(), second.store_id())));
    assert_eq!(expected(0), None);
}

/// One call of the model test.
#[derive(Clone, Debug)]
enum Call {
    Append { thread: usize, bytes: usize, commit: Commit },
    Stale { thread: usize, behind: u64 },
    Pending { thread: usize, name: String, bytes: usize },
    Delete { thread: usize },
    Flush,
    Reopen,
}

fn call() -> impl Strategy<Value = Call> {
    let thread = 0..4_usize;
    let bytes = prop_oneof![0..400_usize, 4000..4200_usize, 8000..20_000_usize];
    let commit = prop_oneof![Just(Commit::Synced), Just(Commit::Written)];
    prop_oneof![
        6 => (thread.clone(), bytes.clone(), commit).prop_map(|(thread, bytes, commit)| Call::Append { thread, bytes, commit }),
        1 => (thread.clone(), 1..4_u64).prop_map(|(thread, behind)| Call::Stale { thread, behind }),
        2 => (thread.clone(), "[ab]{0,2}", bytes).prop_map(|(thread, name, bytes)| Call::Pending { thread, name, bytes }),
        1 => thread.prop_map(|thread| Call::Delete { thread }),
        1 => Just(Call::Flush),
        1 => Just(Call::Reopen),
    ]
}

#[derive(Default)]
struct Model {
    records: BTreeMap<u64, Vec<u8>>,
    pending: BTreeMap<u64, BTreeMap<String, Vec<u8>>>,
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn any_sequence_of_calls_does_what_a_map_would_do(calls in proptest::collection::vec(call(), 1..40)) {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join("store");
        let mut saver = SledSaver::open(&store).unwrap();
        let keys = ["a", "a\u{1}", "ab", "b"].map(thread);
        let mut models: [Model; 4] = Default::default();
        for (salt, call) in (0..).zip(calls) {
            block_on(async {
                match call.clone() {
                    Call::Append { thread, bytes, commit } => {
                        let number = models[thread].records.len() as u64 + 1;
                        let record = record(&keys[thread], salt, bytes);
                        models[thread].records.insert(number, record.clone());
                        saver.append(Append { record, ..append(&keys[thread], number, 0, commit) }).await.unwrap();
                    }
                    Call::Stale { thread, behind } => {
                        let number = models[thread].records.len() as u64 + 1;
                        let stale = append(&keys[thread], number.saturating_sub(behind).max(1), 10, Commit::Synced);
                        let answer = saver.append(stale).await;
                        let conflicts = matches!(answer, Err(StoreError::Conflict { .. }));
                        assert_eq!(conflicts, number > 1, "{answer:?}");
                        if !conflicts {
                            models[thread].records.insert(1, graph_tests::record(&keys[thread], 1, 10));
                        }
                    }
                    Call::Pending { thread, name, bytes } => {
                        let number = models[thread].records.len() as u64;
                        if number > 0 {
                            let bytes = record(&keys[thread], salt, bytes);
                            saver.put_pending(pending(&keys[thread], number, &name, bytes.clone())).await.unwrap();
                            models[thread].pending.entry(number).or_default().insert(name, bytes);
                        }
                    }
                    Call::Delete { thread } => {
                        saver.delete(&keys[thread]).await.unwrap();
                        models[thread] = Model::default();
                    }
                    Call::Flush => saver.flush().await.unwrap(),
                    Call::Reopen => {}
                }
            });
            if matches!(call, Call::Reopen) {
                drop(saver);
                saver = SledSaver::open(&store).unwrap();
            }
        }
        block_on(async {
            for (key, model) in keys.iter().zip(&models) {
                let newest = model.records.len() as u64;
                assert_eq!(saver.head(key).await.unwrap(), (newest > 0).then(|| head(newest)));
                let wanted: Vec<_> = model.records.iter().rev().map(|(id, bytes)| (CheckpointId(*id), bytes.clone())).collect();
                assert!(saver.range(key, None, usize::MAX).await.unwrap() == wanted);
                for number in 1..=newest {
                    let wanted: Vec<_> = model.pending.get(&number).cloned().unwrap_or_default().into_iter().collect();
                    assert!(saver.pending(key, CheckpointId(number)).await.unwrap() == wanted);
                }
            }
            let alive = keys.iter().zip(&models).filter(|(_, model)| !model.records.is_empty());
            let alive: Vec<_> = alive.map(|(key, model)| (key.thread.clone(), head(model.records.len() as u64))).collect();
            assert_eq!(saver.threads("Agent", None, 9).await.unwrap(), alive);
        });
    }
}
