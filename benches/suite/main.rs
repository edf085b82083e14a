//! What the runtime costs, and how it grows: `cargo bench -p graph-benches`.
//!
//! Every part prints one or more tables, and each figure stands beside that of a floor, which is the same work written by
//! hand in the same file. The command line takes the names of parts (all without one), and:
//!
//! * `--long` for sizes that take the better part of an hour instead of some minutes;
//! * `--json FILE` and `--markdown FILE`, to write the report to files as well.
//!
//! Criterion and divan measure one function after the other, and a comparison then carries whatever the machine did in
//! between. The targets here are ratios, so the floor and the graph are timed right after each other, in turns, and the figure is the
//! median over the rounds; neither library can pair its samples like that.
//!
//! Under `cargo test`, which does not say `--bench`, each part does next to nothing: enough to see that it runs.

mod commits;
mod compile;
mod counterparts;
mod crowd;
mod delays;
mod growth;
mod instructions;
mod opening;
mod report;
mod room;
mod rounds;
mod session;
mod steps;

use report::{Report, Table};
use session::{Session, Size};
use std::error::Error;
use std::time::Instant;

/// What went wrong; the suite stops at the first.
type Failure = Box<dyn Error>;

/// A part by its name: what it measures.
type Part = (&'static str, fn(&Session) -> Result<Vec<Table>, Failure>);

const PARTS: [Part; 10] = [
    ("steps", steps::tables),
    ("instructions", instructions::tables),
    ("commits", commits::tables),
    ("delays", delays::tables),
    ("crowd", crowd::tables),
    ("room", room::tables),
    ("growth", growth::tables),
    ("opening", opening::tables),
    ("counterparts", counterparts::tables),
    ("compile", compile::tables),
];

/// What a process of its own does, by the first word of its command line.
type Child = (&'static str, fn(&mut dyn Iterator<Item = String>) -> Result<(), Failure>);

const CHILDREN: [Child; 4] = [
    (opening::CHILD, |words| opening::child(words)),
    (room::CHILD, |words| room::child(words)),
    (counterparts::VICTIM, |words| counterparts::victim(words)),
    (instructions::COUNT, |words| instructions::count(words)),
];

fn main() -> Result<(), Failure> {
    let mut size = Size::Trial;
    let (mut files, mut named) = (Vec::new(), Vec::new());
    let mut words = std::env::args().skip(1).peekable();
    if let Some(first) = words.peek()
        && let Some((_, child)) = CHILDREN.iter().find(|(name, _)| name == first)
    {
        words.next();
        return child(&mut words);
    }
    while let Some(word) = words.next() {
        match word.as_str() {
            // Cargo adds it.
            "--bench" => size = size.max(Size::Short),
            "--long" => size = Size::Long,
            "--json" | "--markdown" => files.push((word, words.next().ok_or("a file is missing")?)),
            _ if PARTS.iter().any(|(name, _)| *name == word) => named.push(word),
            // The filters and flags that `cargo test` passes to all tests are not for us.
            _ if size == Size::Trial => {}
            _ => {
                return Err(
                    format!("`{word}` is no part; these are: {}", PARTS.map(|(name, _)| name).join(", ")).into()
                );
            }
        }
    }
    let session = Session::new(size)?;
    let mut report = Report::new();
    for (name, tables) in PARTS {
        if named.is_empty() || named.iter().any(|part| part == name) {
            let began = Instant::now();
            for table in tables(&session)? {
                println!("{table}");
                report.tables.push(table);
            }
            eprintln!("`{name}` took {:.0} s", began.elapsed().as_secs_f64());
            // After each part: if a later one fails, what was measured is not lost.
            for (format, file) in &files {
                std::fs::write(file, if format == "--json" { report.json() } else { report.markdown() })?;
            }
        }
    }
    Ok(())
}
