//! What a step costs above code written by hand: `cargo bench --bench steps`.
//!
//! Criterion and divan measure one function after the other, and a comparison then carries whatever the machine did in
//! between. The targets here are ratios, so each round times the floor and the graph right after each other, in turns, and
//! the figure is the median over the rounds; neither library can pair its samples like that.
//!
//! `-- --rounds 200` measures longer (60 rounds take about a minute), `-- memory` only the cases whose name holds the word,
//! and `-- --json FILE` also writes the figures to a file.

mod disk;
mod graphs;
mod hand;
mod memory;
mod parallel;
mod report;
mod rounds;

use std::error::Error;
use std::path::PathBuf;

/// What the command line asks for.
struct Arguments {
    rounds: usize,
    json: Option<PathBuf>,
    word: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { rounds, json, word } = arguments()?;
    // Under the build directory, so that the disk is a disk: a temporary directory is often memory.
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut figures = Vec::new();
    for case in memory::cases().into_iter().chain(parallel::cases()).chain(disk::cases(directory.path())) {
        if case.name.contains(&word) {
            figures.push(case.measure(rounds)?);
        }
    }
    println!("{}", report::table(&figures));
    if let Some(path) = json {
        std::fs::write(path, report::json(&figures))?;
    }
    Ok(())
}

fn arguments() -> Result<Arguments, Box<dyn Error>> {
    let mut arguments = Arguments { rounds: 60, json: None, word: String::new() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--rounds" => arguments.rounds = words.next().ok_or("`--rounds` needs a number")?.parse()?,
            "--json" => arguments.json = Some(words.next().ok_or("`--json` needs a file")?.into()),
            // Cargo adds it.
            "--bench" => {}
            _ => arguments.word = word,
        }
    }
    Ok(arguments)
}
