//! Processes that are killed (SIGKILL) at instants that follow their own progress, and what they said before.
//!
//! A process says `opening`, `opened`, and then a line that starts with `ack` for everything that it was told is stored. How
//! long it takes from one to the next is measured, so that the kills fall where they are aimed at on any machine and any
//! engine: four of ten into the open, two into what comes before the first acknowledgement, the others among the work.

mod process;

pub use process::{Process, Started};

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant, SystemTime};

/// A number from the environment.
///
/// # Panics
///
/// If the variable holds something else.
pub fn variable<N: FromStr>(name: &str, otherwise: N) -> N
where
    N::Err: fmt::Debug,
{
    std::env::var(name).map_or(otherwise, |value| value.parse().unwrap_or_else(|error| panic!("{name}: {error:?}")))
}

/// How many processes to kill: `GRAPH_TESTS_KILLS`, or what the quick run does.
#[must_use]
pub fn kills(otherwise: u64) -> u64 {
    variable("GRAPH_TESTS_KILLS", otherwise)
}

/// Numbers that follow from `GRAPH_TESTS_SEED`, which is printed; from the clock, if it is not set.
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// Begins with the seed of the environment.
    ///
    /// # Panics
    ///
    /// If the clock stands before 1970.
    #[must_use]
    pub fn seeded() -> Random {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let seed = variable("GRAPH_TESTS_SEED", u64::from(since.subsec_nanos()));
        println!("GRAPH_TESTS_SEED={seed}");
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below a limit; 0, if that is 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit.max(1)
    }

    /// A duration below a limit.
    pub fn within(&mut self, limit: Duration) -> Duration {
        Duration::from_nanos(self.below(u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX)))
    }
}

/// Starts processes on one store after the other, and kills them.
#[derive(Debug)]
pub struct Killer {
    store: PathBuf,
    /// Numbers for whoever needs some.
    pub random: Random,
    /// What was killed so far.
    pub counted: Counted,
    round: u64,
    open: Mean,
    recover: Mean,
    work: Mean,
    /// The last kill came before its process had acknowledged anything.
    unrecovered: bool,
}

/// Where the kills fell.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counted {
    /// All of them.
    pub kills: u64,
    /// Before the store was open.
    pub in_open: u64,
    /// After that, and before the first acknowledgement.
    pub in_recovery: u64,
    /// Of these two, those that came right after another one of them.
    pub double: u64,
}

impl Counted {
    /// Makes sure that the kills fell where they tell most. A few say nothing about that.
    ///
    /// # Panics
    ///
    /// If they did not.
    pub fn check(&self) {
        if self.kills >= 50 {
            assert!((self.in_open + self.in_recovery) * 10 >= self.kills * 3, "too few in open or recovery: {self}");
            assert!(self.double * 10 >= self.kills, "too few after one another: {self}");
        }
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counted { kills, in_open, in_recovery, double } = self;
        write!(f, "{kills} kills, {in_open} in open, {in_recovery} in recovery, {double} double")
    }
}

impl Killer {
    /// For a store in a directory that is named after its engine.
    #[must_use]
    pub fn new(store: &Path) -> Killer {
        let usual = Mean(Duration::from_millis(10));
        Killer {
            store: store.to_owned(),
            random: Random::seeded(),
            counted: Counted::default(),
            round: 0,
            open: usual,
            recover: usual,
            work: usual,
            unrecovered: false,
        }
    }

    /// Goes on with another store.
    pub fn move_to(&mut self, store: &Path) {
        store.clone_into(&mut self.store);
        self.unrecovered = false;
    }

    /// The number of the last process.
    #[must_use]
    pub fn round(&self) -> u64 {
        self.round
    }

    /// Starts a process that is killed; returns the whole lines that it said.
    ///
    /// # Panics
    ///
    /// If it ended by itself.
    pub fn kill(&mut self, role: &str) -> String {
        let mut process = self.start(role);
        process.wait_for("opening");
        let aim = self.random.below(10);
        let delay = if aim < 4 {
            self.random.within(self.open.0)
        } else {
            let began = Instant::now();
            process.wait_for("opened");
            self.open.add(began.elapsed());
            if aim < 6 {
                self.random.within(self.recover.0)
            } else {
                let began = Instant::now();
                process.wait_for("ack");
                self.recover.add(began.elapsed());
                let acknowledgements = self.random.below(8);
                let began = Instant::now();
                (0..acknowledgements).for_each(|_| process.wait_for("ack"));
                if let Some(each) = began.elapsed().checked_div(u32::try_from(acknowledgements).unwrap_or(0)) {
                    self.work.add(each);
                }
                self.random.within(self.work.0 * 2)
            }
        };
        std::thread::sleep(delay);
        process.child.kill().unwrap();
        let (code, mut said) = process.end();
        assert_eq!(code, None, "round {}: it ended by itself: {said}", self.round);
        // The last line may be cut off.
        said.truncate(said.rfind('\n').map_or(0, |end| end + 1));
        let (opened, stepped) = (says(&said, "opened"), says(&said, "ack"));
        let counted = &mut self.counted;
        counted.kills += 1;
        counted.in_open += u64::from(!opened);
        counted.in_recovery += u64::from(opened && !stepped);
        counted.double += u64::from(!stepped && self.unrecovered);
        self.unrecovered = !stepped;
        said
    }

    /// Lets a process come to its end; returns what it said.
    ///
    /// # Panics
    ///
    /// If it failed.
    pub fn finish(&mut self, role: &str) -> String {
        let (code, said) = self.start(role).end();
        assert_eq!(code, Some(0), "round {}: `{role}` failed: {said}", self.round);
        self.unrecovered = false;
        said
    }

    fn start(&mut self, role: &str) -> Process {
        self.round += 1;
        Process::start(&Started { store: self.store.clone(), role: role.to_owned(), round: self.round })
    }
}

/// Whether a line starts with a word.
fn says(said: &str, word: &str) -> bool {
    said.lines().any(|line| line.starts_with(word))
}

/// A mean that follows what is measured.
#[derive(Clone, Copy, Debug)]
struct Mean(Duration);

impl Mean {
    fn add(&mut self, measured: Duration) {
        self.0 = (self.0 * 7 + measured) / 8;
    }
}
