//! A process of its own that reads stores, and is watched: what it says is what it found, and silence is a hang.

use crate::start_child;
use std::io::{BufRead, Write};
use std::path::Path;
use std::process::{Child, ChildStdin};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Far above what a look at a store takes, also in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The process, which is killed when this is dropped.
///
/// It is the test named `child` of the same program: it reads the path of a store from every line of its input, and answers
/// with a line that begins with `found`.
pub struct Reader {
    child: Child,
    stdin: ChildStdin,
    found: Receiver<String>,
}

impl Reader {
    /// Starts it, and gives it a path as [`child_store`](crate::child_store) tells it.
    ///
    /// # Panics
    ///
    /// If there is no such process.
    #[must_use]
    pub fn start(told: &Path) -> Reader {
        let (child, stdin, stdout) = start_child(told);
        let (sender, found) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if let Some(found) = line.strip_prefix("found ") {
                    let _ = sender.send(found.to_owned());
                }
            }
        });
        Reader { child, stdin, found }
    }

    /// What it finds in a store, or that it says nothing.
    pub fn read(&mut self, store: &Path) -> String {
        let asked = writeln!(self.stdin, "{}", store.display());
        let found = self.found.recv_timeout(PATIENCE);
        found.unwrap_or_else(|error| format!("no answer: {error}, {asked:?}"))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
