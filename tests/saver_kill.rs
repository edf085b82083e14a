//! `kill -9` at any instant: the store opens, and holds everything that was acknowledged.

use futures_lite::future::block_on;
use graph_runtime::Commit;
use graph_tests::stores::open_store;
use graph_tests::{append, child_store, newest, start_child, thread, wait_for, write};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

/// The body of the other process; an empty test in this one.
#[test]
fn child() {
    if let Some(store) = child_store() {
        write_until_killed(Path::new(&store));
    }
}

const KILL_THREADS: u64 = 3;
/// A thread that is deleted whenever it has five checkpoints.
const REBORN: &str = "reborn";

/// Appends to several threads side by side, of sizes of one and of many chunks, and says what was acknowledged.
fn write_until_killed(store: &Path) {
    println!("\nopening");
    let saver = open_store(store).unwrap();
    println!("opened");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let key = thread(REBORN);
            loop {
                let newest = block_on(saver.head(&key)).unwrap().map_or(0, |head| head.checkpoint.0);
                write(&*saver, &key, newest + 1..=newest.max(5), 9000);
                block_on(saver.delete(&key)).unwrap();
            }
        });
        for id in 0..KILL_THREADS {
            let saver = saver.clone();
            scope.spawn(move || {
                let key = thread(&format!("t{id}"));
                let bytes = kill_bytes(id);
                let newest = block_on(saver.head(&key)).unwrap().map_or(0, |head| head.checkpoint.0);
                for number in newest + 1.. {
                    let commit = if number % 4 == 0 { Commit::Written } else { Commit::Synced };
                    block_on(saver.append(append(&key, number, bytes, commit))).unwrap();
                    if commit == Commit::Synced {
                        println!("ack {id} {number}");
                    }
                }
            });
        }
    });
}

fn kill_bytes(id: u64) -> usize {
    [300, 5000, 40_000][usize::try_from(id).unwrap()]
}

#[test]
fn what_redb_acknowledged_survives_kills() {
    what_was_acknowledged_survives_kills("redb", 30);
}

#[test]
fn what_sled_acknowledged_survives_kills() {
    what_was_acknowledged_survives_kills("sled", 60);
}

fn what_was_acknowledged_survives_kills(engine: &str, rounds: u32) {
    let rounds = std::env::var("GRAPH_TESTS_KILLS").map_or(rounds, |kills| kills.parse().expect("a number of kills"));
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().join(engine);
    let mut acknowledged = [0_u64; 3];
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut in_open = 0;
    for round in 0..rounds {
        let (mut child, _stdin, mut stdout) = start_child(&store);
        wait_for(&mut stdout, "opening");
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        // Two of three kills are aimed at the open and what it recovers; the others fall among the commits.
        let at_most = if random.is_multiple_of(3) {
            wait_for(&mut stdout, "opened");
            150_000
        } else {
            15_000
        };
        std::thread::sleep(Duration::from_micros(random / 3 % at_most));
        child.kill().unwrap();
        child.wait().unwrap();
        let mut said = String::new();
        stdout.read_to_string(&mut said).unwrap();
        in_open += u32::from(!said.contains("ack"));
        for line in said.lines() {
            // A line that was cut off by the kill lacks its end and is left out.
            if let Some((id, number)) = line.strip_prefix("ack ").and_then(|ack| ack.split_once(' '))
                && said.contains(&format!("{line}\n"))
            {
                let id: usize = id.parse().unwrap();
                acknowledged[id] = acknowledged[id].max(number.parse().unwrap());
            }
        }
        // Not after each round, so that kills fall on recoveries of recoveries.
        if round % 5 == 4 || round + 1 == rounds {
            let saver = open_store(&store).unwrap_or_else(|error| panic!("after {round} kills: {error}"));
            for id in 0..KILL_THREADS {
                let at = newest(&*saver, &thread(&format!("t{id}")), kill_bytes(id));
                let at_least = acknowledged[usize::try_from(id).unwrap()];
                assert!(at >= at_least, "after {round} kills thread {id} is at {at}, and {at_least} was acknowledged");
            }
            assert!(newest(&*saver, &thread(REBORN), 9000) <= 5);
            if engine == "sled" {
                assert_eq!(fs::read_dir(store.join("sled/blobs")).unwrap().count(), 0);
            }
        }
    }
    println!(
        "{engine}: {rounds} kills, {in_open} before the first acknowledgement; {acknowledged:?} acknowledged, none lost"
    );
}
