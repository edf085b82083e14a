//! `kill -9` at any instant, on a real graph: no acknowledged step, reply or effect is lost, and none is done twice.
//!
//! Processes work on orders: tasks and a subgraph side by side, retries, effects, two pauses with replies, and a state of which
//! each step stores only what it changed. They are killed while they create the store, open it, recover what the process before
//! has left, and work. Longer, and with other instants:
//!
//! ```text
//! GRAPH_TESTS_KILLS=20000 cargo test --release -p graph-tests --test crash sled -- --nocapture
//! ```
//!
//! What a process says on its standard output counts as acknowledged. `MemorySaver` does not outlive its process, so there is
//! nothing to kill.

use graph_runtime::Durability;
use graph_tests::kills::{Killer, Started, kills};
use graph_tests::orders::{Customer, Ledger, durability, role};
use graph_tests::stores::open_store;
use std::fs;

/// How long the page of an order is.
const BYTES: usize = 1500;
/// How many kills a store lives through.
const LIFE: u64 = 50;

/// The body of the other process; an empty test in this one.
#[test]
fn child() {
    let Some(Started { store, role, round }) = Started::from_env() else { return };
    println!("\nopening");
    let saver = open_store(&store).unwrap();
    println!("opened");
    let customer = Customer::new(saver, &store.with_file_name("lines"), round, durability(round), BYTES);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(customer.play(&role)).unwrap();
}

#[test]
fn on_redb_what_was_acknowledged_survives_every_kill_and_is_done_once() {
    what_was_acknowledged_survives_every_kill("redb", 60);
}

#[test]
fn on_sled_what_was_acknowledged_survives_every_kill_and_is_done_once() {
    what_was_acknowledged_survives_every_kill("sled", 100);
}

fn what_was_acknowledged_survives_every_kill(engine: &str, usual: u64) {
    let kills = kills(usual);
    let mut directory = tempfile::tempdir().unwrap();
    let mut killer = Killer::new(&directory.path().join(engine));
    let mut ledger = Ledger::default();
    let mut synced = 0;
    for kill in 1..=kills {
        let role = if killer.random.below(3) == 0 { role::RECOVER } else { role::RUN };
        let said = killer.kill(role);
        ledger.learn(&said, killer.round());
        synced += u64::from(durability(killer.round()) == Durability::Sync);
        // Not after each kill, so that kills fall on recoveries of recoveries.
        if kill % 10 == 0 {
            let said = killer.finish(role::VERIFY);
            ledger.learn(&said, killer.round());
        }
        if kill % LIFE == 0 || kill == kills {
            for role in [role::FINISH, role::FINISH] {
                let said = killer.finish(role);
                ledger.learn(&said, killer.round());
            }
            let lines = fs::read_to_string(directory.path().join("lines")).unwrap();
            ledger.close(&lines, synced);
            println!("{engine}: {}; {}", killer.counted, ledger.told);
            synced = 0;
            directory = tempfile::tempdir().unwrap();
            killer.move_to(&directory.path().join(engine));
        }
    }
    println!("{engine}: 0 lost, 0 applied twice, 0 unopenable");
    killer.counted.check();
    assert!(ledger.told.steps > kills, "hardly a process came to run");
}
