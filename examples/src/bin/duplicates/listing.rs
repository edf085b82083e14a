//! What is in a directory, and what it takes to know it: names cost nothing, sizes a little, contents a lot.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, SystemTime};
use walkdir::WalkDir;

/// BLAKE3 of a file's content.
pub(crate) type Hash = [u8; 32];

/// A file as it was when its size was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct File {
    /// Relative to the directory; an `OsString`, because serde refuses a path that is not UTF-8.
    pub(crate) path: OsString,
    /// In bytes.
    pub(crate) size: u64,
    /// Since the Unix epoch; none if the system does not know, or says that it was before.
    modified: Option<Duration>,
    /// What all names of a file with several names have in common.
    link: Option<(u64, u64)>,
}

impl File {
    /// Asks for the size of what has this name in `root`; none if it is no file, or an empty one, which wastes nothing.
    pub(crate) fn look(root: &Path, path: &OsStr) -> io::Result<Option<File>> {
        let metadata = root.join(path).symlink_metadata()?;
        let file =
            File { path: path.to_owned(), size: metadata.len(), modified: modified(&metadata), link: link(&metadata) };
        Ok((metadata.is_file() && file.size > 0).then_some(file))
    }

    /// Whether the file in `root` is still the one that was listed, as far as its size and time tell.
    pub(crate) fn unchanged(&self, root: &Path) -> io::Result<()> {
        self.is(&root.join(&self.path).symlink_metadata()?)
    }

    /// Reads and hashes the file; fails if it is not, or does not stay, the one that was listed.
    pub(crate) fn hash(&self, root: &Path) -> io::Result<Hash> {
        // Asked before the file is opened, because opening a named pipe that took its place would wait for a writer.
        self.unchanged(root)?;
        let mut file = fs::File::open(root.join(&self.path))?;
        let mut hasher = blake3::Hasher::new();
        // A file that somebody is writing to may grow faster than we read.
        hasher.update_reader(file.by_ref().take(self.size.saturating_add(1)))?;
        self.is(&file.metadata()?)?;
        Ok(hasher.finalize().into())
    }

    fn is(&self, now: &Metadata) -> io::Result<()> {
        if now.is_file() && now.len() == self.size && modified(now) == self.modified {
            Ok(())
        } else {
            Err(io::Error::other("changed since it was listed"))
        }
    }
}

fn modified(metadata: &Metadata) -> Option<Duration> {
    metadata.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()
}

/// A file or directory that was left out, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Skipped {
    /// Relative to the directory.
    pub(crate) path: OsString,
    /// What the system said.
    pub(crate) reason: String,
}

/// The names of all files below `root`, relative to it, and what could not be listed; without the directory `store`.
///
/// Symbolic links and special files have no content of their own and are left out.
pub(crate) fn names(root: &Path, store: &Path) -> (Vec<OsString>, Vec<Skipped>) {
    let (mut names, mut skipped) = (Vec::new(), Vec::new());
    let relative = |path: &Path| OsString::from(path.strip_prefix(root).unwrap_or(path));
    // In the order of the names, so that the first name of a file is the same in every search.
    let walk = WalkDir::new(root).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|entry| entry.path() != store) {
        match entry {
            Ok(entry) if entry.file_type().is_file() => names.push(relative(entry.path())),
            Ok(_) => {}
            Err(error) => skipped.push(Skipped {
                path: relative(error.path().unwrap_or(root)),
                reason: error.io_error().map_or_else(|| error.to_string(), ToString::to_string),
            }),
        }
    }
    (names, skipped)
}

/// The files that share their size with another, the largest first; of a file with several names only the first one.
pub(crate) fn candidates(files: &[File]) -> Vec<File> {
    let mut linked = HashSet::new();
    let mut of_size = BTreeMap::<u64, Vec<File>>::new();
    for file in files {
        if file.link.is_none_or(|link| linked.insert(link)) {
            of_size.entry(file.size).or_default().push(file.clone());
        }
    }
    of_size.into_values().rev().filter(|files| files.len() > 1).flatten().collect()
}

/// What all names of a file with several names have in common.
#[cfg(unix)]
fn link(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    (metadata.nlink() > 1).then(|| (metadata.dev(), metadata.ino()))
}

/// The standard library does not tell here, so another name of a file counts as a copy of it.
#[cfg(not(unix))]
fn link(_: &Metadata) -> Option<(u64, u64)> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn listed(root: &Path) -> Vec<File> {
        let (names, skipped) = names(root, &root.join("sub/store"));
        assert_eq!(skipped, []);
        names.iter().filter_map(|name| File::look(root, name).unwrap()).collect()
    }

    fn paths(files: &[File]) -> Vec<&str> {
        files.iter().map(|file| file.path.to_str().unwrap()).collect()
    }

    #[test]
    fn only_files_that_share_their_size_are_candidates() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &str| fs::write(dir.path().join(name), content).unwrap();
        fs::create_dir_all(dir.path().join("sub/store")).unwrap();
        write("a", "same");
        write("sub/b", "size");
        write("larger", "larger");
        write("longer", "longer");
        write("alone", "of its size");
        write("empty", "");
        write("void", "");
        write("sub/store/log", "tree");
        let files = listed(dir.path());
        assert_eq!(paths(&files), ["a", "alone", "larger", "longer", "sub/b"]);
        assert_eq!(paths(&candidates(&files)), ["larger", "longer", "a", "sub/b"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_special_files_are_no_copies() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::write(path("file"), "some content").unwrap();
        fs::hard_link(path("file"), path("hard")).unwrap();
        std::os::unix::fs::symlink(path("file"), path("soft")).unwrap();
        std::os::unix::fs::symlink(dir.path(), path("circle")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
        let files = listed(dir.path());
        assert_eq!(paths(&files), ["file", "hard"]);
        assert_eq!(candidates(&files), []);
    }

    #[test]
    fn a_file_that_changed_or_went_away_is_not_hashed() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["changed", "gone", "replaced", "same"] {
            fs::write(dir.path().join(name), "1234").unwrap();
        }
        let files = candidates(&listed(dir.path()));
        fs::write(dir.path().join("changed"), "12345").unwrap();
        fs::remove_file(dir.path().join("gone")).unwrap();
        fs::remove_file(dir.path().join("replaced")).unwrap();
        fs::create_dir(dir.path().join("replaced")).unwrap();
        let hash = |file: &File| file.hash(dir.path()).map_err(|error| error.to_string());
        let [changed, gone, replaced, same] = &*files else {
            panic!("four files share their size");
        };
        assert_eq!(hash(changed).unwrap_err(), "changed since it was listed");
        assert_eq!(gone.hash(dir.path()).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(hash(replaced).unwrap_err(), "changed since it was listed");
        assert_eq!(hash(same).unwrap(), *blake3::hash(b"1234").as_bytes());
    }

    #[test]
    fn a_directory_that_does_not_exist_is_reported() {
        let dir = tempfile::tempdir().unwrap();
        let (names, skipped) = names(&dir.path().join("none"), Path::new("store"));
        assert_eq!((names.len(), skipped.len()), (0, 1));
    }
}
