//! What `graph!` adds to the compiler's work and to the program, and what the runtime brings along.
//!
//! Writes packages under the build directory, one with a graph and one with the same functions without it, and takes the
//! time of `cargo check` and `cargo build` for the package alone, without incremental compilation. The median of
//! some runs.

mod code;
mod package;
mod program;
mod tree;

use crate::Failure;
use crate::report::{Figure, Row, Table};
use crate::session::Session;
use package::{Package, runtime};
use program::{Shape, Use, chain, group};
use std::time::{Duration, Instant};

/// A program by its name, the number of its nodes, and what they stand in.
const PROGRAMS: [(&str, usize, Shape); 4] = [
    ("a chain of 10 nodes", 10, chain),
    ("a chain of 100 nodes", 100, chain),
    ("a chain of 1,000 nodes", 1_000, chain),
    ("a group of 200 branches", 200, group),
];

const COLUMNS: &[&str] = &["check", "above plain functions", "build", "above plain functions "];

pub(crate) fn tables(session: &Session) -> Result<Vec<Table>, Failure> {
    let runs = session.pick(1, 1, 5);
    let mut rows = Vec::new();
    for (name, nodes, shape) in &PROGRAMS[..session.pick(1, 4, 4)] {
        let graph = Package::write("with_graph", &runtime(""), &Use::Run(*shape).program(*nodes)?)?;
        let plain = Package::write("plain_functions", &runtime(""), &Use::Calls.program(*nodes)?)?;
        let mut figures = Vec::new();
        for command in ["check", "build"] {
            let (with, without) = (measured(&graph, command, runs)?, measured(&plain, command, runs)?);
            figures.extend([Figure::time(with), Figure::time(with.saturating_sub(without))]);
        }
        rows.push(Row::new(*name, figures));
    }
    Ok(vec![Table { title: "compiling", columns: COLUMNS, rows }, code::table(session)?, tree::table(session)?])
}

/// The time that the package takes once its dependencies are built.
fn measured(package: &Package, command: &str, runs: usize) -> Result<Duration, Failure> {
    let mut times = Vec::new();
    for run in 0..=runs {
        package.touch()?;
        let began = Instant::now();
        package.cargo(&[command, "--quiet"])?;
        // The first run builds what the package needs.
        if run > 0 {
            times.push(began.elapsed());
        }
    }
    times.sort_unstable();
    Ok(times.swap_remove(times.len() / 2))
}
