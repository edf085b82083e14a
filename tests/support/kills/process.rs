//! A process that a test starts, and what it was started for.

use super::variable;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

const STORE: &str = "GRAPH_TESTS_KILLED_STORE";
const ROLE: &str = "GRAPH_TESTS_KILLED_ROLE";
const ROUND: &str = "GRAPH_TESTS_KILLED_ROUND";

/// What a process was started for.
#[derive(Clone, Debug)]
pub struct Started {
    /// The directory of the store, named after its engine.
    pub store: PathBuf,
    /// What it does.
    pub role: String,
    /// The how-manieth process this is.
    pub round: u64,
}

impl Started {
    /// What this process was started for; `None` in the test's own process.
    ///
    /// # Panics
    ///
    /// If only a part of it was told.
    #[must_use]
    pub fn from_env() -> Option<Started> {
        let store = std::env::var_os(STORE)?.into();
        Some(Started { store, role: std::env::var(ROLE).unwrap(), round: variable(ROUND, 0) })
    }
}

/// A process that runs the test `child` of this program alone.
#[derive(Debug)]
pub struct Process {
    /// The process.
    pub child: Child,
    stdout: BufReader<ChildStdout>,
    said: String,
}

impl Process {
    /// Starts it.
    ///
    /// # Panics
    ///
    /// If the system refuses.
    #[must_use]
    pub fn start(started: &Started) -> Process {
        Process::start_with(started, |_| {})
    }

    /// Starts it with more in its environment.
    ///
    /// # Panics
    ///
    /// If the system refuses.
    #[must_use]
    pub fn start_with(started: &Started, more: impl FnOnce(&mut Command)) -> Process {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "child", "--nocapture", "--test-threads=1"])
            .env(STORE, &started.store)
            .env(ROLE, &started.role)
            .env(ROUND, started.round.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        more(&mut command);
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Process { child, stdout, said: String::new() }
    }

    /// Sends it a signal: `STOP`, `CONT`.
    ///
    /// # Panics
    ///
    /// If the system refuses.
    pub fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success(), "{kill}");
    }

    /// Reads until a line starts with a word: the next such line.
    ///
    /// # Panics
    ///
    /// If the process ends before.
    pub fn wait_for(&mut self, word: &str) {
        loop {
            let begin = self.said.len();
            if self.stdout.read_line(&mut self.said).unwrap() == 0 {
                let mut errors = String::new();
                let _ = self.child.stderr.take().map(|mut stderr| stderr.read_to_string(&mut errors));
                panic!("it ended before it said `{word}`: {}\n{errors}", self.said);
            }
            if self.said[begin..].starts_with(word) {
                return;
            }
        }
    }

    /// Waits until it ends: the code that it ended with, if it was not killed, and all that it said, errors included if it failed.
    ///
    /// # Panics
    ///
    /// If the system refuses.
    #[must_use]
    pub fn end(mut self) -> (Option<i32>, String) {
        self.stdout.read_to_string(&mut self.said).unwrap();
        let mut errors = Vec::new();
        let _ = self.child.stderr.take().map(|mut stderr| stderr.read_to_end(&mut errors));
        let code = self.child.wait().unwrap().code();
        if code.is_some_and(|code| code != 0) {
            self.said.push_str(&String::from_utf8_lossy(&errors));
        }
        (code, std::mem::take(&mut self.said))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A test that failed leaves nothing behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
