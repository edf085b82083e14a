//! What nodes, and their commits in memory, cost in instructions: the same on a busy machine as on an idle one.
//!
//! Callgrind, a tool of valgrind, runs this program again for one side of a case: once for so many rounds, and once for
//! twice as many. What the program does once, such as to start, is in both, so the difference is what the rounds cost.
//!
//! `--count CASE SIDE ROUNDS` is what it then runs, and what one runs to see where the instructions are:
//!
//! ```sh
//! CARGO_PROFILE_BENCH_DEBUG=1 cargo bench -p graph-benches --no-run
//! valgrind --tool=callgrind target/release/deps/suite-… --count '15 fields, `fn`' graph 10
//! callgrind_annotate callgrind.out.…
//! ```

mod memory;

use crate::report::{Figure, Row, Table};
use crate::rounds::{Case, Pair};
use crate::session::Session;
use crate::{Failure, steps};
use std::process::Command;

/// What this program says to itself as the first word.
pub(crate) const COUNT: &str = "--count";

const COLUMNS: &[&str] = &["by hand", "graph", "above it"];

/// The two sides of a case, as the command line names them.
const SIDES: [&str; 2] = ["floor", "graph"];

pub(crate) fn tables(session: &Session) -> Result<Vec<Table>, Failure> {
    if let Err(error) = Command::new("valgrind").arg("--version").output() {
        println!("no instructions are counted, since valgrind does not start: {error}\n");
        return Ok(Vec::new());
    }
    let cases = cases();
    let cases = &cases[..session.pick(1, cases.len(), cases.len())];
    let rows = cases.iter().map(|case| row(case, session.pick(1, 2, 8))).collect::<Result<_, _>>()?;
    Ok(vec![Table { title: "instructions of a node", columns: COLUMNS, rows }])
}

/// Runs one side of a case for so many rounds, for callgrind to count.
pub(crate) fn count(mut words: impl Iterator<Item = String>) -> Result<(), Failure> {
    let mut word = || words.next().ok_or("a word is missing; write `--count CASE SIDE ROUNDS`");
    let (name, side, rounds) = (word()?, word()?, word()?.parse::<usize>()?);
    let case = cases().into_iter().find(|case| case.name == name);
    let Pair { floor, graph } = (case.ok_or_else(|| format!("`{name}` is no case"))?.open)()?;
    let mut run = if side == SIDES[0] { floor } else { graph };
    for _ in 0..rounds {
        run();
    }
    Ok(())
}

/// None of a store on a disk: its threads sync when it is time for it, and not once for so many rounds.
fn cases() -> Vec<Case> {
    steps::cases().into_iter().chain(memory::cases()).collect()
}

fn row(case: &Case, rounds: usize) -> Result<Row, Failure> {
    let nodes = f64::from(case.nodes);
    let mut sides = [0.0; 2];
    for (figure, side) in sides.iter_mut().zip(SIDES) {
        let (some, twice) = (counted(case.name, side, rounds)?, counted(case.name, side, 2 * rounds)?);
        #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^52 instructions and rounds")]
        let round = twice.saturating_sub(some) as f64 / rounds as f64;
        *figure = round / nodes;
    }
    let [floor, graph] = sides;
    Ok(Row::new(case.name, [floor, graph, graph - floor].map(|count| Figure::Count((count * 10.0).round() / 10.0))))
}

/// The instructions of a whole run of this program.
fn counted(name: &str, side: &str, rounds: usize) -> Result<u64, Failure> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args([COUNT, name, side, &rounds.to_string()])
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let total = said.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    match total {
        Some(total) if output.status.success() => Ok(total),
        _ => Err(format!("callgrind counted nothing in `{name}`: {said}").into()),
    }
}
