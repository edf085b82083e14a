//! An engine that stands still takes no more than the queue holds; one that fails is told to everybody who waits, and hangs nobody.
//!
//! The engine is stopped at a point of the committer, with a barrier, so that what is queued behind it does not depend on time.

use allocation_counter::measure;
use graph_runtime::fault::{self, Effect, Point};
use graph_runtime::{CheckpointId, Checkpointer, Commit, Prune, PutPending, StoreError};
use graph_tests::stores::{ENGINES, Options, open_store};
use graph_tests::{append, delivery, expected, newest, pending, thread, write};
use std::future::Future;
use std::path::Path;
use std::pin::{Pin, pin};
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Far above what an answer takes, also in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The points are those of the process, so one test at a time has them.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The engine of a store, stopped.
struct Stopped(Arc<Barrier>);

impl Stopped {
    /// Stops it in the commit of whatever `write` hands in.
    fn in_commit(write: impl FnOnce()) -> Stopped {
        let barrier = Arc::new(Barrier::new(2));
        fault::arm(Point::Taken, 1, Effect::Stall(Arc::clone(&barrier)));
        write();
        barrier.wait();
        Stopped(barrier)
    }

    fn go_on(self) {
        self.0.wait();
    }
}

fn polled<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Poll<T> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// What a future comes to; a test that would wait for ever fails instead.
fn answer<T: Send>(future: impl Future<Output = T> + Send) -> T {
    let (sender, receiver) = channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let _ = sender.send(futures_lite::future::block_on(future));
        });
        let Ok(answer) = receiver.recv_timeout(PATIENCE) else {
            // A scope would wait for its threads.
            eprintln!("somebody waits for ever");
            std::process::abort()
        };
        answer
    })
}

fn each(test: impl Fn(&str, &Path)) {
    let _alone = alone();
    for engine in ENGINES {
        let directory = tempfile::tempdir().unwrap();
        test(engine, &directory.path().join(engine));
    }
}

#[test]
fn a_million_writes_against_an_engine_that_stands_still_wait_in_a_queue_of_bounded_size() {
    const MILLION: u64 = 1_000_000;
    const WRITERS: u64 = 64;
    let bound = 1 << 20;
    each(|engine, store| {
        for bytes in [1, 5_000] {
            let _ = std::fs::remove_dir_all(store);
            let options = Options { queue_bytes: bound, flush_delay: Duration::from_secs(60), ..Options::default() };
            let saver = options.open(store).unwrap();
            let first = thread("first");
            let mut synced = None;
            let stopped = Stopped::in_commit(|| synced = Some(saver.append(append(&first, 1, 10, Commit::Synced))));
            let written = Mutex::new(vec![0_u64; usize::try_from(WRITERS).unwrap()]);
            let writer = |id: u64| {
                let (saver, written) = (&saver, &written);
                async move {
                    let key = thread(&format!("w{id}"));
                    for number in 1..=MILLION / WRITERS {
                        let entry = append(&key, number, bytes, Commit::Written);
                        written.lock().unwrap()[usize::try_from(id).unwrap()] = number;
                        saver.append(entry).await.unwrap();
                    }
                }
            };
            // Each of them writes until it has to wait.
            let mut writers = Vec::new();
            let memory = measure(|| {
                for id in 0..WRITERS {
                    let mut writer = Box::pin(writer(id));
                    assert!(polled(&mut writer).is_pending(), "a million writes were taken");
                    writers.push(writer);
                }
            });
            let taken: u64 = written.lock().unwrap().iter().sum();
            let held = usize::try_from(memory.bytes_current).unwrap();
            println!("{engine}: {taken} of {MILLION} writes of {bytes} bytes taken, {held} bytes of memory held");
            assert!(held < 4 * bound, "{held} bytes for a queue of {bound}");
            // All but the first have one that waits, however often they are asked.
            for writer in &mut writers {
                assert!(polled(writer).is_pending());
            }
            assert_eq!(written.lock().unwrap().iter().sum::<u64>(), taken);
            stopped.go_on();
            answer(synced.unwrap()).unwrap();
            // They go on once there is room.
            answer(saver.flush()).unwrap();
            for writer in &mut writers {
                let _ = polled(writer);
            }
            assert!(written.lock().unwrap().iter().sum::<u64>() >= taken + WRITERS, "nobody was let in");
            fault::watch();
            drop(writers);
        }
    });
}

