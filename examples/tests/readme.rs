//! The program of the README does what the README says.

use std::process::Command;

#[test]
fn it_runs_and_runs_again() {
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let run = Command::new(env!("CARGO_BIN_EXE_readme")).current_dir(&dir).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&run.stderr), "");
        assert_eq!(
            String::from_utf8_lossy(&run.stdout),
            "Running step: 0\nRunning step: 1\nRunning step: 2\nJob { step: 3, message: \"Process complete\" }\n"
        );
    }
}

/// The second program of the README is cut out of an example, word for word. Its `Rust` is in capitals because rustdoc, which
/// compiles what is `rust`, would take a part for the whole.
#[test]
fn its_graph_is_that_of_the_example() {
    let readme = include_str!("../../README.md");
    let example = include_str!("../src/bin/research/main.rs");
    let (_, graph) = readme.split_once("```Rust\n").unwrap();
    let (graph, _) = graph.split_once("```\n").unwrap();
    assert!(graph.starts_with("graph! {"), "{graph}");
    assert!(example.contains(graph), "the example has another graph than the README:\n{graph}");
}
