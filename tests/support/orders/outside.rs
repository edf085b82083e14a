//! The world outside of an order: a file of lines, which outlives the process as what is written does until the power goes.

use graph_runtime::{BoxError, Ctx, Durability};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What the nodes of one process share.
///
/// A line is the number of the process, how durable its runs are, the thread, and what was done.
#[derive(Debug)]
pub struct Outside {
    round: u64,
    durability: Durability,
    /// How long the page of an order is.
    pub bytes: usize,
    path: PathBuf,
    lines: File,
    /// The thread and the step that ran last.
    last: Mutex<(String, u64)>,
}

impl Outside {
    /// Opens or creates the file. A kill may cut what is being written where a page of the file ends: a line without its end
    /// was not written, and goes.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn open(path: &Path, round: u64, durability: Durability, bytes: usize) -> io::Result<Outside> {
        let lines = OpenOptions::new().append(true).create(true).open(path)?;
        let written = std::fs::read(path)?;
        let whole = written.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        lines.set_len(whole as u64)?;
        Ok(Outside { round, durability, bytes, path: path.to_owned(), lines, last: Mutex::default() })
    }

    pub(super) fn note(cx: &Ctx<Outside>, what: std::fmt::Arguments<'_>) -> Result<(), BoxError> {
        let Outside { round, durability, lines, .. } = cx.context();
        let thread = cx.thread_id().ok_or("a thread")?;
        let mut lines = lines;
        Ok(lines.write_all(format!("{round} {durability:?} {thread} {what}\n").as_bytes())?)
    }

    /// A task runs. That it does tells that the step before is acknowledged, if this process took that step.
    pub(super) fn run(cx: &Ctx<Outside>, round: u32, task: &str) -> Result<(), BoxError> {
        let outside = cx.context();
        let thread = cx.thread_id().ok_or("a thread")?.to_string();
        let mut last = outside.last.lock().map_err(|_| "a whole lock")?;
        if outside.durability == Durability::Sync && *last == (thread.clone(), cx.step() - 1) {
            println!("ack {thread} {}", cx.step() - 1);
        }
        *last = (thread, cx.step());
        drop(last);
        Outside::note(cx, format_args!("run {} {round} {task}", cx.step()))
    }

    /// An effect that happens outside, and what is known once its value is stored.
    pub(super) async fn charge(cx: &Ctx<Outside>, amount: u32) -> Result<u32, BoxError> {
        let mut key = String::new();
        let charged = cx
            .once("charge", &amount, |asked| {
                key = asked.to_string();
                async move {
                    Outside::note(cx, format_args!("effect {asked}"))?;
                    Ok::<_, BoxError>(amount * 10)
                }
            })
            .await?;
        if !key.is_empty() {
            Outside::note(cx, format_args!("stored {key}"))?;
        }
        Ok(charged)
    }

    /// An effect that happens at most once. After a crash the file is asked whether it did; if not, a later order makes up for it.
    pub(super) async fn wire(cx: &Ctx<Outside>, amount: u32) -> Result<bool, BoxError> {
        let send = |key: graph_runtime::IdempotencyKey| async move {
            Outside::note(cx, format_args!("wire {key}"))?;
            Ok::<_, BoxError>(true)
        };
        let ask = |key: graph_runtime::IdempotencyKey| async move {
            let lines = std::fs::read_to_string(&cx.context().path)?;
            let wired = lines.lines().any(|line| line.ends_with(&format!("wire {key}")));
            Outside::note(cx, format_args!("asked {key}"))?;
            Ok::<_, BoxError>(wired)
        };
        Ok(cx.at_most_once("wire", &amount, send, ask).await?)
    }
}

#[test]
fn a_line_that_a_kill_has_cut_is_not_there() -> io::Result<()> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("lines");
    for (before, after) in [("1 a\n2 b", "1 a\n"), ("2", ""), ("1 a\n", "1 a\n"), ("", "")] {
        std::fs::write(&path, before)?;
        drop(Outside::open(&path, 1, Durability::Sync, 0)?);
        assert_eq!(std::fs::read_to_string(&path)?, after);
    }
    Ok(())
}