/// How a call was answered.
type Answers = Vec<(&'static str, Result<(), StoreError>)>;

#[test]
fn an_engine_that_fails_is_told_to_everybody_who_waits() {
    let points = |engine: &str| match engine {
        "sled" => [Point::Several, Point::SledFlushed, Point::SledSynced, Point::Written],
        _ => [Point::Several, Point::RedbFilled, Point::RedbCommitted, Point::Written],
    };
    each(|engine, store| {
        for point in points(engine) {
            for effect in [Effect::Error, Effect::Panic] {
                let _ = std::fs::remove_dir_all(store);
                let saver = Options { queue_bytes: 10_000, ..Options::default() }.open(store).unwrap();
                write(&*saver, &thread("a"), 1..=3, 100);
                let answers = fail_with_a_full_queue(&saver, point, effect.clone());
                for (call, answer) in answers {
                    match (call, answer) {
                        ("in the commit", Err(StoreError::Failed { reason } | StoreError::Corrupt { reason }))
                        | (_, Err(StoreError::Poisoned { reason })) => {
                            assert!(reason.contains(&format!("{point:?}")), "{call}: {reason}");
                        }
                        (call, answer) => panic!("{engine}, {point:?}: {call} is answered {answer:?}"),
                    }
                }
                // Reads that come later see what is there.
                assert!(answer(saver.head(&thread("a"))).unwrap().is_some());
                assert_eq!(answer(saver.range(&thread("a"), None, 9)).unwrap().len(), 3);
                drop(saver);
                fault::watch();
                let saver =
                    open_store(store).unwrap_or_else(|error| panic!("{engine}, {point:?}, {effect:?}: {error}"));
                assert_eq!(newest(&*saver, &thread("a"), 100), 3);
                write(&*saver, &thread("a"), 4..=6, 100);
                assert!(newest(&*saver, &thread("b"), 100) <= 1);
            }
        }
    });
}

/// Lets the engine fail in a commit of two writes while all calls wait behind it.
fn fail_with_a_full_queue(saver: &Arc<dyn Checkpointer>, point: Point, effect: Effect) -> Answers {
    let (a, b, c) = (thread("a"), thread("b"), thread("c"));
    // One more thread that is written to first, so that the head of `a` stays what all of them expect.
    let entry = |commit| PutPending { commit, ..pending(&a, 3, "p", vec![1; 10]) };
    let mut first = None;
    let stopped = Stopped::in_commit(|| {
        // Taken together with the one that is synced.
        answer(saver.put_pending(entry(Commit::Written))).unwrap();
        first = Some(saver.append(append(&b, 1, 100, Commit::Synced)));
    });
    let full = answer_later(saver.append(append(&c, 1, 50_000, Commit::Written)));
    let calls: Vec<(&'static str, Later)> = vec![
        ("a written append that waits for room", full),
        ("a synced append", answer_later(saver.append(append(&c, 2, 100, Commit::Synced)))),
        ("an entry", answer_later(saver.put_pending(entry(Commit::Synced)))),
        ("a delivery", discard(saver.deliver(delivery(&a, 3, "d", vec![1])))),
        ("a delivery of a name that is taken", discard(saver.deliver(delivery(&a, 3, "d", vec![2])))),
        ("a prune", answer_later(saver.prune(prune()))),
        ("a deletion", answer_later(saver.delete(&b))),
        ("a flush", answer_later(saver.flush())),
        ("a read of a record", discard(saver.get(&a, CheckpointId(3)))),
        ("a read of a range", discard(saver.range(&a, None, 9))),
        ("a read of what is newer", discard(saver.newer(&a, CheckpointId(0), 9))),
        ("a read of entries", discard(saver.pending(&a, CheckpointId(3)))),
        ("a read of a delivery", discard(saver.delivered(&a, "d"))),
        ("a read of deliveries", discard(saver.deliveries(&a, None, 9))),
        ("a read of a request", discard(saver.request(&a, "r"))),
        ("a listing", discard(saver.threads("Agent", None, 9))),
    ];
    fault::arm(point, 1, effect);
    stopped.go_on();
    let mut answers = vec![("in the commit", answer(first.unwrap()))];
    answers.extend(calls.into_iter().map(|(name, call)| (name, answer(call))));
    answers.push(("an append afterwards", answer(saver.append(append(&a, 4, 100, Commit::Synced)))));
    answers.push(("a flush afterwards", answer(saver.flush())));
    answers
}

type Later<'a> = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>>;

/// A call that was made and has to wait.
fn answer_later<'a>(call: impl Future<Output = Result<(), StoreError>> + Send + 'a) -> Later<'a> {
    let mut call: Later<'a> = Box::pin(call);
    assert!(polled(&mut call).is_pending(), "it is answered at once");
    call
}

fn discard<'a, T>(call: impl Future<Output = Result<T, StoreError>> + Send + 'a) -> Later<'a> {
    answer_later(async move { call.await.map(drop) })
}

fn prune() -> Prune {
    let expected = expected(3).unwrap();
    Prune { thread: thread("a"), expected, remove: vec![CheckpointId(1)], entries: Vec::new(), commit: Commit::Synced }
}

#[test]
fn a_handle_that_is_dropped_while_the_engine_stands_still_leaves_what_was_written() {
    each(|_, store| {
        let saver = open_store(store).unwrap();
        let key = thread("a");
        let mut first = None;
        let stopped = Stopped::in_commit(|| first = Some(saver.append(append(&key, 1, 100, Commit::Synced))));
        let second = saver.append(append(&key, 2, 100, Commit::Written));
        assert!(matches!(polled(&mut pin!(second)), Poll::Ready(Ok(()))));
        drop(first);
        std::thread::scope(|scope| {
            let closing = scope.spawn(|| drop(saver));
            stopped.go_on();
            closing.join().unwrap();
        });
        fault::watch();
        assert_eq!(newest(&*open_store(store).unwrap(), &key, 100), 2);
    });
}
