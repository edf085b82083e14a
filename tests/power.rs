//! A power cut at any instant: no acknowledged step, reply or effect is lost, and none is done twice.
//!
//! Processes work on orders, in a store on an ext4 file system in a loop-mounted image. One is stopped (SIGSTOP), the image is
//! copied as it is then, and the copy is mounted: what was in the memory of the system and not on the device is gone. Another
//! process goes on with it, until its power is cut in turn. It takes Linux, root, a loop device and mkfs.ext4. Longer:
//!
//! ```text
//! GRAPH_TESTS_CUTS=150 cargo test --release -p graph-tests --test power -- --nocapture
//! ```
//!
//! The device of this model keeps what it was given, in order and in whole sectors, which is kinder than some disks are.

use graph_runtime::Durability;
use graph_tests::disk::Image;
use graph_tests::kills::{Process, Random, Started, variable};
use graph_tests::orders::{Customer, Ledger, durability, role};
use graph_tests::stores::open_store;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const OUTSIDE: &str = "GRAPH_TESTS_OUTSIDE";
const BYTES: &str = "GRAPH_TESTS_BYTES";

/// How long the page of an order is, in one life of a store after the other.
const SIZES: [usize; 3] = [700, 20_000, 300_000];

/// The body of the other process; an empty test in this one.
#[test]
fn child() {
    let Some(Started { store, role, round }) = Started::from_env() else { return };
    println!("\nopening");
    let saver = open_store(&store).unwrap();
    println!("opened");
    let outside = PathBuf::from(std::env::var_os(OUTSIDE).unwrap());
    let customer = Customer::new(saver, &outside, round, durability(round), variable(BYTES, 0));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(customer.play(&role)).unwrap();
}

#[test]
fn on_redb_what_was_acknowledged_survives_a_power_cut() {
    what_was_acknowledged_survives_a_power_cut("redb");
}

#[test]
fn on_sled_what_was_acknowledged_survives_a_power_cut() {
    what_was_acknowledged_survives_a_power_cut("sled");
}

fn what_was_acknowledged_survives_a_power_cut(engine: &'static str) {
    let cuts: u64 = variable("GRAPH_TESTS_CUTS", 6);
    let life = (cuts / 15).max(2);
    let mut machine = Machine { engine, round: 0, random: Random::seeded(), ledger: Ledger::default() };
    for (number, first) in (0..cuts).step_by(usize::try_from(life).unwrap()).enumerate() {
        let bytes = SIZES[number % SIZES.len()];
        let Some(acknowledged) = machine.live(life.min(cuts - first), bytes) else { return };
        println!(
            "{engine}: {} power cuts, the last {life} with {bytes} bytes and {acknowledged} lines said",
            first + life
        );
    }
    println!("{engine}: {}; 0 lost, 0 applied twice, 0 unopenable", machine.ledger.told);
    assert!(machine.ledger.told.steps > cuts, "hardly a process came to run");
}

/// What loses its power.
struct Machine {
    engine: &'static str,
    round: u64,
    random: Random,
    ledger: Ledger,
}

impl Machine {
    /// A store from its creation on, through so many power cuts. `None` where there is no power to be cut.
    fn live(&mut self, cuts: u64, bytes: usize) -> Option<usize> {
        let directory = tempfile::tempdir().unwrap();
        let outside = directory.path().join("lines");
        let file = |number: u64| directory.path().join(format!("image-{}", number % 2));
        let mut image = Image::create(&file(0), 400)?;
        let mut synced = 0;
        let mut lines = 0;
        for cut in 1..=cuts {
            let process = self.start(role::RUN, &image, &outside, bytes);
            let said = self.run_until_stopped(process, &image, &file(cut));
            synced += u64::from(durability(self.round) == Durability::Sync);
            lines += said.lines().count();
            self.ledger.learn(&said, self.round);
            drop(image);
            image = Image::mount(&file(cut)).expect("the file system is whole");
            // Not after each cut, so that cuts fall on recoveries of recoveries.
            if self.random.below(3) > 0 {
                self.finish(role::VERIFY, &image, &outside, bytes);
            }
        }
        for role in [role::FINISH, role::FINISH] {
            self.finish(role, &image, &outside, bytes);
        }
        self.ledger.close(&fs::read_to_string(&outside).unwrap(), synced);
        Some(lines)
    }

    /// Stops a process at some instant, keeps what is on the device then, and lets the process go.
    fn run_until_stopped(&mut self, mut process: Process, image: &Image, copy: &Path) -> String {
        process.wait_for("opening");
        if self.random.below(4) == 0 {
            std::thread::sleep(self.random.within(Duration::from_millis(40)));
        } else {
            process.wait_for("ack");
            std::thread::sleep(self.random.within(Duration::from_millis(400)));
        }
        process.signal("STOP");
        // What was under way to the device arrives.
        std::thread::sleep(Duration::from_millis(30));
        image.copy_to(copy);
        process.child.kill().unwrap();
        let (code, mut said) = process.end();
        assert_eq!(code, None, "{}: it ended by itself: {said}", self.engine);
        said.truncate(said.rfind('\n').map_or(0, |end| end + 1));
        said
    }

    fn finish(&mut self, role: &str, image: &Image, outside: &Path, bytes: usize) {
        let (code, said) = self.start(role, image, outside, bytes).end();
        assert_eq!(code, Some(0), "{}: `{role}` failed: {said}", self.engine);
        self.ledger.learn(&said, self.round);
    }

    fn start(&mut self, role: &str, image: &Image, outside: &Path, bytes: usize) -> Process {
        self.round += 1;
        let store = image.path().join(self.engine);
        Process::start_with(&Started { store, role: role.to_owned(), round: self.round }, |command| {
            command.env(OUTSIDE, outside).env(BYTES, bytes.to_string());
        })
    }
}
