//! What `graph!` adds to the compiler's work.
//!
//! Writes packages under the build directory, one with a graph and one with the same functions without it, and takes the
//! time of `cargo check` and `cargo build` for the package alone, without incremental compilation. The median of
//! five runs.

use crate::Failure;
use crate::report::{Figure, Row, Table};
use crate::session::Session;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A program by its name, the number of its nodes, and the chain that they stand in.
const PROGRAMS: [(&str, usize, Shape); 4] = [
    ("a chain of 10 nodes", 10, chain),
    ("a chain of 100 nodes", 100, chain),
    ("a chain of 1,000 nodes", 1_000, chain),
    ("a group of 200 branches", 200, group),
];

/// The statement that names so many nodes.
type Shape = fn(usize) -> String;

const HEAD: &str = "
    #![allow(dead_code)]
    use graph_runtime::{GraphState, Update, graph};
    #[derive(GraphState)]
    pub struct Job { step: u32, #[reduce(append)] notes: Vec<u32> }
";

const COLUMNS: &[&str] = &["check", "above plain functions", "build", "above plain functions "];

pub(crate) fn tables(session: &Session) -> Result<Vec<Table>, Failure> {
    let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compile");
    let runs = session.pick(1, 3, 5);
    let mut rows = Vec::new();
    for (name, nodes, shape) in &PROGRAMS[..session.pick(1, 4, 4)] {
        let mut functions = HEAD.to_owned();
        for node in 0..*nodes {
            writeln!(functions, "fn n{node}(_: &Job) -> impl Update<Job> + use<> {{ Job::update().notes([{node}]) }}")?;
        }
        let names = (0..*nodes).map(|node| format!("n{node}")).collect::<Vec<_>>().join(", ");
        let graph = format!(
            "{functions}graph! {{ graph G<Job>; node {names}; {} }}\nfn main() {{ drop(G::new().run(())); }}",
            shape(*nodes)
        );
        let mut calls = String::new();
        for node in 0..*nodes {
            write!(calls, "n{node}(&job).write(&mut patch); ")?;
        }
        let plain =
            format!("{functions}fn main() {{ let job = Job::initial(); let mut patch = Default::default(); {calls} }}");
        let (graph, plain) = (package(&root, "with_graph", &graph)?, package(&root, "plain_functions", &plain)?);
        let mut figures = Vec::new();
        for command in ["check", "build"] {
            let (with, without) = (measured(&graph, command, runs)?, measured(&plain, command, runs)?);
            figures.extend([Figure::time(with), Figure::time(with.saturating_sub(without))]);
        }
        rows.push(Row::new(*name, figures));
    }
    Ok(vec![Table { title: "compiling", columns: COLUMNS, rows }])
}

fn chain(nodes: usize) -> String {
    let chain: Vec<String> = (0..nodes).map(|node| format!("n{node}")).collect();
    format!("start -> {} -> end;", chain.join(" -> "))
}

fn group(nodes: usize) -> String {
    let branches: Vec<String> = (0..nodes).map(|node| format!("n{node}")).collect();
    format!("start -> ({}) -> end;", branches.join(", "))
}

/// A package with this program.
fn package(root: &Path, name: &str, program: &str) -> Result<PathBuf, Failure> {
    let directory = root.join(name);
    std::fs::create_dir_all(directory.join("src"))?;
    let runtime = concat!(env!("CARGO_MANIFEST_DIR"), "/../graph-runtime");
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
         [dependencies]\ngraph-runtime = {{ path = {runtime:?} }}\n[workspace]\n"
    );
    std::fs::write(directory.join("Cargo.toml"), manifest)?;
    std::fs::copy(Path::new(runtime).join("../Cargo.lock"), directory.join("Cargo.lock"))?;
    std::fs::write(directory.join("src/main.rs"), program)?;
    Ok(directory)
}

/// The time that the package takes once its dependencies are built.
fn measured(directory: &Path, command: &str, runs: usize) -> Result<Duration, Failure> {
    let mut times = Vec::new();
    for run in 0..=runs {
        // The same text at another time is another package to cargo.
        let program = directory.join("src/main.rs");
        std::fs::write(&program, std::fs::read(&program)?)?;
        let began = Instant::now();
        let done = Command::new(env!("CARGO"))
            .args([command, "--quiet"])
            .current_dir(directory)
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_TARGET_DIR", directory.with_file_name("target"))
            .output()?;
        if !done.status.success() {
            return Err(String::from_utf8_lossy(&done.stderr).into());
        }
        // The first run builds what the package needs.
        if run > 0 {
            times.push(began.elapsed());
        }
    }
    times.sort_unstable();
    Ok(times.swap_remove(times.len() / 2))
}
