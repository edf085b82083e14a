//! The running test binary once more, as another process.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The store that a test's other process works on; `None` in the test's own process.
#[must_use]
pub fn child_store() -> Option<OsString> {
    std::env::var_os(STORE)
}

const STORE: &str = "GRAPH_TESTS_STORE";

/// Starts the running test binary again, with its test `child` alone.
///
/// # Panics
///
/// If the system refuses.
#[must_use]
pub fn start_child(store: &Path) -> (Child, ChildStdin, BufReader<ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(STORE, store)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdin = child.stdin.take().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    (child, stdin, stdout)
}

/// Reads until a line that ends in the given word: the test harness may have begun the line.
///
/// # Panics
///
/// If the other process ends before.
pub fn wait_for(stdout: &mut BufReader<ChildStdout>, word: &str) {
    let mut line = String::new();
    while !line.trim_end().ends_with(word) {
        line.clear();
        assert_ne!(stdout.read_line(&mut line).unwrap(), 0, "the child ended before it said `{word}`");
    }
}
