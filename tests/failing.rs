//! A disk that is full or broken, at every operation: a typed error, a store that refuses to go on, and nothing lost.
//!
//! A process opens a store and takes an order to its end, while the n-th of its writes, syncs, opens, renames and truncations
//! fails: once, or with all that follow. `failing.c` stands between the process and the system for that; it takes Linux and a
//! C compiler. Then another process opens the store without faults, finds everything that was acknowledged, and goes on.
//!
//! The quick run takes a sample; every operation:
//!
//! ```text
//! GRAPH_TESTS_STRIDE=1 cargo test --release -p graph-tests --test failing -- --nocapture
//! ```

use futures_lite::future::block_on;
use graph_runtime::{Commit, Durability, StoreError};
use graph_tests::kills::{Process, Random, Started, variable};
use graph_tests::orders::{Customer, Ledger, role};
use graph_tests::stores::open_store;
use graph_tests::{append, thread};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const BYTES: usize = 5_000;
/// A process that is not done by then hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// The numbers of the errors on Linux.
const ERRORS: [(&str, i32); 3] = [("ENOSPC", 28), ("EIO", 5), ("EMFILE", 24)];

/// The body of the other process; an empty test in this one.
#[test]
fn child() {
    let Some(Started { store, role, round }) = Started::from_env() else { return };
    std::thread::spawn(|| {
        std::thread::sleep(PATIENCE);
        println!("hangs");
        std::process::exit(3);
    });
    println!("\nopening");
    let saver = match open_store(&store) {
        Ok(saver) => saver,
        Err(error) => {
            assert_ne!(role, role::FINISH, "{error:?}");
            println!("refused {error:?}");
            return;
        }
    };
    println!("opened");
    let customer = Customer::new(saver.clone(), &store.with_file_name("lines"), round, Durability::Sync, BYTES);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    match runtime.block_on(customer.play(&role)) {
        Ok(()) => println!("finished"),
        Err(error) => {
            assert_ne!(role, role::FINISH, "{error:?}");
            println!("failed {error:?}");
            // Who cannot know what the disk has must not write on, though the fault is over. If a read was the first to hear of
            // it, as sled writes behind our back, the error is the same once more.
            for _ in 0..3 {
                let next = block_on(saver.append(append(&thread("next"), 1, 10, Commit::Synced)));
                let refused = matches!(
                    next,
                    Err(StoreError::Poisoned { .. } | StoreError::Full { .. } | StoreError::Failed { .. })
                );
                assert!(refused, "{next:?} after {error:?}");
            }
        }
    }
    drop(customer);
    drop(saver);
    println!("closed");
}

#[test]
fn on_redb_a_disk_that_fails_at_any_operation_loses_nothing() {
    a_disk_that_fails_at_any_operation_loses_nothing("redb", 47);
}

#[test]
fn on_sled_a_disk_that_fails_at_any_operation_loses_nothing() {
    a_disk_that_fails_at_any_operation_loses_nothing("sled", 61);
}

/// sled does not always tell who waits for a write that it failed. It does not fail each time to do so.
#[test]
fn no_write_that_sled_forgets_hangs() {
    let directory = tempfile::tempdir().unwrap();
    let Some(library) = compile(directory.path()) else { return };
    let trials = Trials::new("sled", library);
    for _ in 0..2 {
        for at in 20..32 {
            let directory = tempfile::tempdir().unwrap();
            let said = trials.run(&trials.started(directory.path()), at, ERRORS[0].1, false);
            assert!(said.contains("fault "), "{said}");
        }
    }
}

