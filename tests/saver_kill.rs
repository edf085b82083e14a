//! `kill -9` at any instant, on the bare saver: the store opens, and holds everything that was acknowledged, once.
//!
//! A process appends to several threads side by side, delivers to them, puts entries beside their heads, prunes them, and
//! deletes one whenever it is old enough. It is killed while it creates the store, opens it, recovers it and works. Longer, and
//! with other instants:
//!
//! ```text
//! GRAPH_TESTS_KILLS=20000 cargo test --release -p graph-tests --test saver_kill sled -- --nocapture
//! ```
//!
//! A kill leaves what was written to the system, so it may as well run in memory: `TMPDIR=/dev/shm`. `MemorySaver` does not
//! outlive its process, so there is nothing to kill.

use futures_lite::future::block_on;
use graph_runtime::{CheckpointId, Checkpointer, Commit, Prune, ThreadKey};
use graph_tests::kills::{Killer, Started, kills};
use graph_tests::stores::open_store;
use graph_tests::{append, delivery, expected, newest, pending, record, thread, write};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// How long the records of each thread are.
const BYTES: [usize; 3] = [300, 5000, 40_000];
/// A thread that is deleted whenever it has five checkpoints.
const REBORN: &str = "reborn";
/// How many kills a store lives through.
const LIFE: u64 = 100;

fn writer(id: usize) -> ThreadKey {
    thread(&format!("t{id}"))
}

fn mail(number: u64) -> (String, Vec<u8>) {
    (format!("mail {number:06}"), number.to_be_bytes().repeat(20))
}

/// The body of the other process; an empty test in this one.
#[test]
fn child() {
    let Some(started) = Started::from_env() else { return };
    println!("\nopening");
    let saver = open_store(&started.store).unwrap();
    println!("opened");
    for id in 0..BYTES.len() {
        println!("at {id} {}", head_of(&*saver, &writer(id)));
    }
    if started.role == "verify" {
        verify(&*saver);
        return;
    }
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let key = thread(REBORN);
            loop {
                let newest = head_of(&*saver, &key);
                write(&*saver, &key, newest + 1..=newest.max(5), 9000);
                block_on(saver.delete(&key)).unwrap();
            }
        });
        for id in 0..BYTES.len() {
            let saver = saver.clone();
            scope.spawn(move || write_until_killed(&*saver, id));
        }
    });
}

fn head_of(saver: &dyn Checkpointer, key: &ThreadKey) -> u64 {
    block_on(saver.head(key)).unwrap().map_or(0, |head| head.checkpoint.0)
}

/// Writes on, and says what was acknowledged.
fn write_until_killed(saver: &dyn Checkpointer, id: usize) {
    let key = writer(id);
    for number in head_of(saver, &key) + 1.. {
        let commit = if number % 4 == 0 { Commit::Written } else { Commit::Synced };
        block_on(saver.append(append(&key, number, BYTES[id], commit))).unwrap();
        if commit == Commit::Synced {
            println!("ack {id} {number}");
        }
        if number % 5 == 0 {
            let (name, bytes) = mail(number);
            assert!(block_on(saver.deliver(delivery(&key, number, &name, bytes.clone()))).unwrap(), "it was there");
            println!("ack-mail {id} {number}");
            block_on(saver.put_pending(pending(&key, number, &name, bytes))).unwrap();
            println!("ack-entry {id} {number}");
        }
        if number % 16 == 0 {
            let remove = (1..=number - 8).map(CheckpointId).collect();
            let expected = expected(number).expect("a head");
            let prune = Prune { thread: key.clone(), expected, remove, entries: Vec::new(), commit: Commit::Synced };
            block_on(saver.prune(prune)).unwrap();
        }
    }
}

