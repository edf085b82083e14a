//! The process that opens: this program again, with another command line.

use super::hand;
use super::request::{self, First};
use crate::Failure;
use crate::session::memory;
use graph_runtime::{RedbSaver, SledSaver};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// The first word of the command line of such a process.
pub(crate) const CHILD: &str = "opening-child";

#[derive(Clone, Copy, Debug)]
pub(super) enum Engine {
    Sled,
    Redb,
}

/// Whether the runtime opens the store or the engine alone.
#[derive(Clone, Copy, Debug)]
pub(super) enum How {
    Graph,
    Hand,
}

/// What a process saw.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) opened: Duration,
    /// From there to the end of a new thread.
    pub(super) served: Duration,
    /// An answer to the thread that waits, with what runs then; none by hand.
    pub(super) replied: Option<Duration>,
    /// The bytes of memory that the process holds after its first step.
    pub(super) held: f64,
    /// The most that it has held until then.
    peak: f64,
}

impl Engine {
    pub(super) fn name(self) -> &'static str {
        match self {
            Engine::Sled => "sled",
            Engine::Redb => "redb",
        }
    }
}

impl How {
    fn name(self) -> &'static str {
        match self {
            How::Graph => "graph",
            How::Hand => "hand",
        }
    }
}

impl Visit {
    pub(super) fn together(&self) -> Duration {
        self.opened + self.served
    }

    /// The memory for each of so many threads.
    pub(super) fn each(&self, empty: &Visit, threads: u32) -> f64 {
        (self.held - empty.held) / f64::from(threads)
    }

    /// The most memory for each of so many threads.
    pub(super) fn each_at_most(&self, empty: &Visit, threads: u32) -> f64 {
        (self.peak - empty.peak) / f64::from(threads)
    }

    fn new(First { opened, served }: First) -> Visit {
        Visit { opened, served, replied: None, held: memory("VmRSS:"), peak: memory("VmHWM:") }
    }
}

/// Runs a process that opens a store, and reads what it saw.
pub(super) fn visit(path: &Path, engine: Engine, how: How) -> Result<Visit, Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    let done = command.args([CHILD, engine.name(), how.name()]).arg(path).output()?;
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into());
    }
    let text = String::from_utf8(done.stdout)?;
    let figures = text.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    let [opened, served, replied, held, peak] = figures[..] else { return Err(text.into()) };
    let time = Duration::from_secs_f64;
    Ok(Visit {
        opened: time(opened),
        served: time(served),
        replied: (replied > 0.0).then(|| time(replied)),
        held,
        peak,
    })
}

/// The side of the process: what follows the first word names an engine, a way and a path.
pub(crate) fn child(mut words: impl Iterator<Item = String>) -> Result<(), Failure> {
    let mut word = || words.next().ok_or("a word is missing");
    let (engine, how, path) = (word()?, word()?, word()?);
    let path = Path::new(&path);
    let visit = match (&*engine, &*how) {
        ("sled", "graph") => {
            let (saver, first) = request::serve(path, |path| SledSaver::open(path))?;
            let visit = Visit::new(first);
            Visit { replied: Some(request::reply(&saver)?), ..visit }
        }
        ("redb", "graph") => {
            let (saver, first) = request::serve(path, |path| RedbSaver::open(path))?;
            let visit = Visit::new(first);
            Visit { replied: Some(request::reply(&saver)?), ..visit }
        }
        ("sled", "hand") => {
            let (_db, first) = hand::sled(path)?;
            Visit::new(first)
        }
        ("redb", "hand") => {
            let (_database, first) = hand::redb(path)?;
            Visit::new(first)
        }
        _ => return Err(format!("`{engine}` cannot be opened by `{how}`").into()),
    };
    let seconds = |time: Duration| time.as_secs_f64();
    let replied = visit.replied.map_or(0.0, seconds);
    println!("{} {} {replied} {} {}", seconds(visit.opened), seconds(visit.served), visit.held, visit.peak);
    Ok(())
}