fn a_disk_that_fails_at_any_operation_loses_nothing(engine: &str, usual: usize) {
    let stride = variable("GRAPH_TESTS_STRIDE", usual);
    let directory = tempfile::tempdir().unwrap();
    let Some(library) = compile(directory.path()) else {
        println!("not run: it takes Linux and a C compiler to let a disk fail");
        return;
    };
    // Another sample each time.
    let offset = usize::try_from(Random::seeded().below(stride as u64)).unwrap_or(0);
    let mut trials = Trials::new(engine, library);
    for (name, error) in ERRORS {
        for forever in [false, true] {
            let reached = (1 + offset..).step_by(stride).find(|at| !trials.fails(*at, error, forever)).unwrap();
            let on = if forever { " from then on" } else { "" };
            println!("{engine}: {name}{on}, stride {stride}, up to operation {reached}");
        }
    }
    let Trials { count, kinds, unnoticed, .. } = trials;
    println!("{engine}: {count} faults: {kinds:?}; swallowed without harm: {unnoticed:?}");
    println!("{engine}: 0 lost, 0 applied twice, 0 unopenable, 0 hung");
    assert!(count > 10, "hardly an operation failed");
}

/// `None` where there is nothing to compile with.
fn compile(directory: &Path) -> Option<PathBuf> {
    let library = directory.join("failing.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("failing.c");
    let compiled = cfg!(target_os = "linux")
        && Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([&library, &source])
            .arg("-ldl")
            .status()
            .is_ok_and(|status| status.success());
    compiled.then_some(library)
}

struct Trials<'a> {
    engine: &'a str,
    library: PathBuf,
    /// How the processes ended that a fault hit.
    kinds: BTreeMap<String, u64>,
    /// Which faults cost nothing.
    unnoticed: BTreeMap<String, u64>,
    count: u64,
}

impl<'a> Trials<'a> {
    fn new(engine: &'a str, library: PathBuf) -> Trials<'a> {
        Trials { engine, library, kinds: BTreeMap::new(), unnoticed: BTreeMap::new(), count: 0 }
    }

    fn started(&self, directory: &Path) -> Started {
        Started { store: directory.join(self.engine), role: role::ONE.to_owned(), round: 1 }
    }

    /// Runs a process with a fault; it must come to its end.
    fn run(&self, started: &Started, at: usize, error: i32, forever: bool) -> String {
        let (code, said) = Process::start_with(started, |command| {
            command.env("LD_PRELOAD", &self.library).env("FAIL_BELOW", &started.store);
            command.env("FAIL_AT", at.to_string()).env("FAIL_WITH", error.to_string());
            if forever {
                command.env("FAIL_FOREVER", "1");
            }
        })
        .end();
        assert_eq!(code, Some(0), "{}: error {error} at operation {at}, for ever: {forever}: {said}", self.engine);
        said
    }

    /// Lets one operation fail; `false` if there were not so many.
    fn fails(&mut self, at: usize, error: i32, forever: bool) -> bool {
        let directory = tempfile::tempdir().unwrap();
        let started = self.started(directory.path());
        let said = self.run(&started, at, error, forever);
        let told = format!("{}: error {error} at operation {at}", self.engine);
        let Some((before, after)) = said.split_once("fault ") else { return false };
        self.count += 1;
        let (fault, after) = after.split_once('\n').unwrap();
        let fault = fault.replace(&*started.store.to_string_lossy(), "");
        let ended =
            ["refused", "failed", "finished"].into_iter().find(|end| after.lines().any(|line| line.starts_with(end)));
        let ended = if before.contains("\nfinished") { "closing" } else { ended.unwrap_or("nothing") };
        *self.kinds.entry(ended.to_owned()).or_default() += 1;
        if ended == "finished" {
            *self.unnoticed.entry(fault.clone()).or_default() += 1;
        }
        let mut ledger = Ledger::default();
        ledger.learn(&said, 1);
        for round in 2..4 {
            let (code, said) =
                Process::start(&Started { role: role::FINISH.to_owned(), round, ..started.clone() }).end();
            assert_eq!(code, Some(0), "{told}, {fault}, {ended}, then: {said}");
            ledger.learn(&said, round);
        }
        let lines = fs::read_to_string(directory.path().join("lines")).unwrap();
        ledger.close(&lines, 1);
        true
    }
}
