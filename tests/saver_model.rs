//! Any sequence of calls does to a saver what it does to a map.

use futures_lite::future::block_on;
use graph_runtime::{Append, CheckpointId, Commit, Prune, StoreError};
use graph_tests::stores::{ENGINES, open_store};
use graph_tests::{append, delivery, expected, head, pending, record, thread};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// One call of the model test.
#[derive(Clone, Debug)]
enum Call {
    Append { thread: usize, bytes: usize, commit: Commit },
    Stale { thread: usize, behind: u64 },
    Pending { thread: usize, name: String, bytes: usize },
    Deliver { thread: usize, name: String, bytes: usize },
    Prune { thread: usize, remove: u64, commit: Commit },
    Delete { thread: usize },
    Flush,
    Reopen,
}

fn call() -> impl Strategy<Value = Call> {
    let thread = 0..4_usize;
    let bytes = prop_oneof![0..400_usize, 4000..4200_usize, 8000..20_000_usize];
    let commit = prop_oneof![Just(Commit::Synced), Just(Commit::Written)];
    prop_oneof![
        6 => (thread.clone(), bytes.clone(), commit.clone()).prop_map(|(thread, bytes, commit)| Call::Append { thread, bytes, commit }),
        1 => (thread.clone(), 1..4_u64).prop_map(|(thread, behind)| Call::Stale { thread, behind }),
        2 => (thread.clone(), "[ab]{0,2}", bytes.clone()).prop_map(|(thread, name, bytes)| Call::Pending { thread, name, bytes }),
        2 => (thread.clone(), "[ab]{0,2}", bytes).prop_map(|(thread, name, bytes)| Call::Deliver { thread, name, bytes }),
        2 => (thread.clone(), any::<u64>(), commit.clone()).prop_map(|(thread, remove, commit)| Call::Prune { thread, remove, commit }),
        1 => thread.prop_map(|thread| Call::Delete { thread }),
        1 => Just(Call::Flush),
        1 => Just(Call::Reopen),
    ]
}

#[derive(Default)]
struct Model {
    newest: u64,
    records: BTreeMap<u64, Vec<u8>>,
    pending: BTreeMap<u64, BTreeMap<String, Vec<u8>>>,
    delivered: BTreeMap<String, Vec<u8>>,
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn any_sequence_of_calls_does_what_a_map_would_do(
        calls in proptest::collection::vec(call(), 1..40),
        engine in proptest::sample::select(&ENGINES),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join(engine);
        let mut saver = open_store(&store).unwrap();
        let keys = ["a", "a\u{1}", "ab", "b"].map(thread);
        let mut models: [Model; 4] = Default::default();
        for (salt, call) in (0..).zip(calls) {
            block_on(async {
                match call.clone() {
                    Call::Append { thread, bytes, commit } => {
                        let number = models[thread].newest + 1;
                        let bytes = record(&keys[thread], salt, bytes);
                        models[thread].records.insert(number, bytes.clone());
                        models[thread].newest = number;
                        let append = Append { record: bytes, ..append(&keys[thread], number, 0, commit) };
                        saver.append(append).await.unwrap();
                    }
                    Call::Stale { thread, behind } => {
                        let number = models[thread].newest + 1;
                        let stale = append(&keys[thread], number.saturating_sub(behind).max(1), 10, Commit::Synced);
                        let answer = saver.append(stale).await;
                        let conflicts = matches!(answer, Err(StoreError::Conflict { .. }));
                        assert_eq!(conflicts, number > 1, "{answer:?}");
                        if !conflicts {
                            models[thread].records.insert(1, record(&keys[thread], 1, 10));
                            models[thread].newest = 1;
                        }
                    }
                    Call::Pending { thread, name, bytes } => {
                        let number = models[thread].newest;
                        if number > 0 {
                            let bytes = record(&keys[thread], salt, bytes);
                            saver.put_pending(pending(&keys[thread], number, &name, bytes.clone())).await.unwrap();
                            models[thread].pending.entry(number).or_default().insert(name, bytes);
                        }
                    }
                    Call::Deliver { thread, name, bytes } => {
                        let number = models[thread].newest;
                        if number > 0 {
                            let bytes = record(&keys[thread], salt, bytes);
                            let new = saver.deliver(delivery(&keys[thread], number, &name, bytes.clone())).await.unwrap();
                            assert_eq!(new, !models[thread].delivered.contains_key(&name), "{name:?}");
                            models[thread].delivered.entry(name).or_insert(bytes);
                        }
                    }
                    Call::Prune { thread, remove, commit } => {
                        let model = &mut models[thread];
                        if model.newest > 0 {
                            let gone: Vec<u64> = (1..=model.newest).filter(|id| remove >> (id % 64) & 1 == 1).collect();
                            let kept = (1..=model.newest).rev().find(|id| !gone.contains(id) || *id == model.newest);
                            let told = (CheckpointId(kept.unwrap()), "gone".to_owned(), record(&keys[thread], salt, 30));
                            let (thread, expected) = (keys[thread].clone(), expected(model.newest).unwrap());
                            let remove = gone.iter().copied().map(CheckpointId).collect();
                            saver.prune(Prune { thread, expected, remove, entries: vec![told.clone()], commit }).await.unwrap();
                            for id in gone.iter().filter(|id| **id != model.newest) {
                                model.records.remove(id);
                                model.pending.remove(id);
                            }
                            model.pending.entry(told.0.0).or_default().insert(told.1, told.2);
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
                saver = open_store(&store).unwrap();
            }
        }
        block_on(async {
            for (key, model) in keys.iter().zip(&models) {
                let newest = model.newest;
                assert_eq!(saver.head(key).await.unwrap(), (newest > 0).then(|| head(newest)));
                let wanted: Vec<_> = model.records.iter().rev().map(|(id, bytes)| (CheckpointId(*id), bytes.clone())).collect();
                assert!(saver.range(key, None, usize::MAX).await.unwrap() == wanted);
                let oldest: Vec<_> = wanted.into_iter().rev().collect();
                assert!(saver.newer(key, CheckpointId(0), usize::MAX).await.unwrap() == oldest);
                let mut delivered = saver.deliveries(key, None, usize::MAX).await.unwrap();
                delivered.sort();
                assert!(delivered == model.delivered.clone().into_iter().collect::<Vec<_>>());
                for (name, bytes) in &model.delivered {
                    assert!(saver.delivered(key, name).await.unwrap().as_ref() == Some(bytes));
                }
                for number in 1..=newest {
                    let wanted: Vec<_> = model.pending.get(&number).cloned().unwrap_or_default().into_iter().collect();
                    assert!(saver.pending(key, CheckpointId(number)).await.unwrap() == wanted);
                }
            }
            let alive = keys.iter().zip(&models).filter(|(_, model)| model.newest > 0);
            let alive: Vec<_> = alive.map(|(key, model)| (key.thread.clone(), head(model.newest))).collect();
            assert_eq!(saver.threads("Agent", None, 9).await.unwrap(), alive);
        });
    }
}
