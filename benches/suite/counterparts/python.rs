//! LangGraph's side, in a virtual environment under the build directory.

use crate::Failure;
use crate::session::{Session, Size};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

/// What LangGraph's side has measured, if it could run.
pub(super) struct Theirs(Option<Value>);

impl Theirs {
    /// Runs it; says so if it cannot, and then all figures are missing.
    pub(super) fn measure(session: &Session, directory: &Path) -> Theirs {
        match measure(session.size, directory) {
            Ok(measured) => {
                println!("LangGraph's side: {}, {}", measured["versions"], measured["settings"]);
                Theirs(Some(measured))
            }
            Err(reason) => {
                println!("LangGraph's side is missing: {reason}");
                Theirs(None)
            }
        }
    }

    pub(super) fn number(&self, path: &[&str]) -> Option<f64> {
        path.iter().try_fold(self.0.as_ref()?, |value, key| value.get(key))?.as_f64()
    }

    /// Nanoseconds of a run: without a saver, in memory, and on SQLite without and with a sync at each commit.
    pub(super) fn times(&self, case: &str) -> [Option<f64>; 4] {
        ["none", "memory", "normal", "full"]
            .map(|column| self.number(&["cases", case, column]).map(|seconds| seconds * 1e9))
    }
}

fn measure(size: Size, directory: &Path) -> Result<Value, Failure> {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("langgraph");
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("langgraph");
    let python = environment.join("bin/python");
    let (required, installed) = (scripts.join("requirements.txt"), environment.join("installed.txt"));
    if fs::read(&installed).ok() != Some(fs::read(&required)?) {
        if size == Size::Trial {
            return Err("a trial installs no packages".into());
        }
        said(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
        said(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&required))?;
        fs::copy(required, installed)?;
    }
    let size = match size {
        Size::Trial => "trial",
        Size::Short => "short",
        Size::Long => "long",
    };
    fs::create_dir_all(directory)?;
    // Without bytecode beside the scripts, and without warnings of what is deprecated.
    let mut script = Command::new(python);
    let output = said(script.args(["-B", "-W", "ignore"]).arg(scripts.join("run.py")).arg(size).arg(directory))?;
    fs::remove_dir_all(directory)?;
    Ok(serde_json::from_slice(&output)?)
}

/// What the command has said, or the last line of why it has failed.
fn said(command: &mut Command) -> Result<Vec<u8>, Failure> {
    let program = command.get_program().to_owned();
    let output = command.output().map_err(|error| format!("{}: {error}", program.display()))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(complaint.lines().last().unwrap_or("it says nothing").into())
}
