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
