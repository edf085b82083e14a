//! File systems of a test's own, where the system lets it mount some.

use std::path::{Path, PathBuf};
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

/// A mounted ext4 file system in an image file; unmounted when dropped.
#[derive(Debug)]
pub struct Image {
    file: PathBuf,
    mount: TempDir,
}

impl Image {
    /// Makes and mounts one of so many MiB; says why if it cannot.
    ///
    /// # Panics
    ///
    /// If there is no directory to mount it on.
    #[must_use]
    pub fn create(file: &Path, mebibytes: u32) -> Option<Image> {
        let made = run(Command::new("truncate").args(["-s", &format!("{mebibytes}M")]).arg(file))
            && run(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(file));
        let image = if made { Image::mount(file) } else { None };
        if image.is_none() {
            println!("not run: it takes Linux, root, a loop device and mkfs.ext4 to cut the power");
        }
        image
    }

    /// Mounts an image that is there; the file system replays its journal.
    ///
    /// # Panics
    ///
    /// If there is no directory to mount it on.
    #[must_use]
    pub fn mount(file: &Path) -> Option<Image> {
        let mount = tempfile::tempdir().unwrap();
        run(Command::new("mount").args(["-t", "ext4", "-o", "loop"]).arg(file).arg(mount.path()))
            .then(|| Image { file: file.to_owned(), mount })
    }

    /// Where it is mounted.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.mount.path()
    }

    /// What has reached the device by now, in another file.
    ///
    /// # Panics
    ///
    /// If the system refuses.
    pub fn copy_to(&self, file: &Path) {
        assert!(run(Command::new("cp").arg("--sparse=always").arg(&self.file).arg(file)), "the image is not copied");
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        // A process that was killed a moment ago may keep it busy; then it goes with the process.
        if !run(Command::new("umount").arg(self.mount.path())) {
            run(Command::new("umount").arg("-l").arg(self.mount.path()));
        }
    }
}
