//! What is in a directory: the files that may have a duplicate.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, SystemTime};
use walkdir::WalkDir;

/// BLAKE3 of a file's content.
pub(crate) type Hash = [u8; 32];

/// A file as it was when it was listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct File {
    /// Relative to the directory; an `OsString`, because serde refuses a path that is not UTF-8.
    pub(crate) path: OsString,
    /// In bytes.
    pub(crate) size: u64,
    /// Since the Unix epoch; none if the system does not know, or says that it was before.
    modified: Option<Duration>,
}

impl File {
    fn new(path: &Path, metadata: &Metadata) -> File {
        File { path: path.into(), size: metadata.len(), modified: modified(metadata) }
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

/// The files of a directory that share their size with another, by size.
pub(crate) struct Listing {
    groups: BTreeMap<u64, Vec<File>>,
    /// What could not be listed.
    pub(crate) skipped: Vec<Skipped>,
}

impl Listing {
    /// Walks through `root`, leaving out the directory `store`.
    ///
    /// Left out too are symbolic links and special files, which have no content of their own, empty files, which waste
    /// nothing, and all names but the first of a file with several.
    pub(crate) fn of(root: &Path, store: &Path) -> Listing {
        let mut listing = Listing { groups: BTreeMap::new(), skipped: Vec::new() };
        let mut linked = HashSet::new();
        // In the order of the names, so that the first name of a file is the same in every process.
        let walk = WalkDir::new(root).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(|entry| entry.path() != store) {
            let file = entry.and_then(|entry| {
                let metadata = entry.metadata()?;
                Ok((entry, metadata))
            });
            match file {
                Ok((_, metadata)) if !metadata.is_file() || metadata.len() == 0 => {}
                Ok((_, metadata)) if link(&metadata).is_some_and(|inode| !linked.insert(inode)) => {}
                Ok((entry, metadata)) => {
                    let path = entry.path().strip_prefix(root).unwrap_or(entry.path());
                    listing.groups.entry(metadata.len()).or_default().push(File::new(path, &metadata));
                }
                Err(error) => {
                    let path = error.path().unwrap_or(root);
                    listing.skipped.push(Skipped {
                        path: path.strip_prefix(root).unwrap_or(path).into(),
                        reason: error.io_error().map_or_else(|| error.to_string(), ToString::to_string),
                    });
                }
            }
        }
        listing.groups.retain(|_, files| files.len() > 1);
        listing
    }

    /// The files of the largest size below `size`, or of the largest of all.
    pub(crate) fn below(&self, size: Option<u64>) -> Option<&[File]> {
        let (_, files) = self.groups.range(..size.unwrap_or(u64::MAX)).next_back()?;
        Some(files)
    }

    /// How many files are to be read.
    pub(crate) fn candidates(&self) -> u64 {
        self.groups.values().map(|files| files.len() as u64).sum()
    }
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

    fn names(listing: &Listing) -> Vec<&str> {
        let files = listing.groups.values().flatten();
        files.map(|file| file.path.to_str().unwrap()).collect()
    }

    #[test]
    fn only_files_that_share_their_size_are_listed() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &str| fs::write(dir.path().join(name), content).unwrap();
        fs::create_dir_all(dir.path().join("sub/store")).unwrap();
        write("a", "same");
        write("sub/b", "size");
        write("alone", "of its size");
        write("empty", "");
        write("void", "");
        write("sub/store/log", "tree");
        let listing = Listing::of(dir.path(), &dir.path().join("sub/store"));
        assert_eq!(names(&listing), ["a", "sub/b"]);
        assert_eq!(listing.candidates(), 2);
        assert_eq!(listing.below(Some(4)), None);
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
        let listing = Listing::of(dir.path(), Path::new("none"));
        assert_eq!(listing.candidates(), 0);
        assert_eq!(listing.skipped, []);
    }

    #[test]
    fn a_file_that_changed_or_went_away_is_not_hashed() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["changed", "gone", "replaced", "same"] {
            fs::write(dir.path().join(name), "1234").unwrap();
        }
        let listing = Listing::of(dir.path(), Path::new("none"));
        fs::write(dir.path().join("changed"), "12345").unwrap();
        fs::remove_file(dir.path().join("gone")).unwrap();
        fs::remove_file(dir.path().join("replaced")).unwrap();
        fs::create_dir(dir.path().join("replaced")).unwrap();
        let hash = |file: &File| file.hash(dir.path()).map_err(|error| error.to_string());
        let [changed, gone, replaced, same] = listing.below(None).unwrap() else {
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
        let listing = Listing::of(&dir.path().join("none"), Path::new("store"));
        assert_eq!(listing.skipped.len(), 1);
    }
}
