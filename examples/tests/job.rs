//! The example `job`, run as a user would.

use std::path::Path;
use std::process::{Command, Output};

const STEPS: &str =
    "Running step: 0\nRunning step: 1\nRunning step: 2\nJob { step: 3, message: \"Process complete\" }\n";

fn job(db: &Path, arguments: &[&str]) -> Output {
    let mut job = Command::new(env!("CARGO_BIN_EXE_job"));
    job.env_remove("RUST_BACKTRACE").env_remove("RUST_LIB_BACKTRACE");
    job.arg("--db").arg(db).args(arguments).output().unwrap()
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_second_run_continues_the_thread() {
    let dir = tempfile::tempdir().unwrap();
    let db = dir.path().join("job.db");
    assert_eq!(printed(&job(&db, &[])), format!("Thread `job-42` is new\n{STEPS}"));
    assert_eq!(printed(&job(&db, &[])), format!("Thread `job-42` has taken 6 steps (Finished)\n{STEPS}"));
    assert_eq!(printed(&job(&db, &[])), format!("Thread `job-42` has taken 12 steps (Finished)\n{STEPS}"));
}

#[test]
fn another_id_is_another_thread() {
    let dir = tempfile::tempdir().unwrap();
    let db = dir.path().join("job.db");
    printed(&job(&db, &[]));
    assert_eq!(printed(&job(&db, &["--thread", "other"])), format!("Thread `other` is new\n{STEPS}"));
}

#[test]
fn an_id_that_cannot_be_one_is_an_error_in_one_line() {
    let dir = tempfile::tempdir().unwrap();
    let refused = job(&dir.path().join("job.db"), &["--thread", ""]);
    assert!(!refused.status.success());
    assert_eq!(String::from_utf8_lossy(&refused.stderr), "Error: a thread id is empty; give it 1 to 255 bytes\n");
}

#[test]
fn a_program_that_draws_nothing_holds_no_drawing() {
    let program = std::fs::read(env!("CARGO_BIN_EXE_job")).unwrap();
    let holds = |text: &str| program.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("start_job") && !holds("<svg") && !holds("flowchart TD"));
}
