//! How a thread grows, and how threads share the disk: `cargo bench -p graph-runtime --features redb --bench growth`.
//!
//! A conversation that gains a message of 200 bytes at every step, 10,000 times, each step synced; then what it takes to
//! read it. And the steps per second of many threads at once, against those of one. `-- --steps 2000` is a shorter
//! conversation.

mod conversation;
mod crowd;
mod report;

use graph_runtime::{RedbSaver, SledSaver};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut steps = 10_000;
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--steps" => steps = words.next().ok_or("`--steps` needs a number")?.parse()?,
            // Cargo adds it.
            "--bench" => {}
            _ => return Err(format!("`{word}` is unknown").into()),
        }
    }
    // Under the build directory, so that the disk is a disk: a temporary directory is often memory.
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    conversation::measure("sled", &directory.path().join("sled"), steps, |path| SledSaver::open(path))?;
    conversation::measure("redb", &directory.path().join("redb"), steps, |path| RedbSaver::open(path))?;
    crowd::measure(&directory.path().join("crowd"))
}
