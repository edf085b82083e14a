//! Packages that cargo is run on: written under the build directory, with the versions that this workspace is locked to.

use crate::Failure;
use std::path::PathBuf;
use std::process::{Command, Output};

/// A package with one program.
pub(super) struct Package {
    directory: PathBuf,
    target: PathBuf,
}

impl Package {
    /// Writes a package with these dependencies, lines of its manifest, and this program.
    pub(super) fn write(name: &str, dependencies: &str, program: &str) -> Result<Package, Failure> {
        let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compile");
        let directory = root.join(name);
        std::fs::create_dir_all(directory.join("src"))?;
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
             [dependencies]\n{dependencies}\n[workspace]\n"
        );
        std::fs::write(directory.join("Cargo.toml"), manifest)?;
        std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock"), directory.join("Cargo.lock"))?;
        let package = Package { directory, target: root.join("target") };
        std::fs::write(package.program(), program)?;
        Ok(package)
    }

    /// With a build directory of its own, in which nothing is built yet.
    pub(super) fn apart(mut self) -> Result<Package, Failure> {
        self.target = self.directory.join("target");
        if self.target.try_exists()? {
            std::fs::remove_dir_all(&self.target)?;
        }
        Ok(self)
    }

    /// The same text at another time is another package to cargo.
    pub(super) fn touch(&self) -> Result<(), Failure> {
        Ok(std::fs::write(self.program(), std::fs::read(self.program())?)?)
    }

    pub(super) fn cargo(&self, words: &[&str]) -> Result<Output, Failure> {
        let done = Command::new(env!("CARGO"))
            .args(words)
            .current_dir(&self.directory)
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_TARGET_DIR", &self.target)
            .output()?;
        if !done.status.success() {
            return Err(String::from_utf8_lossy(&done.stderr).into());
        }
        Ok(done)
    }

    /// The executable of a build, `debug` or `release`.
    pub(super) fn executable(&self, build: &str) -> PathBuf {
        let name = self.directory.file_name().unwrap_or_default();
        self.target.join(build).join(name).with_extension(std::env::consts::EXE_EXTENSION)
    }

    fn program(&self) -> PathBuf {
        self.directory.join("src/main.rs")
    }
}

/// The runtime as a dependency, with these of its features.
pub(super) fn runtime(features: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../graph-runtime");
    format!("graph-runtime = {{ path = {path:?}{features} }}")
}
