//! The example `duplicates`, run as a user would, and killed as a user would.

use std::collections::HashSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A directory to search, with a store beside it.
struct Scene(TempDir);

impl Scene {
    fn new() -> Scene {
        let scene = Scene(tempfile::tempdir().unwrap());
        fs::create_dir(scene.root()).unwrap();
        scene
    }

    fn root(&self) -> PathBuf {
        self.0.path().join("files")
    }

    fn write(&self, path: impl AsRef<Path>, content: &[u8]) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn command(&self, root: &Path) -> Command {
        let mut duplicates = Command::new(env!("CARGO_BIN_EXE_duplicates"));
        duplicates.arg("--db").arg(self.0.path().join("store")).args(["--verbose", "--top", "0"]).arg(root);
        duplicates
    }

    fn search(&self) -> Found {
        Found::new(&self.command(&self.root()).output().unwrap())
    }
}

/// What a search that came to its end has printed.
struct Found {
    report: String,
    read: Vec<String>,
    skipped: Vec<String>,
    went_on: bool,
}

impl Found {
    fn new(output: &Output) -> Found {
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        let lines = |start: &str| told.lines().filter_map(|line| line.strip_prefix(start)).map(str::to_owned).collect();
        Found {
            report: String::from_utf8_lossy(&output.stdout).into_owned(),
            read: lines("Reading "),
            skipped: lines("Skipped "),
            went_on: told.lines().any(|line| line.starts_with("Going on after ")),
        }
    }

    /// The last line, without the directory at its end.
    fn summary(&self) -> &str {
        let line = self.report.lines().last().unwrap();
        line.rsplit_once(" in ").unwrap().0
    }
}

#[test]
fn equal_files_are_found_and_others_are_not() {
    let scene = Scene::new();
    scene.write("a", b"the same content");
    scene.write("deep/in/b", b"the same content");
    scene.write("c", b"the same content");
    scene.write("d", b"the same size ..");
    scene.write("alone", b"no other file has this size");
    let found = scene.search();
    assert_eq!(found.read, ["a", "c", "d", "deep/in/b"]);
    assert_eq!(found.summary(), "Copies too many: 2 (32 B). Files read: 4 (64 B)");
    for path in ["a", "c", "deep/in/b"] {
        assert!(found.report.contains(&format!(" {path} ")), "{}", found.report);
    }
    assert!(!found.report.contains(" d "), "{}", found.report);
}

#[test]
fn a_finished_thread_searches_again() {
    let scene = Scene::new();
    scene.write("a", b"the same content");
    scene.write("b", b"the same content");
    let first = scene.search();
    scene.write("c", b"the same content");
    let second = scene.search();
    assert!(!second.went_on);
    assert_eq!(first.read, ["a", "b"]);
    assert_eq!(second.read, ["a", "b", "c"]);
    assert_eq!(second.summary(), "Copies too many: 2 (32 B). Files read: 3 (48 B)");
}

#[test]
fn an_empty_directory_wastes_nothing() {
    let found = Scene::new().search();
    assert_eq!(found.report.lines().count(), 1);
    assert_eq!(found.summary(), "Copies too many: 0 (0 B). Files read: 0 (0 B)");
}

#[test]
fn the_store_may_lie_in_the_directory() {
    let scene = Scene::new();
    scene.write("a", b"the same content");
    scene.write("b", b"the same content");
    for _ in 0..2 {
        let output = scene.command(scene.0.path()).output().unwrap();
        assert_eq!(Found::new(&output).read, ["files/a", "files/b"]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text_are_found() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let scene = Scene::new();
    scene.write(OsStr::from_bytes(b"a\xff"), b"the same content");
    scene.write(OsStr::from_bytes(b"b\xfe"), b"the same content");
    let found = scene.search();
    assert_eq!(found.skipped, [""; 0]);
    assert_eq!(found.summary(), "Copies too many: 1 (16 B). Files read: 2 (32 B)");
}

#[test]
fn a_path_that_is_no_directory_is_an_error() {
    let scene = Scene::new();
    scene.write("file", b"content");
    let refused = scene.command(&scene.root().join("file")).output().unwrap();
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is not a directory; give one to search in"));
    let refused = scene.command(&scene.root().join("none")).output().unwrap();
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("cannot search"));
}

/// Files in groups of four of the same size, in ten of the groups two of them equal. Their names are so long that a search
/// which nobody listens to stops after some 90 files, because the pipe is full: so every kill below meets it at work,
/// however slow the machine is.
fn many(scene: &Scene) -> usize {
    let long: PathBuf = std::iter::repeat_n("long".repeat(50), 4).collect();
    let groups = 110_u8;
    for group in 0..groups {
        for file in 0..4 {
            let mut content = vec![0; 100 + usize::from(group)];
            content[0] = if group < 10 { file / 2 * file } else { file };
            scene.write(long.join(format!("{group}-{file}")), &content);
        }
    }
    usize::from(groups) * 4
}

#[test]
fn a_killed_search_reads_no_file_twice() {
    let scene = Scene::new();
    let files = many(&scene);
    let (mut stored, mut in_hand) = (HashSet::new(), HashSet::new());
    for _ in 0..3 {
        let mut search = scene.command(&scene.root()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(search.stderr.take().unwrap()).lines();
        let mut read = Vec::new();
        while read.len() < 20 {
            let line = lines.next().expect("the search is not at its end").unwrap();
            read.extend(line.strip_prefix("Reading ").map(str::to_owned));
        }
        search.kill().unwrap();
        // What it told before it died. The last file was in its hands, and may have been stored before the kill came; one
        // before it was stored before the next was read.
        read.extend(lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("Reading ").map(str::to_owned)));
        assert!(!search.wait().unwrap().success(), "the search was killed");
        in_hand.extend(read.pop());
        for path in read {
            assert!(stored.insert(path.clone()), "{path} was stored and read again");
        }
    }
    let found = scene.search();
    assert!(found.went_on);
    for path in &found.read {
        assert!(stored.insert(path.clone()), "{path} was stored and read again");
    }
    assert_eq!(stored.union(&in_hand).count(), files, "every file was read");
    assert!(found.summary().starts_with("Copies too many: 10 ("), "{}", found.summary());
    assert!(found.summary().contains(&format!("Files read: {files} (")), "{}", found.summary());
}

#[test]
fn an_unfinished_search_is_not_mixed_with_another() {
    let scene = Scene::new();
    many(&scene);
    let mut search = scene.command(&scene.root()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(search.stderr.take().unwrap()).lines();
    assert!(lines.next().expect("the search has begun").unwrap().starts_with("Reading "));
    search.kill().unwrap();
    search.wait().unwrap();
    let refused = scene.command(scene.0.path()).output().unwrap();
    assert!(!refused.status.success());
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(told.contains("has not finished its search of"), "{told}");
}