/// Reads everything, compares it with what was written, and says what is there.
fn verify(saver: &dyn Checkpointer) {
    for (id, bytes) in BYTES.into_iter().enumerate() {
        let key = writer(id);
        let head = head_of(saver, &key);
        let records = block_on(saver.range(&key, None, usize::MAX)).unwrap();
        let numbers = (1..=head).rev().take(records.len());
        let wanted: Vec<_> = numbers.map(|number| (CheckpointId(number), record(&key, number, bytes))).collect();
        assert!(records == wanted, "thread {id}: the records up to {head} are not what was written, once and in order");
        assert!(records.len() as u64 >= head.min(8), "thread {id} lost records that were not pruned");
        for (name, bytes) in block_on(saver.deliveries(&key, None, usize::MAX)).unwrap() {
            let number = name.rsplit(' ').next().unwrap().parse().unwrap();
            assert_eq!((name, bytes), mail(number));
            println!("mail {id} {number}");
        }
        for (name, bytes) in block_on(saver.pending(&key, CheckpointId(head))).unwrap() {
            assert_eq!((name, bytes), mail(head));
            println!("entry {id} {head}");
        }
    }
    assert!(newest(saver, &thread(REBORN), 9000) <= 5);
}

/// What was acknowledged of one store.
#[derive(Debug, Default)]
struct Acknowledged {
    /// The newest record of each thread.
    records: [u64; BYTES.len()],
    mail: Vec<(usize, u64)>,
    /// The entry beside the newest record that has one.
    entries: BTreeMap<usize, u64>,
}

impl Acknowledged {
    /// Takes in what a process said; checks that it found what those before it had acknowledged.
    fn learn(&mut self, said: &str, verified: bool) {
        let mut found = Vec::new();
        for line in said.lines() {
            let words: Vec<_> = line.split(' ').collect();
            let [word, id, number] = words[..] else { continue };
            let (Ok(id), Ok(number)) = (id.parse::<usize>(), number.parse::<u64>()) else { continue };
            match word {
                "at" => {
                    assert!(number >= self.records[id], "thread {id} is at {number} of {}", self.records[id]);
                    self.records[id] = number;
                }
                "ack" => self.records[id] = number,
                "ack-mail" => self.mail.push((id, number)),
                "ack-entry" => drop(self.entries.insert(id, number)),
                _ => found.push((word, id, number)),
            }
        }
        if verified {
            for (id, number) in &self.mail {
                assert!(found.contains(&("mail", *id, *number)), "thread {id} lost mail {number}");
            }
            for (id, number) in &self.entries {
                let lost = self.records[*id] == *number && !found.contains(&("entry", *id, *number));
                assert!(!lost, "thread {id} lost the entry beside {number}");
            }
        }
    }

    fn count(&self) -> u64 {
        self.records.iter().sum::<u64>() + self.mail.len() as u64
    }
}

#[test]
fn what_redb_acknowledged_survives_kills() {
    what_was_acknowledged_survives_kills("redb", 60);
}

#[test]
fn what_sled_acknowledged_survives_kills() {
    what_was_acknowledged_survives_kills("sled", 60);
}

fn what_was_acknowledged_survives_kills(engine: &str, usual: u64) {
    let kills = kills(usual);
    let mut directory = tempfile::tempdir().unwrap();
    let mut killer = Killer::new(&directory.path().join(engine));
    let mut acknowledged = Acknowledged::default();
    let (mut writes, mut stores) = (0, 1);
    for kill in 1..=kills {
        acknowledged.learn(&killer.kill("run"), false);
        // Not after each kill, so that kills fall on recoveries of recoveries.
        if kill % 10 == 0 || kill == kills {
            acknowledged.learn(&killer.finish("verify"), true);
            no_blobs(&directory.path().join(engine));
        }
        if kill % LIFE == 0 || kill == kills {
            writes += acknowledged.count();
            println!("{engine}: {}; {stores} stores, {writes} writes acknowledged", killer.counted);
        }
        if kill % LIFE == 0 && kill < kills {
            directory = tempfile::tempdir().unwrap();
            killer.move_to(&directory.path().join(engine));
            acknowledged = Acknowledged::default();
            stores += 1;
        }
    }
    println!("{engine}: 0 lost, 0 applied twice, 0 unopenable");
    killer.counted.check();
}

/// sled never syncs what lies in a blob.
fn no_blobs(store: &Path) {
    if store.ends_with("sled") {
        assert_eq!(fs::read_dir(store.join("sled/blobs")).unwrap().count(), 0);
    }
}
