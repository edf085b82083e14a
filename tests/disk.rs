//! File systems of a test's own, where the system lets it mount some.

use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A small file system in memory; unmounted when dropped.
#[derive(Debug)]
pub struct SmallDisk(TempDir);

impl SmallDisk {
    /// Mounts one of so many MiB; says why if it cannot.
    ///
    /// # Panics
    ///
    /// If there is no directory to mount it on.
    #[must_use]
    pub fn mount(mebibytes: u32) -> Option<SmallDisk> {
        let directory = tempfile::tempdir().unwrap();
        let size = format!("size={mebibytes}m");
        if run(Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(directory.path())) {
            return Some(SmallDisk(directory));
        }
        println!("not run: mounting a small file system needs root");
        None
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        run(Command::new("umount").arg(self.0.path()));
    }
}

/// Whether a command does what it should.
pub(crate) fn run(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
